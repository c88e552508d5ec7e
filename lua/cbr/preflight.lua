--- Checks in advance whether an order would fail or do nothing. Nothing is changed.
--
-- Data that these credentials may not read is no finding, but is named in the list `unchecked`.

local call = require "cbr.call.call"
local core = require "cbr.core"
local findings = require "cbr.preflight.findings"
local left_out = require "cbr.follow.left_out"
local pages = require "cbr.pages"
local regional = require "cbr.regional"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local preflight = {}

-- Type of vault that is never replicated -> number of the code with which the service rejects the replication.
local NOT_REPLICABLE = { disk = "6128", workspace = "6122", rds = "6122", file = "6122" }

local MB_PER_GB = 1024 -- the size of a vault is in GB, but the used space is in MB

---@class cbr.PreflightState
---@field client cbr.Client
---@field read cbr.Reader
---@field params table parameters of the order
---@field options table options of the call
---@field deadline number time on core.monotonic's clock
---@field findings cbr.Finding[]
---@field unchecked string[]

local function add(state, number, about, detail, second_detail)
  findings.add(state.findings, number, about, detail, second_detail)
end

-- Reads the source vault. Returns the vault; false if a finding was added; or nil and an error.
local function check_source(state)
  local vault, err = state.read("show_vault", { vault_id = state.params.vault_id })
  if not vault and err.kind == "not_found" then
    add(state, "6105", "source", state.params.vault_id)
    return false
  elseif not vault then
    return nil, err
  end
  vault.billing = tables.of(vault.billing)
  if vault.billing.status ~= "available" then
    add(state, "6112", "source", vault.billing.status)
  end
  return vault
end

-- Searches for a task of this type that is in progress on the vault. Returns the id of the task, or
-- false; or nil and an error.
local function running_task(state, task_type)
  for _, status in ipairs { "running", "waiting" } do
    local tasks, err = pages.all(state.read, "list_op_logs", { vault_id = state.params.vault_id, status = status })
    if not tasks then
      return nil, err
    end
    for _, task in ipairs(tasks) do
      if task.operation_type == task_type then
        return tostring(task.id)
      end
    end
  end
  return false
end

-- Checks that the service replicates to the destination region. Returns true; or nil and an error.
local function check_route(state)
  local body, err = state.read("show_replication_capabilities", {})
  if not body then
    return nil, err
  end
  for _, region in ipairs(tables.list(body.regions)) do
    if not state.client.region or region.name == state.client.region then
      for _, destination in ipairs(tables.of(region.replication_destinations)) do
        if destination == state.params.destination_region then
          return true
        end
      end
    end
  end
  add(state, "1005", "route", state.params.destination_region)
  return true
end

local function new_reader(client, given, deadline)
  local read_options = tables.copy(given)
  read_options.operation = "preflight"
  return function(name, params)
    read_options.timeout = deadline - core.monotonic()
    return call.read(client, name, params, read_options)
  end
end

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
  local read = new_reader(there, state.options, state.deadline)
  local vault, err = read("show_vault", { vault_id = params.destination_vault_id })
  regional.close(there)
  if not vault and err.kind == "not_found" then
    return false
  end
  return vault, err
end

-- Reads the destination vault: from the list of other regions' vaults (Huawei Cloud), else in the destination
-- region. Returns the vault; false if there is no such vault; or nil, an error, and true if the preflight check
-- can continue without the vault.
local function read_destination(state)
  local params = state.params
  local body, err = state.read("list_external_vault", {
    external_project_id = params.destination_project_id, region_id = params.destination_region,
    vault_id = params.destination_vault_id,
  })
  if body then
    for _, vault in ipairs(tables.list(body.vaults)) do
      if vault.id == params.destination_vault_id then
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

