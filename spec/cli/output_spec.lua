-- cbr_cli.output: tables, lines and JSON.

local command = require "spec.helpers.command"
local errors = require "cbr.errors"
local output = require "cbr_cli.output"
local support = require "spec.helpers.support"

describe("the output of the command", function()
  it("output.error_fields returns a plain table that has the error's message, but not its report", function()
    local err = errors.new({ kind = "task", message = "m" }, { operation = "wait", report = { done = 1 } })
    local fields = output.error_fields(err)
    assert.same({ "task", "m", tostring(err) }, { fields.kind, fields.message, fields.text })
    assert.is_nil(fields.report)
    assert.is_nil(getmetatable(fields))
  end)

  it("control characters in a text of the service are not written to the terminal #process", function()
    support.sandbox.reset()
    support.sandbox.patch { vaults = { single = { name = "a\27[31mb\tc" } } }
    local lines = command.run "vaults"
    assert.is_nil(lines:find "\27")
    assert.matches("\ta [31mb c\t", lines, 1, true)
  end)

  it("columns of a table are cut or dropped, so that each line fits the width of the terminal #process", function()
    support.sandbox.reset()
    support.sandbox.patch { vaults = { single = { name = ("n"):rep(60) } } }
    local narrow = command.on_terminal("vaults", { COLUMNS = "80" })
    if not narrow then
      pending "needs script(1) and a pseudo-terminal"
      return
    end
    assert.is_nil(narrow:find("GB", 1, true))
    assert.matches("  " .. ("n"):rep(23) .. "n*~ ", narrow) -- at least 24 letters of a name can be read
    for line in narrow:gmatch "[^\r\n]+" do
      assert.is_true(#line <= 80, line)
    end
    local wide = command.on_terminal("vaults", { COLUMNS = "160" })
    assert.matches("  " .. ("n"):rep(60) .. " .*40/100", wide)
    support.sandbox.reset()
  end)

  it("a text is broken between words, so that each line fits the width of the terminal #process", function()
    local narrow = command.on_terminal("describe create_vault", { COLUMNS = "60" })
    if not narrow then
      pending "needs script(1) and a pseudo-terminal"
      return
    end
    local words = command.run "describe create_vault"
    for line in narrow:gmatch "[^\r\n]+" do
      assert.is_true(#line <= 60 or not line:find "%S +%S", line)
    end
    assert.equal((words:gsub("%s+", " ")), (narrow:gsub("%s+", " ")))
  end)
end)
