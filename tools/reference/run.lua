-- Writes docs/reference/ and types/ from the data of the module. With --check it writes nothing, and names the files
-- that differ from the data. Run it in the root of the project:
--   tools/with_lua 5.4 lua5.4 tools/reference/run.lua [--check]

local markdown = require "tools.reference.markdown"
local source = require "tools.source"

local FOLDERS = "docs/reference types"

local files = {} -- the text of each file, by its path
require "tools.reference.operations"(files)
require "tools.reference.errors"(files)
require "tools.reference.lists"(files)
require "tools.reference.types"(files)
require "tools.reference.dr"(files)
require "tools.reference.permissions"(files)

local present = {}
for _, name in ipairs(source.lines(("find %s -type f 2>/dev/null || true"):format(FOLDERS))) do
  present[name] = true
end

-- Whether this program writes the whole file. The other pages of the reference are written by people, and may contain
-- blocks that this program writes.
local function is_generated(name)
  return source.read(name):find(markdown.NOTICE, 1, true)
end

local function text_of(name)
  return present[name] and source.read(name) or nil
end

if arg[1] == "--check" then
  local faults, count = {}, 0
  for name, text in pairs(files) do
    count = count + 1
    if text_of(name) ~= text then
      faults[#faults + 1] = ("%s differs from the data: run 'make reference'"):format(name)
    end
  end
  for name in pairs(present) do
    if not files[name] and is_generated(name) then
      faults[#faults + 1] = ("%s belongs to no data: remove it"):format(name)
    end
  end
  source.finish(faults, ("%d files of the reference and the types agree with the data"):format(count))
end

local written = 0
for name, text in pairs(files) do
  if text_of(name) ~= text then
    os.execute(("mkdir -p '%s'"):format(name:match "^(.*)/"))
    local file = assert(io.open(name, "wb"))
    assert(file:write(text))
    assert(file:close())
    written = written + 1
  end
end
for name in pairs(present) do
  if not files[name] and is_generated(name) then
    assert(os.remove(name))
  end
end
print(("%d files written"):format(written))
