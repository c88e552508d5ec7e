-- cbr.util.check_options: which options raise an error.

local check_options = require "cbr.util.check_options"

describe("the check of options", function()
  local rules = {
    { name = "timeout", type = "number", positive = true }, { name = "since", type = "number", required = true },
  }

  -- Asserts that the check raises an error with the line of its caller. Returns the message.
  local function raised(options)
    local line = debug.getinfo(1, "l").currentline + 2
    local ok, message = pcall(function()
      check_options("call", rules, options, 2)
    end)
    assert.is_false(ok)
    assert.matches(("check_options_spec.lua:%d: call: "):format(line), message, 1, true)
    return message
  end

  it("the check of options raises nothing for valid options", function()
    for _, options in ipairs { { since = 0 }, { since = -1, timeout = 0.1 }, { since = 1, timeout = 2 ^ 53 } } do
      assert.has_no.errors(function()
        check_options("call", rules, options, 2)
      end)
    end
  end)

  it("the check of options raises for options that are not a table", function()
    assert.matches("options must be a table, not a string", raised "x")
    assert.matches("options must be a table, not a nil", raised(nil))
  end)

  it("the check of options raises for a missing, an unknown or a wrong option, and names the option", function()
    assert.matches("option 'since' is missing", raised {})
    assert.matches("unknown option 'time_out' (did you mean 'timeout'?)", raised { since = 1, time_out = 1 }, 1, true)
    assert.matches("option 'timeout' must be a number, not a string", raised { since = 1, timeout = "1" })
  end)

  it("the check of options raises if an option that must be positive is zero, negative, infinite or NaN", function()
    for _, value in ipairs { 0, -1, math.huge, 0 / 0, 1e300 } do
      assert.matches("option 'timeout' must be a number above 0", raised { since = 1, timeout = value })
    end
  end)

  it("the check of options checks inherited options too", function()
    local parent = { timeout = "soon", since = 1 }
    assert.matches("option 'timeout' must be a number, not a string", raised(setmetatable({}, { __index = parent })))
    parent.timeout = 5
    check_options("call", rules, setmetatable({}, { __index = parent }), 2)
    parent.since = nil
    assert.matches("option 'since' is missing", raised(setmetatable({}, { __index = parent })))
  end)

  it("the check of options calls a metatable's function only once for each option", function()
    local reads = 0
    local given = setmetatable({}, { __index = function(_, name)
      reads = reads + (name == "timeout" and 1 or 0)
      return name == "timeout" and (reads == 1 and 3 or "bad") or nil
    end })
    local plain = check_options("call", { { name = "timeout", type = "number" } }, given, 2)
    assert.same({ timeout = 3 }, plain)
    assert.is_nil(getmetatable(plain))
    assert.equal(plain, check_options("call", { { name = "timeout", type = "number" } }, plain, 2))
  end)
end)
