-- Several orders of one client on one vault: the search for one lost order does not return another order.

local cbr = require "cbr"
local entry = require "cbr.lost_orders.entry"
local lost_orders = require "spec.helpers.lost_orders"
local support = require "spec.helpers.support"

local sandbox, lose_response = support.sandbox, support.lose_response
local HYBRID = lost_orders.HYBRID

describe("a lost order", function()
  local fixture, client

  lost_orders.for_each_test(function(made)
    fixture, client = made, made.client
  end)

  it("a lost order is not confused with another call's order on the same vault by the same client", function()
    sandbox.time_scale(1)
    -- The second request is rejected, because the first sync is in progress.
    lose_response("sync", "reset_after", { times = 2 })
    local results, errors = cbr.map({ 1, 2 }, function()
      return client:sync(HYBRID, { max_attempts = 2 })
    end)
    assert.equal(1, #sandbox.ledger())
    local response, err = results[1] or results[2], errors[1] or errors[2]
    assert.is_false(results[1] ~= nil and results[2] ~= nil)
    assert.is_true(response.reconciled)
    assert.same({ "BackupService.7302", "rejected" }, { err.code, err.outcome })
  end)

  it("other searches of the client do not wait for an order that is in the pause before its retry", function()
    lose_response("sync", "reset_before")
    local stages = {}
    function fixture.on_event(event)
      for opened in pairs(event.event == "retry" and client.entries or {}) do
        stages[#stages + 1] = opened.stage or "none"
      end
    end
    assert(client:sync(HYBRID))
    assert.same({ "none" }, stages)
  end)

  it("a lost order is not confused with an earlier order of the same client on the same vault", function()
    sandbox.time_scale(lost_orders.FAST)
    local first = lost_orders.complete_sync(client)
    lose_response("sync", "reset_before")
    local second = assert(client:sync(HYBRID))
    assert.is_nil(second.reconciled)
    assert.not_equal(first.operation_log_id, second.operation_log_id)
    assert.equal(2, #sandbox.ledger())
  end)

  it("a lost order that was not accepted is placed again, and is not taken for an earlier order", function()
    sandbox.time_scale(lost_orders.FAST)
    lost_orders.complete_sync(client)
    sandbox.clock(5) -- for the service, only five seconds pass, so that times cannot tell the two orders apart
    assert(client:list_vault {})
    lose_response("sync", "reset_before")
    assert.is_nil(assert(client:sync(HYBRID)).reconciled)
    assert.equal(2, #sandbox.ledger())
  end)

  it("an earlier replication without listed records is not taken for a lost one that was not accepted", function()
    for _, quirks in ipairs { { records = false }, { late_records = 0.1 } } do
      sandbox.reset()
      sandbox.time_scale(1)
      sandbox.quirks(quirks)
      local own = support.client { timeout = 4, settle_time = 0.5, max_attempts = 1 }
      assert(own:replicate(support.replicate_params()))
      lose_response("replicate", "reset_before")
      local response, err = own:replicate(support.replicate_params())
      assert.is_nil(response)
      assert.equal(quirks.records == false and "unknown" or "rejected", err.outcome)
      assert.equal(quirks.records == false, err.seen ~= nil)
      assert.equal(1, #sandbox.ledger())
      own:close()
    end
  end)

  it("find_order finds an order although the same client has received its response", function()
    sandbox.time_scale(lost_orders.FAST)
    local since = os.time()
    local sync = lost_orders.complete_sync(client)
    local order = assert(client:find_order("sync", HYBRID, { since = since }))
    assert.equal(sync.operation_log_id, order.operation_log_id)
    assert.is_true(order.reconciled)
  end)

  describe("what a client keeps of its orders:", function()
    local VAULT = "11111111-2222-4333-8444-555555555555"

    -- Opens the client's entry for a sync, without a request to a service.
    local function open(of_client)
      return entry.open {
        client = of_client, definition = { order_kind = "sync" }, params = { vault_id = VAULT },
      }
    end

    it("the ids of an earlier order are kept for at least one minute and at most two minutes", function()
      local own = { entries = {} }
      open(own):close { operation_log_id = "first" }
      assert.is_true(open(own):is_of_earlier { operation_log_id = "first" })
      assert.is_false(open(own):is_of_earlier { operation_log_id = "second" })
      own.recent_orders.from = own.recent_orders.from - 61 -- as if a minute had passed
      assert.is_true(open(own):is_of_earlier { operation_log_id = "first" })
      open(own):close { operation_log_id = "second" }
      own.recent_orders.from = own.recent_orders.from - 61
      assert.is_false(open(own):is_of_earlier { operation_log_id = "first" })
      assert.is_true(open(own):is_of_earlier { operation_log_id = "second" })
      open(own):close { operation_log_id = "third" }
      own.recent_orders.from = own.recent_orders.from - 121 -- as if no order had been sent for two minutes
      assert.is_false(open(own):is_of_earlier { operation_log_id = "third" })
    end)

    it("an order of another vault does not count as an earlier order", function()
      local own = { entries = {} }
      open(own):close { operation_log_id = "first" }
      local other = entry.open {
        client = own, definition = { order_kind = "sync" }, params = { vault_id = "another" },
      }
      assert.is_false(other:is_of_earlier { operation_log_id = "first" })
    end)

    it("the search covers the time since the first attempt whose outcome is unknown", function()
      local opened = open { entries = {} }
      opened:note_open({ at = 1 }, "one")
      opened:note_open({ at = 2 }, "")
      assert.same({ at = 1 }, opened.began)
      assert.same({ one = true }, opened.request_ids)
    end)
  end)
end)
