-- Checks that the rockspecs list every Lua module and every C file. No other test notices a missing module, because
-- LuaRocks copies all of lua/, whether a file is listed or not.

local source = require "tools.source"

-- For each rock: the folder of the rock's modules, and the functions that list the rock's files.
local ROCKS = {
  { "rockspec/cbr-dev-1.rockspec", "lua/", { { "lua" }, { "src", ".c" } } },
  { "rockspec/cbr-cli-dev-1.rockspec", "cli/", { { "cli" } } },
}

local faults = {}

local function check(rockspec, folder, groups)
  local spec, listed = {}, {}
  assert(loadfile(rockspec, "t", spec))()
  for module, entry in pairs(spec.build.modules) do
    for _, file in ipairs(type(entry) == "string" and { entry } or entry.sources) do
      listed[file] = true
    end
    local expected = type(entry) == "string" and entry:gsub("^" .. folder, ""):gsub("%.lua$", ""):gsub("/", ".")
      or module
    if module ~= expected then
      faults[#faults + 1] = ("%s is listed as %s instead of %s"):format(entry, module, expected)
    end
  end
  for _, group in ipairs(groups) do
    for _, file in ipairs(source.files(group[1], group[2])) do
      if not listed[file] then
        faults[#faults + 1] = ("%s is not listed in %s"):format(file, rockspec)
      end
      listed[file] = nil
    end
  end
  for file in pairs(listed) do
    faults[#faults + 1] = ("%s is listed in %s but does not exist"):format(file, rockspec)
  end
end

for _, rock in ipairs(ROCKS) do
  check(rock[1], rock[2], rock[3])
end

source.finish(faults, "the rockspecs list all files")
