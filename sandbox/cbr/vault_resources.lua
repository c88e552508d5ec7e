-- luacheck: std ngx_lua+luajit
--- The calls that add resources to a vault, remove them, move them to another vault, or exclude them from automatic
-- backups.

local calls = require "sandbox.cbr.calls"
local codes = require "sandbox.gateway.codes"
local json = require "sandbox.json"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"
local tasks = require "sandbox.cbr.tasks"

local vault_resources = {}

local MAX_RESOURCES = 256
local REMOVAL_SECONDS = 10

--- Checks resources that a call wants to add to a vault for `resource_type`.
-- → the cloud's resources, or nil and an error response
function vault_resources.check(rows, project, resource_type)
  local found, seen = {}, {}
  for i, row in ipairs(rows) do
    local resource = state.resources[row.id]
    if row.type ~= resource_type then
      return nil, responses.reject("BackupService.6102", row.type)
    elseif not resource or resource.project_id ~= project.id or resource.type ~= row.type then
      return nil, responses.reject(codes.of_missing_resource(row.type), row.id)
    elseif seen[row.id] then
      return nil, responses.reject("BackupService.6104", row.id)
    elseif state.vault_of_resource(row.id) then
      return nil, responses.reject("BackupService.6103", row.id)
    end
    seen[row.id] = true
    found[i] = { id = row.id, type = row.type, name = row.name or resource.name, size = resource.size,
      extra_info = row.extra_info }
  end
  return found
end

-- Finds a vault. → the vault; or nil and an error response if the vault does not exist or is not available
local function available(project, id)
  local vault = state.vault(project, id)
  if not vault then
    return nil, responses.reject "BackupService.6105"
  elseif vault.status ~= "available" then
    return nil, responses.reject "BackupService.6112"
  end
  return vault
end

--- POST …/vaults/{vault_id}/addresources
vault_resources.add = calls.with_body([[
  resources! [1..256]
    id! id
    type! text
    name text 0..255
    extra_info
      exclude_volumes [text]
]], function(body, project, id)
  local vault, rejection = available(project, id)
  if not vault then
    return rejection
  elseif vault.protect_type ~= "backup" then
    return responses.reject "BackupService.6102"
  elseif #vault.resources + #body.resources > MAX_RESOURCES then
    return responses.reject "BackupService.6100"
  end
  local resources
  resources, rejection = vault_resources.check(body.resources, project, vault.resource_type)
  if not resources then
    return rejection
  end
  local added = json.list()
  for i, resource in ipairs(resources) do
    state.add_resource(vault, resource)
    added[i] = resource.id
  end
  return responses.ok { add_resource_ids = added }
end)

-- Whether the tags of a resource match the rules of a vault. A vault without rules takes every resource.
local function has_tags(resource, bind_rules)
  for _, tag in ipairs(bind_rules or {}) do
    if resource.tags[tag.key] ~= tag.value then
      return false
    end
  end
  return true
end

--- Puts the unprotected resources whose type and tags match a vault into this vault, if the vault binds automatically.
function vault_resources.bind_automatically(vault, project)
  if not vault.auto_bind or vault.protect_type ~= "backup" then
    return
  end
  for _, resource in ipairs(state.resource_list) do
    if resource.project_id == project.id and resource.type == vault.resource_type
      and has_tags(resource, vault.bind_rules) and not state.vault_of_resource(resource.id)
      and #vault.resources < MAX_RESOURCES then
      state.add_resource(vault, { id = resource.id, name = resource.name, type = resource.type, size = resource.size })
    end
  end
end

-- Finds resources of a vault by their ids. → the resources; or nil and an error response
local function in_vault(vault, ids)
  local found = {}
  for i, id in ipairs(ids) do
    local resource = vault.resource_by_id[id]
    if not resource then
      return nil, responses.reject("BackupService.6135", id)
    elseif resource.protect_status == "removing" then
      return nil, responses.reject "BackupService.6134"
    elseif tasks.find_active(function(task) return task.backup and task.backup.resource_id == id end) then
      return nil, responses.reject("BackupService.6125", id)
    end
    found[i] = resource
  end
  return found
