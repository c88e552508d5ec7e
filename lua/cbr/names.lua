--- What the user may leave out or name instead of giving an id: it is looked up before a request is built. So an order
-- whose names are not clear is never placed.

local call = require "cbr.call.call"
local core = require "cbr.core"
local errors = require "cbr.errors"
local regional = require "cbr.regional"
local tables = require "cbr.util.tables"

local names = {}

---@class cbr.NamedId an id that is looked up
---@field id string parameter that gets the id
---@field look_up "project" what is looked up

-- In place of an id that is not known yet, when the other parameters are checked.
local PLACEHOLDERS = { project = ("0"):rep(32) }

-- Whether an id has to be looked up. The project of another account cannot be.
local function is_needed(named, params)
  return params[named.id] == nil and params.cross_account_urn == nil
end

--- The problems of parameters whose ids are not known yet.
---@param operation cbr.Operation with `names`
---@param params table
---@return cbr.Problem[]? problems nil: none
function names.problems(operation, params)
  local checked = tables.copy(params)
  for _, named in ipairs(operation.names) do
    if is_needed(named, params) then
      checked[named.id] = PLACEHOLDERS[named.look_up]
    end
  end
  local _, problems = operation:request(checked)
  return problems
end

-- Makes an error of a look-up say which parameter it is about.
local function explain(err, named)
  err.message = ("%s is not given, and was looked up: %s"):format(named.id, err.message)
  return nil, err
end

local LOOK_UPS = {}

-- Looks up the project of the destination, by the name of its region.
function LOOK_UPS.project(named, params, context, timeout)
  local there, reason = regional.client(context.client, params.destination_region)
  if not there then
    return explain(errors.new({ kind = "config", message = reason }, context), named)
  end
  local id, err = call.run {
    client = there, operation = context.operation, is_write = context.is_write,
    options = { timeout = timeout, max_attempts = context.options.max_attempts },
  }
  regional.close(there)
  if not id then
    return explain(err, named)
  end
  return id
end

--- Looks up what is missing in parameters. The look-ups take their time from that of the call.
---@param operation cbr.Operation with `names`
---@param params table without problems
---@param context cbr.Context with `client`, `operation`, `is_write` and `options`, which get the time that is left
---@return table? params a copy with ids
---@return cbr.Error? err
function names.resolve(operation, params, context)
  local deadline = core.monotonic() + (context.options.timeout or context.client.timeout)
  local resolved = tables.copy(params)
  for _, named in ipairs(operation.names) do
    if is_needed(named, params) then
      local id, err = LOOK_UPS[named.look_up](named, resolved, context, deadline - core.monotonic())
      if not id then
        return nil, err
      end
      resolved[named.id] = id
    end
  end
  context.options = tables.copy(context.options)
  context.options.timeout = math.max(deadline - core.monotonic(), 0.001)
  return resolved
end

return names
