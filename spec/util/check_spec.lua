-- Rules as data: what check.problems reports and check.options raises for.

local check = require "cbr.util.check"

-- Returns the problem of one value under a rule, or nil.
local function problem_of(rule, value)
  rule.name = "field"
  local problems = check.problems({ rule }, { field = value })
  assert.is_true(#problems <= 1)
  return problems[1] and problems[1].problem
end

describe("check.problems", function()
  it("accepts a value of each type", function()
    for wanted, values in pairs {
      string = { "", "x" }, boolean = { true, false }, number = { 0, -1.5 }, integer = { 0, 3, 2 ^ 40 },
      list = { {}, { 1, 2 } }, table = { {}, { a = 1 } }, ["function"] = { print },
    } do
      for _, value in ipairs(values) do
        assert.is_nil(problem_of({ type = wanted }, value), wanted)
      end
    end
  end)

  it("names the required and the actual type", function()
    assert.equal("must be a string, not a number", problem_of({ type = "string" }, 1))
    assert.equal("must be a boolean, not a string", problem_of({ type = "boolean" }, "true"))
    assert.equal("must be a whole number, not a number", problem_of({ type = "integer" }, 1.5))
    assert.equal("must be a list, not a table", problem_of({ type = "list" }, { a = 1 }))
    assert.equal("must be a list, not a table", problem_of({ type = "list" }, { [1] = 1, [3] = 3 }))
    assert.equal("must be a string or list, not a boolean", problem_of({ type = { "string", "list" } }, false))
  end)

  it("reports a missing value only if the rule requires a value", function()
    assert.equal("is missing", problem_of({ type = "string", required = true }, nil))
    assert.is_nil(problem_of({ type = "string" }, nil))
    assert.equal("must be a boolean, not a string", problem_of({ type = "boolean", required = true }, ""))
    assert.is_nil(problem_of({ type = "boolean", required = true }, false))
  end)

  it("counts the length of a string in characters, not in bytes", function()
    local rule = { type = "string", min = 1, max = 3 }
    assert.is_nil(problem_of(rule, "äöü"))
    assert.is_nil(problem_of(rule, "备"))
    assert.equal("must have 1 to 3 characters, not 4", problem_of(rule, "äöüx"))
    assert.equal("must have 1 to 3 characters, not 0", problem_of(rule, ""))
    assert.equal("is empty", problem_of({ type = "string", filled = true }, ""))
  end)

  it("accepts only the values that a rule lists", function()
    local rule = { type = "string", one_of = { "backup", "replication" } }
    assert.is_nil(problem_of(rule, "replication"))
    assert.equal("must be 'backup' or 'replication'", problem_of(rule, "Backup"))
  end)

  it("rejects numbers outside a rule's bounds", function()
    local rule = { type = "integer", from = 1, to = 100 }
    assert.is_nil(problem_of(rule, 1))
    assert.is_nil(problem_of(rule, 100))
    assert.equal("must be from 1 to 100, not 101", problem_of(rule, 101))
    assert.equal("must be 0 or more, not -1", problem_of({ type = "integer", from = 0 }, -1))
  end)

  it("checks the number of members of a list, and each member", function()
    local rule = { type = "list", items = "string", least = 1, most = 2, form = "uuid" }
    local uuid = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21"
    assert.is_nil(problem_of(rule, { uuid, uuid }))
    assert.equal("must have 1 to 2 members, not 0", problem_of(rule, {}))
    assert.equal("must have 1 to 2 members, not 3", problem_of(rule, { uuid, uuid, uuid }))
    assert.equal("must have 1 or more members, not 0", problem_of({ type = "list", items = "table", least = 1 }, {}))
    assert.equal("member 2 must be a string, not a number", problem_of(rule, { uuid, 5 }))
    assert.equal("member 1 must be a UUID (8-4-4-4-12 hex digits)", problem_of(rule, { "x" }))
  end)

  it("checks the form of a text", function()
    for form, examples in pairs {
      uuid = {
        good = { "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21", "0B7E4A4C-6A8A-4F10-9A5E-1D1C5F0D3C21" },
        bad = { "", "0b7e4a4c6a8a4f109a5e1d1c5f0d3c21", "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c2g" },
      },
      project = { good = { ("0a"):rep(16) }, bad = { ("0a"):rep(15), ("0a"):rep(17), ("0g"):rep(16) } },
      region = { good = { "cn-north-4", "eu-de" }, bad = { "", "a b", "a/b", "a\n" } },
      line = { good = { "", "two words", "é" }, bad = { "a\nb", "a\0b", "\127" } },
      name = { good = { "", "vault_1-a", "备份" }, bad = { "a b", "a.b", "a/b" } },
      description = { good = { "", "any text, even\nof two lines" }, bad = { "<b>", "a>b" } },
      time = { good = { "2018-02-01T12:00:00Z" }, bad = { "2018-02-01", "2018-02-01T12:00:00", "yesterday" } },
      segment = {
        good = { "a", "two words", "...", "é%2F", "a..b" }, bad = { "", ".", "..", "a/b", "a\nb", "{project_id}" },
      },
    } do
      for _, value in ipairs(examples.good) do
        assert.is_nil(problem_of({ type = "string", form = form }, value), form .. ": " .. value)
      end
      for _, value in ipairs(examples.bad) do
        assert.equal("must be " .. check.forms[form].says, problem_of({ type = "string", form = form }, value),
          form .. ": " .. value)
      end
    end
  end)

  it("reports problems in the order of the rules, then unknown parameters by name", function()
    local rules = {
      { name = "vault_id", type = "string", required = true }, { name = "limit", type = "integer" },
    }
    assert.same({
      { parameter = "vault_id", problem = "is missing" },
      { parameter = "limit", problem = "must be a whole number, not a boolean" },
      { parameter = "1", problem = "is unknown" },
      { parameter = "vaultid", problem = "is unknown (did you mean 'vault_id'?)" },
    }, check.problems(rules, { limit = true, vaultid = "x", [1] = "y" }))
    assert.same({}, check.problems(rules, { vault_id = "x" }))
  end)
end)

describe("check.options", function()
  local rules = {
    { name = "timeout", type = "number", positive = true }, { name = "since", type = "number", required = true },
  }

  -- Returns what check.options raises, and whether it blames the line that called it.
  local function raised(options)
    local line = debug.getinfo(1, "l").currentline + 2
    local ok, message = pcall(function()
      check.options("call", rules, options, 2)
    end)
    assert.is_false(ok)
    assert.matches(("check_spec.lua:%d: call: "):format(line), message, 1, true)
    return message
  end

  it("check.options raises nothing for valid options", function()
    for _, options in ipairs { { since = 0 }, { since = -1, timeout = 0.1 }, { since = 1, timeout = 2 ^ 53 } } do
      assert.has_no.errors(function()
        check.options("call", rules, options, 2)
      end)
    end
  end)

  it("raises for options that are not a table", function()
    assert.matches("options must be a table, not a string", raised "x")
    assert.matches("options must be a table, not a nil", raised(nil))
  end)

  it("raises for a missing, an unknown or a wrong option, and names the option", function()
    assert.matches("option 'since' is missing", raised {})
    assert.matches("unknown option 'time_out' (did you mean 'timeout'?)", raised { since = 1, time_out = 1 }, 1, true)
    assert.matches("option 'timeout' must be a number, not a string", raised { since = 1, timeout = "1" })
  end)

  it("raises when a positive number is zero, negative, infinite or not a number", function()
    for _, value in ipairs { 0, -1, math.huge, 0 / 0, 1e300 } do
      assert.matches("option 'timeout' must be a number above 0", raised { since = 1, timeout = value })
    end
  end)

  it("checks inherited options too", function()
    local parent = { timeout = "soon", since = 1 }
    assert.matches("option 'timeout' must be a number, not a string", raised(setmetatable({}, { __index = parent })))
    parent.timeout = 5
    check.options("call", rules, setmetatable({}, { __index = parent }), 2)
    parent.since = nil
    assert.matches("option 'since' is missing", raised(setmetatable({}, { __index = parent })))
  end)
end)
