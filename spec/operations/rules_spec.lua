-- The rules that several operations share.

local check = require "cbr.util.check"
local rules = require "cbr.operations.rules"

describe("operations: shared rules", function()
  -- Returns the problem of a value under a shared rule, or nil.
  local function problem_of(rule, value)
    local problems = check.problems({ rule }, { [rule.name] = value })
    return problems[1] and problems[1].problem
  end

  it("the key of a shared rule is the parameter's name, with the prefix 'the_' if the parameter is required", function()
    local count = 0
    for key, rule in pairs(rules) do
      if type(rule) == "table" then
        count = count + 1
        local name = key:match "^the_(.*)$"
        assert.equal(name or key, rule.name)
        if name then
          assert.is_true(rule.required)
        end
      end
    end
    assert.is_true(count > 20)
  end)

  it("rules.text returns a new rule each time", function()
    local rule = rules.text "marker"
    assert.same({ name = "marker", type = "string" }, rule)
    assert.are_not.equal(rule, rules.text "marker")
  end)

  it("the shared rules for ids accept UUIDs and other ids, but no text that could lead to another path", function()
    for _, name in ipairs {
      "vault_id", "backup_id", "checkpoint_id", "policy_id", "operation_log_id", "the_vault_id", "the_backup_id",
      "the_policy_id", "the_destination_vault_id",
    } do
      for _, id in ipairs { "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21", "mock_vault_id", "new_policy_id1" } do
        assert.is_nil(problem_of(rules[name], id), name)
      end
      for _, bad in ipairs { "", "my vault", "..", "a/b", "a%2fb", "a\nb", "{project_id}", ("a"):rep(65) } do
        assert.equal("must be an id (1 to 64 letters, digits, '_' and '-')", problem_of(rules[name], bad), name)
      end
    end
  end)

  it("the shared rules accept a limit from 1 to 1000, and any offset from 0", function()
    for _, limit in ipairs { 1, 1000 } do
      assert.is_nil(problem_of(rules.limit, limit))
    end
    for _, limit in ipairs { 0, 1001, 1.5 } do
      assert.is_string(problem_of(rules.limit, limit))
    end
    assert.is_nil(problem_of(rules.offset, 0))
    assert.is_nil(problem_of(rules.offset, 1e6))
    assert.is_string(problem_of(rules.offset, -1))
  end)
end)
