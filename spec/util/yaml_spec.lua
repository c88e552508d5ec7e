-- The part of YAML that settings are written in.

local yaml = require "cbr.util.yaml"

-- Returns a node without its line numbers. Null becomes the text "<null>".
local function plain(node)
  local out = {}
  for i, member in ipairs(node.list or {}) do
    out[i] = plain(member)
  end
  for name, value in pairs(node.map or {}) do
    out[name] = plain(value)
  end
  return (node.list or node.map) and out or node.text or "<null>"
end

local function read(text)
  return plain(assert(yaml.read(text)))
end

describe("YAML", function()
  it("the YAML reader reads maps and lists by indentation, in every legal arrangement", function()
    for text, expected in pairs {
      ["a: b\nc: d"] = { a = "b", c = "d" },
      ["a:\n  b:\n    c: d\n  e: f\ng:\n"] = { a = { b = { c = "d" }, e = "f" }, g = "<null>" },
      ["a:\n- b\n- c\nd: e"] = { a = { "b", "c" }, d = "e" },
      ["a:\n  - b\n  -\n    c: d\n  - e: f\n    g: h"] = { a = { "b", { c = "d" }, { e = "f", g = "h" } } },
      ["- - a\n  - b\n- c"] = { { "a", "b" }, "c" },
      ["-\n-\ta"] = { "<null>", "a" },
      ["  a:\n      b: c"] = { a = { b = "c" } },
      ["- a:\n  - b\n  c: d"] = { { a = { "b" }, c = "d" } },
    } do
      assert.same(expected, read(text), text)
    end
  end)

  it("the YAML reader reads comments, blank lines, every line end, directives and document markers", function()
    for _, text in ipairs {
      "# x\n\na: b # c\n  # y\nd: e\n", "a: b\r\nd: e\r\n", "a: b\rd: e", "%YAML 1.2\n---\na: b\nd: e\n...\n# end\n",
      "--- # x\na: b\n\t\nd: e\n   \n", "a:\tb\t# c\nd:   e  ",
    } do
      assert.same({ a = "b", d = "e" }, read(text), text)
    end
    assert.equal("<null>", read "")
    assert.equal("<null>", read "---\n# nothing\n")
  end)

  it("the YAML reader reads flow collections, also over several lines, and therefore JSON", function()
    for text, expected in pairs {
      ["[a, b]"] = { "a", "b" },
      ["a: [b, # c\n  d,\n]"] = { a = { "b", "d" } },
      ["{a: b, 'c': [d, {e: f}], g, h: }"] = { a = "b", c = { "d", { e = "f" } }, g = "<null>", h = "<null>" },
      ['{"a":{"b":["c",null]},"d":"e\\"\\/\\\\"}'] = { a = { b = { "c", "<null>" } }, d = 'e"/\\' },
      ["[https://a.test:80/b#c, d e]"] = { "https://a.test:80/b#c", "d e" },
      ["--- [a]"] = { "a" },
      ["[]"] = {},
    } do
      assert.same(expected, read(text), text)
    end
  end)

  it("the YAML reader reads plain and quoted scalars", function()
    for text, expected in pairs {
      ["a: b c"] = "b c", ["a: 'it''s'"] = "it's", ['a: "q\\"q\\\\ \\t"'] = 'q"q\\ \t', ["a: 'b' # c"] = "b",
      ["a: ''"] = "", ["a: \"#\""] = "#", ["a: b#c"] = "b#c", ["a: b:c"] = "b:c", ["a: -1"] = "-1", ["a: ~"] = "<null>",
      ["a: null"] = "<null>", ["a: 'null'"] = "null", ["a: ?b"] = "?b", ["'a' : b"] = "b",
      ["a : https://x:1"] = "https://x:1",
    } do
      assert.equal(expected, read(text).a, text)
    end
  end)

  it("the YAML reader knows the line of every value and key", function()
    local node = assert(yaml.read "# 1\na:\n  - b\n  - c: d\n    e:\n      f\n")
    local list = node.map.a
    assert.same({ 2, 2, 3, 3, 4, 5, 6 }, { node.line, node.keys[1].line, list.line, list.list[1].line,
    list.list[2].line,
      list.list[2].keys[2].line, list.list[2].map.e.line })
  end)

  it("the YAML reader rejects unsupported and invalid YAML, and names the line", function()
    for text, line in pairs {
      ["a: &x b"] = 1, ["a: *x"] = 1, ["&x a: b"] = 1, ["a: !t b"] = 1, ["a: |\n  b"] = 1, ["a: >\n  b"] = 1,
      ["a: b\n  c"] = 2, ["a: 'b\n  c'"] = 1, ["? a\n: b"] = 1, ["a:\n  <<: b"] = 2, ["a:\n\t- b"] = 2,
      ["a:\n \tb: c"] = 2,
      ["a: b\na: c"] = 2, ["a: b: c"] = 1, ["a: [b"] = 1, ["a: [b, c]]"] = 1, ["a: {b: c"] = 1, ["a: [b c: d]"] = 1,
      ["a: 'b' c"] = 1, ["a: @b"] = 1, ["a: `b"] = 1, ["a: %b"] = 1, ['a: "\\q"'] = 1, ["a: - b"] = 1, ["a\nb: c"] = 2,
      ["a: b\nc"] = 2, ["a:\n    b: c\n  d: e"] = 3, ["- a\nb: c"] = 2, ["a: b\n---\nc: d"] = 2,
      ["---\n---\na: b"] = 2, ["---\n# x\n---\na: b"] = 3, ["---\n%YAML 1.2\na: b"] = 2,
      ["a: b\n...\nc: d"] = 3,
      ["a: ]"] = 1, ["[a] b"] = 1, ["[,]"] = 1, [": a"] = 1, ["a: b\n- c"] = 2, ["{a: b\n...\n"] = 1,
    } do
      local node, reason = yaml.read(text)
      assert.is_nil(node, text)
      assert.matches(("^line %d cannot be read: "):format(line), reason, text)
    end
  end)

  it("the YAML reader returns quickly, and gives a reason, however deep or long the text is #many", function()
    for _, text in ipairs {
      ("["):rep(1e5), ("- "):rep(1e5), ("{a: "):rep(1e5), ("a: "):rep(1e5), '"' .. ("\\"):rep(1e5),
    } do
      local node, reason = yaml.read(text)
      assert.is_nil(node)
      assert.matches("^line 1 cannot be read: ", reason)
    end
    local from = os.clock()
    for _, text in ipairs {
      ("a:"):rep(1e5), "[" .. ("a, "):rep(1e5) .. "]", "a: b" .. (" "):rep(1e5) .. "c", ("- a: b\n"):rep(1e4),
    } do
      assert.is_table(yaml.read(text))
    end
    assert.is_true(os.clock() - from < 5)
  end)
end)
