-- The generated reference and types. `--check` fails when they differ from the data, and the examples can be sent.

local cbr = require "cbr"
local operations = require "cbr.operations"
local pages = require "spec.helpers.pages"
local support = require "spec.helpers.support"

-- Runs the check in a copy of the sources. Each change { file, text, other text } replaces a text in a file. Returns
-- the check's output, and whether the check passed.
local function check_with(changes)
  local place = support.run("mktemp -d"):match "%S+"
  support.run(("cp -r lua tools docs types '%s'"):format(place))
  for _, change in ipairs(changes) do
    local name = place .. "/" .. change[1]
    local text = support.read(name)
    local from, to = text:find(change[2], 1, true)
    assert(from, change[1] .. " has no " .. change[2])
    local handle = assert(io.open(name, "wb"))
    handle:write(text:sub(1, from - 1), change[3], text:sub(to + 1))
    handle:close()
  end
  local output, passed = support.run(("cd '%s' && LUA_PATH='./lua/?.lua;./?.lua;;' LUA_CPATH='%s/build/5.4/?.so;;' "
    .. "LUA_INIT= LUA_INIT_5_4= lua5.4 tools/reference/run.lua --check 2>&1"):format(place,
    support.run("pwd"):match "%S+"))
  support.run(("rm -rf '%s'"):format(place))
  return output, passed
end

-- Changes of the sources: file, old text, new text, and the generated files that are outdated after the change.
local CHANGES = {
  { "lua/cbr/operations/about/vaults.lua", "Deletes a vault", "Removes a vault",
    "docs/reference/operations/delete_vault.md", "types/cbr/operations/delete_vault.lua" },
  { "lua/cbr/operations/nested.lua", "from = 10, to = 10485760", "from = 20, to = 10485760",
    "docs/reference/operations/create_vault.md" },
  { "lua/cbr/operations/vaults.lua", '"auto_expand", type = "boolean"', '"auto_expand", type = "string"',
    "types/cbr/operations/create_vault.lua" },
  { "lua/cbr/operations/about/results.lua", "Key of the tag.", "Name of the tag.",
    "docs/reference/objects.md", "types/cbr/objects/tag.lua" },
  { "lua/cbr/call/service_codes.lua", "choose an empty vault", "choose another vault", "docs/reference/errors.md" },
  { "lua/cbr/endpoint/regions.lua", "ae-ad-1 af-north-1", "ae-ad-2 af-north-1", "docs/reference/regions.md" },
  { "lua/cbr/option_rules.lua", '"retry_pause", type = "number"', '"retry_pause", type = "integer"',
    "docs/reference/options.md", "types/cbr/options.lua" },
  { "lua/cbr/client.lua", "Cancels the requests", "Ends the requests", "types/cbr/client.lua" },
  { "lua/cbr/errors.lua", "text of the service, or", "text of the service or", "types/cbr/classes.lua" },
  { "tools/reference/words/events.lua", "A request was sent.", "Something was sent.", "docs/reference/log-events.md" },
  { "tools/reference/words/dr.lua", "Why the replica is kept.", "Why cbr keeps the replica.",
    "docs/reference/disaster-recovery.md", "types/cbr/dr.lua" },
  { "docs/reference/environment.md", "The region.", "A region.", "docs/reference/environment.md" },
}

describe("the reference and the types #process", function()
  it("the reference check passes on the sources as they are", function()
    local output, passed = check_with {}
    assert.is_truthy(passed, output)
    assert.matches("files of the reference and the types agree with the data", output)
  end)

  it("the reference check fails when one word of the data changes, and names the outdated files", function()
    local output, passed = check_with(CHANGES)
    assert.is_falsy(passed)
    for _, change in ipairs(CHANGES) do
      for i = 4, #change do
        assert.is_truthy(output:find(change[i] .. " differs from the data", 1, true), output)
      end
    end
    for _, name in ipairs { "docs/reference/operations/show_summary.md", "types/cbr/operations/show_summary.lua" } do
      assert.is_nil(output:find(name, 1, true))
    end
  end)

  it("the reference check fails when an option, a variable, an event or a method has no description", function()
    for _, case in ipairs {
      { "lua/cbr/option_rules.lua", '{ name = "concurrency"',
        '{ name = "burst", type = "list" }, { name = "concurrency"' },
      { "lua/cbr/options.lua", 'variable "CBR_REGION"', 'variable "CBR_AREA_NAME" or variable "CBR_REGION"' },
      { "lua/cbr/call/attempt_event.lua", 'event = "attempt"', 'event = "try"' },
      { "lua/cbr/client.lua", "--- Sends a signed request for which there is no operation.\n", "\n" },
    } do
      local _, passed = check_with { case }
      assert.is_falsy(passed, case[2])
    end
  end)

  it("each operation has a reference page, whose example has valid parameters and makes one request", function()
    local client = support.client()
    for _, name in ipairs(cbr.operations()) do
      local page = ("docs/reference/operations/%s.md"):format(name)
      local code = pages.snippets(page, "lua")
      assert.equal(1, #code, page)
      local method, params = code[1]:match "client:([%l_]+) (.*)\nprint"
      assert.equal(operations[name].alias or name, method)
      local chunk = assert((loadstring or load)("return " .. params, "=" .. page)) -- luacheck: globals loadstring
      assert.same({}, client:problems(name, chunk()), page)
    end
    client:close()
  end)

  it("the reference example of each operation runs", function()
    for _, name in ipairs(cbr.operations()) do
      support.sandbox.reset() -- otherwise one example would wait for work that another one has started
      local code = pages.snippets(("docs/reference/operations/%s.md"):format(name), "lua")[1]
      local printed = {}
      local environment = setmetatable({ print = function(...) printed[#printed + 1] = tostring((...)) end },
        { __index = _G })
      local chunk
      if rawget(_G, "setfenv") then
        chunk = assert(loadstring(code)) -- luacheck: globals loadstring
        setfenv(chunk, environment) -- luacheck: globals setfenv
      else
        chunk = assert(load(code, "=" .. name, "t", environment))
      end
      chunk()
      assert.equal(1, #printed, name)
      assert.is_nil(printed[1]:find("(argument", 1, true), printed[1])
    end
  end)

  it("every link of the reference leads to a page and a heading", function()
    local count = 0
    for _, page in ipairs(pages.all()) do
      if page:find "^docs/reference/" then
        for _, link in ipairs(pages.links(page)) do
          assert.is_true(pages.exists(link.path), page .. ": " .. link.link)
          if link.anchor then
            assert.is_truthy(pages.anchors(link.path)[link.anchor], page .. ": " .. link.link)
          end
          count = count + 1
        end
      end
    end
    assert.is_true(count > 150, count .. " links")
  end)

  it("the types declare every function of the module and every method of a client", function()
    local face, methods = support.read "types/cbr.lua", support.read "types/cbr/client.lua"
    for name in pairs(cbr) do
      assert.matches(("cbr%%.%s[( ]"):format(name), face)
    end
    local client = support.client()
    for name in pairs(getmetatable(client).__index) do
      local file = ("types/cbr/operations/%s.lua"):format(name == "replicate" and "copy_checkpoint"
        or name == "sync" and "import_checkpoint" or name)
      local text = pages.exists(file) and support.read(file) or methods
      assert.is_truthy(text:find(("function client:%s("):format(name), 1, true), name)
    end
    client:close()
  end)
end)
