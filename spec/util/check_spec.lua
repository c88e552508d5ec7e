-- Rules as data: what check.problems reports.

local check = require "cbr.util.check"

-- Returns the problem of one value under a rule, or nil.
local function problem_of(rule, value)
  rule.name = "field"
  local problems = check.problems({ rule }, { field = value })
  assert.is_true(#problems <= 1)
  return problems[1] and problems[1].problem
end

describe("check.problems", function()
  it("check.problems accepts a value of each type", function()
    for wanted, values in pairs {
      string = { "", "x" }, boolean = { true, false }, number = { 0, -1.5 }, integer = { 0, 3, 2 ^ 40 },
      list = { {}, { 1, 2 } }, table = { {}, { a = 1 } }, ["function"] = { print },
    } do
      for _, value in ipairs(values) do
        assert.is_nil(problem_of({ type = wanted }, value), wanted)
      end
    end
  end)

  it("check.problems names the required and the actual type", function()
    assert.equal("must be a string, not a number", problem_of({ type = "string" }, 1))
    assert.equal("must be a boolean, not a string", problem_of({ type = "boolean" }, "true"))
    assert.equal("must be a whole number, not a number", problem_of({ type = "integer" }, 1.5))
    assert.equal("must be a list, not a table", problem_of({ type = "list" }, { a = 1 }))
    assert.equal("must be a list, not a table", problem_of({ type = "list" }, { [1] = 1, [3] = 3 }))
    assert.equal("must be a string or list, not a boolean", problem_of({ type = { "string", "list" } }, false))
  end)

  it("check.problems reports a missing value only if the rule requires a value", function()
    assert.equal("is missing", problem_of({ type = "string", required = true }, nil))
    assert.is_nil(problem_of({ type = "string" }, nil))
    assert.equal("must be a boolean, not a string", problem_of({ type = "boolean", required = true }, ""))
    assert.is_nil(problem_of({ type = "boolean", required = true }, false))
  end)

  it("check.problems counts the length of a string in characters, not in bytes", function()
    local rule = { type = "string", min = 1, max = 3 }
    assert.is_nil(problem_of(rule, "äöü"))
    assert.is_nil(problem_of(rule, "备"))
    assert.equal("must have 1 to 3 characters, not 4", problem_of(rule, "äöüx"))
    assert.equal("must have 1 to 3 characters, not 0", problem_of(rule, ""))
    assert.equal("is empty", problem_of({ type = "string", filled = true }, ""))
    assert.equal("must have 2 or more characters, not 1", problem_of({ type = "string", min = 2 }, "x"))
    assert.equal("must have at most 2 characters, not 3", problem_of({ type = "string", max = 2 }, "xyz"))
  end)

  it("check.problems accepts only the values that a rule lists", function()
    local rule = { type = "string", one_of = { "backup", "replication" } }
    assert.is_nil(problem_of(rule, "replication"))
    assert.equal("must be 'backup' or 'replication'", problem_of(rule, "Backup"))
  end)

  it("check.problems rejects numbers outside a rule's bounds", function()
    local rule = { type = "integer", from = 1, to = 100 }
    assert.is_nil(problem_of(rule, 1))
    assert.is_nil(problem_of(rule, 100))
    assert.equal("must be at most 100, not 101", problem_of(rule, 101))
    assert.equal("must be at least 1, not 0", problem_of(rule, 0))
    assert.equal("must be at least 0, not -1", problem_of({ type = "integer", from = 0 }, -1))
    assert.equal("must be at most 5, not 20000000", problem_of({ type = "integer", to = 5 }, 20000000))
    assert.equal("must be at most 0.25, not 0.5", problem_of({ type = "number", to = 0.25 }, 0.5))
    assert.equal("must be at most 0.25, not inf", problem_of({ type = "number", to = 0.25 }, math.huge))
  end)

  it("check.problems checks the number of members of a list, and each member", function()
    local rule = { type = "list", items = "string", least = 1, most = 2, form = "uuid" }
    local uuid = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21"
    assert.is_nil(problem_of(rule, { uuid, uuid }))
    assert.equal("must have 1 to 2 members, not 0", problem_of(rule, {}))
    assert.equal("must have 1 to 2 members, not 3", problem_of(rule, { uuid, uuid, uuid }))
    assert.equal("must have 1 or more members, not 0", problem_of({ type = "list", items = "table", least = 1 }, {}))
    assert.same({
      { parameter = "id[1]", problem = "must be a UUID (8-4-4-4-12 hex digits)" },
      { parameter = "id[2]", problem = "must be a string, not a number" },
    }, (check.problems({ { name = "id", type = "list", items = "string", form = "uuid" } }, { id = { "x", 5 } })))
  end)

  it("check.problems rejects an invalid id, and an id that is a word of the API's paths, such as 'summary'", function()
    local rule = { type = "string", form = "id" }
    assert.is_nil(problem_of(rule, "mock_vault_id"))
    for _, bad in ipairs { "", "my vault", "../vaults", ("a"):rep(65) } do
      assert.equal("must be an id (1 to 64 letters, digits, '_' and '-')", problem_of(rule, bad))
    end
    assert.equal("must not be 'summary', a word in the paths of the API", problem_of(rule, "summary"))
  end)

  it("check.problems rejects a table with missing members as a list", function()
    for _, list in ipairs {
      { 1, nil, 3 }, { 1, nil, 3, x = 5 }, { [1] = 1, [3] = 3, [5] = 5 }, { [1.5] = 1 }, { [0] = 1 },
    } do
      assert.equal("must be a list, not a table", problem_of({ type = "list", items = "number" }, list))
    end
  end)

  it("check.problems accepts a number outside a rule's bounds if the rule names this number", function()
    local rule = { type = "integer", from = 1, to = 9, besides = -1 }
    assert.is_nil(problem_of(rule, -1))
    assert.equal("must be at least 1, or -1, not 0", problem_of(rule, 0))
    assert.equal("must be at most 9, or -1, not 10", problem_of(rule, 10))
  end)

  it("check.problems reports all problems of nested fields at once, with their paths", function()
    local rules = {
      { name = "billing", type = "table", required = true, fields = {
        { name = "size", type = "integer", required = true, from = 10 },
        { name = "mode", type = "string", one_of = { "a" } },
      } },
      { name = "resources", type = "list", items = "table", fields = {
        { name = "id", type = "string", required = true },
        { name = "extra", type = "table", fields = { { name = "volumes", type = "list", items = "string" } } },
      } },
    }
    assert.same({
      { parameter = "billing.size", problem = "must be at least 10, not 1" },
      { parameter = "billing.mode", problem = "must be 'a'" },
      { parameter = "billing.sise", problem = "is unknown (did you mean 'size'?)" },
      { parameter = "resources[1].extra.volumes[2]", problem = "must be a string, not a boolean" },
      { parameter = "resources[1].extra.volume", problem = "is unknown (did you mean 'volumes'?)" },
      { parameter = "resources[2].id", problem = "is missing" },
      { parameter = "resources[3]", problem = "must be a table, not a string" },
    }, (check.problems(rules, {
      billing = { size = 1, mode = "b", sise = 1 },
      resources = { { id = "a", extra = { volumes = { "v", true }, volume = 1 } }, {}, "b" },
    })))
    assert.same({ { parameter = "billing.size", problem = "is missing" } }, (check.problems(rules, { billing = {} })))
    assert.same({ { parameter = "billing", problem = "is missing" } }, (check.problems(rules, {})))
    assert.same({
      { parameter = "billing.size", problem = "is missing" }, { parameter = "billing.1", problem = "is unknown" },
    }, (check.problems(rules, { billing = { 5 } })))
  end)

  it("check.problems accepts a value that cbr does not know, and returns this value in a second list", function()
    local rules = {
      { name = "type", type = "string", known = { "a", "b" } },
      {
        name = "list", type = "list", items = "table",
        fields = { { name = "kind", type = "string", known = { "a" } } },
      },
    }
    local problems, doubts = check.problems(rules, { type = "c", list = { { kind = "a" }, { kind = "d" } } })
    assert.same({}, problems)
    assert.same({ { parameter = "type", value = "c" }, { parameter = "list[2].kind", value = "d" } }, doubts)
    assert.is_nil(select(2, check.problems(rules, { type = "b" })))
  end)

  it("check.problems rejects a text that does not have the form of the rule", function()
    local rule = { type = "string", form = "region" }
    assert.is_nil(problem_of(rule, "eu-de"))
    assert.equal("must be a region id (letters, digits and '-')", problem_of(rule, "eu de"))
  end)

  it("check.problems reports problems in the order of the rules, then unknown parameters by name", function()
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
