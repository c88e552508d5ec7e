-- A search that the service rejects, for example because the key may place orders but not read tasks. The search ends
-- after one settle time, and the error says why.

local lost_orders = require "spec.helpers.lost_orders"
local support = require "spec.helpers.support"

local sandbox, lose_response, reject = support.sandbox, support.lose_response, lost_orders.reject
local HYBRID = lost_orders.HYBRID

describe("a rejected search for a lost order", function()
  local fixture, client, other

  lost_orders.for_each_test(function(made)
    fixture, client, other = made, made.client, made.other
  end)

  -- Asserts that cbr searched for one settle time, not until the deadline.
  local function assert_searched(list)
    local count = support.count(list)
    assert.is_true(count >= 2 and count <= 6, count .. " requests")
  end

  it("a rejected search leaves the outcome unknown when the key may place orders but not read tasks", function()
    for operation, params in pairs(lost_orders.PARAMS) do
      for _, fault in ipairs { "reset_before", "reset_after" } do
        sandbox.reset()
        reject("list_op_logs", "APIGW.0302", { message = "no access" })
        lose_response(operation, fault)
        local response, err = client[operation](client, params)
        assert.is_nil(response)
        assert.same({ "network", "unknown", false, 1 }, { err.kind, err.outcome, err.retryable, err.attempts })
        assert.matches("could not be read (search: APIGW.0302: no access", err.hint, 1, true)
        assert.matches("check the vault's tasks", tostring(err), 1, true)
        assert_searched "list_op_logs"
        assert.equal(fault == "reset_after" and 1 or 0, #sandbox.ledger())
      end
    end
  end)

  it("a rejected search leaves the outcome unknown when the backups cannot be read", function()
    reject("list_backups", "BackupService.8600")
    lose_response "replicate"
    local _, err = client:replicate(support.replicate_params())
    assert.equal("unknown", err.outcome)
    assert.matches("BackupService.8600", err.hint, 1, true)
    assert_searched "list_backups"
  end)

  it("a search continues until its requests have been rejected for the whole settle time", function()
    client:close()
    fixture.client = support.client { timeout = 8, settle_time = 4 }
    lose_response("list_op_logs", "status", { status = 404, code = "APIGW.0101", times = 2 })
    lose_response "sync"
    assert.is_true(assert(fixture.client:sync(HYBRID)).reconciled)
    assert.equal(4, support.count "list_op_logs") -- two rejected requests, and two pages
    assert.equal(1, #sandbox.ledger())
  end)

  it("a rejected search leaves the outcome unknown if the retry was rejected because of a sync in progress", function()
    sandbox.time_scale(1)
    lose_response("sync", "reset_before")
    fixture.before_retry(function()
      assert(other:sync(HYBRID))
      reject "list_op_logs"
    end)
    local _, err = client:sync(HYBRID)
    assert.same({ "BackupService.7302", "unknown", 2 }, { err.code, err.outcome, err.attempts })
    assert.matches("APIGW.0302", err.hint, 1, true)
  end)

  it("if its requests are rejected, find_order returns the error of the last one, with an unknown outcome", function()
    reject "list_op_logs"
    local order, err = client:find_order("sync", HYBRID, { since = os.time() })
    assert.is_nil(order)
    assert.same({ "forbidden", "unknown", "APIGW.0302" }, { err.kind, err.outcome, err.code })
    assert.matches("could not be read", err.hint, 1, true)
    assert_searched "list_op_logs"
  end)

  it("a rejected search returns an order if earlier requests of the search have found a part of the order", function()
    sandbox.quirks { late_records = 1e6 } -- the tasks show the order, but its records are missing
    lose_response "replicate"
    local is_rejected = false
    function fixture.on_event(event)
      if event.event == "attempt" and event.path:find "/backups$" and not is_rejected then
        is_rejected = true
        reject "list_op_logs"
      end
    end
    local replication = assert(client:replicate(support.replicate_params()))
    assert.equal(3, #replication.backups)
    assert.is_true(is_rejected)
  end)
end)
