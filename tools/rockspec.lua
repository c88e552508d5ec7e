-- The rockspec lists every Lua module and every C file. LuaRocks copies all of lua/, listed or not, so that nothing
-- else would notice a module that is missing from the list.

local source = require "tools.source"

local spec = {}
assert(loadfile("rockspec/cbr-dev-1.rockspec", "t", spec))()

local faults, listed = {}, {}
for module, entry in pairs(spec.build.modules) do
  for _, file in ipairs(type(entry) == "string" and { entry } or entry.sources) do
    listed[file] = true
  end
  local expected = type(entry) == "string" and entry:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/", ".") or module
  if module ~= expected then
    faults[#faults + 1] = ("%s is listed as %s instead of %s"):format(entry, module, expected)
  end
end

for _, files in ipairs { source.files "lua", source.files("src", ".c") } do
  for _, file in ipairs(files) do
    if not listed[file] then
      faults[#faults + 1] = file .. " is not listed"
    end
    listed[file] = nil
  end
end
for file in pairs(listed) do
  faults[#faults + 1] = file .. " is listed but does not exist"
end

source.finish(faults, "the rockspec lists all files")
