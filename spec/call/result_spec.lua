-- The body of a successful response: what counts as a result.

local operations = require "cbr.operations"
local result = require "cbr.call.result"

describe("the body of a successful response", function()
  local function read(name, body)
    return result.read({ definition = name and assert(operations[name]), params = {} }, body)
  end

  it("a body that says nothing is true for an operation without content", function()
    for _, name in ipairs { "delete_backup", "delete_vault_tag", "restore_backup", "create_vault_tags" } do
      for _, body in ipairs { "", "  ", "\r\n", "null", " null\n", '"OK"', "OK", '""', "true", '"success"' } do
        local value, problem = read(name, body)
        assert.equal(true, value, ("'%s': %s"):format(body, tostring(problem)))
      end
      for _, body in ipairs { "<html>login</html>", "no", '"no"', "7", "{" } do
        local value, problem = read(name, body)
        assert.is_nil(value, body)
        assert.matches("the response is not JSON", problem)
      end
    end
  end)

  it("a body that says nothing is not a result of an operation with content", function()
    for _, body in ipairs { "", " ", "null" } do
      assert.is_nil((read("list_vault", body)))
      assert.is_nil((read("show_vault", body)))
      assert.is_nil((read("import_checkpoint", body)))
    end
    for _, name in ipairs { "create_vault", "show_summary" } do
      assert.is_nil((read(name, '"OK"')))
      assert.is_nil((read(name, "null")))
    end
  end)

  it("an empty body is true for a custom request, whose operation is unknown", function()
    for _, body in ipairs { "", " ", "null" } do
      assert.equal(true, (read(nil, body)))
    end
    assert.is_nil((read(nil, "OK")))
    assert.same({ a = 1 }, (read(nil, '{"a":1}')))
  end)
end)
