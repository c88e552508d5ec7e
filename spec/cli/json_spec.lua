-- The JSON that the command prints.

require "spec.helpers.command"
local cjson = require "cjson"
local json = require "cbr_cli.json"

describe("the JSON of the command", function()
  it("in the JSON of the command, keys are sorted, whole numbers have no fraction, and texts are escaped", function()
    assert.equal('{\n  "a": "x\\"\\n",\n  "b": 3,\n  "c": 0.5,\n  "d": true\n}', json.encode {
      d = true, c = 0.5, b = 3.0, a = 'x"\n',
    })
    assert.equal("[\n  1,\n  {}\n]", json.encode { 1, {} })
    assert.same({ a = { 1, 2 } }, cjson.decode(json.encode { a = { 1, 2 } }))
  end)

  it("the JSON is valid UTF-8 and has valid numbers, even if the encoded value has invalid ones", function()
    assert.equal('"a\239\191\189"', json.encode "a\255")
    assert.equal('{\n  "\239\191\189": 1\n}', json.encode { ["\255"] = 1 })
    assert.equal("[\n  null,\n  null\n]", json.encode { 1 / 0, -(0 / 0) })
    for _, value in ipairs { 0.1, 1 / 3, 2 ^ 53, 1e300, -12345678901234 } do
      assert.equal(value, tonumber(json.encode(value)))
    end
  end)

  it("an empty table is written as [] if its field name, json.list or json.mark says that it is a list", function()
    assert.equal("[]", json.encode(json.list {}))
    assert.equal('{\n  "backups": [],\n  "other": {}\n}', json.encode { backups = {}, other = {} })
    local marked = json.mark({ vaults = { { tags = {}, rules = {} } } }, {
      { name = "vaults", type = "list", fields = {
        { name = "tags", type = "list" }, { name = "rules", type = "object" },
      } },
    })
    assert.matches('"rules": {},\n +"tags": %[%]', json.encode(marked))
  end)
end)
