-- luacheck: std ngx_lua+luajit
--- The cloud's present state: its projects, vaults and backups, and every task since the last reset. Plain tables hold
-- the state, because nginx is a single process.

local clock = require "sandbox.clock"
local fixtures = require "sandbox.fixtures"
local ids = require "sandbox.ids"

local state = {}

-- The creation time of all fixtures, so that their timestamps are the same in every run.
local FIXTURES_CREATED = 1747735200

local DEFAULTS = {
  charging_mode = "post_paid", consistent_level = "crash_consistent", enterprise_project_id = "0", auto_bind = false,
  auto_expand = false, smn_notify = true, threshold = 80, locked = false,
}

-- The availability zone of a vault's resources; nil on Open Telekom Cloud, whose samples have no availability zone.
local function zone_of(vault)
  local project = state.projects[vault.project_id]
  return project.cloud == "huawei" and project.region .. "a" or nil
end

--- Adds a cloud resource, such as a server, that a vault can protect. `row`: id, name, type, size, project_id;
-- optionally `tags` {key → value}, `agent` {version, is_old} and `status`.
function state.add_cloud_resource(row)
  local resource = { status = "active", tags = {}, size = 40 }
  for field, value in pairs(row) do resource[field] = value end
  resource.id, resource.name = row.id or ids.uuid(), row.name or row.id
  resource.order = (state.resources[resource.id] or {}).order or #state.resource_list + 1
  state.resources[resource.id], state.resource_list[resource.order] = resource, resource
  return resource
end

