-- docs/guides/command.md: its shell blocks run, and its lists are complete.

local command = require "spec.helpers.command"
local exit_status = require "cbr_cli.exit_status"
local pages = require "spec.helpers.pages"
local support = require "spec.helpers.support"

local sandbox = support.sandbox
local PAGE = "docs/guides/command.md"

-- Runs a line of a block, with the Lua under test. Returns the output, and the exit status.
local function run(line)
  local start = command.line "":gsub("cli/cbr *$", "") .. "cli/cbr"
  line = line:gsub("%f[%w]cli/cbr", function() return start end)
  local output = support.run(line .. "; echo \"ended $?\"")
  local text, status = output:match "^(.*)ended (%d+)\n$"
  return text, tonumber(status)
end

describe("docs/guides/command.md #process", function()
  before_each(function()
    sandbox.reset()
    sandbox.time_scale(6000)
  end)

  it("every line of the shell blocks in guides/command.md ends with the status that the page states", function()
    local statuses, count = {}, 0
    for _, block in ipairs(pages.snippets(PAGE, "sh")) do
      for line in block:gmatch "[^\n]+" do
        if line:find "^cli/cbr" then
          local output, status = run(line)
          count = count + 1
          statuses[status] = (statuses[status] or 0) + 1
          -- The copy that dr replicate makes is of a backup that is older than 26 hours.
          assert.equal(line:find "dr copies" and exit_status.NOT_COMPLIANT or exit_status.DONE, status, line .. output)
        end
      end
    end
    assert.is_true(count >= 12, count .. " lines")
    assert.equal(1, statuses[5])
  end)

  it("cbr accepts the command line that docs/guides/command.md shows for resuming an order", function()
    local arguments = pages.text(PAGE):match "\n    To resume: cbr ([^\n]+)\n"
    assert.equal(0, (select(2, run("cli/cbr " .. arguments .. " --interval 0.1"))))
  end)

  it("docs/guides/command.md lists every command, and every exit status", function()
    local page = pages.text(PAGE)
    local help = command.run "--help"
    local count = 0
    for name in help:match "\nCommands:(\n.-)\n\n":gmatch "\n   (%l+) " do
      assert.matches("`cbr " .. name, page, 1, true)
      count = count + 1
    end
    assert.is_true(count >= 12, count .. " commands")
    for name, status in pairs(exit_status) do
      if type(status) == "number" then
        assert.matches(("\n| %d | "):format(status), page, 1, true, name)
      end
    end
  end)
end)
