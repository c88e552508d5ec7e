-- luacheck: std ngx_lua+luajit
--- The cloud's present state: the vaults and backups of the fixtures, and every task since the last reset.
-- The one worker process holds it in plain tables.

local clock = require "sandbox.clock"
local fixtures = require "sandbox.fixtures"
local ids = require "sandbox.ids"

local state = {}

-- The creation time of all fixtures, so that their timestamps are the same in every run.
local FIXTURES_CREATED = 1747735200

local DEFAULTS = { charging_mode = "post_paid", consistent_level = "crash_consistent" }

-- The availability zone of a vault's resources. Open Telekom Cloud's samples have none.
local function zone_of(vault)
  local project = state.projects[vault.project_id]
  return project.cloud == "huawei" and project.region .. "a" or nil
end

--- Adds a backup to its vault. `row` needs vault_id and size; other fields default to those of an available backup.
function state.add_backup(row)
  local vault = state.vaults[row.vault_id]
  local list = state.backups_of[vault.id]
  local n = #list + 1
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
  }
  list[n] = backup
  state.backups[backup.id] = backup
  vault.used = vault.used + backup.size * 1024
  return backup
end

function state.remove_backup(backup)
  local list = state.backups_of[backup.vault_id]
  for i = #list, 1, -1 do
    if list[i] == backup then
      table.remove(list, i)
    end
  end
  state.backups[backup.id] = nil
  local vault = state.vaults[backup.vault_id]
  vault.used = math.max(0, vault.used - backup.size * 1024)
end

--- Adds a vault. `row`: its fields; `kind` is one of fixtures.kinds.
function state.add_vault(row)
  local vault = { created = FIXTURES_CREATED, status = "available", used = 0, description = "", name = row.name }
  for field, value in pairs(DEFAULTS) do vault[field] = value end
  local kind = assert(fixtures.kinds[row.kind or "server"], "no such kind of vault")
  for field, value in pairs(kind) do vault[field] = value end
  for field, value in pairs(row) do
    if field ~= "backups" and field ~= "project" then
      vault[field] = value
    end
  end
  vault.id = vault.id or ids.uuid()
  vault.order = #state.vault_list + 1
  assert(state.projects[vault.project_id], "a vault needs the project_id of a known project")
  state.vaults[vault.id], state.backups_of[vault.id] = vault, {}
  state.vault_list[vault.order] = vault
  return vault
end

--- Adds a project. Without `name` it gets the name of its region, as main projects have.
function state.add_project(row)
  local account = assert(fixtures.accounts[row.account or "home"], "no such account")
  local project = {
    id = ids.hex32(), account = "home", cloud = "huawei", name = row.region, enabled = true, domain_id = account.id,
    parent_id = account.id,
  }
  for field, value in pairs(row) do project[field] = value end
  assert(project.region, "a project needs a region")
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
    -- The ids of the restore point and the resource derive from the backup's id, so that every run has the same ones.
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
    local own = { name = name }
    for field, value in pairs(row) do own[field] = value end
    fill(state.add_vault(own), row.backups)
  end
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

return state
