-- luacheck: std ngx_lua+luajit
--- The cloud as it stands: the world's vaults and backups, and every task and replication since.
-- One worker holds it in plain tables; a reset makes it anew.

local clock = require "sandbox.clock"
local ids = require "sandbox.ids"
local world = require "sandbox.fixtures"

local state = {}

-- When everything that was there at the start was made: fixed, so that stamps of old things do not wander.
local LONG_AGO = 1747735200

local DEFAULTS = { charging_mode = "post_paid", consistent_level = "crash_consistent" }

--- Adds a backup to its vault. `row` needs vault_id and size; what it leaves open is that of a good server backup.
function state.add_backup(row)
  local vault = state.vaults[row.vault_id]
  local held = state.backups_of[vault.id]
  local n = #held + 1
  local contains = row.contain_system_disk
  if contains == nil then contains = vault.object_type ~= "turbo" and vault.object_type ~= "disk" end
  local backup = {
    id = row.id or ids.uuid(), checkpoint_id = row.checkpoint_id or ids.uuid(),
    name = row.name or ("autobk_%04d"):format(n), description = row.description or "",
    status = row.status or "available", image_type = row.image_type or "backup",
    vault_id = vault.id, project_id = vault.project_id, provider_id = row.provider_id or vault.provider_id,
    size = row.size, created = row.created or clock.now(), contain_system_disk = contains,
    resource_id = row.resource_id or ids.uuid(),
    resource_name = row.resource_name or row.name or ("resource_%04d"):format(n),
    resource_type = row.resource_type or vault.resource_type,
    auto_trigger = row.auto_trigger or false, fate = row.fate, replications = {},
    parent_id = row.parent_id, resource_az = row.resource_az, incremental = row.incremental or false,
  }
  held[n] = backup
  state.backups[backup.id] = backup
  vault.used = vault.used + backup.size * 1024
  return backup
end

function state.remove_backup(backup)
  local held = state.backups_of[backup.vault_id]
  for i = #held, 1, -1 do
    if held[i] == backup then table.remove(held, i) end
  end
  state.backups[backup.id] = nil
  local vault = state.vaults[backup.vault_id]
  vault.used = math.max(0, vault.used - backup.size * 1024)
end

--- Adds a vault of one of the world's kinds.
function state.add_vault(row)
  local vault = { created = LONG_AGO, status = "available", used = 0, description = "", name = row.name }
  for field, value in pairs(DEFAULTS) do vault[field] = value end
  local kind = assert(world.kinds[row.kind or "server"], "no such kind of vault")
  for field, value in pairs(kind) do vault[field] = value end
  for field, value in pairs(row) do
    if field ~= "backups" and field ~= "project" then vault[field] = value end
  end
  vault.id = vault.id or ids.uuid()
  vault.order = #state.vault_list + 1
  assert(state.projects[vault.project_id], "a vault needs the project_id of a known project")
  state.vaults[vault.id], state.backups_of[vault.id] = vault, {}
  state.vault_list[vault.order] = vault
  return vault
end

--- Adds a project; unless `name` says otherwise it is a main project of its region.
function state.add_project(row)
  local account = assert(world.accounts[row.account or "home"], "no such account")
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
    local more = {}
    for field, value in pairs(row) do more[field] = value end
    more.name, more.size, more.vault_id = row[1], row[2], vault.id
    more.id = world.backup_id(vault.id, n)
    -- A restore point's and a resource's id, made from the backup's so that they are the same in every run.
    more.checkpoint_id = more.id:sub(1, 24) .. "c" .. more.id:sub(26)
    more.resource_id = more.id:sub(1, 24) .. "e" .. more.id:sub(26)
    more.created = LONG_AGO + 86400 * n
    state.add_backup(more)
  end
end

local function sorted_names(map)
  local names = {}
  for name in pairs(map) do names[#names + 1] = name end
  table.sort(names)
  return names
end

--- The vaults and backups as new, nothing under way. What the world has under way is replication.reset's.
function state.reset()
  state.vaults, state.vault_list, state.backups, state.backups_of = {}, {}, {}, {}
  state.tasks, state.task_list, state.projects, state.active = {}, {}, {}, {}
  for key, project in pairs(world.projects) do
    local own = { key = key }
    for field, value in pairs(project) do own[field] = value end
    if own.parent then own.parent_id = world.projects[own.parent].id end
    state.add_project(own)
  end
  for _, name in ipairs(sorted_names(world.vaults)) do
    local row = world.vaults[name]
    local own = { name = name }
    for field, value in pairs(row) do own[field] = value end
    fill(state.add_vault(own), row.backups)
  end
end

--- The projects of an account, in the order of their names and ids.
function state.projects_of(account)
  local list = {}
  for _, project in pairs(state.projects) do
    if project.account == account then list[#list + 1] = project end
  end
  table.sort(list, function(a, b)
    if a.name ~= b.name then return a.name < b.name end
    return a.id < b.id
  end)
  return list
end

--- A vault by id, but only for its own project: to others it does not exist.
function state.vault(project, id)
  local vault = state.vaults[id]
  return vault and vault.project_id == project.id and vault or nil
end

function state.backup(project, id)
  local backup = state.backups[id]
  return backup and backup.project_id == project.id and backup or nil
end

return state
