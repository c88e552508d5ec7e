-- Tasks and records together, as evidence of lost orders: request ids, late and incomplete lists, other clouds.

local lost_orders = require "spec.helpers.lost_orders"
local support = require "spec.helpers.support"

local sandbox, fixtures, lose_response = support.sandbox, support.fixtures, support.lose_response
local HYBRID = lost_orders.HYBRID

describe("a lost order", function()
  local fixture, client, other

  before_each(function()
    fixture = lost_orders.fixture()
    client, other = fixture.client, fixture.other
  end)

  after_each(function()
    fixture.close()
  end)

  it("the request id of a broken response tells a lost order from a recent identical one", function()
    sandbox.time_scale(lost_orders.FAST)
    lost_orders.complete_sync(other)
    lose_response("sync", "invalid_json")
    local sync = assert(client:sync(HYBRID))
    local orders = sandbox.ledger()
    assert.equal(2, #orders)
    assert.equal(orders[2].made[1].operation_log_id, sync.operation_log_id)
  end)

  it("an empty request id does not identify a lost order", function()
    sandbox.time_scale(lost_orders.FAST)
    for _ = 1, 2 do
      lost_orders.complete_sync(other)
    end
    lose_response("sync", "raw", {
      body = "HTTP/1.1 200 OK\r\nX-Request-Id: \r\nContent-Length: 90\r\n\r\n{", bytes = 0,
    })
    local answer, err = client:sync(HYBRID)
    assert.is_nil(answer)
    assert.equal("unknown", err.outcome)
  end)

  it("a lost order is found when its tasks and its records appear late", function()
    lost_orders.assert_found_and_followed(fixture, { late_tasks = 4, late_records = 5 })
  end)

  it("a lost order is found when optional fields are null, numbers are text and fields have old names", function()
    lost_orders.assert_found_and_followed(fixture, { nulls = true, numbers_as_text = true, old_names = true })
  end)

  it("a lost order is found when extra_info is text and time stamps have no fraction", function()
    lost_orders.assert_found_and_followed(fixture, { extra_info_text = true, stamps = "z" })
  end)

  it("a lost order is found by its records when its tasks never appear", function()
    sandbox.quirks { late_tasks = 1e6 }
    lose_response "replicate"
    local replication = assert(client:replicate(support.replicate_params()))
    assert.is_true(replication.reconciled)
    assert.same(lost_orders.ordered_backups(), lost_orders.sorted(replication.backups))
  end)

  it("a lost order is found and followed on Open Telekom Cloud, which has no replication records", function()
    local telekom = support.client { project_id = fixtures.projects.de.id, timeout = 8, settle_time = 0.2 }
    lose_response "replicate"
    local replication = assert(telekom:replicate {
      vault_id = fixtures.vaults.de_server.id, destination_project_id = fixtures.projects.nl.id,
      destination_region = "eu-nl", destination_vault_id = fixtures.vaults.nl_replicas.id,
    })
    assert.is_true(replication.reconciled)
    assert.equal(2, #replication.backups)
    sandbox.time_scale(6000)
    assert.equal(2, assert(telekom:wait(replication, { interval = 0.02 })).succeeded)
    assert.equal(1, #sandbox.ledger())
    telekom:close()
  end)
end)
