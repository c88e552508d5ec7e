--- Looks before an order is sent: everything that would make it fail, or do nothing.
--
-- Only reads. What cannot be read with these credentials is no finding; it is named in `findings.unchecked`.

local endpoints = require "cbr.endpoint.regions"
local lists = require "cbr.pages"
local perform = require "cbr.call.call"
local progress = require "cbr.follow.status"
local replication = require "cbr.follow.replication"

local preflight = {}

---@class cbr.Finding
---@field code string the code with which the service would refuse
---@field about "source"|"destination"|"route"|"backups"|"tasks"
---@field message string

-- code -> in plain words; `%s` is what was found
local WORDS = {
  ["0001"] = "the vault has no backup that can be replicated: %s",
  ["1005"] = "backups of this region cannot be replicated to region %s",
  ["1009"] = "every backup that could be replicated is in region %s already",
  ["6102"] = "the destination vault is for another type: %s",
  ["6105"] = "there is no vault %s in this project",
  ["6112"] = "the vault is not available: its state is %s",
  ["6119"] = "the destination vault is for %s, not for replicas",
  ["6120"] = "there is no vault %s in the destination project",
  ["6122"] = "vaults of type %s cannot be replicated",
  ["6128"] = "vaults of type %s cannot be replicated",
  ["6129"] = "the destination vault has not enough room: %s",
  ["6130"] = "a replication of the vault is running: task %s",
  ["7300"] = "the vault is not of a hybrid cloud, but of type %s",
  ["7302"] = "a sync of the vault is running: task %s",
}

-- Types that are never replicated, and the code that says so.
local NOT_REPLICABLE = { disk = "6128", workspace = "6122", rds = "6122", file = "6122" }

local MB_PER_GB = 1024 -- a vault's size is in GB, what is used of it in MB

local function finder()
  local findings = { unchecked = {} }
  return findings, function(number, about, found)
    findings[#findings + 1] = {
      code = "BackupService." .. number, about = about, message = WORDS[number]:format(tostring(found)),
    }
  end
end

local function reader(self, options)
  return function(path, query)
    return perform.get(self, "preflight", path, query or {}, options)
  end
end

local function is_missing(err)
  return err.kind == "not_found"
end

-- What the list of other regions' vaults says where it cannot be used: this cloud has none, or not for this user.
local NO_LIST = { not_found = true, unauthorized = true, forbidden = true }

-- The source vault. -> vault; false where it is a finding; nil, err
local function look_at_source(get, params, find)
  local body, err = get("/v3/{project_id}/vaults/" .. params.vault_id)
  if not body and is_missing(err) then
    find("6105", "source", params.vault_id)
    return false
  elseif not body then
    return nil, err
  end
  local vault = progress.table_of(body.vault)
  vault.billing = progress.table_of(vault.billing)
  if vault.billing.status ~= "available" then
    find("6112", "source", vault.billing.status)
  end
  return vault
end

-- A task of a type that is under way on the vault. -> its id, false, or nil, err
local function running_task(get, vault_id, operation_type)
  for _, status in ipairs { "running", "waiting" } do
    local tasks, err = lists.all(get, "/v3/{project_id}/operation-logs", {
      vault_id = vault_id, status = status,
    }, "operation_logs")
    if not tasks then
      return nil, err
    end
    for _, task in ipairs(tasks) do
      if task.operation_type == operation_type then
        return tostring(task.id)
      end
    end
  end
  return false
end

local function look_at_route(self, get, params, find)
  local body, err = get "/v3/{project_id}/replication-capabilities"
  if not body then
    return nil, err
  end
  for _, region in ipairs(progress.tables_of(body.regions)) do
    if not self.region or region.name == self.region then
      for _, destination in ipairs(progress.table_of(region.replication_destinations)) do
        if destination == params.destination_region then
          return true
        end
      end
    end
  end
  find("1005", "route", params.destination_region)
  return true
end

-- The destination vault: by the list that shows other regions' vaults (Huawei Cloud), else at its own region and
-- with its own project. -> vault; false where there is none; nil, err, and whether the question is only left open
local function read_destination(self, get, params, options)
  local body, err = get("/v3/{project_id}/vaults/external", {
    external_project_id = params.destination_project_id, region_id = params.destination_region,
    vault_id = params.destination_vault_id,
  })
  if body then
    for _, vault in ipairs(progress.tables_of(body.vaults)) do
      if vault.id == params.destination_vault_id then
        return vault
      end
    end
    return false
  elseif not NO_LIST[err.kind] then
    return nil, err, false
  end
  local urls = endpoints.of_region(params.destination_region, os.getenv)
  local origins = urls and endpoints.parse_all(urls)
  if not origins then
    return nil, err, true
  end
  local there = setmetatable({
    origins = origins, origin_index = 1,
    project_id = params.destination_project_id, region = params.destination_region,
  }, { __index = self })
  body, err = reader(there, options)("/v3/{project_id}/vaults/" .. params.destination_vault_id)
  if body then
    return progress.table_of(body.vault)
  elseif is_missing(err) then
    return false
  end
  return nil, err, true -- credentials that do not reach there, or a host that does not
