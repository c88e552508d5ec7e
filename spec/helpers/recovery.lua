-- What the specs of cbr.dr have in common: vaults with backups of different ages, copies of these backups, and a clock
-- that the specs move.

local sandbox = require "sandbox.control"
local support = require "spec.helpers.support"

local recovery = {}

local fixtures = support.fixtures

recovery.HOUR, recovery.DAY = 3600, 86400
recovery.stamps = { "source", "own", "null" } -- the values of the quirk `replica_stamps`

--- The destination of the specs.
recovery.destination = {
  region = fixtures.projects.east.region, project_id = fixtures.projects.east.id,
  vault_id = fixtures.vaults.replicas.id,
}

local forwarded, serial, resources = 0, 0, {}

--- Restores the sandbox, and lets sandbox time pass as slowly as real time, so that tasks end only when
-- recovery.forward moves the clock.
function recovery.reset()
  sandbox.reset()
  sandbox.time_scale(1)
  forwarded, serial, resources = 0, 0, {}
end

--- A client of the project `home`, with the region of this project.
function recovery.client(changes)
  local options = { region = fixtures.projects.home.region, retry_pause = 0.01, settle_time = 0.2 }
  support.merge(options, changes)
  return support.client(options)
end

--- A client of the project that holds the replicas.
function recovery.client_there(changes)
  local options = { region = recovery.destination.region, project_id = recovery.destination.project_id }
  support.merge(options, changes)
  return recovery.client(options)
end

--- Before each test of the `describe` that calls this function: recovery.reset, and two clients, which are closed after
-- the test.
---@param use fun(home: cbr.Client, there: cbr.Client) gets recovery.client() and recovery.client_there()
function recovery.for_each_test(use)
  local set_up = require "spec.helpers.set_up" -- not above: programs without busted use this module, too
  set_up.for_each_test(function()
    recovery.reset()
    local home, there = recovery.client(), recovery.client_there()
    use(home, there)
    return home, there
  end)
end

--- Parameters of a function of cbr.dr with `changes`. The value "none" removes a parameter.
---@param params table is changed, and returned
---@param changes? table
function recovery.changed(params, changes)
  for name, value in pairs(support.merge(params, changes)) do
    params[name] = value ~= "none" and value or nil
  end
  return params
end

--- Lets `seconds` pass in the sandbox.
function recovery.forward(seconds)
  forwarded = forwarded + seconds
  sandbox.forward(seconds)
end

--- The present time of the sandbox.
function recovery.now()
  return os.time() + forwarded
end

local function new_id(first)
  serial = serial + 1
  return ("%s-0000-4000-8000-%012d"):format(first, serial)
end

--- The id of the resource that has this name.
function recovery.resource(name)
  resources[name] = resources[name] or new_id "0e50bce5"
  return resources[name]
end

--- Adds a vault for servers to the project `home`. Returns the vault's id.
function recovery.vault(name, fields)
  local id = new_id "0a0170aa"
  local vault = { name = name, kind = "server", project = "home", size = 100000 }
  support.merge(vault, fields)
  sandbox.patch { vaults = { [id] = vault } }
  return id
end

--- Adds a backup of a resource. Returns the backup's id.
---@param vault_id string
---@param resource string name of the resource
---@param age number age of the backup in seconds
---@param fields? table more fields of the sandbox's backup
function recovery.backup(vault_id, resource, age, fields)
  local id = new_id "0bac0bac"
  local backup = {
    vault_id = vault_id, size = 10, age = age, resource_id = recovery.resource(resource), resource_name = resource,
    name = ("%s_%d"):format(resource, serial),
  }
  support.merge(backup, fields)
  sandbox.patch { backups = { [id] = backup } }
  return id
end

--- Copies a backup to the destination as a policy or another program does: without the mark of cbr in the description,
-- unless `fields` has one. Then lets time pass until the replica exists. Returns the id of the replica.
function recovery.copy(client, backup_id, fields)
  local params = {
    backup_id = backup_id, destination_region = recovery.destination.region,
    destination_project_id = recovery.destination.project_id, destination_vault_id = recovery.destination.vault_id,
  }
  support.merge(params, fields)
  assert(client:copy_backup(params))
  recovery.forward(200)
  local backup = assert(client:show_backup { backup_id = backup_id })
  local last = backup.replication_records and backup.replication_records[#backup.replication_records]
  return last and last.destination_backup_id
end

--- Deletes a backup, and lets time pass until the backup no longer exists.
function recovery.delete(client, backup_id)
  assert(client:delete_backup { backup_id = backup_id })
  recovery.forward(60)
end

--- Finds the row of a report that is about a resource.
function recovery.row(report, resource)
  for _, row in ipairs(report.rows) do
    if row.resource_id == resources[resource] then
      return row
    end
  end
end

--- The verdict and the reason of each row, by the name of the resource.
function recovery.verdicts(report)
  local verdicts = {}
  for _, row in ipairs(report.rows) do
    verdicts[row.resource_name or "?"] = row.verdict .. (row.reason and " " .. row.reason or "")
  end
  return verdicts
end

--- A store in memory for dr.replicate. Its field `texts` has the values by key. `on_set(key, text)` is called before a
-- value is set.
function recovery.store(on_set)
  local store = { texts = {} }
  function store.get(key) return store.texts[key] end
  function store.set(key, text)
    if on_set then
      on_set(key, text)
    end
    store.texts[key] = text
    return true
  end
  return store
end

--- The statuses of the rows of a report, by the name of the backup.
function recovery.statuses(report)
  local statuses = {}
  for _, row in ipairs(report.rows) do
    statuses[row.backup_name or row.resource_name or "?"] = row.status .. (row.reason and " " .. row.reason or "")
  end
  return statuses
end

--- How many orders the sandbox has accepted for each pair of a backup and a region.
function recovery.orders()
  local orders, total = {}, 0
  for _, entry in ipairs(sandbox.ledger()) do
    for _, made in ipairs(entry.made) do
      orders[made.backup_id] = (orders[made.backup_id] or 0) + 1
      total = total + 1
    end
  end
  return orders, total
end

--- How many orders of a backup the sandbox has accepted.
---@param backup_id string
---@return integer
function recovery.orders_of(backup_id)
  local orders = recovery.orders()
  return orders[backup_id] or 0
end

return recovery