-- Checks the destination vault. Returns true; or nil and an error.
local function check_destination(state, source, needed_gb)
  local vault, err, is_open = read_destination(state)
  if vault == nil and is_open then
    state.unchecked[1] = ("the destination vault: %s"):format(err.message)
    return true
  elseif vault == nil then
    return nil, err
  elseif vault == false then
    add(state, "6120", "destination", state.params.destination_vault_id)
    return true
  end
  local billing, of_source = tables.of(vault.billing), source and source.billing or {}
  if billing.status ~= "available" then
    add(state, "6112", "destination", billing.status)
  end
  if billing.protect_type ~= "replication" then
    add(state, "6119", "destination", billing.protect_type)
  elseif of_source.object_type and billing.object_type ~= of_source.object_type then
    add(state, "6102", "destination", of_source.object_type, billing.object_type)
  end
  local room_mb = (text.number(billing.size) or 0) * MB_PER_GB - (text.number(billing.used) or 0)
  if needed_gb * MB_PER_GB > room_mb then
    local left_gb = math.max(0, math.floor(room_mb / MB_PER_GB))
    add(state, "6129", "destination", ("%.0f GB are needed, %.0f GB are left"):format(needed_gb, left_gb))
  end
  return true
end

---@class cbr.BackupCount
---@field all integer
---@field included integer backups that would be replicated
---@field there integer backups that are in the destination region already
---@field size number GB that would be replicated

-- Counts the backups of the source vault. Returns cbr.BackupCount; or nil and an error.
local function count_backups(state)
  local backups, err = pages.all(state.read, "list_backups", {
    vault_id = state.params.vault_id, show_replication = true,
  })
  if not backups then
    return nil, err
  end
  local count = { all = #backups, included = 0, there = 0, size = 0 }
  for _, backup in ipairs(backups) do
    local reason = left_out.reason(backup, state.params.destination_region)
    if reason == "unknown" then
      count.included, count.size = count.included + 1, count.size + (text.number(backup.resource_size) or 0)
    elseif reason == "already_there" then
      count.there = count.there + 1
    end
  end
  return count
end

-- Checks the backups of the source vault. Returns the GB that would be replicated; or nil and an error.
local function check_backups(state, source)
  local billing = source.billing
  local rejection = NOT_REPLICABLE[billing.object_type]
    or billing.protect_type ~= "backup" and billing.protect_type ~= "hybrid" and "6128"
  if rejection then
    local is_replica_vault = rejection == "6128" and billing.protect_type == "replication"
    add(state, rejection, "source", is_replica_vault and "replication" or billing.object_type)
  end
  local running, err = running_task(state, "replication")
  if running == nil then
    return nil, err
  elseif running then
    add(state, "6130", "tasks", running)
  end
  local count, reason = count_backups(state)
  if not count then
    return nil, reason
  elseif count.included == 0 and not running and not rejection then
    if count.there > 0 then
      add(state, "1009", "backups", state.params.destination_region)
    else
      add(state, "0001", "backups", count.all == 0 and "the vault is empty"
        or ("none of its %d backups is complete and has a system disk"):format(count.all))
    end
  end
  return count.size
end

-- Checks a replication. Returns true; or nil and an error.
local function check_replicate(state)
  local source, err = check_source(state)
  if source == nil then
    return nil, err
  end
  local needed_gb = 0
  if source then
    needed_gb, err = check_backups(state, source)
    if not needed_gb then
      return nil, err
    end
  end
  local ok
  ok, err = check_route(state)
  if not ok then
    return nil, err
  end
  return check_destination(state, source, needed_gb)
end

-- Checks a sync. Returns true; or nil and an error.
local function check_sync(state)
  local source, err = check_source(state)
  if not source then
    return source == false or nil, err
  elseif source.billing.protect_type ~= "hybrid" and source.billing.cloud_type ~= "hybrid" then
    add(state, "7300", "source", source.billing.protect_type)
  end
  local running
  running, err = running_task(state, "sync")
  if running == nil then
    return nil, err
  elseif running then
    add(state, "7302", "tasks", running)
  end
  return true
end

--- Checks everything that an order depends on.
---@param client cbr.Client
---@param params table parameters of `replicate`, or of `sync`
---@param given { timeout?: number, connect_timeout?: number, max_attempts?: integer } `timeout` is
-- for all reads together
---@return cbr.Finding[]? findings
---@return cbr.Error? err
---@return string[]? unchecked
function preflight.run(client, params, given)
  local deadline = core.monotonic() + (given.timeout or client.timeout)
  local state = {
    client = client, params = params, options = given, deadline = deadline, read = new_reader(client, given, deadline),
    findings = findings.list(), unchecked = findings.list(),
  }
  local ok, err = (params.destination_vault_id and check_replicate or check_sync)(state)
  if not ok then
    return nil, err
  end
  return state.findings, nil, state.unchecked
end

return preflight
