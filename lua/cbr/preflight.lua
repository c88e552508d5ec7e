--- Checks in advance whether an order would fail or do nothing. Nothing is changed.
--
-- Data that these credentials may not read is no finding, but is named in the list `unchecked`.

local call = require "cbr.call.call"
local core = require "cbr.core"
local destination = require "cbr.preflight.destination"
local findings = require "cbr.preflight.findings"
local pages = require "cbr.pages"
local replicable = require "cbr.objects.replicable"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local preflight = {}

---@class cbr.PreflightState
---@field client cbr.Client
---@field reader_of fun(client: cbr.Client): cbr.Reader
---@field read cbr.Reader reads with `client`
---@field params table parameters of the order
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
    if not state.client.region or text.is_same(region.name, state.client.region) then
      for _, name in ipairs(tables.of(region.replication_destinations)) do
        if text.is_same(name, state.params.destination_region) then
          return true
        end
      end
    end
  end
  add(state, "1005", "route", state.params.destination_region)
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
    local reason = replicable.left_out(backup, state.params.destination_region)
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
  local _, code = replicable.of_vault(billing)
  local rejection = code and code:match "%d+$"
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
  return destination.check(state, source, needed_gb)
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
  local deadline, read_options = core.monotonic() + (given.timeout or client.timeout), tables.copy(given)
  read_options.operation = "preflight"
  local function reader_of(any_client)
    return function(name, read_params)
      read_options.timeout = deadline - core.monotonic()
      return call.read(any_client, name, read_params, read_options)
    end
  end
  local state = {
    client = client, params = params, reader_of = reader_of, read = reader_of(client),
    findings = findings.list(), unchecked = findings.list(),
  }
  local ok, err = (params.destination_vault_id and check_replicate or check_sync)(state)
  if not ok then
    return nil, err
  end
  return state.findings, nil, state.unchecked
end

return preflight
