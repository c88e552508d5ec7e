-- One order of dr.replicate is placed, followed, or resumed.

local core = require "cbr.core"
local new_error = require "cbr.errors".new
local orders = require "cbr.dr.orders"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("an order of dr.replicate", function()
  local client, vault, id, entry

  recovery.for_each_test(function(made)
    sandbox.time_scale(3000)
    client, vault, entry = made, recovery.vault "prod", nil
    id = recovery.backup(vault, "web", 3600)
  end)

  -- Runs an order for the backup. `entry` is the order's entry in the journal: `run` reads it, and then replaces it.
  local function run(changes)
    local row = { backup_id = id, status = "missing" }
    orders.run({
      operation = "copy_backup", project = { client = client }, d = 1, id = id, vault_id = vault,
      items = { { row = row, backup = { at = 5, resource = { vault = { object_type = "server" } } } } },
    }, {
      destinations = { recovery.destination }, room = { { destination_project_id = recovery.destination.project_id } },
      journal = {
        run = "this", read = function() return entry end,
        write = function(_, _, value) entry = value end,
      },
      deadline = core.monotonic() + 60, interval = 0.02, blocked = changes and changes.blocked or {},
      on_change = changes and changes.on_change or function() end,
      is_over = changes and changes.is_over,
    })
    return row
  end

  it("an order's journal entry is written before the request, after the response, and when the order ends", function()
    local row = run()
    assert.same({ "success", "ended", "success", id },
      { row.status, entry.state, entry.status, entry.result.backup_id })
    assert.equal(1, #sandbox.ledger())
  end)

  it("after an order was rejected because of its destination, no other order is sent there", function()
    for code, count in pairs { ["BackupService.6120"] = 1, ["CSBS.6120"] = 1, ["BackupService.1003"] = 2 } do
      local blocked = {}
      sandbox.clear_requests()
      sandbox.fault { call = "copy_backup", fault = "status", status = 400, code = code, times = 2 }
      for _ = 1, 2 do
        entry = nil
        local row = run { blocked = blocked }
        assert.same({ "failed", code }, { row.status, row.error_code })
      end
      assert.equal(count, support.count "copy_backup", code)
      sandbox.clear_faults()
    end
  end)

  it("an order of the same run is followed if it has not ended, and is not placed again if it has ended", function()
    run()
    entry = { state = "ordered", result = entry.result, run = "this" }
    assert.equal("success", run().status)
    entry = { state = "ended", status = "failed", run = "this" }
    assert.same({ "failed", "already_tried" }, { run().status, run().reason })
    -- the order is not placed again, although the survey found no copy
    entry = { state = "ended", status = "success", run = "this" }
    assert.equal("replica_is_gone", run().reason)
    assert.equal(1, #sandbox.ledger())
  end)

  it("an order without a recorded response is searched for, then followed, placed again or left unknown", function()
    local searched, statuses, result, err
    client.find_order = function(_, operation, params, options)
      searched = { operation, params.backup_id, options.since }
      return result, err
    end
    local function search()
      entry, statuses = { state = "ordering", since = 7 }, {}
      local row = run { on_change = function(changed) statuses[#statuses + 1] = changed.status end }
      assert.same({ "copy_backup", id, 7 }, searched)
      assert.equal("unknown", statuses[1])
      return row
    end
    err = new_error({ kind = "timeout", message = "the search took too long" }, {})
    assert.same({ "unknown", "timeout" }, { search().status, search().error_kind })
    assert.equal("ordering", entry.state) -- the next process searches again
    assert.equal(0, #sandbox.ledger())
    result, err = false, nil -- the service has not accepted the order
    assert.same({ "success", 1 }, { search().status, #sandbox.ledger() })
    result = entry.result
    assert.same({ "success", "ended", 1 }, { search().status, entry.state, #sandbox.ledger() })
  end)

  it("an order that is not placed for lack of time is placed by the next process without another search", function()
    local searches = 0
    client.find_order = function()
      searches = searches + 1
      return false
    end
    entry = { state = "ordering", since = 7, run = "this" }
    assert.equal("timeout", run({ is_over = true }).reason)
    assert.same({ 1, 0 }, { searches, #sandbox.ledger() })
    assert.equal("success", run().status)
    assert.same({ 1, 1 }, { searches, #sandbox.ledger() })
  end)

  it("an order whose replica is gone is placed by the next process if this process has no time to place it", function()
    local replica = run().replica_id
    recovery.delete(recovery.client_there(), replica)
    entry = { state = "ordered", result = entry.result, run = "earlier" }
    assert.equal("timeout", run({ is_over = true }).reason)
    assert.same({ "ended", "not_started" }, { entry.state, entry.status })
    assert.equal("success", run().status)
    assert.equal(2, #sandbox.ledger())
  end)

  it("an order that the service rejected is placed again", function()
    entry = { state = "ended", status = "rejected", run = "this" }
    assert.equal("success", run().status)
  end)

  it("if the replica of an order is gone, a later run orders the copy again, and the same run does not", function()
    local there = recovery.client_there()
    local replica = run().replica_id
    recovery.delete(there, replica)
    local result = entry.result
    entry = { state = "ordered", result = result, run = "this" }
    local row = run()
    assert.same({ "failed", "replica_is_gone" }, { row.status, row.reason })
    entry = { state = "ordered", result = result, run = "earlier" }
    assert.equal("success", run().status)
    assert.equal(2, #sandbox.ledger())
    there:close()
  end)

  it("an order is not placed after the deadline of the run", function()
    assert.same({ "not_started", nil }, { run({ is_over = true }).status, entry })
  end)
end)
