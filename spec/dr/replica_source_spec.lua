-- cbr.dr.replica_source: which backup a replica was copied from, by records, tasks, or a mark.

local check = require "cbr.util.check"
local replica_source = require "cbr.dr.replica_source"

local ID = "0bac0bac-0000-4000-8000-000000000001"

describe("the source of a replica", function()
  it("the data time of a backup is its `protected_at`, or `created_at` if `protected_at` is missing", function()
    local backup = { protected_at = "1970-01-01T00:00:00Z", created_at = "1970-01-02T00:00:00Z" }
    assert.equal(0, replica_source.data_time(backup))
    assert.equal(86400, replica_source.data_time { created_at = "1970-01-02T00:00:00.000000" })
    assert.is_nil(replica_source.data_time {})
  end)

  it("read_mark reads a mark that replica_source.mark has made, and the mark is a valid description", function()
    local mark = replica_source.mark(ID, 86400)
    assert.equal("cbr-dr/1 source=" .. ID .. " at=1970-01-02T00:00:00Z", mark)
    assert.same({ ID, 86400 }, { replica_source.read_mark(mark) })
    assert.same({ ID }, { replica_source.read_mark(replica_source.mark(ID)) })
    local rules = { { name = "description", type = "string", max = 255, form = "description" } }
    assert.same({}, (check.problems(rules, { description = mark })))
  end)

  it("replica_source.read_mark ignores a replica's description that is not a mark of this version", function()
    for _, text in ipairs { "", "cbr-dr/1", "cbr-dr/2 source=" .. ID .. " at=1970-01-02T00:00:00Z",
      "x cbr-dr/1 source=" .. ID .. " at=1970-01-02T00:00:00Z" } do
      assert.is_nil((replica_source.read_mark(text)))
    end
    assert.is_nil((replica_source.read_mark(nil)))
  end)

  it("replica_source.records reads the replication records of a backup", function()
    local replications = replica_source.records {
      replication_records = {
        { id = "r", status = "success", destination_backup_id = "d", destination_region = "eu-nl",
          destination_project_id = "p", destination_vault_id = "v", created_at = "1970-01-01T00:01:00Z" },
        { status = "replicating", extra_info = { destinatio_vault_id = "w" } },
      },
    }
    assert.same({
      { basis = "record", record_id = "r", status = "success", replica_id = "d", region = "eu-nl", project_id = "p",
        vault_id = "v", ordered_at = 60 },
      { basis = "record", status = "running", vault_id = "w" },
    }, replications)
    assert.same({}, replica_source.records {})
  end)

  it("replica_source.task reads replication tasks, and ignores other tasks", function()
    assert.is_nil((replica_source.task { status = "success", extra_info = {} }))
    local source, replication = replica_source.task {
      status = "timeout", created_at = "1970-01-01T00:00:01Z", ended_at = "1970-01-01T00:00:02Z",
      extra_info = { replication = { source_backup_id = ID, destination_backup_id = "", destination_region = "a" } },
    }
    assert.same({ ID, "failed", 1, 2, "task" },
      { source, replication.status, replication.ordered_at, replication.arrived_at, replication.basis })
    assert.is_nil(replication.replica_id)
  end)

  it("a replication matches a destination unless its region or project differs", function()
    local nl = { region = "eu-nl", project_id = "p" }
    assert.is_true(replica_source.leads_to({ region = "EU-NL", project_id = "p" }, nl))
    assert.is_true(replica_source.leads_to({ region = "eu-nl", project_id = "P" }, nl))
    assert.is_true(replica_source.leads_to({}, nl))
    assert.is_true(replica_source.leads_to({ region = "eu-nl", project_id = "q" }, { region = "eu-nl" }))
    assert.is_false(replica_source.leads_to({ region = "eu-nl", project_id = "q" }, nl))
    assert.is_false(replica_source.leads_to({ region = "eu-de" }, nl))
  end)
end)
