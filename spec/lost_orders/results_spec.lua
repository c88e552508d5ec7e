-- The results of replications and copies whose responses were lost. spec/lost_orders/evidence_spec.lua and
-- spec/lost_orders/replications_spec.lua test them with the sandbox.

local results = require "cbr.lost_orders.results"

local REGION = "eu-nl"
local CLIENT = { region = "eu-de", project_id = "of-client" }

local function entry(params)
  params.destination_region = REGION
  return { client = CLIENT, params = params }
end

local VAULT, COPY = entry { vault_id = "v" }, entry { backup_id = "b" }

describe("the result of a lost order", function()
  it("the backups of a replication have the sequence of the vault's list, and unlisted backups follow", function()
    local order = { parts = { { backup_id = "z" }, { backup_id = "b" }, { backup_id = "y" }, { backup_id = "a" } } }
    local result = results.of_replication(VAULT, order, nil, { a = { position = 2 }, b = { position = 1 } })
    local ids = {}
    for i, backup in ipairs(result.backups) do
      ids[i] = backup.backup_id
    end
    assert.same({ "b", "a", "y", "z" }, ids)
    assert.same({ "v", REGION }, { result.vault_id, result.destination_region })
  end)

  it("an order has no result if none of its parts names a backup", function()
    local order = { parts = { { operation_log_id = "t" } } }
    assert.is_nil(results.of_replication(VAULT, order, nil, {}))
    assert.is_nil(results.of_copy(COPY, order, nil, {}))
  end)

  it("project and region of a result come from the task, or from any record, or from the client", function()
    local record = { source_project_id = "of-record", source_region = "from-record" }
    local task = { project_id = "of-task", extra_info = { replication = { source_region = "from-task" } } }
    local part = { backup_id = "b", replication_record_id = "r" }
    for _, case in ipairs {
      { "of-task", "from-task", task = task, record = record },
      { "of-record", "from-record", record = record }, { "of-client", "eu-de" },
    } do
      local order = { task = case.task, parts = { part } }
      for _, result in ipairs {
        results.of_copy(COPY, order, case.record, {}), results.of_replication(VAULT, order, case.record, {}),
      } do
        assert.same({ case[1], case[2] }, { result.project_id, result.source_region })
      end
    end
  end)

  it("a replication is complete if it has a record for every backup that the service can replicate", function()
    local order = { parts = { { backup_id = "b", replication_record_id = "r" } } }
    local backups = { b = { status = "available" } }
    assert.is_true(results.is_complete(VAULT, order, backups))
    backups.c = { status = "error" }
    assert.is_true(results.is_complete(VAULT, order, backups))
    order.parts[2] = { backup_id = "c" }
    assert.is_false(results.is_complete(VAULT, order, backups)) -- without a record
    order.parts[2], backups.c.status = nil, "available"
    assert.is_false(results.is_complete(VAULT, order, backups))
    backups.c.replication_records = { { status = "success", destination_region = REGION:upper() } }
    assert.is_true(results.is_complete(VAULT, order, backups)) -- an earlier order has copied it
  end)
end)
