-- luacheck: std ngx_lua+luajit
--- Restore points. A call or a policy backs a vault up, and each of the vault's resources gets its own backup and task.

local calls = require "sandbox.cbr.calls"
local clock = require "sandbox.clock"
local expiry = require "sandbox.cbr.expiry"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local ledger = require "sandbox.ledger"
local responses = require "sandbox.gateway.responses"
local retention = require "sandbox.cbr.retention"
local state = require "sandbox.state"
local tasks = require "sandbox.cbr.tasks"
local views = require "sandbox.cbr.views"

local checkpoints = {}

local PER_BACKUP, PER_GB = 20, 1 -- a backup takes 20 sandbox seconds, and 1 for each GB

-- → an error code, or nil if the vault can be backed up
local function problem_of(vault)
  if not vault then
    return "BackupService.6105"
  elseif vault.protect_type ~= "backup" then
    return "BackupService.6124"
  elseif vault.status ~= "available" then
    return "BackupService.6113"
  elseif vault.used >= vault.size * 1024 and not vault.auto_expand then
    return "BackupService.6114"
  elseif #vault.resources == 0 then
    return "BackupService.0001"
  end
end

-- Chooses the resources to back up. A resource that another task works on is skipped. `wanted`: the ids of the wanted
-- resources; nil for all.
-- → the chosen resources and the skipped resources; or nil and an id in `wanted` that no resource of the vault has
local function choose(vault, wanted, by_policy)
  local is_wanted, chosen, skipped = {}, {}, json.list()
  for _, id in ipairs(wanted or {}) do
    if not vault.resource_by_id[id] then
      return nil, id
    end
    is_wanted[id] = true
  end
  for _, resource in ipairs(vault.resources) do
    if (not wanted or is_wanted[resource.id]) and (resource.auto_protect or not by_policy) then
      if resource.protect_status then
        skipped[#skipped + 1] = { id = resource.id, type = resource.type, name = resource.name,
          code = "BackupService.6125", reason = "The resource is " .. resource.protect_status .. "." }
      else
        chosen[#chosen + 1] = resource
      end
    end
  end
  return chosen, skipped
end

local function has_full_backup(vault, resource)
  for _, backup in ipairs(state.backups_of[vault.id]) do
    if backup.resource_id == resource.id and backup.status == "available" then
      return true
    end
  end
  return false
end

local function start_backup(checkpoint, resource, options)
  local vault, days = checkpoint.vault, options.retention_days or -1
  local n = #state.backups_of[vault.id] + 1
  local automatic = (options.policy and "autobk_%04d" or "manualbk_%04d"):format(n)
  local backup = state.add_backup {
    vault_id = vault.id, checkpoint_id = checkpoint.id, description = options.description,
    name = options.name or (vault.backup_name_prefix or "") .. automatic, status = "protecting", size = resource.size,
    resource_id = resource.id, resource_name = resource.name, resource_type = resource.type, counted = false,
    auto_trigger = options.auto_trigger,
    incremental = options.incremental ~= false and has_full_backup(vault, resource),
    policy_id = options.policy and options.policy.id,
  }
  if days > 0 then
    expiry.set(backup, backup.created + days * 86400)
  end
  resource.protect_status = "protecting"
  return tasks.start {
    kind = "backup", vault_id = vault.id, project = checkpoint.project, backup = backup, resource = resource,
    seconds = PER_BACKUP + PER_GB * resource.size, policy_id = backup.policy_id, request_id = options.request_id,
    result = (state.resources[resource.id] or {}).backup_result or vault.backup_result,
    app_consistent = vault.consistent_level == "app_consistent",
  }
end

--- Backs a vault up. `options`: name, description, incremental, auto_trigger, resources (ids), policy, retention_days,
-- request_id. → the checkpoint and its tasks; or nil, an error code and a detail
function checkpoints.back_up(vault, project, options)
  local code = problem_of(vault)
  if code then
    return nil, code
  end
  local chosen, skipped = choose(vault, options.resources, options.policy ~= nil)
  if not chosen then
    return nil, "BackupService.6135", skipped
  elseif #chosen == 0 then
    return nil, #skipped > 0 and "BackupService.6125" or "BackupService.0001"
  end
  local checkpoint = {
    id = ids.uuid(), vault = vault, project = project, created = clock.now(), name = options.name or "",
    description = options.description or "", retention_days = options.retention_days or -1, resource_ids = {},
    skipped = skipped,
  }
  state.checkpoints[checkpoint.id] = checkpoint
  local started = {}
  for i, resource in ipairs(chosen) do
    checkpoint.resource_ids[resource.id] = true
    started[i] = start_backup(checkpoint, resource, options)
  end
  return checkpoint, started
end

tasks.on_end("backup", function(task)
  local backup = task.backup
  task.resource.protect_status = nil
  if task.result.status == "skip" then
    return state.remove_backup(backup)
  elseif not tasks.succeeds(task) then
    backup.status = "error"
    return
  end
  backup.status, backup.updated = "available", clock.now()
  state.count_size(backup)
  retention.apply(backup)
end)

-- The status of a checkpoint, which follows from the statuses of its backups.
local function status_of(backups)
  local seen = {}
  for _, backup in ipairs(backups) do seen[backup.status] = true end
  for _, status in ipairs { "protecting", "deleting", "available", "error" } do
    if seen[status] then
      return status
    end
  end
  return #backups > 0 and "available" or "deleted"
end

-- The restore point of a backup. The sandbox stores no restore points for the fixtures, for replicas or for syncs.
local function from_backup(backup)
  return {
    id = backup.checkpoint_id, vault = state.vaults[backup.vault_id], created = backup.created, name = backup.name,
    description = "", retention_days = -1, skipped = json.list(),
  }
end

local function view(checkpoint, backups, project)
  local vault = checkpoint.vault
  return {
    id = checkpoint.id, project_id = project.id, status = status_of(backups),
    created_at = clock.stamp(checkpoint.created, project.cloud),
    vault = {
      id = vault.id, name = vault.name, skipped_resources = checkpoint.skipped,
      resources = state.vaults[vault.id] and views.checkpoint_resources(vault, checkpoint.resource_ids) or json.list(),
    },
    extra_info = {
      name = checkpoint.name, description = checkpoint.description, retention_duration = checkpoint.retention_days,
    },
  }
end

local function backups_of(id, project)
  local found = {}
  for _, backup in pairs(state.backups) do
    if backup.checkpoint_id == id and backup.project_id == project.id then
      found[#found + 1] = backup
    end
  end
  return found
end

--- POST …/checkpoints
checkpoints.create = calls.with_body([[
  checkpoint!
    vault_id! id
    parameters
      auto_trigger boolean
      description description
      incremental boolean
      name name
      policy_id id
      resource_details [0..256]
        extra_info
          exclude_volumes [text]
        id! id
        name text 0..255
        type! text
      resources [uuid]
]], function(body, project)
  local params = body.checkpoint.parameters or {}
  local wanted = params.resources
  for _, resource in ipairs(params.resource_details or {}) do
    wanted = wanted or {}
    wanted[#wanted + 1] = resource.id
  end
  local vault = state.vault(project, body.checkpoint.vault_id)
  local checkpoint, started, detail = checkpoints.back_up(vault, project, {
    name = params.name, description = params.description, incremental = params.incremental, resources = wanted,
    auto_trigger = params.auto_trigger, request_id = responses.request_id(),
  })
  if not checkpoint then
    return responses.reject(started, detail)
  end
  local made = json.list { { checkpoint_id = checkpoint.id } }
  for i, task in ipairs(started) do made[i + 1] = { backup_id = task.backup.id, operation_log_id = task.id } end
  ledger.add {
    operation = "create_checkpoint", project = project, vault_id = vault.id, made = made,
    request_id = responses.request_id(),
  }
  return responses.ok { checkpoint = view(checkpoint, backups_of(checkpoint.id, project), project) }
end)

--- GET …/checkpoints/{checkpoint_id}
function checkpoints.show(_, project, id)
  if not ids.is_uuid(id) then
    return responses.malformed_url()
  end
  local backups = backups_of(id, project)
  local checkpoint = state.checkpoints[id]
  if checkpoint and checkpoint.project.id ~= project.id then
    checkpoint = nil
  end
  checkpoint = checkpoint or backups[1] and from_backup(backups[1])
  if not checkpoint then
    return responses.reject "BackupService.6217"
  end
  return responses.ok { checkpoint = view(checkpoint, backups, project) }
end

return checkpoints
