--- Checks and completes the parameters of the functions of cbr.dr, before any request is sent. If parameters are not
-- valid, one error names every problem. A call without a table of parameters raises an error.

local check = require "cbr.util.check"
local errors = require "cbr.errors"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"
local time = require "cbr.util.time"

local input = {}

--- The default of the parameter `concurrency`: the maximum number of concurrent calls.
input.CONCURRENCY = 8

local function duration(name, is_required)
  return { name = name, type = { "string", "number" }, form = "duration", from = 0, required = is_required }
end

local DESTINATION = {
  { name = "region", type = "string", required = true, filled = true, form = "region" },
  { name = "project_id", type = "string", form = "project" },
  { name = "vault_id", type = "string", form = "id" },
  { name = "cross_account_urn", type = "string", filled = true, form = "line" },
}

local SELECTION = {
  { name = "vault_ids", type = "list", items = "string", form = "id", least = 1 },
  { name = "name_prefix", type = "string", filled = true },
  { name = "tags", type = "table" },
  { name = "all", type = "boolean" },
}

local COMMON = {
  { name = "at", type = { "string", "number" }, form = "time", from = 0 },
  { name = "concurrency", type = "integer", from = 1 },
  { name = "on_progress", type = "function" },
}

local function with(...)
  local rules = {}
  for i = 1, select("#", ...) do
    for _, rule in ipairs((select(i, ...))) do
      rules[#rules + 1] = rule
    end
  end
  return rules
end

local DESTINATIONS = {
  { name = "destinations", type = "list", items = "table", required = true, least = 1, fields = DESTINATION },
}

--- The parameters of each function, as rules for cbr.util.check.
---@type table<string, cbr.Rule[]>
input.rules = {
  copies = with(SELECTION, DESTINATIONS, { duration("rpo", true), duration "lag" }, COMMON),
  replicate = with(SELECTION, DESTINATIONS, {
    {
      name = "select", type = "table", fields = {
        { name = "newest", type = "integer", from = 1 },
        { name = "per", type = "string", one_of = { "day", "week" } },
        { name = "last", type = "integer", from = 1 },
        { name = "since", type = { "string", "number" }, form = "time", from = 0 },
      },
    },
    { name = "method", type = "string", one_of = { "backup", "vault" } },
    duration "timeout",
    { name = "interval", type = "number", from = 0 },
    { name = "dry_run", type = "boolean" },
    { name = "store", type = "table" },
    { name = "run", type = "string", filled = true, max = 64, form = "word" },
    { name = "keep_open", type = "boolean" },
  }, COMMON),
  prune = with({
    { name = "vault_id", type = "string", form = "id", required = true },
    {
      name = "keep", type = "table", required = true, fields = {
        { name = "last", type = "integer", from = 1 },
        { name = "days", type = "integer", from = 1 },
        { name = "weeks", type = "integer", from = 1 },
      },
    },
    { name = "sources", type = "table" },
    { name = "dry_run", type = "boolean" },
  }, COMMON),
  unprotected = with({
    {
      name = "types", type = "list", items = "string", least = 1,
      known = { "server", "disk", "turbo", "workspace", "workspace_v2" },
    },
    duration "since",
  }, COMMON),
}

local function count(params, names)
  local found = 0
  for _, name in ipairs(names) do
    found = found + (params[name] ~= nil and 1 or 0)
  end
  return found
end

local function tags_problem(tags)
  for key, value in pairs(tags) do
    if type(key) ~= "string" or type(value) ~= "string" and value ~= true then
      return "must map each key to a string, or to true, which matches any value"
    end
  end
  return next(tags) == nil and "must have at least one key" or nil
end

-- Checks that involve several parameters. Each check calls `add(parameter, problem)` once per problem.

local function check_selection(params, add)
  if count(params, { "vault_ids", "name_prefix", "tags", "all" }) ~= 1 then
    add("vault_ids", "or `name_prefix`, `tags` or `all` must select the vaults, and only one of them can be given")
  elseif params.all == false then
    add("all", "must be true or omitted")
  end
  local problem = type(params.tags) == "table" and tags_problem(params.tags)
  if problem then
    add("tags", problem)
  end
end

local function check_select(selection, method, add)
  if count(selection, { "newest", "per", "since" }) ~= 1 then
    add("select", "must have exactly one of `newest`, `per` (with `last`) or `since`")
  elseif (selection.per ~= nil) ~= (selection.last ~= nil) then
    add("select", "must have `per` and `last` together")
  elseif method == "vault" then
    add("select", "cannot be used with method = \"vault\", which copies all backups of a vault")
  end
end

local CROSS_CHECKS = { copies = check_selection }

function CROSS_CHECKS.replicate(params, add)
  check_selection(params, add)
  if type(params.select) == "table" then
    check_select(params.select, params.method, add)
  end
  local regions = {}
  for i, destination in ipairs(tables.of(params.destinations)) do
    local region = type(destination) == "table" and destination.region
    if type(destination) == "table" and destination.vault_id == nil then
      add(("destinations[%d].vault_id"):format(i), "is missing")
    end
    if type(region) == "string" and regions[text.lower(region)] then
      add(("destinations[%d].region"):format(i), "is given twice: a backup can have only one copy in each region")
    end
    regions[type(region) == "string" and text.lower(region) or i] = true
  end
  for _, name in ipairs(type(params.store) == "table" and { "get", "set" } or {}) do
    if type(params.store[name]) ~= "function" then
      add("store." .. name, ("must be a function, not a %s"):format(type(params.store[name])))
    end
  end
end

function CROSS_CHECKS.prune(params, add)
  if type(params.keep) == "table" and count(params.keep, { "last", "days", "weeks" }) == 0 then
    add("keep", "must have `last`, `days` or `weeks`")
  end
end

--- Converts a duration to seconds.
---@param value string|number|nil "26h", or seconds
---@return number? seconds
function input.seconds(value)
  if type(value) ~= "string" then
    return value
  end
  local number, unit = value:match "^(%d+)([smhdw])$"
  return number * time.UNITS[unit]
end

-- Converts a time, text or number, to seconds since 1970.
local function timestamp(value)
  return type(value) == "string" and time.parse(value) or value
end

-- Converts a UUID to lower case, as the service writes UUIDs. Other ids are not changed.
local function plain_id(id)
  return id and id:find(check.forms.uuid.pattern) and text.lower(id) or id
end

-- Returns a list with `change(member)` for each member of a list; nil for nil.
local function changed(list, change)
  local copy = {}
  for i, member in ipairs(list or {}) do
    copy[i] = change(member)
  end
  return list and copy
end

--- Checks the parameters of a function, and completes them.
---@param name string name of the function
---@param params any
---@param level integer stack level for raised errors, as if this function called `error`
---@return table? params a copy with defaults; durations are in seconds, times in seconds since 1970
---@return cbr.Error? err kind `argument`
function input.read(name, params, level)
  if type(params) ~= "table" then
    error(("dr.%s: parameters must be a table, not a %s"):format(name, type(params)), level)
  end
  local problems = check.problems(input.rules[name], params)
  if CROSS_CHECKS[name] then
    CROSS_CHECKS[name](params, function(parameter, problem)
      problems[#problems + 1] = { parameter = parameter, problem = problem }
    end)
  end
  if #problems > 0 then
    return nil, errors.argument(problems, { operation = "dr." .. name })
  end
  local given = tables.copy(params)
  for _, duration_name in ipairs { "rpo", "lag", "timeout", "since" } do
    given[duration_name] = input.seconds(given[duration_name])
  end
  given.at = timestamp(given.at) or os.time()
  if given.select then
    given.select = tables.copy(given.select)
    given.select.since = timestamp(given.select.since)
  end
  given.vault_id, given.vault_ids = plain_id(given.vault_id), changed(given.vault_ids, plain_id)
  given.destinations = changed(given.destinations, function(destination)
    local copy = tables.copy(destination)
    copy.vault_id = plain_id(copy.vault_id)
    return copy
  end)
  given.concurrency = given.concurrency or input.CONCURRENCY
  return given
end

return input
