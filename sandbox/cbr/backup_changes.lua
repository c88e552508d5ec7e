-- luacheck: std ngx_lua+luajit
--- The calls that rename, delete or restore a backup, and the call that imports single backups from on premises.

local calls = require "sandbox.cbr.calls"
local clock = require "sandbox.clock"
local codes = require "sandbox.gateway.codes"
local fixtures = require "sandbox.fixtures"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local ledger = require "sandbox.ledger"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"
local tasks = require "sandbox.cbr.tasks"
local views = require "sandbox.cbr.views"

local backup_changes = {}

-- The durations of a deletion, an import and a restore, in sandbox seconds.
local DELETION_SECONDS, IMPORT_SECONDS, RESTORE_SECONDS, RESTORE_SECONDS_PER_GB = 10, 30, 20, 1

--- PUT …/backups/{backup_id}
backup_changes.update = calls.with_body([[
  backup
    name name
]], function(body, project, id)
  local backup = state.backup(project, id)
  if not backup then
    return responses.reject "BackupService.6200"
  end
  local name = body.backup and body.backup.name
  if name then
    backup.name, backup.updated = name, clock.now()
  end
  return responses.ok { backup = views.backup(backup, project, "single") }
end)

-- Whether a waiting or running task works on the backup.
local function is_in_use(backup)
  return tasks.find_active(function(task) return task.backup == backup end) ~= nil
end

-- → an error code, or nil if the backup can be deleted
local function problem_of_deletion(backup)
  if is_in_use(backup) then
    return "BackupService.6216"
  elseif backup.status ~= "available" and backup.status ~= "error" then
    return "BackupService.6201"
  elseif backup.auto_trigger and state.vaults[backup.vault_id].locked then
    return "BackupService.6220"
  end
end

--- DELETE …/backups/{backup_id}. A replica is deleted by the same call, in the project where the replica is.
function backup_changes.delete(_, project, id)
  local backup = state.backup(project, id)
  if not backup then
    return responses.reject "BackupService.6200"
  end
  local code = problem_of_deletion(backup)
  if code then
    return responses.reject(code)
  end
  tasks.start {
    kind = "delete", vault_id = backup.vault_id, project = project, backup = backup, seconds = DELETION_SECONDS,
    request_id = responses.request_id(),
  }
  backup.status = "deleting"
  return calls.no_content()
end

tasks.on_end("delete", function(task)
  if state.backups[task.backup.id] == task.backup then
    state.remove_backup(task.backup)
  end
end)

-- The target of a restore: the resource that the request's body names, else the resource that was backed up.
local function target_of(params, backup, project)
  local id = params.server_id or params.volume_id or params.resource_id or backup.resource_id
  local target = state.resources[id]
  return target and target.project_id == project.id and target.type == backup.resource_type and target or nil
end

local function protects(target, kind)
  return tasks.find_active(function(task)
    return task.kind == kind and (task.target == target or task.backup.resource_id == target.id)
  end) ~= nil
end

-- → an error code, or nil if the backup can be restored to the target
local function problem_of_restore(backup, target)
  if backup.image_type == "replication" then
    return "BackupService.2004"
  elseif state.vaults[backup.vault_id].status ~= "available" then
    return "BackupService.6202"
  elseif backup.status ~= "available" then
    return "BackupService.2005"
  elseif not target then
    return codes.of_missing_resource(backup.resource_type)
  elseif protects(target, "restore") then
    return "BackupService.2010"
  elseif protects(target, "backup") then
    return "BackupService.2002"
  elseif target.size < backup.size then
    return "BackupService.2001"
  end
end

-- The resource that a restore task works on, as the backup's vault lists it; nil if the vault lacks the resource.
local function resource_in_vault(task)
  return task.vault.resource_by_id[task.target.id]
end

--- POST …/backups/{backup_id}/restore. The response is 202.
backup_changes.restore = calls.with_body([[
  restore!
    details
      destination_path! text 1..255
    mappings []
      backup_id! id
      volume_id! id
    power_on boolean
    resource_id id
    server_id id
    volume_id id
]], function(body, project, id)
  local backup = state.backup(project, id)
  if not backup then
    return responses.reject "BackupService.6200"
  end
  local target = target_of(body.restore, backup, project)
  local code = problem_of_restore(backup, target)
  if code then
    return responses.reject(code)
  end
  local task = tasks.start {
    kind = "restore", vault_id = backup.vault_id, project = project, backup = backup, target = target,
    seconds = RESTORE_SECONDS + RESTORE_SECONDS_PER_GB * backup.size, result = backup.restore_result,
    request_id = responses.request_id(),
  }
  backup.status = "restoring"
  local resource = resource_in_vault(task)
  if resource then
    resource.protect_status = "restoring"
  end
  ledger.add {
    operation = "restore_backup", project = project, vault_id = backup.vault_id, request_id = responses.request_id(),
    made = json.list { { backup_id = id, operation_log_id = task.id } },
  }
  return { status = 202, body = "" }
end)

tasks.on_end("restore", function(task)
  task.backup.status = "available"
  local resource = resource_in_vault(task)
  if resource then
    resource.protect_status = nil
  end
end)

-- The vault for the imported backups: the first available hybrid vault of the project.
local function vault_for_import(project)
  for _, vault in ipairs(state.vault_list) do
    if vault.project_id == project.id and vault.cloud_type == "hybrid" and vault.status == "available" then
      return vault
    end
  end
end

local IMPORTED_GB = 100 -- each imported backup has this size, because the request does not contain a size

--- POST …/backups/sync
backup_changes.import = calls.with_body([[
  sync! [1..50]
    backup_id! id
    backup_name! text 1..64
    bucket_name! text
    created_at! integer 0..
    image_path! text
    resource_id! id
    resource_name! text
    resource_type! text
]], function(body, project)
  local vault = vault_for_import(project)
  if not vault then
    return responses.reject "BackupService.7300"
  end
  for _, row in ipairs(body.sync) do
    if state.backups[row.backup_id] then
      return responses.reject("BackupService.9900", "the backup exists already: " .. row.backup_id)
    end
  end
  local imported, made = json.list(), json.list()
  for i, row in ipairs(body.sync) do
    local task = tasks.start {
      kind = "import", operation_type = "sync", vault_id = vault.id, project = project, seconds = IMPORT_SECONDS,
      counts = { imported = 1, removed = 0, failed = 0 }, row = row, result = vault.sync_result,
      request_id = responses.request_id(),
    }
    imported[i] = { backup_id = row.backup_id, operation_log_id = task.id }
    made[i] = imported[i]
  end
  ledger.add {
    operation = "import_backup", project = project, vault_id = vault.id, made = made,
    request_id = responses.request_id(),
  }
  return responses.ok { sync = imported }
end)

tasks.on_end("import", function(task)
  local row = task.row
  if tasks.succeeds(task) and state.vaults[task.vault_id] then
    state.add_backup {
      id = row.backup_id, vault_id = task.vault_id, name = row.backup_name, size = IMPORTED_GB,
      created = row.created_at, resource_id = row.resource_id, resource_name = row.resource_name,
      resource_type = row.resource_type, checkpoint_id = ids.uuid(), provider_id = fixtures.kinds.hybrid.provider_id,
    }
  end
end)

return backup_changes
