-- cbr vaults and cbr backups: lines without a terminal, a table on a terminal, ids alone, and JSON.

local command = require "spec.helpers.command"
local support = require "spec.helpers.support"

local fixtures = support.fixtures

describe("cbr vaults and cbr backups #process", function()
  before_each(support.sandbox.reset)

  it("without a terminal, cbr vaults prints one line with tabs for each vault, also for hybrid-cloud vaults", function()
    local output, status = command.run "vaults"
    assert.equal(0, status)
    assert.matches(fixtures.vaults.server.id .. "\tserver\tserver\tbackup\tavailable\t360/1000\n", output, 1, true)
    assert.matches(fixtures.vaults.hybrid.id .. "\thybrid\tvmware\thybrid\tavailable\t", output, 1, true)
    assert.is_nil(output:find "NAME")
  end)

  it("cbr vaults prints a table of at most 80 columns on a terminal, with complete ids and names", function()
    for _, name in ipairs { "dumb", "xterm-256color" } do
      local output = command.on_terminal("vaults", { TERM = name, COLUMNS = "80" })
      if not output then
        pending "needs script(1) and a pseudo-terminal"
        return
      end
      assert.matches("ID +NAME +TYPE", output)
      assert.matches(fixtures.vaults.workspace.id .. "  workspace ", output, 1, true)
      assert.is_nil(output:find "\27")
      for line in output:gmatch "[^\r\n]+" do
        assert.is_true(line:find "^Script" ~= nil or #line <= 80, line)
      end
    end
  end)

  it("cbr vaults --region lists another region's vaults, although HUAWEICLOUD_SDK_PROJECT_ID is set", function()
    local output = command.run "vaults --protect-type replication --region cn-east-3"
    assert.matches(fixtures.vaults.replicas.id .. "\treplicas\tserver\treplication\tavailable\t", output, 1, true)
  end)

  it("cbr vaults --quiet prints only the ids of the vaults that the other options select", function()
    assert.equal(fixtures.vaults.turbo.id .. "\n", (command.run "vaults --quiet --object-type turbo"))
  end)

  it("cbr backups --json prints one JSON list, also if there are no backups", function()
    local rows, status = command.json "backups --vault single"
    assert.same({ 0, 1, "only" }, { status, #rows, rows[1].name })
    assert.equal("[]\n", (select(3, command.json "backups --vault empty")))
  end)

  it("cbr backups rejects a vault name that several vaults have, and prints the ids of these vaults", function()
    support.sandbox.patch { vaults = { server = { name = "twin" }, single = { name = "twin" } } }
    local _, status, errors = command.run "backups --vault twin"
    assert.equal(2, status)
    assert.matches(fixtures.vaults.server.id, errors, 1, true)
    assert.matches(fixtures.vaults.single.id, errors, 1, true)
  end)
end)
