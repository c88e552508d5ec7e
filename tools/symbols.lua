-- Checks the global names of the C core, as the linker sees them in build/5.4 (make LUA_VERSION=5.4):
--   * core.so exports luaopen_cbr_core only;
--   * every global name begins with cbr_ or luaopen_, so that no name clashes in a static link with another program;
--   * no two files of src/ need each other, directly or in a circle.

local source = require "tools.source"

local BUILD = "build/5.4/"

local faults = {}

for _, name in ipairs(source.lines("nm -D --defined-only --format=just-symbols " .. BUILD .. "cbr/core.so")) do
  if name ~= "luaopen_cbr_core" and not name:find "^_" then -- names like _init come from the linker
    faults[#faults + 1] = ("core.so exports %s"):format(name)
  end
end

local owner, needed, count = {}, {}, 0 -- owner: for each global name, the file that defines it
for _, file in ipairs(source.lines "ls src/*.c") do
  local object = BUILD .. file:match "([^/]+)%.c$" .. ".o"
  for _, name in ipairs(source.lines("nm --defined-only --extern-only --format=just-symbols " .. object)) do
    owner[name], count = file, count + 1
    if not name:find "^cbr_" and not name:find "^luaopen_" then
      faults[#faults + 1] = ("%s: the global name %s does not begin with cbr_"):format(file, name)
    end
  end
  needed[file] = source.lines("nm --undefined-only --format=just-symbols " .. object)
end

local graph = {}
for file, names in pairs(needed) do
  local seen = {}
  graph[file] = {}
  for _, name in ipairs(names) do
    local other = owner[name]
    if other and not seen[other] then
      seen[other] = true
      table.insert(graph[file], other)
    end
  end
end
for _, circle in ipairs(source.circles(graph)) do
  faults[#faults + 1] = "files that need each other: " .. circle
end

source.finish(faults, ("%d global names of src have the prefix; only luaopen_cbr_core is exported"):format(count))
