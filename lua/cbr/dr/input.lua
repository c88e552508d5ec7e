--- Reads the parameters of the functions of cbr.dr. What is wrong with them becomes one error, which names every
-- problem, before anything is sent. A call without a client or without a table of parameters raises an error.

local check = require "cbr.util.check"
local errors = require "cbr.errors"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"
local time = require "cbr.util.time"

local input = {}

local SECONDS = { s = 1, m = 60, h = 3600, d = 86400, w = 7 * 86400 }

--- The most calls in progress at the same time, unless the parameter `concurrency` says otherwise.
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
      return "must have a string, or true for any value, for each key"
    end
  end
  return next(tags) == nil and "must have one key or more" or nil
end

-- Problems that depend on several parameters. Each function calls `add(parameter, problem)` for every one.

local function check_selection(params, add)
  if count(params, { "vault_ids", "name_prefix", "tags", "all" }) ~= 1 then
    add("vault_ids", "or `name_prefix`, `tags` or `all` must say which vaults are meant, and only one of them may")
  elseif params.all == false then
    add("all", "must be true, or be left out")
  end
  local problem = type(params.tags) == "table" and tags_problem(params.tags)
  if problem then
    add("tags", problem)
  end
end

local function check_select(selection, method, add)
  if count(selection, { "newest", "per", "since" }) ~= 1 then
    add("select", "must have `newest`, `per` with `last`, or `since`")
  elseif (selection.per ~= nil) ~= (selection.last ~= nil) then
    add("select", "must have `per` and `last` together")
  elseif method == "vault" then
    add("select", "cannot be used with method = \"vault\", which copies all backups of a vault")
  end
end

local MORE = { copies = check_selection }

function MORE.replicate(params, add)
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
      add(("destinations[%d].region"):format(i), "is given twice, and a backup has one copy in each region")
    end
    regions[type(region) == "string" and text.lower(region) or i] = true
  end
  for _, name in ipairs(type(params.store) == "table" and { "get", "set" } or {}) do
    if type(params.store[name]) ~= "function" then
      add("store." .. name, ("must be a function, not a %s"):format(type(params.store[name])))
    end
  end
end

function MORE.prune(params, add)
  if type(params.keep) == "table" and count(params.keep, { "last", "days", "weeks" }) == 0 then
    add("keep", "must have `last`, `days` or `weeks`")
  end
end

--- A duration in seconds.
---@param value string|number|nil "26h", or seconds
---@return number? seconds
function input.seconds(value)
  if type(value) ~= "string" then
    return value
  end
  local number, unit = value:match "^(%d+)([smhdw])$"
  return number * SECONDS[unit]
end

-- Seconds since 1970 of a time that is a text or a number.
local function moment(value)
  return type(value) == "string" and time.parse(value) or value
end

-- An id as the service writes it: a UUID in upper case means the same.
local function plain_id(id)
  return id and id:find(check.forms.uuid.pattern) and text.lower(id) or id
end

-- A copy of a list in which `change` was called for each member.
local function changed(list, change)
  local copy = {}
  for i, member in ipairs(list or {}) do
    copy[i] = change(member)
  end
  return list and copy
end

--- Checks the parameters of a function, and completes them.
---@param name string of the function
---@param params any
---@param level integer stack level that a raised error names, as for `error` called in this function
---@return table? params a copy: durations in seconds, `at` in seconds since 1970 (default: now)
---@return cbr.Error? err kind `argument`
function input.read(name, params, level)
  if type(params) ~= "table" then
    error(("dr.%s: parameters must be a table, not a %s"):format(name, type(params)), level)
  end
  local problems = check.problems(input.rules[name], params)
  if MORE[name] then
    MORE[name](params, function(parameter, problem)
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
  given.at = moment(given.at) or os.time()
  if given.select then
    given.select = tables.copy(given.select)
    given.select.since = moment(given.select.since)
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
