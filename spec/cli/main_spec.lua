-- The start of the command when libraries are missing.

local command = require "spec.helpers.command"
local support = require "spec.helpers.support"

describe("the start of the command cbr #process", function()
  -- Runs the command with a library that cannot be loaded.
  local function run_without(name, source)
    local directory = os.tmpname()
    os.remove(directory)
    support.run(("mkdir -p %s/cjson"):format(directory))
    local file = assert(io.open(directory .. "/" .. name .. ".lua", "w"))
    file:write(source)
    file:close()
    local output, status, errors = command.run("vaults", {
      LUA_PATH = ("%s/?.lua;%s"):format(directory, os.getenv "LUA_PATH"),
    })
    support.run("rm -r " .. directory)
    return output, status, errors
  end

  it("the command prints the name of a missing library, why loading failed, and how to install the library", function()
    local output, status, errors = run_without("argparse",
      'error "attempt to assign to const variable"')
    assert.same({ "", 1 }, { output, status })
    assert.matches("the Lua library argparse is missing or cannot be loaded in Lua.*attempt to assign to const", errors)
    assert.matches("apt-get install lua-argparse", errors, 1, true)
    assert.matches("Lua 5.5", errors, 1, true)
    assert.is_nil(errors:find "traceback")
  end)

  it("a missing lua-cjson is not reported as a missing cbr", function()
    local output, status, errors = run_without("cjson/safe", 'error "no cjson"')
    assert.same({ "", 1 }, { output, status })
    assert.matches("the Lua library cjson.safe is missing or cannot be loaded", errors, 1, true)
    assert.matches("apt-get install lua-cjson", errors, 1, true)
  end)
end)
