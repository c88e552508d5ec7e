-- Responses with status 200 that contradict their request: they belong to another order, or they write ids or regions
-- differently.

local lost_orders = require "spec.helpers.lost_orders"
local support = require "spec.helpers.support"

local sandbox, lose_response = support.sandbox, support.lose_response
local HYBRID = lost_orders.HYBRID

describe("a response that contradicts its request", function()
  local client

  lost_orders.for_each_test(function(made)
    client = made.client
  end)

  -- Returns the nth order in the sandbox's ledger.
  local function order(n)
    return sandbox.ledger()[n]
  end

  it("an id or a region that the caller writes in upper case is sent in lower case", function()
    local params = support.replicate_params()
    local sent = {}
    for name, value in pairs(params) do
      sent[name] = value:upper()
    end
    local replication = assert(client:replicate(sent))
    assert.is_nil(replication.reconciled)
    assert.same(params, order(1).request.replicate)
    assert.equal(params.vault_id, replication.vault_id)
    assert.is_nil(assert(client:sync { vault_id = HYBRID.vault_id:upper() }).reconciled)
  end)

  it("a lost copy is found although the caller wrote the id of its backup in upper case", function()
    local copy, sent = lost_orders.PARAMS.copy_backup, {}
    for name, value in pairs(copy) do
      sent[name] = value:upper()
    end
    lose_response "copy_backup"
    local found = assert(client:copy_backup(sent))
    assert.is_true(found.reconciled)
    assert.equal(copy.backup_id, found.backup_id)
  end)

  it("a result in which the service writes the destination in upper case is accepted", function()
    local params = support.replicate_params()
    lose_response("replicate", "other_vault", {
      fields = { destination_region = params.destination_region:upper(), vault_id = params.vault_id:upper() },
    })
    assert.is_nil(assert(client:replicate(params)).reconciled)
    assert.equal(1, #sandbox.ledger())
  end)

  it("a lost order is found by its request id although no response has its name of the region", function()
    local fields = { destination_region = "alias" }
    for _, call in ipairs { "replicate", "list_op_logs", "list_backups", "show_backup" } do
      lose_response(call, "other_vault", { fields = fields, times = -1 })
    end
    local replication = assert(client:replicate(support.replicate_params()))
    assert.is_true(replication.reconciled)
    assert.equal(3, #replication.backups)
    assert.equal(1, #sandbox.ledger())
  end)

  it("an order has an unknown outcome if no response has its request id or its name of the region", function()
    sandbox.quirks { request_ids = false }
    local fields = { destination_region = "alias" }
    for _, call in ipairs { "replicate", "list_op_logs", "list_backups", "show_backup" } do
      lose_response(call, "other_vault", { fields = fields, times = -1 })
    end
    local replication, err = client:replicate(support.replicate_params())
    assert.is_nil(replication)
    assert.same({ "protocol", "unknown" }, { err.kind, err.outcome })
    assert.equal(1, #sandbox.ledger())
  end)

  it("a response that the service sends a second time is not taken for the result of the next order", function()
    sandbox.time_scale(lost_orders.FAST)
    local first = lost_orders.complete_sync(client)
    lose_response("sync", "raw", {
      body = ("HTTP/1.1 200 OK\r\nX-Request-Id: %s\r\nContent-Length: %d\r\n\r\n%s"):format(
        order(1).request_id, #'{"sync":{"operation_log_id":""}}' + 36,
        ('{"sync":{"operation_log_id":"%s"}}'):format(first.operation_log_id)),
    })
    local second = assert(client:sync(HYBRID))
    assert.is_true(second.reconciled)
    assert.equal(order(2).made[1].operation_log_id, second.operation_log_id)
    assert.not_equal(first.operation_log_id, second.operation_log_id)
    assert.equal(2, #sandbox.ledger())
  end)

  it("a response that the service sends a second time is not taken for the next replication's result", function()
    local params = support.replicate_params()
    local first = assert(client:replicate(params))
    local backups = {}
    for i, backup in ipairs(first.backups) do
      backups[i] = ('{"backup_id":"%s","replication_record_id":"%s"}'):format(backup.backup_id,
        backup.replication_record_id)
    end
    local body = ('{"replication":{"vault_id":"%s","backups":[%s]}}'):format(params.vault_id,
      table.concat(backups, ","))
    lose_response("replicate", "raw", {
      body = ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body),
    })
    local second, err = client:replicate(params) -- rejected, because all backups are being copied already
    assert.is_nil(second)
    assert.same({ "BackupService.6130", "rejected" }, { err.code, err.outcome })
    assert.equal(1, #sandbox.ledger())
  end)
end)
