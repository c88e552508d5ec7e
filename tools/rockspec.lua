-- Compares the rockspec's list of modules with lua/ and src/: LuaRocks copies all of lua/ whether listed or not, so a
-- module that is missing from the list would go unnoticed. Run from the root of the project.

local spec = {}
local chunk = assert(loadfile("rockspec/cbr-dev-1.rockspec", "t", spec))
chunk()

local function files(command)
  local found = {}
  local pipe = assert(io.popen(command))
  for name in pipe:lines() do
    found[name] = true
  end
  pipe:close()
  return found
end

local listed, wrong = {}, {}
for module, source in pairs(spec.build.modules) do
  if type(source) == "string" then
    listed[source] = true
    local expected = source:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/", ".")
    if module ~= expected then
      wrong[#wrong + 1] = ("%s is listed as %s"):format(source, module)
    end
  else
    for _, name in ipairs(source.sources) do
      listed[name] = true
    end
  end
end

local there = files "find lua -name '*.lua'; ls src/*.c"
for name in pairs(there) do
  if not listed[name] then
    wrong[#wrong + 1] = name .. " is not listed"
  end
end
for name in pairs(listed) do
  if not there[name] then
    wrong[#wrong + 1] = name .. " is listed and does not exist"
  end
end

table.sort(wrong)
for _, words in ipairs(wrong) do
  print(words)
end
os.exit(#wrong == 0)
