-- cbr_cli.terminal: whether there is a terminal, and its width.

require "spec.helpers.command"
local environment = require "spec.helpers.environment"
local terminal = require "cbr_cli.terminal"

describe("the terminal of the command", function()
  it("a file or a pipe is not a terminal #process", function()
    local support = require "spec.helpers.support"
    local lua = os.getenv "CBR_LUA" or "lua5.4"
    local output = support.run(("%s -e 'package.path = \"cli/?.lua;\" .. package.path; "
      .. "print(require(\"cbr_cli.terminal\").is_output())' | cat"):format(lua))
    assert.equal("false\n", output)
  end)

  it("the width of the terminal is COLUMNS, or 80 if COLUMNS is missing or too small", function()
    assert.is_function(terminal.width)
    environment.with({ COLUMNS = "123" }, function()
      assert.equal(123, terminal.width())
    end)
    environment.with({ COLUMNS = "3" }, function()
      assert.equal(80, terminal.width())
    end)
  end)

  it("a dumb terminal cannot overwrite a line", function()
    for name, expected in pairs { dumb = false, [""] = false, xterm = true } do
      environment.with({ TERM = name }, function()
        assert.equal(expected, terminal.can_overwrite())
      end)
    end
  end)
end)
