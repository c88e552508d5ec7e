-- dr.text: a report as text.

local dr = require "cbr.dr"

local function copies(rows)
  return {
    kind = "copies", rows = rows, is_green = false,
    totals = { rows = #rows, stale = 1, compliant = #rows - 1, unknown_age = 0 },
  }
end

local ROW = {
  resource_name = "web", resource_id = "r", vault_name = "prod", destination_region = "eu-nl",
  newest_backup_age = 5400, replica_age = 26 * 3600, lag = 119, verdict = "stale", reason = "old_copy",
}

describe("dr.text", function()
  it("dr.text writes a table, the reasons, and the totals", function()
    assert.equal(table.concat({
      "RESOURCE  VAULT  TO     BACKUP  COPY  LAG   VERDICT",
      "web       prod   eu-nl  90m     26h   119s  stale",
      "stale: a newer backup has no copy (web)",
      "1 row: 1 stale. Not green.", "",
    }, "\n"), dr.text(copies { ROW }))
    assert.equal("0 rows. Not green.\n", dr.text { kind = "copies", rows = {}, totals = { rows = 0 } })
  end)

  it("dr.text cuts long names so that rows have 80 characters (not bytes), and removes control characters", function()
    local row = {}
    for name, value in pairs(ROW) do
      row[name] = value
    end
    row.resource_name, row.vault_name = ("é"):rep(60), "two\nlines\27[31m" .. ("x"):rep(60)
    local output = dr.text(copies { row })
    for line in output:gmatch "([^\n]*)\n" do
      local _, count = line:gsub("[^\128-\191]", "")
      assert.is_true(count <= 80 or line:find "^stale:" ~= nil, line)
    end
    assert.is_nil(output:find("\27", 1, true))
    local first = output:match "\n([^\n]*)"
    assert.matches("é~", first, 1, true)
  end)

  it("dr.text names only the first resources of a reason, and tells how many more there are", function()
    local rows = {}
    for i = 1, 9 do
      rows[i] = { resource_name = "web" .. i, verdict = "uncopied", reason = "no_backup" }
    end
    assert.matches("uncopied: there is no complete backup (web1, web2, web3, web4, web5, and 4 more)",
      dr.text(copies(rows)), 1, true)
  end)

  it("dr.text writes the error message of unread rows", function()
    assert.matches("unread: backups: no access\n",
      dr.text(copies { { verdict = "unread", reason = "backups", message = "no access" } }), 1, true)
  end)

  it("dr.text raises an error at the caller's line if its argument is not a report", function()
    for _, bad in ipairs { {}, 5, "x", { kind = "other" } } do
      local ok, message = pcall(function()
        local words = dr.text(bad)
        return words
      end)
      assert.is_false(ok)
      assert.matches("text_spec.lua:%d+: dr.text: a report of cbr.dr is needed", message)
    end
  end)
end)
