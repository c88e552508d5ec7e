-- docs/guides/command.md: its lists are complete. shell_snippets_spec runs its shell blocks.

local command = require "spec.helpers.command"
local exit_status = require "cbr_cli.exit_status"
local pages = require "spec.helpers.pages"
local support = require "spec.helpers.support"

local sandbox = support.sandbox
local PAGE = "docs/guides/command.md"

describe("docs/guides/command.md #process", function()
  before_each(function()
    sandbox.reset()
    sandbox.time_scale(6000)
  end)

  it("cbr accepts the command line that docs/guides/command.md shows for resuming an order", function()
    local arguments = pages.text(PAGE):match "\n    To resume: cbr ([^\n]+)\n"
    assert.equal(exit_status.DONE, (select(2, command.run(arguments .. " --interval 0.1"))))
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
