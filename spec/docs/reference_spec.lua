-- The generated reference and types: the check fails when the data changes, and the examples can be sent.

local cbr = require "cbr"
local operations = require "cbr.operations"
local pages = require "spec.helpers.pages"
local support = require "spec.helpers.support"

-- Runs the check in a copy of the sources, in which `change` was replaced. Returns its output and whether it passed.
local function check_with(file, change, by)
  local place = support.run("mktemp -d"):match "%S+"
  support.run(("cp -r lua tools docs types '%s'"):format(place))
  local text = support.read(place .. "/" .. file)
  local from, to = text:find(change, 1, true)
  assert(from, file .. " has no " .. change)
  local handle = assert(io.open(place .. "/" .. file, "wb"))
  handle:write(text:sub(1, from - 1), by, text:sub(to + 1))
  handle:close()
  local output, passed = support.run(("cd '%s' && LUA_PATH='./lua/?.lua;./?.lua;;' LUA_CPATH='%s/build/5.4/?.so;;' "
    .. "LUA_INIT= LUA_INIT_5_4= lua5.4 tools/reference/run.lua --check 2>&1"):format(place,
    support.run("pwd"):match "%S+"))
  support.run(("rm -rf '%s'"):format(place))
  return output, passed
end

describe("the reference and the types #process", function()
  it("the check passes on the sources as they are", function()
    local output, passed = check_with("lua/cbr.lua", "-- backups", "-- backups")
    assert.is_truthy(passed, output)
    assert.matches("files of the reference and the types are what the data says", output)
  end)

  for _, case in ipairs {
    { "a meaning", "lua/cbr/operations/about/vaults.lua", "Deletes a vault", "Removes a vault",
      { "docs/reference/operations/delete_vault.md", "types/cbr/operations/delete_vault.lua" } },
    { "a limit", "lua/cbr/operations/nested.lua", "from = 10, to = 10485760", "from = 20, to = 10485760",
      { "docs/reference/operations/create_vault.md" } },
    { "a type", "lua/cbr/operations/vaults.lua", '"auto_expand", type = "boolean"', '"auto_expand", type = "string"',
      { "types/cbr/operations/create_vault.lua" } },
    { "an advice", "lua/cbr/call/service_codes.lua", "choose an empty vault", "choose another vault",
      { "docs/reference/errors.md" } },
    { "a region", "lua/cbr/endpoint/regions.lua", "ae-ad-1 af-north-1", "ae-ad-2 af-north-1",
      { "docs/reference/regions.md" } },
    { "an option", "lua/cbr/options.lua", '"retry_pause", type = "number"', '"retry_pause", type = "integer"',
      { "docs/reference/options.md", "types/cbr/options.lua" } },
    { "a comment of a method", "lua/cbr/client.lua", "Cancels the calls", "Ends the calls", { "types/cbr/client.lua" } },
    { "a page", "docs/reference/regions.md", "eu-de", "eu-dx", { "docs/reference/regions.md" } },
  } do
    it(("the check fails when %s changes, and names the files"):format(case[1]), function()
      local output, passed = check_with(case[2], case[3], case[4])
      assert.is_falsy(passed)
      for _, file in ipairs(case[5]) do
        assert.is_truthy(output:find(file .. " is not what the data says", 1, true), output)
      end
    end)
  end

  it("the check fails when the code has an option, a variable or an event without words", function()
    for _, case in ipairs {
      { "lua/cbr/options.lua", '{ name = "concurrency"', '{ name = "burst", type = "list" }, { name = "concurrency"' },
      { "lua/cbr/options.lua", 'variable "CBR_REGION"', 'variable "CBR_AREA_NAME" or variable "CBR_REGION"' },
      { "lua/cbr/call/http.lua", 'event = "attempt"', 'event = "try"' },
      { "lua/cbr/client.lua", "--- Sends a signed request for which there is no operation.\n", "\n" },
    } do
      local _, passed = check_with(case[1], case[2], case[3])
      assert.is_falsy(passed, case[2])
    end
  end)

  it("each operation has a page, whose example has valid parameters and is one request", function()
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

  it("the example of each operation runs", function()
    support.sandbox.reset()
    for _, name in ipairs(cbr.operations()) do
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