end

local function look_at_destination(self, get, params, options, source, needed, findings, find)
  local vault, err, is_open = read_destination(self, get, params, options)
  if vault == nil and is_open then
    findings.unchecked[1] = ("the destination vault: %s"):format(err.message)
    return true
  elseif vault == nil then
    return nil, err
  elseif vault == false then
    find("6120", "destination", params.destination_vault_id)
    return true
  end
  local billing, own = progress.table_of(vault.billing), source and source.billing or {}
  if billing.status ~= "available" then
    find("6112", "destination", billing.status)
  end
  if billing.protect_type ~= "replication" then
    find("6119", "destination", billing.protect_type)
  elseif own.object_type and billing.object_type ~= own.object_type then
    find("6102", "destination", billing.object_type)
  end
  local room = (tonumber(billing.size) or 0) * MB_PER_GB - (tonumber(billing.used) or 0)
  if needed * MB_PER_GB > room then
    local left = math.max(0, math.floor(room / MB_PER_GB))
    find("6129", "destination", ("%.0f GB are needed, %.0f are left"):format(needed, left))
  end
  return true
end

-- -> the size of what would be replicated in GB; how many backups; how many are there already; or nil, err
local function look_at_backups(get, params)
  local backups, err = lists.all(get, "/v3/{project_id}/backups", {
    vault_id = params.vault_id, show_replication = true,
  }, "backups")
  if not backups then
    return nil, err
  end
  local needed, count, there = 0, 0, 0
  for _, backup in ipairs(backups) do
    local reason = replication.why_left_out(backup, params.destination_region)
    if reason == "unknown" then
      needed, count = needed + (tonumber(backup.resource_size) or 0), count + 1
    elseif reason == "already_there" then
      there = there + 1
    end
  end
  return needed, count, there, #backups
end

local function look_at_replicate(self, get, params, options, findings, find)
  local source, err = look_at_source(get, params, find)
  if source == nil then
    return nil, err
  end
  local needed = 0
  if source then
    local billing = source.billing
    local refused = NOT_REPLICABLE[billing.object_type]
      or billing.protect_type ~= "backup" and billing.protect_type ~= "hybrid" and "6128"
    if refused then
      find(refused, "source", refused == "6128" and billing.protect_type == "replication" and "replication"
        or billing.object_type)
    end
    local running
    running, err = running_task(get, params.vault_id, "replication")
    if running == nil then
      return nil, err
    elseif running then
      find("6130", "tasks", running)
    end
    local count, there, all
    needed, count, there, all = look_at_backups(get, params)
    if not needed then
      return nil, count
    elseif count == 0 and not running and not refused then
      if there > 0 then
        find("1009", "backups", params.destination_region)
      else
        local why = all == 0 and "it is empty" or ("none of %d is complete and has a system disk"):format(all)
        find("0001", "backups", why)
      end
    end
  end
  local ok
  ok, err = look_at_route(self, get, params, find)
  if not ok then
    return nil, err
  end
  return look_at_destination(self, get, params, options, source, needed, findings, find)
end

local function look_at_sync(get, params, find)
  local source, err = look_at_source(get, params, find)
  if not source then
    return source == false or nil, err
  end
  if source.billing.protect_type ~= "hybrid" and source.billing.cloud_type ~= "hybrid" then
    find("7300", "source", source.billing.protect_type)
  end
  local running
  running, err = running_task(get, params.vault_id, "sync")
  if running == nil then
    return nil, err
  elseif running then
    find("7302", "tasks", running)
  end
  return true
end

--- Looks at everything that an order depends on.
---@param self cbr.Client
---@param params table as for `replicate`, or as for `sync`
---@param options { timeout?: number }
---@return cbr.Finding[]? findings
---@return cbr.Error? err
function preflight.look(self, params, options)
  local get = reader(self, options)
  local findings, find = finder()
  local ok, err
  if params.destination_vault_id then
    ok, err = look_at_replicate(self, get, params, options, findings, find)
  else
    ok, err = look_at_sync(get, params, find)
  end
  if not ok then
    return nil, err
  end
  return findings
end

return preflight
