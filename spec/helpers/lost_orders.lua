--- What the specs of lost orders have in common: a client that searches quickly, and another client of the same
-- account.

local assert = require "luassert"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

local lost_orders = {}

--- Parameters of a sync that the service accepts.
lost_orders.HYBRID = { vault_id = support.fixtures.vaults.hybrid.id }

--- Parameters of a copy_backup that the service accepts. `changes` are added, or replace parameters.
function lost_orders.copy_params(changes)
  local params = support.replicate_params(changes)
  params.vault_id = nil
  params.backup_id = params.backup_id or support.fixtures.backups.server_web.id
  return params
end

--- For each kind of order, parameters that the service accepts.
lost_orders.PARAMS = {
  replicate = support.replicate_params(), copy_backup = lost_orders.copy_params(), sync = lost_orders.HYBRID,
}

--- With this time scale, a sync ends within milliseconds, so that the service accepts the next sync at once.
lost_orders.FAST = 60000

--- Resets the sandbox and makes the clients of one test.
---@param changes? table options of `client`
---@return table fixture `client`, whose responses are lost; `other`, the other client; `verdicts`, the results of
-- the searches so far; `searches`, how often the last search read a list of the service. A test can set the field
-- `on_event(event)`, which is called for each log event of `client`.
function lost_orders.fixture(changes)
  sandbox.reset()
  local fixture = { verdicts = {} }
  local options = { timeout = 8, settle_time = 0.2, retry_pause = 0.005 }
  support.merge(options, changes)
  function options.log(event)
    if event.event == "search" then
      table.insert(fixture.verdicts, event.verdict)
      fixture.searches = event.searches
    end
    if fixture.on_event then
      fixture.on_event(event)
    end
  end
  fixture.client, fixture.other = support.client(options), support.client()

  --- Calls `act` after each search by `client` that finds no order, before `client` sends the order again.
  function fixture.before_retry(act)
    function fixture.on_event(event)
      if event.event == "search" and event.verdict == "nothing" then
        act()
      end
    end
  end

  --- Calls `act` after each request of `client` for an operation.
  function fixture.after_request(operation, act)
    function fixture.on_event(event)
      if event.event == "attempt" and event.operation == operation then
        act(event)
      end
    end
  end

  function fixture.close()
    sandbox.clear_faults()
    fixture.client:close()
    fixture.other:close()
  end

  return fixture
end

--- Makes a new fixture for each test of the `describe` that calls this function, and closes the fixture after the test.
---@param use fun(fixture: table) is called before each test
---@param changes? table options of the fixture's `client`
function lost_orders.for_each_test(use, changes)
  set_up.for_each_test(function()
    local fixture = lost_orders.fixture(changes)
    use(fixture)
    return fixture
  end)
end

--- Places a sync and waits until it has ended.
function lost_orders.complete_sync(client)
  local sync = assert(client:sync(lost_orders.HYBRID))
  assert(client:wait(sync, { interval = 0.01 }))
  return sync
end

--- Makes the service reject every request for a list.
function lost_orders.reject(list, code, fields)
  local fault = { status = 403, code = code or "APIGW.0302", times = -1 }
  support.merge(fault, fields)
  support.lose_response(list, "status", fault)
end

--- The backups of the only order in the ledger, sorted by id.
---@return { backup_id: string, replication_record_id: string }[]
function lost_orders.ordered_backups()
  local orders = sandbox.ledger()
  assert.equal(1, #orders)
  local list = {}
  for i, one in ipairs(orders[1].made) do
    list[i] = { backup_id = one.backup_id, replication_record_id = one.replication_record_id }
  end
  return lost_orders.sorted(list)
end

--- Sorts the backups of a response by id, in place.
function lost_orders.sorted(backups)
  table.sort(backups, function(a, b) return a.backup_id < b.backup_id end)
  return backups
end

--- Loses the responses of a replicate and of a sync that were accepted, while the service has these `quirks`.
-- Asserts that both orders are found, and that the replicate can be followed to its end.
---@param fixture table
---@param quirks table
---@param without_records? boolean whether the service shows no replication records
function lost_orders.assert_found_and_followed(fixture, quirks, without_records)
  local client = fixture.client
  sandbox.quirks(quirks)
  support.lose_response "replicate"
  local replication = assert(client:replicate(support.replicate_params()))
  assert.is_true(replication.reconciled)
  local ordered = lost_orders.ordered_backups()
  assert.equal(3, #ordered)
  for _, backup in ipairs(without_records and ordered or {}) do
    backup.replication_record_id = nil
  end
  assert.same(ordered, lost_orders.sorted(replication.backups))
  sandbox.time_scale(6000)
  local report = assert(client:wait(replication, { interval = 0.02 }))
  assert.same({ 3, 3 }, { report.total, report.succeeded })
  sandbox.reset()
  sandbox.quirks(quirks)
  support.lose_response "sync"
  assert.is_true(assert(client:sync(lost_orders.HYBRID)).reconciled)
  assert.equal(1, #sandbox.ledger())
end

return lost_orders
