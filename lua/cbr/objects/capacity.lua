--- The capacity of a vault. The service shows the size of a vault in GB, but its used space in MB.

local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local capacity = {}

local MB_PER_GB = 1024

--- Returns the size and the used space of a vault.
---@param vault table the vault as an operation returns it
---@return number? size_gb nil: unknown
---@return number? used_gb with a fraction; nil: unknown
function capacity.of(vault)
  local billing = tables.of(vault.billing)
  local used_mb = text.number(billing.used)
  return text.number(billing.size), used_mb and used_mb / MB_PER_GB
end

--- Returns the free space of a vault.
---@param vault table the vault as an operation returns it
---@return number? gb with a fraction, less than 0 if the vault is overfull; nil: unknown
---@return boolean is_growing whether the vault grows when it is full, so that every backup has room
function capacity.free_gb(vault)
  local size_gb, used_gb = capacity.of(vault)
  return size_gb and used_gb and size_gb - used_gb or nil, vault.auto_expand == true
end

return capacity