end

--- POST …/vaults/{vault_id}/removeresources. This call also deletes the backups of these resources in the vault.
vault_resources.remove = calls.with_body([[
  resource_ids! [1..256 id]
]], function(body, project, id)
  local vault, rejection = available(project, id)
  if not vault then
    return rejection
  end
  local resources
  resources, rejection = in_vault(vault, body.resource_ids)
  if not resources then
    return rejection
  elseif vault.locked then
    return responses.reject("BackupService.6112", "the vault is locked")
  end
  tasks.start {
    kind = "remove_resource", vault_id = id, project = project, seconds = REMOVAL_SECONDS, removed = resources,
    request_id = responses.request_id(),
  }
  for _, resource in ipairs(resources) do resource.protect_status = "removing" end
  return responses.ok { remove_resource_ids = json.list(body.resource_ids) }
end)

-- The backups of a resource in a vault.
local function backups_in(vault, resource_id)
  local found = {}
  for _, backup in ipairs(state.backups_of[vault.id]) do
    if backup.resource_id == resource_id then
      found[#found + 1] = backup
    end
  end
  return found
end

tasks.on_end("remove_resource", function(task)
  for _, resource in ipairs(task.removed) do
    for _, backup in ipairs(backups_in(task.vault, resource.id)) do state.remove_backup(backup) end
    state.remove_resource(task.vault, resource.id)
    resource.protect_status = nil
  end
end)

--- PUT …/vaults/{vault_id}/set-resources: sets whether policies back the resources up.
vault_resources.set = calls.with_body([[
  action! suspend|unsuspend
  resource_ids! [id]
]], function(body, project, id)
  local vault, rejection = available(project, id)
  if not vault then
    return rejection
  end
  local resources
  resources, rejection = in_vault(vault, body.resource_ids)
  if not resources then
    return rejection
  end
  for _, resource in ipairs(resources) do resource.auto_protect = body.action == "unsuspend" end
  return responses.ok { set_resource_ids = json.list(body.resource_ids) }
end)

-- → an error response, or nil if the target vault can take the resources of the source vault
local function problem_of_target(source, target, resources)
  if target == source or target.protect_type ~= source.protect_type or target.object_type ~= source.object_type then
    return responses.reject "BackupService.6102"
  elseif #target.resources + #resources > MAX_RESOURCES then
    return responses.reject "BackupService.6100"
  end
  local megabytes = target.used
  for _, resource in ipairs(resources) do
    for _, backup in ipairs(backups_in(source, resource.id)) do megabytes = megabytes + backup.size * 1024 end
  end
  if megabytes > target.size * 1024 and not target.auto_expand then
    return responses.reject "BackupService.6114"
  end
end

--- POST …/vaults/{vault_id}/migrateresources. The backups of these resources move with them.
vault_resources.migrate = calls.with_body([[
  destination_vault_id! id
  resource_ids! [id]
]], function(body, project, id)
  local source, rejection = available(project, id)
  if not source then
    return rejection
  end
  local target, resources
  target, rejection = available(project, body.destination_vault_id)
  if not target then
    return rejection
  end
  resources, rejection = in_vault(source, body.resource_ids)
  rejection = rejection or problem_of_target(source, target, resources)
  if rejection then
    return rejection
  end
  for _, resource in ipairs(resources) do
    local backups = backups_in(source, resource.id)
    for _, backup in ipairs(backups) do state.detach_backup(backup) end
    state.remove_resource(source, resource.id)
    state.add_resource(target, resource)
    for _, backup in ipairs(backups) do
      backup.vault_id = target.id
      state.attach_backup(backup)
    end
  end
  return responses.ok { migrated_resources = json.list(body.resource_ids) }
end)

return vault_resources
