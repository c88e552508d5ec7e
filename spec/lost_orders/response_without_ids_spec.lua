-- Responses with status 200 that lack the ids by which an order is followed. The client then searches for the order.

local lost_orders = require "spec.helpers.lost_orders"
local support = require "spec.helpers.support"

local sandbox, lose_response = support.sandbox, support.lose_response
local HYBRID, PARAMS = lost_orders.HYBRID, lost_orders.PARAMS

-- Operation -> response bodies that lack the ids of the order.
local BODIES = {
  replicate = {
    '{"replication":[]}', '{"replication":{}}', '{"replication":{"vault_id":"v"}}',
    '{"replication":{"vault_id":"v","backups":[{}]}}', '{"replication":{"vault_id":"v","backups":[1]}}',
    '{"replication":{"vault_id":"v","backups":{"a":{}}}}', "{}", "[]",
    '{"replication":{"vault_id":"v","backups":"01234567-89ab-cdef-0123-456789abcdef"}}',
  },
  copy_backup = {
    '{"replication":[]}', '{"replication":{}}', '{"replication":{"replication_record_id":"r"}}', "{}", "[]",
    '{"replication":{"backup_id":7}}', '{"replication":{"backup_id":""}}',
    ('{"replication":{"backup_id":"%s"}}'):format(support.fixtures.backups.server_db.id), -- the id of another backup
  },
  sync = {
    '{"sync":{}}', '{"sync":[]}', '{"sync":{"operation_log_id":""}}', '{"sync":{"operation_log_id":7}}', "{}",
    '{"sync":{"operation_log_id":"task_1"}}',
    '{"sync":{"operation_log_id":[]}}', '{"sync":{"operation_log_id":[{"backup_id":"b"}]}}',
  },
}

local NO_BACKUPS = '{"replication":{"backups":[]}}' -- a complete response: no replication was started

describe("a response without ids", function()
  local fixture, client, other

  lost_orders.for_each_test(function(made)
    fixture, client, other = made, made.client, made.other
  end)

  -- Replaces the body of the next response. The service accepts the order, unless `fields` say otherwise.
  local function respond_with(body, operation, fields)
    fields = fields or {}
    fields.body = body
    lose_response(operation, "invalid_json", fields)
  end

  local function for_each_body(act)
    for operation, bodies in pairs(BODIES) do
      for _, body in ipairs(bodies) do
        sandbox.reset()
        respond_with(body, operation)
        act(operation, body)
      end
    end
  end

  it("an order whose response lacks the ids is searched for and found", function()
    for_each_body(function(operation, body)
      local response = assert(client[operation](client, PARAMS[operation]))
      assert.is_true(response.reconciled, body)
      assert.equal(1, #sandbox.ledger())
    end)
  end)

  it("an order whose response lacks the ids has an unknown outcome with reconcile = false", function()
    for_each_body(function(operation, body)
      local response, err = client[operation](client, PARAMS[operation], { reconcile = false })
      assert.is_nil(response, body)
      assert.same({ "protocol", "unknown", 200, 1 }, { err.kind, err.outcome, err.status, err.attempts })
      assert.is_string(err.request_id)
    end)
  end)

  it("an order whose response lacks the ids is retried when it was not accepted", function()
    respond_with('{"sync":{}}', "sync", { after = false })
    assert.is_nil(assert(client:sync(HYBRID)).reconciled)
    assert.equal(1, #sandbox.ledger())
  end)

  it("a replicate is not searched for when its response has an empty list of backups", function()
    respond_with(NO_BACKUPS, "replicate", { after = false })
    local response = assert(client:replicate(support.replicate_params()))
    assert.same({}, response.backups)
    assert.equal(0, assert(client:wait(response)).total) -- cbr has added the order's parameters to the response
    assert.same({}, fixture.verdicts)
    assert.equal(0, #sandbox.ledger())
  end)

  it("a lost replication is found if its first attempt is accepted late, and the retry returns no backups", function()
    sandbox.time_scale(1)
    lose_response("replicate", "reset_before")
    fixture.before_retry(function()
      assert(other:replicate(support.replicate_params())) -- this order stands for a first attempt that arrives late
      respond_with(NO_BACKUPS, "replicate", { after = false })
    end)
    local response = assert(client:replicate(support.replicate_params()))
    assert.is_true(response.reconciled)
    assert.equal(3, #response.backups)
    assert.equal(1, #sandbox.ledger())
  end)

  it("a lost replication stays unknown if its retry returns no backups and the search is rejected", function()
    sandbox.time_scale(1)
    lose_response("replicate", "reset_before")
    fixture.before_retry(function()
      assert(other:replicate(support.replicate_params()))
      respond_with(NO_BACKUPS, "replicate", { after = false })
      lost_orders.reject "list_op_logs"
    end)
    local response, err = client:replicate(support.replicate_params())
    assert.is_nil(response)
    assert.same({ "service", "unknown", false, 2 }, { err.kind, err.outcome, err.retryable, err.attempts })
    assert.matches("APIGW.0302", err.hint, 1, true)
  end)

  it("a lost replication stays unknown if its retry returns no backups and the search finds nothing", function()
    lose_response("replicate", "reset_before")
    fixture.before_retry(function()
      respond_with(NO_BACKUPS, "replicate", { after = false })
    end)
    local response, err = client:replicate(support.replicate_params())
    assert.is_nil(response)
    assert.same({ "service", "unknown", false }, { err.kind, err.outcome, err.retryable })
    assert.matches("check the vault's tasks", err.hint, 1, true)
    assert.equal(0, #sandbox.ledger())
  end)
end)
