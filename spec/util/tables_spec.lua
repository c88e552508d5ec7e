-- Tables in responses, read leniently.

local tables = require "cbr.util.tables"

describe("cbr.util.tables", function()
  it("cbr.util.tables reads a table from JSON text, and returns an empty table for anything else", function()
    local given = { 1 }
    assert.equal(given, tables.of(given))
    assert.same({ a = 1 }, tables.of '{"a":1}')
    for _, other in ipairs { "", "no JSON", "7", 7, true } do
      assert.same({}, tables.of(other))
    end
    assert.same({}, tables.of(nil))
  end)

  it("cbr.util.tables leaves out the members of a list that are not tables", function()
    assert.same({ { id = 1 }, { id = 2 } }, tables.list { { id = 1 }, "x", 7, false, { id = 2 } })
    assert.same({ { id = 1 } }, tables.list '[{"id":1},"x"]')
    assert.same({}, tables.list(nil))
  end)

  it("cbr.util.tables joins the lists of several tables in their order", function()
    assert.same({ 1, 2, 3 }, tables.gathered({ { items = { 1, 2 } }, { items = {} }, { items = { 3 } } }, "items"))
    assert.same({}, tables.gathered({}, "items"))
  end)

  it("cbr.util.tables copies a table, but not the tables in it", function()
    local inner = {}
    local original = { a = 1, inner = inner }
    local copy = tables.copy(original)
    assert.same(original, copy)
    assert.are_not.equal(original, copy)
    assert.equal(inner, copy.inner)
  end)

  it("cbr.util.tables distinguishes lists from other tables", function()
    for _, list in ipairs { {}, { 1 }, { 1, 2, 3 } } do
      assert.is_true(tables.is_list(list))
    end
    for _, other in ipairs {
      { a = 1 }, { 1, x = 2 }, { 1, nil, 3 }, { 1, nil, 3, x = 5 }, { [0] = 1 }, { [1.5] = 1 },
    } do
      assert.is_false(tables.is_list(other))
    end
  end)
end)
