-- Scalars and flow collections of YAML. spec/util/yaml_spec.lua has whole documents.

local flow = require "cbr.util.yaml_flow"

describe("scalars and flow collections of YAML", function()
  local function reader(...)
    local lines = {}
    for i, text in ipairs { ... } do
      lines[i] = { number = i, indent = 0, text = text }
    end
    return { lines = lines, next = 1, source = lines[1].text, at = 1, line = 1 }
  end

  it("the flow reader of YAML reads a quoted scalar, and returns the position after the scalar", function()
    assert.same({ "it's", 8 }, { flow.quoted("'it''s' # x", 1, 1) })
    assert.same({ 'a"\t', 10 }, { flow.quoted('xx"a\\"\\t"', 3, 1) })
  end)

  it("the flow reader of YAML reads a flow collection, and returns the position and line after it", function()
    local one = reader("[a, {b: c}, # d", "'e'] f")
    local node = flow.read(one, 1)
    assert.same({ "a", "c", "e" }, { node.list[1].text, node.list[2].map.b.text, node.list[3].text })
    assert.same({ 5, 2, 2 }, { one.at, one.line, one.next })
  end)

  it("the flow reader of YAML reads an empty scalar, ~ and null as null, unless the scalar has quotes", function()
    for _, text in ipairs { "", "~", "null", "Null", "NULL" } do
      assert.is_nil(flow.scalar(1, text, true).text)
      assert.equal(text, flow.scalar(1, text, false).text)
    end
    assert.equal("nULL", flow.scalar(1, "nULL", true).text)
  end)

  it("in a flow collection of YAML, only a null or ~ without quotes is null", function()
    local one = reader "[null, 'null', ~, \"~\", {a: null, b: 'null', c: }]"
    local list = flow.read(one, 1).list
    assert.same({ nil, "null", nil, "~" }, { list[1].text, list[2].text, list[3].text, list[4].text })
    local map = list[5].map
    assert.same({ nil, "null", nil }, { map.a.text, map.b.text, map.c.text })
  end)

  it("the flow reader of YAML reads fifty levels of lists or maps, and rejects one more", function()
    for opening, closing in pairs { ["["] = "]", ["{a: "] = "}" } do
      local function read(levels)
        return pcall(flow.read, reader(opening:rep(levels) .. closing:rep(levels)), 1)
      end
      assert.is_true((read(flow.MAX_LEVELS)), opening)
      local ok, problem = read(flow.MAX_LEVELS + 1)
      assert.same({ false, "too many levels" }, { ok, problem.words }, opening)
    end
    assert.equal(50, flow.MAX_LEVELS)
  end)

  it("the flow reader of YAML raises a table that has the line of the invalid text", function()
    local ok, problem = pcall(flow.read, reader("[a,", "*b]"), 1)
    assert.is_false(ok)
    assert.same({ line = 2, words = "anchors and aliases are not supported" }, problem)
  end)
end)
