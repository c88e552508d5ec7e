-- luacheck: std ngx_lua+luajit
--- Changes the cloud's state as a test asks: sets fields, adds vaults, backups and projects, and fills vaults.

local clock = require "sandbox.clock"
local expiry = require "sandbox.cbr.expiry"
local fixtures = require "sandbox.fixtures"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local state = require "sandbox.state"
local tasks = require "sandbox.cbr.tasks"

local patch = {}

-- The id that `key` means: the id of the fixture with the name `key`, or else `key` itself.
local function id_of(rows, key)
  return rows[key] and rows[key].id or key
end

-- Rejects a result with an unknown status, which would make every later call fail.
local function check_results(fields)
  for _, name in ipairs { "replication_result", "sync_result", "backup_result", "restore_result" } do
    local result = fields[name]
    if result and result ~= json.null and not tasks.is_result(result.status) then
      error(("no such status of a %s: %s"):format(name, tostring(result.status)), 0)
    end
  end
end

-- The value of a field that must be a number of seconds or nil.
local function seconds(fields, name)
  local value = fields[name]
  if value ~= nil and type(value) ~= "number" then
    error(name .. " must be a number of seconds", 0)
  end
  return value
end

local function set_fields(item, fields)
  for field, value in pairs(fields) do
    if value == json.null then
      value = nil
    end
    item[field] = value
  end
end

-- Finds a project by its id, by its name among the fixtures, or by the name under which a patch added it.
local function project_of(key)
  local named
  for _, project in pairs(state.projects) do
    if project.key == key then
      named = project
    end
  end
  return state.projects[id_of(fixtures.projects, key)] or named
end

local function patch_vaults(rows, done)
  for key, fields in pairs(rows or {}) do
    check_results(fields)
    if fields.resources or fields.policies then
      error("only calls of the service can change the resources and policies of a vault", 0)
    end
    local id = id_of(fixtures.vaults, key)
    local vault = state.vaults[id]
    if vault then
      set_fields(vault, fields)
    else
      fields.id, fields.name = fields.id or id, fields.name or key
      if fields.project then
        fields.project_id = (project_of(fields.project) or {}).id
      end
      vault = state.add_vault(fields)
    end
    table.insert(done.vaults, vault.id)
  end
end

local function patch_backups(rows, done)
  for key, fields in pairs(rows or {}) do
    check_results(fields)
    local id = id_of(fixtures.backups, key)
    local backup = state.backups[id]
    local age, expires_in = seconds(fields, "age"), seconds(fields, "expires_in")
    fields.age, fields.expires_in = nil, nil
    if age then
      fields.created = clock.now() - age
    end
    if backup then
      set_fields(backup, fields)
      state.add_resource(state.vaults[backup.vault_id], { id = backup.resource_id, name = backup.resource_name,
        type = backup.resource_type, size = backup.size })
    else
      fields.id, fields.vault_id = fields.id or id, id_of(fixtures.vaults, fields.vault_id)
      fields.size = fields.size or 40
      backup = state.add_backup(fields)
    end
    if expires_in then
      expiry.set(backup, clock.now() + expires_in)
    end
    table.insert(done.backups, backup.id)
  end
end

local function patch_resources(rows, done)
  for key, fields in pairs(rows or {}) do
    check_results(fields)
    local id = id_of(fixtures.resources, key)
    local resource = state.resources[id]
    if resource then
      set_fields(resource, fields)
    else
      fields.id, fields.name = fields.id or id, fields.name or key
      fields.project_id = fields.project_id or (project_of(fields.project or "home") or {}).id
      fields.type = fields.type or "OS::Nova::Server"
      resource = state.add_cloud_resource(fields)
    end
    table.insert(done.resources, resource.id)
  end
end

local function patch_projects(rows, done)
  for key, fields in pairs(rows or {}) do
    local project = project_of(key)
    if project then
      set_fields(project, fields)
    else
      fields.key = key
      fields.id = fields.id or ids.is_hex32(key) and key or nil
      project = state.add_project(fields)
    end
    table.insert(done.projects, project.id)
  end
end

local function fill(row, done)
  if not row then
    return
  end
  local vault_id = id_of(fixtures.vaults, row.vault_id)
  check_results(row)
  if not state.vaults[vault_id] then
    error("no such vault: " .. tostring(row.vault_id), 0)
  end
  local age, interval = seconds(row, "age"), seconds(row, "interval") or 0
  for n = 1, row.count or 1 do
    local backup = state.add_backup {
      vault_id = vault_id, size = row.size or 40, name = ("%s_%05d"):format(row.name or "filled", n),
      status = row.status, replication_result = row.replication_result, auto_trigger = row.auto_trigger,
      created = age and clock.now() - age - interval * ((row.count or 1) - n),
    }
    table.insert(done.backups, backup.id)
  end
end

--- Applies {vaults = {[id or name] = fields}, backups = …, projects = …, fill = {vault_id, count, size, …},
-- resources = …}. → the ids changed or added. An invalid change raises an error; the changes before it stay applied.
function patch.apply(body)
  local done = { vaults = json.list(), backups = json.list(), projects = json.list(),
    resources = json.list() }
  patch_projects(body.projects, done)
  patch_vaults(body.vaults, done)
  patch_backups(body.backups, done)
  patch_resources(body.resources, done)
  fill(body.fill, done)
  return done
end

return patch
