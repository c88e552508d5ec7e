--- Looks up ids that the user has left out or given by name, before the request is built. So no order with an
-- ambiguous name is placed.
--
-- The id of a vault is looked up for each call, and not kept: a vault can be renamed at any time, and another vault can
-- then get the old name, so a kept id could be that of the wrong vault. The project of a region is kept, like the
-- client's own project.

local call = require "cbr.call.call"
local check = require "cbr.util.check"
local core = require "cbr.core"
local errors = require "cbr.errors"
local pages = require "cbr.pages"
local regional = require "cbr.regional"
local tables = require "cbr.util.tables"

local names = {}

local MIN_TIMEOUT_SECONDS = 1 / 1000 -- because a timeout must be more than 0

---@class cbr.NamedId an id that can be looked up
---@field id string parameter that gets the id
---@field name? string parameter that can give a name in place of the id; nil: the id is looked up if it is not given
---@field look_up "project"|"vault" what is looked up

-- Stands for an id that is not known yet while the other parameters are checked.
local PLACEHOLDERS = { project = ("0"):rep(32), vault = "00000000-0000-4000-8000-000000000000" }

-- Whether an id has to be looked up. The id of a project of another account cannot be looked up.
local function is_needed(named, params)
  if named.name then
    return params[named.name] ~= nil
  end
  return params[named.id] == nil and params.cross_account_urn == nil
end

-- Returns what is wrong with a name; nil if the name is valid.
local function problem_of_name(named, params)
  local problem = check.problems({ { name = named.name, type = "string", filled = true, form = "name" } },
    { [named.name] = params[named.name] })[1]
  if problem then
    return problem.problem
  elseif params[named.id] ~= nil then
    return ("cannot be given together with %s"):format(named.id)
  elseif named.id == "destination_vault_id" and params.cross_account_urn ~= nil then
    return "cannot be looked up in another account: give destination_vault_id"
  end
end

--- Returns the problems of parameters whose ids are not known yet.
---@param operation cbr.Operation an operation that has `names`
---@param params table
---@return cbr.Problem[]? problems nil: none
function names.problems(operation, params)
  local checked, problems = tables.copy(params), {}
  for _, named in ipairs(operation.names) do
    if is_needed(named, params) then
      local problem = named.name and problem_of_name(named, params)
      problems[#problems + 1] = problem and { parameter = named.name, problem = problem } or nil
      checked[named.id] = PLACEHOLDERS[named.look_up]
      checked[named.name or 0] = nil
    end
  end
  for _, problem in ipairs(select(2, operation:request(checked)) or {}) do
    problems[#problems + 1] = problem
  end
  return problems[1] and problems or nil
end

local LOOK_UPS = {}

-- Looks up the destination project, by the name of the destination region.
function LOOK_UPS.project(_, params, context, timeout)
  local there, reason = regional.client(context.client, params.destination_region)
  local id, err
  if there then
    id, err = call.run {
      client = there, operation = context.operation, is_write = context.is_write,
      options = { timeout = timeout, max_attempts = context.options.max_attempts },
    }
    regional.close(there)
  else
    err = errors.new({ kind = "config", message = reason }, context)
  end
  if not id then
    err.message = "destination_project_id is not given, and its look-up failed: " .. err.message
  end
  return id, err
end

-- The values of `cloud_type` of the vaults that a name can mean: the service lists only vaults of one type. A sync
-- needs a hybrid vault, and replicas are never in a hybrid vault.
local PUBLIC, HYBRID, BOTH = { "public" }, { "hybrid" }, { "public", "hybrid" }

local function cloud_types_of(named, context)
  if named.id == "destination_vault_id" then
    return PUBLIC
  end
  return context.definition and context.definition.order_kind == "sync" and HYBRID or BOTH
end

-- Returns the ids of the vaults with exactly this name; or nil and an error.
local function vaults_with(client, name, cloud_types, read_options)
  local ids, seen = {}, {}
  local function read(operation, params)
    return call.read(client, operation, params, read_options)
  end
  for _, cloud_type in ipairs(cloud_types) do
    local vaults, err = pages.all(read, "list_vault", { name = name, cloud_type = cloud_type })
    if not vaults and not (cloud_type == "hybrid" and cloud_types == BOTH and err.status == 400) then
      return nil, err -- an error that is not returned here means that this cloud has no hybrid vaults
    end
    for _, vault in ipairs(vaults or {}) do
      if vault.name == name and type(vault.id) == "string" and not seen[vault.id] then
        ids[#ids + 1], seen[vault.id] = vault.id, true
      end
    end
  end
  return ids
end

-- Looks up a vault by its name, in the client's project or in the destination project.
function LOOK_UPS.vault(named, params, context, timeout)
  local name, client = params[named.name], context.client
  local is_there = named.id == "destination_vault_id" and params.destination_region ~= nil
  if is_there then
    local there, reason = regional.client(client, params.destination_region, params.destination_project_id)
    if not there then
      return nil, errors.new({ kind = "config", message = ("%s: %s"):format(named.name, reason) }, context)
    end
    client = there
  end
  local ids, err = vaults_with(client, name, cloud_types_of(named, context), {
    operation = context.operation, timeout = timeout, max_attempts = context.options.max_attempts,
  })
  if is_there then
    regional.close(client)
  end
  if not ids then
    err.message = ("the look-up of %s failed: %s"):format(named.name, err.message)
    return nil, errors.finish(err, context)
  elseif #ids == 1 then
    return ids[1]
  elseif #ids == 0 then
    local where = is_there and "the destination project" or "this project"
    return nil, errors.new({
      kind = "not_found", message = ("%s: %s has no vault named '%s'"):format(named.name, where, name),
      hint = "check the name, the project and the region",
    }, context)
  end
  return nil, errors.argument({ {
    parameter = named.name, problem = ("is the name of several vaults: %s"):format(table.concat(ids, ", ")),
  } }, context)
end

--- Looks up the ids that are missing in parameters. The look-ups count towards the timeout of the call.
---@param operation cbr.Operation an operation that has `names`
---@param params table without problems
---@param context cbr.Context with `client`, `operation`, `is_write` and `options`, whose `timeout` becomes
-- the time that is left
---@return table? params a copy with ids in place of names
---@return cbr.Error? err
function names.resolve(operation, params, context)
  local deadline = core.monotonic() + (context.options.timeout or context.client.timeout)
  local resolved = tables.copy(params)
  for _, named in ipairs(operation.names) do
    if is_needed(named, params) then
      local timeout = math.max(deadline - core.monotonic(), MIN_TIMEOUT_SECONDS)
      local id, err = LOOK_UPS[named.look_up](named, resolved, context, timeout)
      if not id then
        return nil, err
      end
      resolved[named.id] = id
      resolved[named.name or 0] = nil
    end
  end
  context.options = tables.copy(context.options)
  context.options.timeout = math.max(deadline - core.monotonic(), MIN_TIMEOUT_SECONDS)
  return resolved
end

return names
