-- luacheck: std ngx_lua+luajit
--- Quirks: the ways in which versions and clouds of the service deviate from the present API pages. Tests set quirks.

local json = require "sandbox.json"

local quirks = {}

local DEFAULTS = {
  records_in_list = true, records = true, extra_info_text = false, old_names = false, numbers_as_text = false,
  nulls = false, late_records = 0, late_tasks = 0, stamps = json.null, page_size = 0, count_of_page = false,
  ignored_parameters = json.list(), gateway_words = "present", vault_once_per_region = false,
  tag_values_list = false, empty_objects = false, request_ids = true, replica_stamps = "own",
  accepts_duplicates = false,
}

-- The quirks whose value is a word, with the words that each of them may have.
local VALUES = {
  stamps = { z = true, micro = true, offset = true },
  gateway_words = { present = true, old = true, bare = true },
  replica_stamps = { source = true, own = true, null = true },
}

local set
local of_call -- the quirks that were set only for the call that is being processed

function quirks.reset()
  set, of_call = {}, nil
end

--- The value of a quirk that was set only for the call that is being processed, or nil.
function quirks.of_call(name)
  return of_call and of_call[name]
end

--- Processes a call with quirks that apply only to this call. `process` must not yield. → what `process` returns
function quirks.during(values, process)
  of_call = values
  local ok, result = pcall(process)
  of_call = nil
  return ok and result or error(result, 0)
end

--- The present value of a quirk; nil if the quirk was not set and has no default.
function quirks.get(name)
  local value = quirks.of_call(name)
  if value == nil then
    value = set[name]
  end
  if value == nil then
    value = DEFAULTS[name]
  end
  if value ~= json.null then
    return value
  end
end

--- Every quirk with its value.
function quirks.all()
  local all = {}
  for name in pairs(DEFAULTS) do all[name] = json.or_null(quirks.get(name)) end
  return all
end

local function problem_with(name, value)
  local default = DEFAULTS[name]
  if default == nil then
    return "no such quirk: " .. tostring(name)
  end
  if value == json.null then
    return nil
  end
  if VALUES[name] then
    local values = {}
    for one in pairs(VALUES[name]) do values[#values + 1] = one end
    table.sort(values)
    return not VALUES[name][value] and name .. " must be one of " .. table.concat(values, ", ") or nil
  end
  if type(value) ~= type(default) then
    return name .. " must be a " .. type(default)
  end
  if type(value) == "number" and value < 0 then
    return name .. " must not be negative"
  end
end

--- What is wrong with a table of quirks; nil if the table is valid.
function quirks.problem_with(values)
  for name, value in pairs(values) do
    local problem = problem_with(name, value)
    if problem then
      return problem
    end
  end
end

--- Sets the quirks that the body names, all or none of them. Other quirks keep their values. null restores a default.
function quirks.set(body)
  local problem = quirks.problem_with(body)
  if problem then
    error(problem, 0)
  end
  for name, value in pairs(body) do
    if value == json.null then
      value = nil
    end
    set[name] = value
  end
end

quirks.reset()

return quirks
