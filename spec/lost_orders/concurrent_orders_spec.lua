-- Concurrent equal orders of one client: each order that the service accepted belongs to at most one of the calls, and
-- no order is placed again while it may still appear.

local cbr = require "cbr"
local entry = require "cbr.lost_orders.entry"
local lost_orders = require "spec.helpers.lost_orders"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox, lose_response = support.sandbox, support.lose_response
local HYBRID = lost_orders.HYBRID

-- Time scale at which a sync has ended before the next request arrives.
local VERY_FAST = 100 * lost_orders.FAST

describe("concurrent equal orders of one client", function()
  local client

  lost_orders.for_each_test(function(made)
    client = made.client
    sandbox.time_scale(VERY_FAST) -- otherwise the service rejects the second sync
    assert(client:show_vault(HYBRID)) -- the key is now accepted, so the client sends the orders together
  end, { settle_time = 2 })

  -- Places one sync for each timeout, a moment after the previous sync, since the service rejects a second sync in the
  -- same millisecond. All syncs are in progress together. Returns the results and the errors.
  local function sync_together(timeouts)
    local items = {}
    for i, timeout in ipairs(timeouts) do
      items[i] = { timeout = timeout, delay = 0.05 * (i - 1) }
    end
    return cbr.map(items, function(item)
      if item.delay > 0 then
        assert(client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = item.delay } })
      end
      return client:sync(HYBRID, { timeout = item.timeout })
    end)
  end

  -- Asserts that every result is an accepted order of its own, and that each accepted order belongs to a call.
  local function assert_none_doubled(count, results, errors)
    local accepted, is_taken, unknown = {}, {}, 0
    for _, order in ipairs(sandbox.ledger()) do
      accepted[order.made[1].operation_log_id] = true
    end
    local orders = #sandbox.ledger()
    for i = 1, count do
      local id = results[i] and results[i].operation_log_id
      assert.is_true(id == nil or accepted[id] and not is_taken[id])
      is_taken[id or i] = true
      unknown = unknown + (errors[i] and errors[i].outcome == "unknown" and 1 or 0)
      orders = orders - (id and 1 or 0)
    end
    assert.is_true(orders >= 0 and orders <= unknown, ("%d orders of nobody, %d unknown"):format(orders, unknown))
  end

  it("a call that times out does not return the order for which a concurrent call is still searching", function()
    sandbox.quirks { late_tasks = 1.1 * VERY_FAST }
    lose_response("sync", "reset_after")
    lose_response("sync", "slow_before", { seconds = 3 }) -- the order is accepted after the client gave up
    local results, errors = sync_together { 30, 2 }
    socket.sleep(4) -- until the service has worked on every request
    assert.equal(2, #sandbox.ledger())
    assert_none_doubled(2, results, errors)
  end)

  it("of two concurrent orders, the lost one is found once the response to the other one has arrived", function()
    lose_response("sync", "reset_after")
    lose_response("sync", "slow_headers", { seconds = 2 })
    local results, errors = sync_together { 30, 30 }
    assert.same({}, errors)
    assert_none_doubled(2, results, errors)
    local reconciled = (results[1].reconciled and 1 or 0) + (results[2].reconciled and 1 or 0)
    assert.same({ 2, 1 }, { #sandbox.ledger(), reconciled })
  end)

  it("of two calls that lost their responses, one returns the only accepted order, and the other places a new one",
    function()
      lose_response("sync", "reset_after")
      lose_response("sync", "reset_before")
      local results, errors = sync_together { 30, 30 }
      assert.same({}, errors)
      assert_none_doubled(2, results, errors)
      assert.equal(2, #sandbox.ledger())
    end)

  it("two lost orders have unknown outcomes if nothing tells the two orders apart", function()
    -- The service has both requests before a response is lost. The second request comes after the first sync has ended,
    -- since the service would reject a second sync in the same millisecond.
    lose_response("sync", "silent", { after = true, seconds = 6, times = 2 })
    local results, errors = cbr.map({ 1, 2 }, function(i)
      if i == 2 then
        repeat
          assert(client:show_vault(HYBRID)) -- the other call continues meanwhile
        until #sandbox.ledger() == 1
        socket.sleep(0.01)
      end
      return client:sync(HYBRID, { timeout = 14 })
    end)
    assert.same({ "unknown", "unknown" }, { errors[1].outcome, errors[2].outcome })
    assert_none_doubled(2, results, errors)
    assert.equal(2, #sandbox.ledger())
  end)

  it("find_order does not return an order that a concurrent call of the client may have placed", function()
    local since = os.time()
    lose_response("sync", "slow_headers", { seconds = 2 })
    local results, errors = cbr.map({ "sync", "find_order" }, function(name)
      if name == "sync" then
        return client:sync(HYBRID)
      end
      local found, err = client:find_order("sync", HYBRID, { since = since })
      return { found = found, err = err }
    end)
    assert.same({}, errors)
    assert.same({ found = false }, results[2])
    assert.equal(1, #sandbox.ledger())
  end)

  it("other calls do not wait for a call that ended because its credentials function raised an error", function()
    collectgarbage "stop" -- keeps the garbage collector from removing the client's entry for the failed call
    local raises = true
    local own = support.client {
      timeout = 8, settle_time = 0.2, credentials = function()
        assert(not raises, "no keys today")
        return support.keys "home"
      end,
    }
    assert.has_error(function() own:sync(HYBRID) end)
    raises = false
    lose_response "sync"
    local sync, err = own:sync(HYBRID)
    collectgarbage "restart"
    assert.is_true(assert(sync, err).reconciled)
    own:close()
  end)

  describe("bookkeeping of concurrent orders:", function()
    local VAULT = "11111111-2222-4333-8444-555555555555"

    local function open(of_client, stage, params)
      local opened = entry.open {
        client = of_client, definition = { order_kind = "sync" }, params = params or { vault_id = VAULT },
      }
      opened.stage = stage
      return opened
    end

    -- Maps the stage of an order and the stage of another order to two values: whether the first order waits for the
    -- other order before its own settle time has passed, and whether it still waits afterwards.
    local WAITS = {
      proving = {
        none = { false, false }, sending = { true, true }, proving = { true, false }, finding = { true, false },
      },
      finding = {
        none = { false, false }, sending = { true, true }, proving = { true, true }, finding = { false, false },
      },
    }
    for own, others in pairs(WAITS) do
      for other, expected in pairs(others) do
        it(("an order at stage %s waits for one at stage %s no longer than necessary"):format(own, other), function()
          local some = { entries = {} }
          local first = open(some, own)
          local second = open(some, other ~= "none" and other or nil)
          assert.same(expected, { first:must_wait(false, {}), first:must_wait(true, {}) })
          second:close()
          assert.same({ false, false }, { first:must_wait(false, {}), first:must_wait(true, {}) })
        end)
      end
    end

    it("an order on one vault does not wait for an order on another vault", function()
      local some = { entries = {} }
      open(some, "sending", { vault_id = "22222222-2222-4333-8444-555555555555" })
      assert.is_false(open(some, "proving"):must_wait(false, {}))
    end)

    it("a search for a lost order waits until all find_order calls end; find_order calls do not wait for each other",
      function()
        local some = { entries = {} }
        local foreign = {}
        for i = 1, 2 do
          foreign[i] = entry.open_foreign(some, "sync", { vault_id = VAULT })
          foreign[i].stage = "proving"
        end
        assert.is_false(foreign[1]:must_wait(false, {}))
        local own = open(some, "finding")
        assert.is_true(own:must_wait(true, {}))
        foreign[1]:close()
        foreign[2]:close()
        assert.is_false(own:must_wait(true, {}))
      end)

    describe("a copy and the replication of its vault:", function()
      local some, copy, replication
      local of_copy = { parts = { { backup_id = "b" } }, result = { backups = { { backup_id = "b" } } } }
      local of_vault = { parts = { { backup_id = "b" }, { backup_id = "c" } },
        result = { backups = { { backup_id = "b" }, { backup_id = "c" } } } }
      of_copy.result.destination_region, of_vault.result.destination_region = "eu-nl", "eu-nl"

      before_each(function()
        some = { entries = {} }
        copy = entry.open { client = some, definition = { order_kind = "copy" },
          params = { backup_id = "b", destination_region = "eu-nl" } }
        replication = entry.open { client = some, definition = { order_kind = "replication" },
          params = { vault_id = VAULT, destination_region = "eu-nl" } }
      end)

      it("while a copy is in progress, a concurrent replication returns no order that may be the copy", function()
        for _, stage in ipairs { "sending", "proving", "finding", false } do
          copy.stage, replication.stage = stage or nil, "proving"
          assert.is_true(replication:must_wait(true, { of_copy }))
          assert.is_false(replication:must_wait(true, { of_vault }))
        end
        copy:close()
        assert.is_false(replication:must_wait(true, { of_copy }))
      end)

      it("the search for a copy waits for the request of a concurrent replication, but not for its search", function()
        copy.stage = "finding"
        for stage, expected in pairs { sending = true, proving = false, finding = false } do
          replication.stage = stage
          assert.equal(expected, copy:must_wait(true, { of_copy }))
        end
      end)

      it("the search for a copy does not wait for a replication that certainly excludes the copied backup", function()
        replication.stage = "sending"
        copy.vault_id = "another"
        assert.is_false(copy:must_wait(true, { of_copy }))
        copy.vault_id = VAULT
        assert.is_true(copy:must_wait(true, { of_copy }))
        copy.vault_id, replication.backup_ids = nil, { c = {} }
        assert.is_false(copy:must_wait(true, { of_copy }))
        replication.backup_ids.b = {}
        assert.is_true(copy:must_wait(true, { of_copy }))
      end)

      it("a found order counts as a lost copy only if the copied backup is the only backup of the order", function()
        copy:close { backup_id = "b", destination_region = "eu-nl" }
        assert.is_true(replication:is_of_another(of_copy.result))
        assert.is_false(replication:is_of_another(of_vault.result))
      end)

      it("a record may belong to an earlier order for the same backup if that order has an unknown outcome", function()
        assert.is_false(replication:may_be_of_earlier { backup_id = "b", replication_record_id = "r" })
        copy.is_unknown = true
        copy:close()
        assert.is_true(replication:may_be_of_earlier { backup_id = "b", replication_record_id = "r" })
        assert.is_false(replication:may_be_of_earlier { backup_id = "c", replication_record_id = "r" })
      end)

      it("the search for a copy does not return a replication of the same backup that ended in the meantime", function()
        replication:close(of_vault.result)
        assert.is_true(copy:is_of_another { backup_id = "b", destination_region = "eu-nl" })
        assert.is_false(copy:is_of_another { backup_id = "d", destination_region = "eu-nl" })
      end)

      it("a copy waits neither for a copy of another backup nor for a sync, and a sync waits for no copy", function()
        local other = entry.open { client = some, definition = { order_kind = "copy" }, params = { backup_id = "c" } }
        local sync = open(some, "sending")
        other.stage, copy.stage = "sending", "proving"
        assert.is_false(copy:must_wait(false, { of_copy }))
        sync.stage, other.stage = "proving", "sending"
        assert.is_false(sync:must_wait(false, {}))
      end)
    end)

    it("find_order waits for the client's orders exactly as an order at stage proving does", function()
      for stage, expected in pairs(WAITS.proving) do
        local some = { entries = {} }
        local foreign = entry.open_foreign(some, "sync", { vault_id = VAULT })
        foreign.stage = "proving"
        local own = open(some, stage ~= "none" and stage or nil)
        assert.same(expected, { foreign:must_wait(false, {}), foreign:must_wait(true, {}) })
        own:close()
        assert.is_false(foreign:must_wait(false, {}))
      end
    end)

    it("a found order belongs to the concurrent call whose response had the request id of that order", function()
      local some = { entries = {} }
      local first, second = open(some), open(some)
      second:note_open({ at = 1 }, "of-the-second")
      assert.is_true(first:is_of_concurrent "of-the-second")
      assert.is_false(second:is_of_concurrent "of-the-second")
      assert.is_false(first:is_of_concurrent(nil))
      second:close()
      assert.is_false(first:is_of_concurrent "of-the-second")
    end)
  end)
end)
