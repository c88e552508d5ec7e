-- luacheck: std ngx_lua+luajit
--- The calls that only read: vaults, backups, tasks, capabilities.

local backup_filters = require "sandbox.cbr.backup_filters"
local calls = require "sandbox.cbr.calls"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local listing = require "sandbox.cbr.listing"
local members = require "sandbox.cbr.members"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"
local tasks = require "sandbox.cbr.tasks"
local views = require "sandbox.cbr.views"

local reads = {}

local has, set = listing.has, calls.set

local VAULT_QUERY = {
  limit = "limit", offset = "offset", marker = "text", name = "text", cloud_type = set("public", "hybrid"),
  protect_type = set("backup", "replication", "hybrid"),
  object_type = set("server", "disk", "turbo", "workspace", "vmware", "rds", "file"),
  enterprise_project_id = "text", id = "list", policy_id = "text", resource_ids = "text",
  status = set("available", "lock", "frozen", "deleting", "error"),
}

-- Whether a vault holds one of the resources. `resource_ids`: all ids in one text, as in the query.
local function holds_resource(vault, resource_ids)
  for _, resource in ipairs(vault.resources) do
    if resource_ids:find(resource.id, 1, true) then
      return true
    end
  end
  return false
end

--- GET …/vaults. Hybrid vaults are listed only with cloud_type=hybrid. The default of cloud_type is public.
reads.list_vault = calls.with_query(VAULT_QUERY, function(query, project)
  local found = {}
  for _, vault in ipairs(state.vault_list) do
    if vault.project_id == project.id and vault.cloud_type == (query.cloud_type or "public")
      and (not query.name or vault.name == query.name)
      and (not query.protect_type or vault.protect_type == query.protect_type)
      and (not query.object_type or vault.object_type == query.object_type)
      and (not query.status or vault.status == query.status)
      and (not query.id or has(query.id, vault.id))
      and (not query.resource_ids or holds_resource(vault, query.resource_ids))
      and (not query.policy_id or vault.policies[query.policy_id])
      and (not query.enterprise_project_id
        or has({ vault.enterprise_project_id, "all_granted_eps" }, query.enterprise_project_id)) then
      found[#found + 1] = vault
    end
  end
  return listing.respond("vaults", found, query, function(vault) return views.vault(vault, project) end)
end)

--- GET …/vaults/{vault_id}
function reads.show_vault(_, project, vault_id)
  local vault = state.vault(project, vault_id)
  if not vault then
    return responses.reject "BackupService.6105"
  end
  return responses.ok { vault = views.vault(vault, project) }
end

--- GET …/backups
reads.list_backups = calls.with_query(backup_filters.QUERY, function(query, project)
  local found = backup_filters.find(project, query)
  local sorted, sort_problem = backup_filters.sort(found, query.sort)
  if not sorted then
    return responses.reject("BackupService.9900", sort_problem)
  end
  local with_records = query.show_replication and "list" or nil
  return listing.respond("backups", found, query, function(backup)
    return views.backup(backup, project, with_records)
  end)
end)

--- GET …/backups/{backup_id}, with its replication records.
function reads.show_backup(_, project, backup_id)
  if not ids.is_uuid(backup_id) then
    return responses.malformed_url()
  end
  local backup = state.backup(project, backup_id)
  local shared = not backup and state.backups[backup_id]
  backup = backup or shared and members.of_project(shared, project.id) and shared
  if not backup then
    return responses.reject "BackupService.6200"
  end
  return responses.ok { backup = views.backup(backup, project, "single") }
end

local TASK_QUERY = {
  limit = "limit", offset = "offset", marker = "text", start_time = "moment", end_time = "moment", provider_id = "text",
  operation_type = set("backup", "copy", "replication", "restore", "delete", "sync", "vault_delete", "remove_resource"),
  status = set("success", "skipped", "failed", "running", "timeout", "waiting"),
  resource_id = "text", resource_name = "text", vault_id = "text", vault_name = "text", enterprise_project_id = "text",
}

-- What the API page of Open Telekom Cloud lacks: two values of operation_type, and the parameter enterprise_project_id.
local NOT_ON_OTC = { operation_type = { copy = true, replication = true }, enterprise_project_id = true }

local function unknown_on_otc(query)
  if NOT_ON_OTC.operation_type[query.operation_type] then
    return "invalid value for operation_type: " .. query.operation_type
  end
  return query.enterprise_project_id and "invalid key enterprise_project_id"
end

local function task_matches(task, query)
  -- The cheapest test first: there may be thousands of tasks.
  if query.vault_id and task.vault_id ~= query.vault_id then
    return false
  end
  local vault, backup = task.vault, task.backup or {}
  local created = os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(task.created))
  return (not query.operation_type or task.operation_type == query.operation_type)
    and (not query.status or views.task_status(task) == query.status)
    and (not query.enterprise_project_id or has({ "0", "all_granted_eps" }, query.enterprise_project_id))
    and (not query.vault_name or vault.name == query.vault_name)
    and (not query.provider_id or vault.provider_id == query.provider_id)
    and (not query.resource_id or backup.resource_id == query.resource_id)
    and (not query.resource_name or backup.resource_name == query.resource_name)
    -- Timestamps of this form compare correctly as text.
    and (not query.start_time or created >= query.start_time)
    and (not query.end_time or created <= query.end_time)
end

--- GET …/operation-logs, newest first.
reads.list_op_logs = calls.with_query(TASK_QUERY, function(query, project)
  local problem = project.cloud == "otc" and unknown_on_otc(query)
  if problem then
    return responses.reject("BackupService.9900", problem)
  end
  local found = {}
  for i = #state.task_list, 1, -1 do
    local task = state.task_list[i]
    if task.project.id == project.id and task_matches(task, query) and tasks.is_listed(task) then
      found[#found + 1] = task
    end
  end
  return listing.respond("operation_logs", found, query, views.task)
end)

--- GET …/operation-logs/{operation_log_id}
function reads.show_op_log(_, project, task_id)
  local task = state.tasks[task_id]
  if not task or task.project.id ~= project.id or not tasks.is_listed(task) then
    return responses.reject "BackupService.6500"
  end
  return responses.ok { operation_log = views.task(task) }
end

--- GET …/replication-capabilities
function reads.show_replication_capabilities(_, project)
  local regions, destinations = json.list(), state.destinations(project)
  if #destinations > 0 then
    regions[1] = { name = project.region, replication_destinations = json.list(destinations) }
  end
  return responses.ok { regions = regions }
end

return reads
