-- `make docs` builds the site, and fails if a page of it is broken.

local cjson = require "cjson"
local support = require "spec.helpers.support"

if _VERSION ~= "Lua 5.4" then
  return
end

local place -- a directory with a copy of the tree

-- Runs a shell command that changes docs/ or tools/site/ in the copy, builds the copy's site, and checks the links of
-- the site. Then restores both directories. Returns the output, and whether all commands succeeded.
local function build(change)
  local commands = "(cd '%s' && { %s; } && mkdocs build --strict && lua5.4 tools/site/links.lua build/site)"
  local output, well = support.run(commands:format(place, change))
  support.run(("for f in docs tools/site; do rm -rf '%s'/$f && cp -r $f '%s'/$f; done"):format(place, place))
  return output, well
end

describe("the site of the documentation #process #once", function()
  setup(function()
    support.run "tools/deps docs"
    place = support.run("mktemp -d"):match "%S+"
    local copy = "tar cf - --exclude=./build --exclude=./.git --exclude=node_modules . | tar xf - -C '%s'"
    support.run(copy:format(place))
  end)

  teardown(function()
    support.run(("rm -rf '%s'"):format(place))
  end)

  -- Defines a test that is pending where mkdocs is missing.
  local function test(name, body)
    it(name, function()
      if not select(2, support.run "command -v mkdocs") then
        pending "needs mkdocs"
        return
      end
      body()
    end)
  end

  test("the site is built, none of its links is broken, and its search finds every page of docs", function()
    local output, well = build "true"
    assert.is_true(well, output)
    local links, pages = output:match "ok: (%d+) links on (%d+) pages"
    assert.is_true(tonumber(links) > 10000 and tonumber(pages) > 100, output)
    -- The search index has every page of docs, and no source file.
    local found = {}
    for _, entry in ipairs(cjson.decode(support.read(place .. "/build/site/search/search_index.json")).docs) do
      found[entry.location:match "^[^#]*"] = true
    end
    for page in support.run "find docs -name '*.md'":gmatch "[^\n]+" do
      assert.is_true(found[page:gsub("README%.md$", ""):gsub("%.md$", "/")], page)
    end
    assert.is_true(found["sandbox/"])
    assert.is_nil(found["sandbox/control.lua/"])
  end)

  test("on the site, a link to a source file or to a folder without README.md leads to a page that shows it", function()
    local output, well = build "echo '[x](../examples/stores) [y](../tools/with_lua) [z](..)' >>docs/README.md"
    assert.is_true(well, output)
    for _, name in ipairs { "examples/stores", "examples/stores/file.lua", "tools/with_lua" } do
      local path = ("%s/build/site/%s/index.html"):format(place, name)
      local older = io.open(path)
      if older then
        older:close()
      else
        path = path:gsub("%.lua/", "/") -- mkdocs 1.6 leaves the extension out
      end
      local html = support.read(path)
      assert.matches(("<h1[^>]*>%s<"):format(name:gsub("%p", "%%%0")), html)
    end
    local list = support.read(place .. "/build/site/examples/stores/index.html")
    assert.matches('<a href="file[.lua]*/">examples/stores/file%.lua</a>', list)
  end)

  for name, case in pairs {
    ["a page that is not in the navigation"] = {
      "mkdir docs/new && echo '# New' >docs/new/page.md", "the navigation in mkdocs.yml lacks: docs/new/page.md",
    },
    ["a link to a file that does not exist"] = {
      "echo '[x](none.md)' >>docs/README.md", "'docs/none.md'",
    },
    ["a link to a file without extension that does not exist"] = {
      "echo '[x](../tools/none)' >>docs/README.md", "docs/index.html: the link '../tools/none' does not lead to a file",
    },
    ["a link to a heading that does not exist"] = {
      "echo '[x](../README.md#none)' >>docs/README.md",
      "docs/index.html: the link '../#none' does not lead to a heading",
    },
    ["a picture of another server"] = {
      "echo '![x](https://pictures.example/x.png)' >>docs/README.md", "<img> loads https://pictures.example/x.png",
    },
    ["a style sheet that loads a font of another server"] = {
      "echo 'p { background: url(https://fonts.example/f) }' >>tools/site/site.css", "loads https://fonts.example/f",
    },
    ["a list that has no empty line before it"] = {
      "printf '\ntext\n- x\n' >>docs/README.md", "a line of a paragraph begins with a mark of Markdown: - x",
    },
  } do
    test("make docs fails for " .. name, function()
      local output, well = build(case[1])
      assert.is_false(well, output)
      assert.matches(case[2], output, 1, true)
    end)
  end
end)
