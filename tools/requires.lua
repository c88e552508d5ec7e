-- Checks which modules require which. In lua/cbr, a module may require only a few modules, of its own layer or of lower
-- layers, without circles. The command may require only the public modules, cbr.util and two libraries. The includes of
-- src/ must have no circles. ARCHITECTURE.md must show the layers.

local source = require "tools.source"

-- The layers, from the lowest to the highest. A module may require modules of its own layer or of a lower layer. A name
-- stands for the module lua/cbr/NAME.lua and for all modules of the folder lua/cbr/NAME/.
local LAYERS = {
  { "version", "core" },
  { "util" },
  { "errors", "sign" },
  { "endpoint", "loop" },
  { "operations", "custom_request", "objects" },
  { "call" },
  { "credentials" },
  { "pages", "describe" },
  { "follow" },
  { "lost_orders" },
  { "option_rules", "options" },
  { "parameters", "regional" },
  { "names" },
  { "preflight" },
  { "each", "more_methods", "offline_methods" },
  { "client" },
  { "diagnose" },
  { "cbr" }, -- lua/cbr.lua
  { "dr" },
}

-- A module may require at most LIMIT modules of cbr. This does not apply to the modules in UNLIMITED, whose task is to
-- join many modules.
local LIMIT = 8
local UNLIMITED = { ["cbr"] = true, ["cbr.client"] = true, ["cbr.options"] = true }

local faults = {}

local function fault(...)
  faults[#faults + 1] = (...):format(select(2, ...))
end

local layer_of_name = {}
for i, layer in ipairs(LAYERS) do
  for _, name in ipairs(layer) do
    layer_of_name[name] = i
  end
end

local function layer_of(module)
  local name = module:match "^cbr%.([%w_]+)" or module
  local layer = layer_of_name[name]
  if not layer then
    fault("%s: LAYERS in tools/requires.lua does not contain '%s'", module, name)
  end
  return layer or 0
end

-- The modules of the command may require only these modules, the modules of cbr.util, and each other. cbr.util and
-- cbr.objects are not public, but the rock of the command needs the rock of cbr with the same version.
local FOR_COMMAND = {
  ["cbr"] = true, ["cbr.dr"] = true, ["cbr.objects.capacity"] = true, ["argparse"] = true, ["cjson.safe"] = true,
}

-- The modules that a file requires: require "cbr.x" or require("cbr.x"), or late "cbr.x" for a module that is loaded
-- at its first use. Names that are made at run time are left out. Only names that match the pattern `form` count.
local function requires(file, form)
  local tokens, found, list = source.tokens(source.read(file)), {}, {}
  for i, token in ipairs(tokens) do
    if token.kind == "name" and (token.text == "require" or token.text == "late") and tokens[i + 1] then
      local bracket = tokens[i + 1].text == "("
      local argument = tokens[bracket and i + 2 or i + 1]
      local module = argument.kind == "string" and argument.text:match("^[\"'](" .. form .. ")[\"']$")
      if module and (not bracket or tokens[i + 3].text == ")") and not found[module] then
        found[module] = true
        list[#list + 1] = module
      end
    end
  end
  return list
end

local modules = {}
for _, file in ipairs(source.files "lua") do
  local module = file:gsub("^lua/", ""):gsub("%.lua$", ""):gsub("/", ".")
  modules[module] = requires(file, "cbr[%w_.]*")
end

for module, list in pairs(modules) do
  local layer = layer_of(module)
  if #list > LIMIT and not UNLIMITED[module] then
    fault("%s requires %d modules of cbr, the limit is %d", module, #list, LIMIT)
  end
  for _, needed in ipairs(list) do
    if needed ~= "cbr.core" and not modules[needed] then
      fault("%s requires %s, which does not exist", module, needed)
    elseif layer_of(needed) > layer then
      fault("%s requires %s, which is in a higher layer", module, needed)
    end
  end
end
for _, circle in ipairs(source.circles(modules)) do
  fault("circle of requires: %s", circle)
end

local command = {}
for _, file in ipairs(source.files "cli") do
  local module = file:gsub("^cli/", ""):gsub("%.lua$", ""):gsub("/", ".")
  command[module] = requires(file, "[%w_.]+")
end
for module, list in pairs(command) do
  for _, needed in ipairs(list) do
    if needed:find "^cbr_cli%." or needed:find "^cbr%.util%." then
      if not command[needed] and not modules[needed] then
        fault("%s requires %s, which does not exist", module, needed)
      end
    elseif not FOR_COMMAND[needed] then
      fault("%s requires %s, which the command may not require", module, needed)
    end
  end
end
for _, circle in ipairs(source.circles(command)) do
  fault("circle of requires: %s", circle)
end

local includes = {}
for _, file in ipairs(source.lines "ls src/*.[ch]") do
  local list = {}
  for name in source.read(file):gmatch '#include%s+"([^"]+)"' do
    list[#list + 1] = "src/" .. name
  end
  includes[file] = list
end
for _, circle in ipairs(source.circles(includes)) do
  fault("circle of includes: %s", circle)
end

-- ARCHITECTURE.md shows the layers, from the highest to the lowest. A folder's name ends with a slash.
local shown = {}
for i = #LAYERS, 1, -1 do
  local names = {}
  for _, name in ipairs(LAYERS[i]) do
    local is_file, is_folder = modules["cbr." .. name] or modules[name] or name == "core", false
    for module in pairs(modules) do
      is_folder = is_folder or module:find("cbr." .. name .. ".", 1, true) == 1
    end
    names[#names + 1] = is_file and name or nil
    names[#names + 1] = is_folder and name .. "/" or nil
  end
  shown[#shown + 1] = table.concat(names, "  ")
end
local layers = "```\n" .. table.concat(shown, "\n") .. "\n```"
if not source.read "ARCHITECTURE.md":find(layers, 1, true) then
  fault("ARCHITECTURE.md does not show these layers:\n%s", layers)
end

source.finish(faults, ("lua/cbr requires only downwards through its %d layers; no circles in lua/cbr and src/"):format(
  #LAYERS))
