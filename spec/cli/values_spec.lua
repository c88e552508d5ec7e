-- cbr_cli.values: parameters from words, by the types in the description of the operation.

require "spec.helpers.command"
local exit_status = require "cbr_cli.exit_status"
local values = require "cbr_cli.values"

local DESCRIPTION = {
  name = "do_it",
  parameters = {
    { name = "name", type = "string" }, { name = "size", type = "integer" }, { name = "share", type = "number" },
    { name = "is_on", type = "boolean" }, { name = "ids", type = "list", items = "string" },
    { name = "sizes", type = "list", items = "integer" }, { name = "parts", type = "list", items = "object" },
    { name = "box", type = "object" }, { name = "one_or_more", type = "string or list" },
  },
}

describe("the values of cbr call", function()
  local function params(...)
    return values.params(DESCRIPTION, { ... })
  end

  local function assert_refused(words, ...)
    local ok, failure = pcall(params, ...)
    assert.is_false(ok)
    assert.equal(exit_status.USAGE, failure.status)
    assert.matches(words, failure.message, 1, true)
  end

  it("a text is converted to each type that a parameter can have", function()
    assert.same({ name = "a=b", size = -5, share = 0.5, is_on = false }, params("name=a=b", "size=-5", "share=0.5",
      "is-on=false"))
    assert.same({ ids = { "a", "b" }, sizes = { 1, 2 } }, params("ids=a,b", "sizes=1,2"))
    assert.same({ ids = { "a,b" }, parts = { { a = 1 } } }, params('ids=["a,b"]', 'parts=[{"a": 1}]'))
    assert.same({ box = { a = { 1 } }, one_or_more = "x" }, params('box={"a": [1]}', "one_or_more=x"))
    assert.same({ one_or_more = { "x", "y" } }, params 'one_or_more=["x","y"]')
  end)

  it("a text that is not of the parameter's type is rejected, and so is null", function()
    assert_refused("size: '1.5' is not an integer", "size=1.5")
    assert_refused("share: 'x' is not a number", "share=x")
    assert_refused("parts: 'a' is not a JSON list", "parts=a")
    assert_refused("box: '{' is not a JSON object", "box={")
    assert_refused("'a' is null", 'box={"a": null}')
    assert_refused("has no parameter 'other'", "other=1")
    assert_refused("'is_on' is given twice", "is_on=true", "is-on=false")
  end)
end)
