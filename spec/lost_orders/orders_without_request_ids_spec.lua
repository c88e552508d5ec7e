-- Orders that no request id distinguishes. Some clouds show no tasks, or tasks without request ids. Then only ids,
-- backups and times distinguish one order from another.

local cbr = require "cbr"
local lost_orders = require "spec.helpers.lost_orders"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox, lose_response = support.sandbox, support.lose_response
local HYBRID = lost_orders.HYBRID

describe("orders that no request id distinguishes", function()
  local PARAMS = support.replicate_params()
  local fixture, client

  lost_orders.for_each_test(function(made)
    fixture, client = made, made.client
    sandbox.time_scale(lost_orders.FAST) -- otherwise the service rejects the second replication of a vault
  end)

  local backups = 0

  -- Adds a backup to the vault.
  local function add_backup()
    backups = backups + 1
    local id = ("%08x-0000-4000-8000-00000000beef"):format(backups)
    sandbox.patch { backups = { [id] = { vault_id = PARAMS.vault_id, size = 1 } } }
    return id
  end

  -- Places two replications of the vault, which are in progress together. The vault gets another backup before the
  -- second replication. Returns the results and the errors.
  local function replicate_together()
    return cbr.map({ 0, 0.1 }, function(delay)
      if delay > 0 then
        assert(client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = delay } })
        add_backup()
      end
      return client:replicate(PARAMS)
    end)
  end

  -- What the service shows of an order -> the quirks of the sandbox for this.
  local WAYS = {
    ["records alone"] = { late_tasks = 1e9 },
    ["records, and tasks without request ids"] = { request_ids = false },
    ["tasks without request ids alone"] = { request_ids = false, late_records = 1e9 },
  }
  for way, quirks in pairs(WAYS) do
    it(("%s distinguish a lost replication from an earlier one whose response arrived"):format(way), function()
      sandbox.quirks(quirks)
      assert(client:replicate(PARAMS))
      socket.sleep(0.05) -- until the replication has ended
      local id = add_backup()
      lose_response "replicate"
      local second = assert(client:replicate(PARAMS))
      assert.is_true(second.reconciled)
      assert.same({ id }, { second.backups[1].backup_id, second.backups[2] })
      assert.equal(2, #sandbox.ledger())
    end)

    it(("%s distinguish a lost replication from a concurrent one whose response arrived"):format(way), function()
      sandbox.quirks(quirks)
      lose_response "replicate"
      lose_response("replicate", "slow_headers", { seconds = 1 })
      local results, errors = replicate_together()
      assert.same({}, errors)
      local ledger = sandbox.ledger()
      assert.equal(2, #ledger)
      assert.is_true(results[1].reconciled)
      for i = 1, 2 do
        assert.equal(#ledger[i].made, #results[i].backups)
      end
    end)

    it(("two lost replications have unknown outcomes when the service shows %s"):format(way), function()
      sandbox.quirks(quirks)
      lose_response("replicate", "silent", { after = true, seconds = 6, times = 2 })
      local results, errors = replicate_together()
      assert.same({}, results)
      assert.same({ "unknown", "unknown" }, { errors[1].outcome, errors[2].outcome })
      assert.equal(2, #sandbox.ledger())
    end)
  end

  it("a lost replication is found after a copy whose response had an empty record id", function()
    sandbox.quirks { records = false, records_in_list = false }
    lose_response("copy_backup", "other_vault", { fields = { replication_record_id = "" } })
    assert(client:copy_backup(lost_orders.PARAMS.copy_backup))
    socket.sleep(0.05) -- until the copy has ended
    lose_response "replicate"
    local replication, err = client:replicate(PARAMS)
    assert.is_true(replication and replication.reconciled, tostring(err))
    assert.equal(2, #sandbox.ledger())
  end)

  it("a lost replication is not mistaken for an earlier copy whose outcome is unknown", function()
    lose_response "copy_backup"
    lost_orders.reject("list_op_logs", nil, { times = -1 })
    lost_orders.reject("show_backup", nil, { times = -1 })
    local copy, err = client:copy_backup(lost_orders.PARAMS.copy_backup)
    assert.is_nil(copy)
    assert.equal("unknown", err.outcome)
    sandbox.clear_faults()
    lose_response("replicate", "reset_before")
    local replication
    replication, err = client:replicate(PARAMS)
    assert.is_nil(replication)
    assert.equal("unknown", err.outcome)
    assert.equal(1, #sandbox.ledger())
  end)

  it("a second call does not return the order of the first call, whose response had an upper-case region", function()
    sandbox.quirks { records = false, records_in_list = false }
    lose_response("replicate", "other_vault", { fields = { destination_region = PARAMS.destination_region:upper() } })
    assert(client:replicate(PARAMS))
    lose_response("replicate", "reset_before")
    local second, err = client:replicate(PARAMS)
    assert.is_nil(second)
    assert.not_equal("rejected", err.outcome)
    assert.equal(1, #sandbox.ledger())
  end)

  it("err.seen lists each found part of an order only once", function()
    sandbox.quirks { request_ids = false }
    lose_response("replicate", "silent", { after = true, seconds = 4, times = 2 })
    local _, errors = replicate_together()
    local seen = {}
    for _, part in ipairs(errors[1].seen) do
      assert.is_nil(seen[part.operation_log_id])
      seen[part.operation_log_id] = true
    end
    assert.is_true(#errors[1].seen > 1)
  end)

  it("an old record without a time is not taken for a lost order that was not accepted", function()
    assert(client:replicate(PARAMS))
    sandbox.forward(3600)
    lose_response("list_backups", "other_vault", { fields = { created_at = "yesterday" }, times = -1 })
    lose_response("replicate", "reset_before")
    local fresh = support.client { timeout = 8, settle_time = 0.2 }
    local response, err = fresh:replicate(PARAMS)
    fresh:close()
    assert.is_nil(response)
    assert.equal("unknown", err.outcome)
    assert.equal(1, #sandbox.ledger())
  end)

  it("an old task without a time is not taken for a lost order", function()
    lost_orders.complete_sync(fixture.other)
    for _, stamp in ipairs { "", "2019-05-23t14:31", "no time" } do
      lose_response("list_op_logs", "other_vault", { fields = { created_at = stamp }, times = -1 })
      lose_response("sync", "reset_before")
      local response, err = client:sync(HYBRID)
      assert.is_nil(response)
      assert.equal("unknown", err.outcome)
      sandbox.clear_faults()
    end
    assert.equal(1, #sandbox.ledger())
  end)
end)
