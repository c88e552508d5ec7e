-- The help of the command.

local command = require "spec.helpers.command"

describe("the command line of cbr #process", function()
  local COMMANDS = {
    "replicate", "sync", "wait", "preflight", "vaults", "backups", "call", "describe", "dr copies", "dr replicate",
    "dr unprotected", "dr prune", "doctor", "sandbox", "completion",
  }

  it("the help of every command has lines of at most 80 characters", function()
    local help, status = command.run "--help"
    assert.equal(0, status)
    for _, name in ipairs(COMMANDS) do
      local text, status_of_command = command.run(name .. " --help")
      if name ~= "sandbox" then -- `cbr sandbox` passes --help to its command
        assert.equal(0, status_of_command, name)
        help = help .. text
      end
      assert.matches("\n   " .. name:match "^%l+" .. " ", help)
    end
    for line in help:gmatch "[^\n]+" do
      assert.is_true(#line <= 80, line)
    end
  end)

  it("cbr --version prints the versions of cbr, Lua and the libraries", function()
    assert.matches("^cbr %d+%.%d+%.%d+ %(Lua.-, libcurl %d", (command.run "--version"))
  end)
end)
