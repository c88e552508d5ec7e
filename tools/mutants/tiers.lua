--- Which specs judge the mutations of a file: first the spec with the file's name, then the specs in the second tier of
--- the file's folder.

local tiers = {}

-- The Lua version for specs that should not run under 5.4. Most of these specs test nothing there: Debian 12 has
-- neither luaposix nor Copas for 5.4, and nginx runs LuaJIT. wrong_types_spec tests more values under 5.4, and takes
-- minutes.
local VERSIONS = {
  ["spec/core/fork_spec.lua"] = "5.1", ["spec/loop/copas_spec.lua"] = "5.1", ["spec/call/wrong_types_spec.lua"] = "5.1",
  ["spec/loop/nginx_spec.lua"] = "jit", ["spec/nginx/bell_spec.lua"] = "jit", ["spec/nginx/client_spec.lua"] = "jit",
  ["spec/nginx/replaced_workers_spec.lua"] = "jit",
}

-- Specs that take long, and therefore run after the others.
local LONG = {
  ["spec/call/wrong_types_spec.lua"] = true, ["spec/call/malformed_responses_spec.lua"] = true,
  ["spec/call/outcomes_spec.lua"] = true, ["spec/credentials/renewed_spec.lua"] = true,
  ["spec/nginx/client_spec.lua"] = true, ["spec/core/threads_spec.lua"] = true,
  ["spec/core/secrets_in_core_dump_spec.lua"] = true,
}

-- The second tier of each file: the first entry whose prefix matches the file's name is used. A folder stands for all
-- its specs.
local SECOND = {
  { "lua/cbr/util/", "spec/util spec/unit spec/call/call spec/call/service_codes spec/call/failure spec/loop/await" },
  { "lua/cbr/credentials/", "spec/credentials spec/call/unauthorized spec/call/attempt spec/unit/bad_input" },
  { "lua/cbr/endpoint/", "spec/endpoint spec/unit/options spec/unit/preflight spec/credentials/iam spec/call/attempt" },
  { "lua/cbr/operations", "spec/unit/operations spec/operations spec/docs/completeness spec/unit/custom_request" },
  { "lua/cbr/loop/nginx.lua",
    "spec/loop/nginx spec/nginx/module spec/nginx/replaced_workers spec/nginx/bell spec/nginx/client "
      .. "spec/loop/drivers" },
  { "lua/cbr/loop/", "spec/loop spec/unit/closed_client spec/call/attempt spec/nginx/module" },
  { "lua/cbr/lost_orders/", "spec/lost_orders spec/call/outcomes" },
  { "lua/cbr/objects/", "spec/objects spec/follow spec/lost_orders spec/dr spec/preflight spec/unit/preflight" },
  { "lua/cbr/follow/", "spec/follow spec/unit/errors spec/unit/preflight" },
  { "lua/cbr/call/",
    "spec/call spec/credentials/ids spec/credentials/renewed spec/credentials/rejected spec/unit/errors "
      .. "spec/lost_orders" },
  { "lua/cbr/dr/", "spec/dr spec/unit/dr" },
  { "lua/cbr/diagnose/", "spec/diagnose spec/unit/diagnose" },
  { "lua/cbr/client.lua", "spec/unit spec/call/retry spec/follow/follow spec/lost_orders spec/loop/nginx" },
  { "lua/cbr/option_rules.lua", "spec/unit spec/credentials/choose spec/call/retry" },
  { "lua/cbr/options.lua", "spec/unit spec/endpoint spec/loop/choose spec/credentials/choose spec/call/retry" },
  { "lua/cbr", "spec/unit spec/endpoint spec/call/retry spec/follow/follow spec/lost_orders spec/docs/completeness" },
  { "src/", "spec/core spec/call/http spec/loop/drivers spec/loop/await spec/unit/sign" },
}

--- The name of the spec of a module or of a C file.
---@param file string
---@return string
function tiers.first(file)
  local name = file:match "^lua/cbr/(.+)%.lua$" or file:match "^lua/(.+)%.lua$"
  if name then
    return ("spec/%s_spec.lua"):format(name:find "/" and name or "unit/" .. name)
  end
  return ("spec/core/%s_spec.lua"):format(file:match "^src/(.+)%.[ch]$")
end

-- The specs of the second tier of a file.
local function second(file, all)
  local list = {}
  for _, entry in ipairs(SECOND) do
    if file:sub(1, #entry[1]) == entry[1] then
      for name in entry[2]:gmatch "%S+" do
        for _, spec in ipairs(all) do
          if spec == name .. "_spec.lua" or spec:sub(1, #name + 1) == name .. "/" then
            list[#list + 1] = spec
          end
        end
      end
      return list
    end
  end
  return list
end

--- The specs that judge the mutations of a file, in the order in which they run.
---@param file string
---@param all string[] all spec files
---@return string[] lines one "<Lua version> <spec>" for each spec; for a file of src/, also a last line "memory -",
-- which stands for the program of `make memory`
function tiers.specs(file, all)
  local list, seen = {}, {}
  local function add(spec)
    if not seen[spec] then
      seen[spec], list[#list + 1] = true, ("%s %s"):format(VERSIONS[spec] or "5.4", spec)
    end
  end
  add(tiers.first(file))
  for _, is_long in ipairs { false, true } do
    for _, spec in ipairs(second(file, all)) do
      if (LONG[spec] or false) == is_long then
        add(spec)
      end
    end
  end
  if file:find "^src/" then
    list[#list + 1] = "memory -"
  end
  return list
end

return tiers
