--- Checks the destination vault of a replication.

local capacity = require "cbr.objects.capacity"
local findings = require "cbr.preflight.findings"
local regional = require "cbr.regional"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local destination = {}

-- Kinds of errors after which the list of other regions' vaults is not used, because this cloud has no such list, or
-- this user may not read it.
local NO_LIST = { not_found = true, unauthorized = true, forbidden = true }

-- Reads the destination vault in the destination region, with the destination project. Returns the vault; false if
-- there is no such vault; or nil and an error.
local function read_in_region(state)
  local client, params = state.client, state.params
  local there, reason = regional.client(client, params.destination_region, params.destination_project_id)
  if not there then
    return nil, { message = reason }
  end
  local vault, err = state.reader_of(there)("show_vault", { vault_id = params.destination_vault_id })
  regional.close(there)
  if not vault and err.kind == "not_found" then
    return false
  end
  return vault, err
end

-- Reads the destination vault: from the list of other regions' vaults (Huawei Cloud), else in the destination
-- region. Returns the vault; false if there is no such vault; or nil, an error, and true if the preflight check
-- can continue without the vault.
local function read(state)
  local params = state.params
  local body, err = state.read("list_external_vault", {
    external_project_id = params.destination_project_id, region_id = params.destination_region,
    vault_id = params.destination_vault_id,
  })
  if body then
    for _, vault in ipairs(tables.list(body.vaults)) do
      if text.is_same(vault.id, params.destination_vault_id) then
        return vault
      end
    end
    return false
  elseif not NO_LIST[err.kind] then
    return nil, err, false
  end
  local vault
  vault, err = read_in_region(state)
  return vault, err, true -- these credentials may not be valid in the vault's region
end

-- Checks whether the vault has room for the backups.
local function check_room(state, vault, needed_gb)
  local free_gb, is_growing = capacity.free_gb(vault)
  if is_growing then
    return
  elseif not free_gb then
    table.insert(state.unchecked, "the free space of the destination vault: the service does not show it")
  elseif needed_gb > free_gb then
    findings.add(state.findings, "6129", "destination",
      ("%.0f GB are needed, %.0f GB are left"):format(needed_gb, math.max(0, math.floor(free_gb))))
  end
end

--- Checks the destination vault.
---@param state cbr.PreflightState
---@param source? table|false the source vault, if it could be read
---@param needed_gb number GB that would be replicated
---@return true? ok
---@return cbr.Error? err
function destination.check(state, source, needed_gb)
  local vault, err, is_open = read(state)
  if vault == nil and is_open then
    table.insert(state.unchecked, ("the destination vault: %s"):format(err.message))
    return true
  elseif vault == nil then
    return nil, err
  elseif vault == false then
    findings.add(state.findings, "6120", "destination", state.params.destination_vault_id)
    return true
  end
  local billing, of_source = tables.of(vault.billing), source and source.billing or {}
  if billing.status ~= "available" then
    findings.add(state.findings, "6112", "destination", billing.status)
  end
  if billing.protect_type ~= "replication" then
    findings.add(state.findings, "6119", "destination", billing.protect_type)
  elseif of_source.object_type and billing.object_type ~= of_source.object_type then
    findings.add(state.findings, "6102", "destination", of_source.object_type, billing.object_type)
  end
  check_room(state, vault, needed_gb)
  return true
end

return destination