--- Puts a resource {id, name, type, size} into a vault, unless the resource is already there.
function state.add_resource(vault, row)
  if vault.resource_by_id[row.id] then
    return
  end
  local resource = { auto_protect = true, extra_info = {} }
  for field, value in pairs(row) do resource[field] = value end
  vault.resource_by_id[row.id] = resource
  vault.resources[#vault.resources + 1] = resource
  if vault.protect_type == "backup" and not state.resources[row.id] then
    state.add_cloud_resource { id = row.id, name = row.name, type = row.type, size = row.size,
      project_id = vault.project_id }
  end
end

--- Takes a resource out of a vault. The backups of the resource stay in the vault.
function state.remove_resource(vault, id)
  vault.resource_by_id[id] = nil
  for i, resource in ipairs(vault.resources) do
    if resource.id == id then
      table.remove(vault.resources, i)
      return
    end
  end
end

--- The backup vault that a resource is in, or nil.
function state.vault_of_resource(id)
  for _, vault in ipairs(state.vault_list) do
    if vault.protect_type == "backup" and vault.resource_by_id[id] then
      return vault
    end
  end
end

-- Adds megabytes to the used capacity of a vault, which may expand automatically.
local function use(vault, megabytes)
  vault.used = vault.used + megabytes
  if vault.auto_expand then
    vault.size = math.max(vault.size, math.ceil(vault.used / 1024))
  end
end

--- Puts a backup and its resource into the vault backup.vault_id.
function state.attach_backup(backup)
  local vault = state.vaults[backup.vault_id]
  table.insert(state.backups_of[vault.id], backup)
  use(vault, backup.counted and backup.size * 1024 or 0)
  state.add_resource(vault, { id = backup.resource_id, name = backup.resource_name, type = backup.resource_type,
    size = backup.size })
end

--- Adds the size of a backup to the used capacity of its vault. A backup that is being made has no size yet.
function state.count_size(backup)
  backup.counted = true
  use(state.vaults[backup.vault_id], backup.size * 1024)
end

--- Adds a backup to its vault. `row` needs vault_id and size; the other fields default to those of an available backup.
function state.add_backup(row)
  local vault = state.vaults[row.vault_id]
  local n = #state.backups_of[vault.id] + 1
  local contains = row.contain_system_disk
  if contains == nil then
    contains = vault.object_type ~= "turbo" and vault.object_type ~= "disk"
  end
  local backup = {
    id = row.id or ids.uuid(), checkpoint_id = row.checkpoint_id or ids.uuid(),
    name = row.name or ("autobk_%04d"):format(n), description = row.description or "",
    status = row.status or "available", image_type = row.image_type or "backup",
    vault_id = vault.id, project_id = vault.project_id, provider_id = row.provider_id or vault.provider_id,
    size = row.size, created = row.created or clock.now(), contain_system_disk = contains,
    resource_id = row.resource_id or ids.uuid(),
    resource_name = row.resource_name or row.name or ("resource_%04d"):format(n),
    resource_type = row.resource_type or vault.resource_type,
    auto_trigger = row.auto_trigger or false, replication_result = row.replication_result, replications = {},
    parent_id = row.parent_id, resource_az = row.resource_az or zone_of(vault), incremental = row.incremental or false,
    expires = row.expires, policy_id = row.policy_id, members = {}, counted = row.counted ~= false,
    source_created = row.source_created, -- for a replica: when its source backup was made
  }
  state.backups[backup.id] = backup
  state.attach_backup(backup)
  return backup
end

local function remove_value(list, value)
  for i = #list, 1, -1 do
    if list[i] == value then
      table.remove(list, i)
    end
  end
end

--- Takes a backup out of its vault. state.attach_backup can put the backup back.
function state.detach_backup(backup)
  local list, vault = state.backups_of[backup.vault_id], state.vaults[backup.vault_id]
  remove_value(list, backup)
  if backup.counted then
    vault.used = math.max(0, vault.used - backup.size * 1024)
  end
  -- A replication or hybrid vault contains only resources that have a backup in it.
  if vault.protect_type ~= "backup" then
    for _, other in ipairs(list) do
      if other.resource_id == backup.resource_id then
        return
      end
    end
    state.remove_resource(vault, backup.resource_id)
  end
end

function state.remove_backup(backup)
  state.detach_backup(backup)
  state.backups[backup.id] = nil
end

--- Removes a vault and its backups.
function state.remove_vault(vault)
  for _, backup in ipairs(state.backups_of[vault.id]) do state.backups[backup.id] = nil end
  remove_value(state.vault_list, vault)
  state.vaults[vault.id], state.backups_of[vault.id] = nil, nil
end

--- Adds a vault. `row` has the fields of the vault. `row.kind` is a key of fixtures.kinds.
function state.add_vault(row)
  local vault = { created = clock.now(), status = "available", used = 0, description = "", name = row.name }
  for field, value in pairs(DEFAULTS) do vault[field] = value end
  local kind = assert(fixtures.kinds[row.kind or "server"], "no such kind of vault")
  for field, value in pairs(kind) do vault[field] = value end
  for field, value in pairs(row) do
    if field ~= "backups" and field ~= "project" then
      vault[field] = value
    end
  end
  vault.id = vault.id or ids.uuid()
  vault.tags, vault.resources, vault.resource_by_id, vault.policies = vault.tags or {}, {}, {}, {}
  assert(state.projects[vault.project_id], "a vault needs the project_id of a known project")
  state.vaults[vault.id], state.backups_of[vault.id] = vault, {}
  table.insert(state.vault_list, vault)
  return vault
end

--- Adds a project. Without `name`, the project gets the name of its region, as main projects do.
function state.add_project(row)
  local account = assert(fixtures.accounts[row.account or "home"], "no such account")
  local project = {
    id = ids.hex32(), account = "home", cloud = "huawei", name = row.region, enabled = true, domain_id = account.id,
    parent_id = account.id,
  }
  for field, value in pairs(row) do project[field] = value end
  assert(project.region, "a new project needs a region")
  state.projects[project.id] = project
  return project
end

function state.add_task(task)
  task.id = task.id or ids.uuid()
  state.tasks[task.id] = task
  state.task_list[#state.task_list + 1] = task
  return task
end

local function fill(vault, rows)
  for n, row in ipairs(rows or {}) do
    local backup = {}
    for field, value in pairs(row) do backup[field] = value end
    backup.name, backup.size, backup.vault_id = row[1], row[2], vault.id
    backup.id = fixtures.backup_id(vault.id, n)
    -- The ids of the restore point and the resource derive from the backup's id, so that every run has the same ids.
    backup.checkpoint_id = backup.id:sub(1, 24) .. "c" .. backup.id:sub(26)
    backup.resource_id = backup.id:sub(1, 24) .. "e" .. backup.id:sub(26)
    backup.created = FIXTURES_CREATED + 86400 * n
    state.add_backup(backup)
  end
end

local function sorted_names(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- Restores the projects, vaults and backups of the fixtures, without any task. replication.reset adds the tasks.
function state.reset()
  state.vaults, state.vault_list, state.backups, state.backups_of = {}, {}, {}, {}
  state.tasks, state.task_list, state.projects, state.active = {}, {}, {}, {}
  state.resources, state.resource_list, state.checkpoints = {}, {}, {}
  state.policies, state.organization_policies, state.agents, state.prepaid_orders = {}, {}, {}, {}
  state.migrations = {} -- the migration of each account
  state.expiring = {} -- the backups that expire, the earliest first
  for key, project in pairs(fixtures.projects) do
    local own = { key = key }
    for field, value in pairs(project) do own[field] = value end
    if own.parent then
      own.parent_id = fixtures.projects[own.parent].id
    end
    state.add_project(own)
  end
  for _, name in ipairs(sorted_names(fixtures.vaults)) do
    local row = fixtures.vaults[name]
    local own = { name = name, created = FIXTURES_CREATED }
    for field, value in pairs(row) do own[field] = value end
    fill(state.add_vault(own), row.backups)
  end
  for _, name in ipairs(sorted_names(fixtures.resources)) do state.add_cloud_resource(fixtures.resources[name]) end
end

--- The projects of an account, sorted by name, then by id.
function state.projects_of(account)
  local list = {}
  for _, project in pairs(state.projects) do
    if project.account == account then
      list[#list + 1] = project
    end
  end
  table.sort(list, function(a, b)
    if a.name ~= b.name then
      return a.name < b.name
    end
    return a.id < b.id
  end)
  return list
end

--- The regions that a project can replicate to. A test can set them with the project's field `destinations`.
function state.destinations(project)
  if project.destinations then
    return project.destinations
  end
  for _, row in ipairs(fixtures.capabilities) do
    if row.region == project.region then
      return row.destinations
    end
  end
  return {}
end

--- A vault by id, or nil if `project` has no such vault.
function state.vault(project, id)
  local vault = state.vaults[id]
  return vault and vault.project_id == project.id and vault or nil
end

--- A backup by id, or nil if `project` has no such backup.
function state.backup(project, id)
  local backup = state.backups[id]
  return backup and backup.project_id == project.id and backup or nil
end

--- Finds the item of `project` with this id in a list. → the item and its position; or nil
function state.find(list, project, id)
  for i, item in ipairs(list) do
    if item.project_id == project.id and item.id == id then
      return item, i
    end
  end
end

return state
