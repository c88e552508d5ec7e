-- cbr.dr.rows: the parts that all reports share.

local rows = require "cbr.dr.rows"

local project = { region = "eu-de", project_id = "p" }
local vault = { id = "v", name = "prod", project = project }
local resource = { id = "r", name = "web", type = "t", size = 5, vault = vault }
local destination = { region = "eu-nl", vault_id = "w" }

describe("cbr.dr.rows", function()
  it("a row names the resource, its vault and the destination", function()
    assert.same({
      region = "eu-de", project_id = "p", vault_id = "v", vault_name = "prod", resource_id = "r",
      resource_name = "web", resource_type = "t", size_gb = 5, destination_region = "eu-nl",
      destination_vault_id = "w",
    }, rows.add_destination(rows.of_resource(resource), destination))
  end)

  it("rows.add_unread adds what could not be read and the error, in one line", function()
    assert.same({ reason = "backups", message = "a b", error_kind = "forbidden", error_code = "c" },
      rows.add_unread({}, "backups", { message = "a\nb", kind = "forbidden", code = "c" }))
  end)

  it("a project whose vaults could not be read has a row for each destination, and so has a missing vault", function()
    local list = rows.unread_projects {
      projects = { { region = "eu-de", unread = { message = "down" } }, { region = "x" } },
      missing = { { vault_id = "v", message = "no project has the vault" } },
      destinations = { destination, { region = "eu-de" } },
    }
    assert.equal(4, #list)
    assert.same({ "eu-de", "eu-nl", "down" }, { list[1].region, list[1].destination_region, list[1].message })
    assert.same({ "v", "eu-de" }, { list[4].vault_id, list[4].destination_region })
  end)

  it("data has an age, and is from the future if it is more than ten minutes ahead of the time", function()
    assert.equal(59, rows.age(0.5, 60))
    assert.is_nil(rows.age(nil, 60))
    assert.is_false(rows.is_future(700, 100))
    assert.is_true(rows.is_future(701, 100))
  end)

  it("rows.totals counts the rows by the value of a field", function()
    assert.same({ rows = 3, good = 2, bad = 0, odd = 1 },
      rows.totals({ { v = "good" }, { v = "odd" }, { v = "good" } }, "v", { "good", "bad" }))
  end)

  it("rows.report makes a report with a version and a time", function()
    local report = rows.report("copies", 0, {})
    assert.same({ "copies", 1, "1970-01-01T00:00:00Z", 0 }, { report.kind, report.version, report.at, #report.rows })
    assert.is_nil(rows.stamp(nil))
  end)
end)
