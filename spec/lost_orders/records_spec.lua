-- Replication records in the backups of a vault, as evidence of a lost replication.

local lost_orders = require "spec.helpers.lost_orders"
local support = require "spec.helpers.support"

local sandbox, fixtures, lose_response = support.sandbox, support.fixtures, support.lose_response

describe("a lost replication", function()
  local fixture, client

  lost_orders.for_each_test(function(made)
    fixture, client = made, made.client
  end)

  it("a lost replication is found when the list of backups shows no records, but single backups do", function()
    lost_orders.assert_found_and_followed(fixture, { records_in_list = false })
  end)

  it("a lost replication is found when its records appear late", function()
    lost_orders.assert_found_and_followed(fixture, { late_records = 1 })
  end)

  it("a lost replication is found when the service shows no records", function()
    lost_orders.assert_found_and_followed(fixture, { records = false }, true)
  end)

  it("a lost replication is found when a record's extra_info is JSON text", function()
    lost_orders.assert_found_and_followed(fixture, { extra_info_text = true })
  end)

  it("the search costs one request for each backup when the list of backups shows no records", function()
    sandbox.quirks { records_in_list = false }
    lose_response "replicate"
    assert(client:replicate(support.replicate_params()))
    assert.equal(3 * support.count "list_backups" / 2, support.count "show_backup") -- each list takes two requests
  end)

  it("the search reads only one backup by itself when neither the list nor that backup shows records", function()
    sandbox.quirks { records = false }
    lose_response "replicate"
    assert(client:replicate(support.replicate_params()))
    assert.equal(support.count "list_backups" / 2, support.count "show_backup") -- each list takes two requests
  end)

  it("a lost replication is found without record ids when its records never appear", function()
    sandbox.quirks { late_records = 1e6 }
    lose_response "replicate"
    local replication = assert(client:replicate(support.replicate_params()))
    assert.equal(3, #replication.backups)
    for _, backup in ipairs(replication.backups) do
      assert.is_nil(backup.replication_record_id)
    end
    assert.equal(4, fixture.searches) -- enough for records that appear late, but the searches end before the deadline
  end)

  it("a lost replication is not placed again when responses lack the list of backups", function()
    for _, fault in ipairs { "empty", "null_fields" } do
      sandbox.reset()
      lose_response "replicate"
      lose_response("list_op_logs", fault, { times = 2 })
      lose_response("list_backups", fault, { times = 4 })
      assert.is_true(assert(client:replicate(support.replicate_params())).reconciled)
      assert.equal(1, #sandbox.ledger())
    end
  end)

  it("a replication that a policy triggered is not taken for a lost replication", function()
    lose_response("replicate", "reset_before")
    -- a policy has been replicating the backups of this vault since the reset
    local params = support.replicate_params { vault_id = fixtures.vaults.replicating.id }
    local response, err = client:replicate(params, { max_attempts = 2 })
    assert.is_nil(response)
    assert.same({ "BackupService.6130", "rejected", 2 }, { err.code, err.outcome, err.attempts })
  end)
end)
