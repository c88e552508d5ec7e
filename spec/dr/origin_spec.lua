-- Where a replica comes from: marks, records, tasks, moments.

local check = require "cbr.util.check"
local origin = require "cbr.dr.origin"

local ID = "0bac0bac-0000-4000-8000-000000000001"

describe("the origin of a replica", function()
  it("the moment of a backup is when its data was frozen, else when it was begun", function()
    assert.equal(0, origin.moment { protected_at = "1970-01-01T00:00:00Z", created_at = "1970-01-02T00:00:00Z" })
    assert.equal(86400, origin.moment { created_at = "1970-01-02T00:00:00.000000" })
    assert.is_nil(origin.moment {})
  end)

  it("a mark is read as it was written, and is a valid description", function()
    local mark = origin.mark(ID, 86400)
    assert.equal("cbr-dr/1 source=" .. ID .. " at=1970-01-02T00:00:00Z", mark)
    assert.same({ ID, 86400 }, { origin.read_mark(mark) })
    assert.same({ ID }, { origin.read_mark(origin.mark(ID)) })
    local rules = { { name = "description", type = "string", max = 255, form = "description" } }
    assert.same({}, (check.problems(rules, { description = mark })))
  end)

  it("other descriptions have no mark", function()
    for _, text in ipairs { "", "cbr-dr/1", "cbr-dr/2 source=" .. ID .. " at=1970-01-02T00:00:00Z",
      "x cbr-dr/1 source=" .. ID .. " at=1970-01-02T00:00:00Z" } do
      assert.is_nil((origin.read_mark(text)))
    end
    assert.is_nil((origin.read_mark(nil)))
  end)

  it("records are read in all forms of the service", function()
    local traces = origin.records {
      replication_records = {
        { id = "r", status = "success", destination_backup_id = "d", destination_region = "eu-nl",
          created_at = "1970-01-01T00:01:00Z", destinatio_vault_id = "v" },
        { status = "fail", extra_info = '{"fail_code":"BackupService.1001","destination_vault_id":"w"}' },
        { status = "replicating" },
      },
    }
    assert.same({ "success", "d", 60, "v", "record" },
      { traces[1].status, traces[1].replica_id, traces[1].ordered_at, traces[1].vault_id, traces[1].basis })
    assert.same({ "failed", "BackupService.1001", "w" },
      { traces[2].status, traces[2].fail_code, traces[2].vault_id })
    assert.equal("running", traces[3].status)
    assert.same({}, origin.records {})
  end)

  it("only tasks that replicate say something", function()
    assert.is_nil((origin.task { status = "success", extra_info = {} }))
    local source, trace = origin.task {
      status = "timeout", created_at = "1970-01-01T00:00:01Z", ended_at = "1970-01-01T00:00:02Z",
      extra_info = { replication = { source_backup_id = ID, destination_backup_id = "", destination_region = "a" } },
    }
    assert.same({ ID, "failed", 1, 2, "task" },
      { source, trace.status, trace.ordered_at, trace.arrived_at, trace.basis })
    assert.is_nil(trace.replica_id)
  end)

  it("a trace leads to a destination of its region and project, where it names them", function()
    local nl = { region = "eu-nl", project_id = "p" }
    assert.is_true(origin.leads_to({ region = "EU-NL", project_id = "p" }, nl))
    assert.is_true(origin.leads_to({}, nl))
    assert.is_true(origin.leads_to({ region = "eu-nl", project_id = "q" }, { region = "eu-nl" }))
    assert.is_false(origin.leads_to({ region = "eu-nl", project_id = "q" }, nl))
    assert.is_false(origin.leads_to({ region = "eu-de" }, nl))
  end)
end)
