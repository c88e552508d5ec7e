-- cbr_cli.progress: the progress that a command shows while it waits for the end of an order.

local command = require "spec.helpers.command"
local support = require "spec.helpers.support"

describe("the progress of the command #process", function()
  before_each(function()
    support.sandbox.reset()
    support.sandbox.time_scale(600)
  end)

  local function shown(variables)
    return command.on_terminal(command.REPLICATE .. "server --wait", variables)
  end

  it("progress is a bar on a terminal, and a line for each change on a dumb terminal", function()
    local bar = shown { TERM = "xterm" }
    if not bar then
      pending "needs script(1) and a pseudo-terminal"
      return
    end
    assert.matches("\r%[#+%] 100 %%  3 of 3 done, %d+ s  \r?\n", bar)
    support.sandbox.reset()
    support.sandbox.time_scale(600)
    local lines = shown { TERM = "dumb" }
    assert.matches("\n?100 %%  3 of 3 done, %d+ s\r?\n", lines)
    assert.is_nil(lines:find("[#", 1, true))
  end)

  it("a bar on a narrow terminal is short enough that its line can be overwritten", function()
    local output = shown { TERM = "xterm", COLUMNS = "44" }
    if not output then
      pending "needs script(1) and a pseudo-terminal"
      return
    end
    assert.matches("\r%[#+%] 100 %%  3 of 3 done, %d+ s  \r?\n", output)
    for line in output:match "^(.*)\nBACKUP":gmatch "[^\r\n]+" do
      assert.is_true(#line < 44, line)
    end
  end)

  it("no progress is written without a terminal", function()
    local _, status, errors = command.run(command.REPLICATE .. "server --wait")
    assert.same({ 0, "" }, { status, errors })
  end)
end)
