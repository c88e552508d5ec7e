-- The types in an editor: what lua-language-server says about two programs. Neither Debian nor npm has
-- lua-language-server, so this test is pending where it is not installed.

local event_loop = require "tools.reference.words.event_loop"
local json = require "cbr.util.json"
local pages = require "spec.helpers.pages"
local support = require "spec.helpers.support"

-- Checks a program in a project whose .luarc.json names the types. Returns the diagnostics as a list of { line, code }.
local function diagnostics(program)
  local place = support.run("mktemp -d"):match "%S+"
  support.run(("cp spec/helpers/programs/%s '%s/program.lua'"):format(program, place))
  local file = assert(io.open(place .. "/.luarc.json", "w"))
  file:write(('{ "workspace.library": ["%s/types"] }'):format(support.run("pwd"):match "%S+"))
  file:close()
  local command = "lua-language-server --check '%s' --check_format=json --check_out_path='%s/out.json' --logpath='%s'"
  support.run(command:format(place, place, place))
  local list = {}
  local written = io.open(place .. "/out.json")
  local found = written and json.decode(written:read "*a") or {}
  for _, entries in pairs(found) do
    for _, entry in ipairs(entries) do
      list[#list + 1] = { entry.range.start.line + 1, entry.code }
    end
  end
  if written then
    written:close()
  end
  support.run(("rm -rf '%s'"):format(place))
  return list
end

describe("the types #process", function()
  it("the types and the guide have the same functions of an event loop, and the same of them are optional", function()
    local section = pages.text("docs/guides/event-loops.md"):match "## Your own event loop(.-)\n## "
    local in_guide, in_types = {}, {}
    for name, need in section:gmatch "\n| `([%w_]+)%b()` | (%l+) " do
      in_guide[#in_guide + 1] = name .. " " .. need
    end
    for i, field in ipairs(event_loop) do
      local name, mark = field[1]:match "^([%w_]+)(%??)$"
      in_types[i] = name .. (mark == "?" and " optional" or " mandatory")
    end
    assert.same(in_types, in_guide)
  end)

  it("lua-language-server finds each mistake in a wrong program, and none in a right one", function()
    if not select(2, support.run "command -v lua-language-server") then
      pending "needs lua-language-server"
      return
    end
    assert.same({}, diagnostics "typed_right.lua")
    local expected, found, number = {}, {}, 0
    for line in io.lines "spec/helpers/programs/typed_wrong.lua" do
      number = number + 1
      expected[number] = line:match "%-%- ([a-z]+%-[a-z-]+)$"
    end
    for _, entry in ipairs(diagnostics "typed_wrong.lua") do
      found[entry[1]] = found[entry[1]] == expected[entry[1]] and found[entry[1]] or entry[2]
    end
    assert.same(expected, found)
  end)
end)
