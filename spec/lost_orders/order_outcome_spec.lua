-- What is certain about an order, and what is not: answers that say nothing, clocks that disagree, no time left.

local support = require "spec.helpers.support"

local sandbox, world, lose = support.sandbox, support.fixtures, support.lose

local HYBRID = { vault_id = world.vaults.hybrid.id }

describe("an order", function()
  local client, other

  before_each(function()
    sandbox.reset()
    client = support.client { timeout = 8, settle_time = 0.2, retry_pause = 0.005 }
    other = support.client()
  end)

  after_each(function()
    sandbox.clear_faults()
    client:close()
    other:close()
  end)

  local function answer_with(call, body, fields)
    fields = fields or {}
    fields.body = body
    lose(call, "invalid_json", fields)
  end

  describe("answered without the ids to follow it by", function()
    local EMPTY = {
      replicate = {
        '{"replication":[]}', '{"replication":{}}', '{"replication":{"vault_id":"v"}}',
        '{"replication":{"vault_id":"v","backups":[{}]}}', '{"replication":{"vault_id":"v","backups":[1]}}',
        '{"replication":{"vault_id":"v","backups":{"a":{}}}}', "{}", "[]",
      },
      sync = {
        '{"sync":{}}', '{"sync":[]}', '{"sync":{"operation_log_id":""}}', '{"sync":{"operation_log_id":7}}', "{}",
      },
    }
    local PARAMS = { replicate = support.replicate_params(), sync = HYBRID }

    it("is looked for", function()
      for operation, bodies in pairs(EMPTY) do
        for _, body in ipairs(bodies) do
          sandbox.reset()
          answer_with(operation, body)
          local found = assert(client[operation](client, PARAMS[operation]))
          assert.is_true(found.reconciled, body)
          assert.equal(1, #sandbox.ledger())
        end
      end
    end)

    it("is unknown where nobody looks", function()
      for operation, bodies in pairs(EMPTY) do
        for _, body in ipairs(bodies) do
          sandbox.reset()
          answer_with(operation, body)
          local answer, err = client[operation](client, PARAMS[operation], { reconcile = false })
          assert.is_nil(answer, body)
          assert.same({ "protocol", "unknown", 200, 1 }, { err.kind, err.outcome, err.status, err.attempts })
          assert.is_string(err.request_id)
        end
      end
    end)

    it("goes out again where it was not taken in", function()
      answer_with("sync", '{"sync":{}}', { after = false })
      assert.is_nil(assert(client:sync(HYBRID)).reconciled)
      assert.equal(1, #sandbox.ledger())
    end)

    it("is an answer all the same where it says that it took nothing on", function()
      answer_with("replicate", '{"replication":{"backups":[]}}', { after = false })
      local answer = assert(client:replicate(support.replicate_params()))
      assert.same({}, answer.backups)
      assert.equal(0, assert(client:wait(answer)).total) -- what the answer lacks, the order says
      assert.equal(0, #sandbox.ledger())
    end)

    it("is known by the empty answer of its repeat", function()
      sandbox.time_scale(1)
      lose("replicate", "reset_before")
      client.log = function(event)
        if event.event == "search" and event.verdict == "nothing" then
          assert(other:replicate(support.replicate_params())) -- it arrives late
          answer_with("replicate", '{"replication":{"backups":[]}}', { after = false })
        end
      end
      local found = assert(client:replicate(support.replicate_params()))
      assert.is_true(found.reconciled)
      assert.equal(3, #found.backups)
      assert.equal(1, #sandbox.ledger())
    end)

    it("is open where its repeat is answered so and nobody says whose", function()
      sandbox.time_scale(1)
      lose("replicate", "reset_before")
      client.log = function(event)
        if event.event == "search" and event.verdict == "nothing" then
          assert(other:replicate(support.replicate_params()))
          answer_with("replicate", '{"replication":{"backups":[]}}', { after = false })
          lose("list_op_logs", "status", { status = 403, code = "APIGW.0302", times = -1 })
        end
      end
      local answer, err = client:replicate(support.replicate_params())
      assert.is_nil(answer)
      assert.same({ "service", "unknown", false, 2 }, { err.kind, err.outcome, err.retryable, err.attempts })
      assert.matches("APIGW.0302", err.hint, 1, true)
    end)

    it("is none where its repeat is answered so and nothing shows", function()
      lose("replicate", "reset_before")
      client.log = function(event)
        if event.event == "search" and event.verdict == "nothing" then
          answer_with("replicate", '{"replication":{"backups":[]}}', { after = false })
        end
      end
      local answer = assert(client:replicate(support.replicate_params()))
      assert.same({}, answer.backups)
      assert.is_nil(answer.reconciled)
      assert.equal(0, #sandbox.ledger())
    end)
  end)

  describe("is never sent again on the word of a clock:", function()
    it("one whose time seems long before, since the machine slept, say", function()
      for operation, params in pairs { sync = HYBRID, replicate = support.replicate_params() } do
        sandbox.reset()
        sandbox.time_scale(60000) -- the service's own guard is no help
        local one = support.client { timeout = 8, settle_time = 0.2, retry_pause = 0.005 }
        assert(one:list_vault {})
        lose(operation)
        one.log = function(event)
          if event.event == "attempt" and event.operation == operation then
            sandbox.clock(700) -- for the client, that is as if its own clocks had stood still for so long
          end
        end
        local answer, err = one[operation](one, params)
        assert.equal(1, #sandbox.ledger())
        assert.is_nil(answer)
        assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
        assert.is_true(#err.seen > 0)
        assert.matches("fits", err.hint)
        one:close()
      end
    end)

    it("one that another process may have placed a moment before", function()
      sandbox.time_scale(60000)
      assert(other:wait(assert(other:sync(HYBRID)), { interval = 0.01 }))
      sandbox.clock(10)
      lose("sync", "reset_before")
      local _, err = client:sync(HYBRID)
      assert.same({ "unknown", 1 }, { err.outcome, #err.seen })
    end)

    it("where the looks do not say what time it is", function()
      local body = '{"operation_logs":[],"count":0}'
      lose("list_op_logs", "raw", {
        times = -1, bytes = 0, body = ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body),
      })
      lose("sync")
      local _, err = client:sync(HYBRID, { timeout = 2 })
      assert.same({ "unknown", 1 }, { err.outcome, err.attempts })
      assert.equal(1, support.count "sync")
    end)
  end)

  describe("is unknown once its looks were refused for a settle time, and says why,", function()
    -- Refused looks of a settle time were made, and not for all the time there is.
    local function looked(list)
      local looks = support.count(list)
      assert.is_true(looks >= 2 and looks <= 6, looks .. " looks")
    end

    it("where the key may order and not look", function()
      for operation, params in pairs { sync = HYBRID, replicate = support.replicate_params() } do
        for _, fault in ipairs { "reset_before", "reset_after" } do
          sandbox.reset()
          lose("list_op_logs", "status", { status = 403, code = "APIGW.0302", message = "no access", times = -1 })
          lose(operation, fault)
          local answer, err = client[operation](client, params)
          assert.is_nil(answer)
          assert.same({ "network", "unknown", false, 1 }, { err.kind, err.outcome, err.retryable, err.attempts })
          assert.matches("could not be read (search: APIGW.0302: no access", err.hint, 1, true)
          assert.matches("look at the vault's tasks", tostring(err), 1, true)
          looked "list_op_logs"
          assert.equal(fault == "reset_after" and 1 or 0, #sandbox.ledger())
        end
      end
    end)

    it("and not at the first ones, which may be a mishap", function()
      client.settle_time = 2
      lose("list_op_logs", "status", { status = 404, code = "APIGW.0101", times = 2 })
      lose "sync"
      assert.is_true(assert(client:sync(HYBRID)).reconciled)
      assert.equal(1, #sandbox.ledger())
    end)

    it("where the records cannot be read", function()
      lose("list_backups", "status", { status = 403, code = "BackupService.8600", times = -1 })
      lose "replicate"
      local _, err = client:replicate(support.replicate_params())
      assert.equal("unknown", err.outcome)
      assert.matches("BackupService.8600", err.hint, 1, true)
      looked "list_backups"
    end)

    it("where its repeat was refused as being under way", function()
      sandbox.time_scale(1)
      lose("sync", "reset_before")
      client.log = function(event)
        if event.event == "search" and event.verdict == "nothing" then
          assert(other:sync(HYBRID))
          lose("list_op_logs", "status", { status = 403, code = "APIGW.0302", times = -1 })
        end
      end
      local _, err = client:sync(HYBRID)
      assert.same({ "BackupService.7302", "unknown", 2 }, { err.code, err.outcome, err.attempts })
      assert.matches("APIGW.0302", err.hint, 1, true)
    end)

    it("where another process looks for it", function()
      lose("list_op_logs", "status", { status = 403, code = "APIGW.0302", times = -1 })
      local found, err = client:find_order("sync", HYBRID, { since = os.time() })
      assert.is_nil(found)
      assert.same({ "forbidden", "unknown", "APIGW.0302" }, { err.kind, err.outcome, err.code })
      assert.matches("could not be read", err.hint, 1, true)
      looked "list_op_logs"
    end)
  end)

  it("is answered by what was seen before the looks were refused", function()
    sandbox.quirks { late_records = 1e6 } -- only tasks tell: the order is not whole, and is looked at again
    lose "replicate"
    local is_refused = false
    client.log = function(event)
      if event.event == "attempt" and event.path:find "/backups$" and not is_refused then
        is_refused = true
        lose("list_op_logs", "status", { status = 403, code = "APIGW.0302", times = -1 })
      end
    end
    local found = assert(client:replicate(support.replicate_params()))
    assert.equal(3, #found.backups)
    assert.is_true(is_refused)
  end)

  it("is answered by what names its backup, where a task does so by no text", function()
    sandbox.quirks { records = false } -- so that the backups are asked one by one
    local SOURCE = ".operation_logs.1.extra_info.replication.source_backup_id"
    lose("list_op_logs", "replaced_value", { at = 23, value = "{}", times = -1 })
    lose "replicate"
    local found = assert(client:replicate(support.replicate_params()))
    local replaced = {}
    for _, request in ipairs(sandbox.requests()) do
      replaced[request.replaced or ""] = true
    end
    assert.is_true(replaced[SOURCE])
    assert.equal(2, #found.backups)
    assert.equal(1, #sandbox.ledger())
  end)

  it("is not taken for an earlier one of the same client", function()
    sandbox.time_scale(60000)
    local first = assert(client:sync(HYBRID))
    assert(client:wait(first, { interval = 0.01 }))
    lose("sync", "reset_before")
    local second = assert(client:sync(HYBRID))
    assert.is_nil(second.reconciled)
    assert.not_equal(first.operation_log_id, second.operation_log_id)
    assert.equal(2, #sandbox.ledger())
  end)

  it("is not thought to be as old as the clock of another region says", function()
    sandbox.time_scale(60000)
    assert(other:wait(assert(other:sync(HYBRID)), { interval = 0.01 }))
    sandbox.clock(60) -- a minute later
    lose("list_external_vault", "status", { status = 404, code = "APIGW.0101" })
    local one = support.client { region = "cn-north-4", timeout = 8, settle_time = 0.2, log = function(event)
      if event.event == "attempt" and event.path:find "/vaults/external" then
        sandbox.clock(-40) -- what answers next is the other region
      end
    end }
    assert(one:preflight(support.replicate_params()))
    sandbox.clock(60)
    lose("sync", "reset_before")
    assert(one:sync(HYBRID))
    assert.equal(2, #sandbox.ledger())
    one:close()
  end)

  it("is not known by a request id that is empty", function()
    sandbox.time_scale(60000)
    for _ = 1, 2 do
      assert(other:wait(assert(other:sync(HYBRID)), { interval = 0.01 }))
    end
    lose("sync", "raw", { body = "HTTP/1.1 200 OK\r\nX-Request-Id: \r\nContent-Length: 90\r\n\r\n{", bytes = 0 })
    local answer, err = client:sync(HYBRID)
    assert.is_nil(answer)
    assert.equal("unknown", err.outcome)
  end)

  it("is not sent again where there is no time left for an answer", function()
    lose("sync", "throttled", { retry_after = 1 })
    local answer, err = client:sync(HYBRID, { timeout = 1.4 })
    assert.is_nil(answer)
    assert.same({ "throttled", "rejected", 1 }, { err.kind, err.outcome, err.attempts })
    assert.equal(1, support.count "sync")
  end)

  it("does not wait for longer than ten minutes after a look either", function()
    lose("sync", "status", { status = 503, code = "APIGW.0601", headers = { ["Retry-After"] = "900" } })
    local answer, err = client:sync(HYBRID, { timeout = 7200 })
    assert.is_nil(answer)
    assert.same({ "rejected", 1 }, { err.outcome, err.attempts })
    assert.is_true(err.retry_after > 800)
  end)

  it("is looked for no sooner than the service wants to be asked", function()
    lose("sync")
    lose("list_op_logs", "throttled", { retry_after = 1 })
    assert(client:sync(HYBRID))
    assert.equal(2, support.count "list_op_logs")
  end)

  it("is open where the service fails by a code that nobody knows", function()
    lose("sync", "status", { status = 500, code = "BackupService.9999", after = true })
    assert.is_true(assert(client:sync(HYBRID)).reconciled)
    lose("sync", "status", { status = 500, code = "BackupService.9999" })
    local _, err = client:sync({ vault_id = world.vaults.hybrid_partial.id }, { reconcile = false })
    assert.equal("unknown", err.outcome)
    lose("sync", "status", { status = 400, code = "BackupService.9999" })
    _, err = client:sync { vault_id = world.vaults.hybrid_partial.id }
    assert.equal("rejected", err.outcome)
  end)
end)
