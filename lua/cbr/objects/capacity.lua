--- The capacity of a vault. The service shows the size of a vault in GB, but its used space in MB.

local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local capacity = {}

local MB_PER_GB = 1024

--- Returns the free space of a vault.
---@param vault table the vault as `show_vault` or `list_external_vault` returns it
---@return number? gb with a fraction, less than 0 if the vault is overfull; nil: unknown
---@return boolean is_growing whether the vault grows when it is full, so that every backup has room
function capacity.free_gb(vault)
  local billing = tables.of(vault.billing)
  local size, used_mb = text.number(billing.size), text.number(billing.used)
  return size and used_mb and size - used_mb / MB_PER_GB or nil, vault.auto_expand == true
end

return capacity
