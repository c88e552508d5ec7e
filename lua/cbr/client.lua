--- The client and its methods, which take and return plain Lua tables.
--
-- A call passes through these functions: client.replicate -> operation:request -> call.run -> attempt.once -> http.send

local call = require "cbr.call.call"
local choose_loop = require "cbr.loop.choose"
local custom_request = require "cbr.custom_request"
local errors = require "cbr.errors"
local late = require "cbr.util.late"
local misspelt = require "cbr.util.misspelt"
local open_pools = require "cbr.call.open_pools"
local operations = require "cbr.operations"
local options = require "cbr.options"
local parameters = require "cbr.parameters"
local regional = require "cbr.regional"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local each = late "cbr.each"
local entry = late "cbr.lost_orders.entry"
local failure_modules = late "cbr.call.failure_modules"
local more_methods = late "cbr.more_methods"
local names = late "cbr.names"
local offline_methods = late "cbr.offline_methods"

---@class cbr.Client
local methods = {}
-- Fields of a client that may be nil. A read of any other field that is nil starts a search for a method with a similar
-- name, which takes as long as ten calls.
local FIELDS_THAT_MAY_BE_NIL = {
  "allow_http", "date_header", "direct_pool", "iam_origin", "iam_problem", "key_accepted", "loop", "pool", "probes",
  "project_id", "region", "source",
}
misspelt.watch(methods, "a client", FIELDS_THAT_MAY_BE_NIL)

local meta = { __name = "cbr.client", __index = methods }

--- Makes a client. Sends nothing, opens no socket and resolves no name.
---@param given? cbr.Options see docs/reference/options.md; default: everything from the environment
---@param level integer stack level for raised errors, as if this function called `error`
---@return cbr.Client? client
---@return cbr.Error? err kind `config` or `credentials`
local function new(given, level)
  open_pools.make_room_for_files()
  local client, err = options.read(given == nil and {} or given, level + 1)
  if not client then
    return nil, err
  end
  return setmetatable(client, meta)
end

local function must_be_client(client, level)
  if getmetatable(client) ~= meta then
    error("a method of a client was called without the client (use client:method(), not client.method())", level)
  end
end

local pending = late.pending

-- Loads modules that a method may need. Returns nil, or an error if a module cannot be loaded.
local function load_error(context, ...)
  local err = errors.of_loading(context, ...)
  if err and err.kind == "connect" then
    open_pools.make_room_for_files()
    err = errors.of_loading(context, ...)
  end
  return err
end

-- Raises an error if the client cannot be used. Every method that sends a request begins with this check.
local function must_be_open(client, level)
  must_be_client(client, level + 1)
  if not client.pool then
    error("attempt to use a closed client", level)
  end
  local problem = choose_loop.phase_problem and choose_loop.phase_problem()
  if problem then
    error(problem, level)
  end
end

local NONE = {} -- this table stays empty: nothing may change it

local function must_be_table(method, params, level)
  if type(params) ~= "table" then
    local cure = params == nil and "; a call without parameters needs an empty table" or ""
    error(("%s: parameters must be a table, not a %s%s"):format(method, type(params), cure), level)
  end
end

local REQUEST_RULES = tables.copy(custom_request.rules)
REQUEST_RULES.elsewhere = parameters.elsewhere

-- Returns nil and the error for parameters that are not valid.
local function rejection(problems, context)
  parameters.explain(problems)
  return nil, errors.argument(problems, context)
end

-- Whether an id must be looked up, because the parameters lack the id or give a name instead.
local function has_names(operation, params)
  local named = operation.names
  return named and (params.vault ~= nil or params.destination_vault ~= nil
    or named.looks_up_project and params.destination_project_id == nil)
end

-- Makes the request of an operation. First looks up the ids that the parameters leave out or give by name. Sets
-- `request` and `params` of the context. Returns the request; or nil and an error.
local function prepare(context, operation, params)
  if has_names(operation, params) then
    local err = load_error(context, names)
    if err then
      return nil, err
    end
    local problems = names.problems(operation, params)
    if problems then
      return rejection(problems, context)
    end
    params, err = names.resolve(operation, params, context)
    if not params then
      return nil, err
    end
  end
  local request, problems = operation:request(params)
  if problems then
    return rejection(problems, context)
  end
  context.request, context.params = request, request.params
  return request
end

-- a search for a lost order calls these operations
local TASKS, BACKUPS = operations.list_op_logs, operations.list_backups

-- Maps a name or an alias to an operation.
local by_name = {}
for official, operation in pairs(operations) do
  by_name[official] = operation
  by_name[rawget(operation, "alias") or official] = operation -- the name is known before the operation is loaded
end

local function must_be_known(method, name, level)
  if not by_name[name] then
    local meant = text.meant(name, by_name)
    error(("%s: operation '%s' is unknown%s"):format(method, text.line(tostring(name), 100), meant), level)
  end
end

--- Makes a call.
---@param client cbr.Client
---@param name string official name of an operation, or its alias
---@param params table
---@param given? { timeout?: number, connect_timeout?: number, max_attempts?: integer, reconcile?: boolean } timeouts
-- are in seconds
---@param level integer stack level for raised errors, as if this function called `error`
---@return table|true|nil result unwrapped; true for a response without a body
---@return cbr.Error? err
local function call_operation(client, name, params, given, level)
  local operation = by_name[name]
  must_be_open(client, level + 1)
  must_be_table(name, params, level + 1)
  given = given or NONE
  if given ~= NONE then
    given = options.check(name, options.call, given, level + 1)
  end
  if pending[operation] then
    -- The operation is not loaded, so its HTTP method is unknown: the name tells whether the operation reads.
    local is_read = operation.name:find "^list_" or operation.name:find "^show_"
    local err = load_error({ operation = name, is_write = not is_read }, operation)
    if err then
      return nil, err
    end
  end
  local context = {
    client = client, operation = name, definition = operation, options = given,
    is_write = operation.method ~= "GET", is_idempotent = operation.idempotent,
    -- Lua makes room in the table for these fields, which are set during the call
    request = nil, params = nil, deadline = nil,
  }
  local err = context.is_write and pending[failure_modules] and load_error(context, failure_modules)
    or operation.order_kind and (pending[entry] or pending[TASKS] or pending[BACKUPS])
    and load_error(context, entry, TASKS, BACKUPS)
  if err then
    return nil, err
  end
  local request
  request, err = prepare(context, operation, params)
  if not request then
    return nil, err
  elseif request.doubts then
    parameters.tell_doubts(client, name, request.doubts)
  end
  local reconcile = given.reconcile
  if reconcile == nil then
    reconcile = client.reconcile
  end
  context.open_entry = reconcile and operation.order_kind and entry.open or nil
  return call.run(context)
end

for name in pairs(by_name) do
  -- this is no tail call: Lua versions count the stack frame of a tail call differently, so an error would name another
  -- line
  methods[name] = function(client, params, given)
    local result, err = call_operation(client, name, params, given, 3)
    return result, err
  end
end

--- Sends a signed request for which there is no operation.
---@param given cbr.Request
---@param call_options? cbr.CallOptions
---@return table|true|nil result the decoded body; true if the body is empty
---@return cbr.Error? err
function methods:request(given, call_options)
  must_be_open(self, 3)
  given = options.check("request", REQUEST_RULES, given, 3)
  call_options = call_options and options.check("request", options.call, call_options, 3)
  local request, problems = custom_request.read(given)
  local method = request and request.method or text.upper(given.method or "")
  local context = {
    client = self, operation = "request", is_write = method ~= "GET" and method ~= "HEAD",
    options = call_options or NONE, request = request,
    -- Lua makes room in the table for these fields, which are set during the call.
    deadline = nil, attempt_deadline = nil, attempts = nil, retries = nil,
  }
  if not request then
    return nil, errors.argument(problems, context)
  end
  local err = context.is_write and pending[failure_modules] and load_error(context, failure_modules)
  if err then
    return nil, err
  end
  return call.run(context)
end

-- The methods in cbr.more_methods, cbr.offline_methods and cbr.each get these functions.
---@type cbr.FromClient
local FROM_CLIENT = {
  by_name = by_name, has_names = has_names, load_error = load_error, must_be_known = must_be_known,
  must_be_table = must_be_table, call_operation = call_operation, prepare = prepare,
  with_methods = function(client) return setmetatable(client, meta) end,
}

-- Adds a method whose function is in a module that is loaded when the method is first used.
local function add_late(module, name, must_be)
  methods[name] = function(client, ...)
    must_be(client, 3)
    local err = load_error({ operation = name }, module)
    if err then
      return nil, err
    end
    local result, unchecked
    result, err, unchecked = module[name](FROM_CLIENT, client, ...)
    return result, err, unchecked
  end
end

for _, name in ipairs { "find_order", "for_region", "preflight", "wait" } do
  add_late(more_methods, name, must_be_open)
end
for _, name in ipairs { "describe", "problems" } do
  add_late(offline_methods, name, must_be_client)
end

function methods:each(name, params, given)
  must_be_open(self, 3)
  must_be_known("each", name, 3)
  local err = load_error({ operation = name }, each, by_name[name])
  if err then
    return function() -- like the iterator of a list after a failed page
      local last = err
      err = nil
      return last and false, last
    end
  end
  local iterator = each.each(FROM_CLIENT, self, name, params, given)
  return iterator
end

--- Cancels the requests in progress and closes all connections of this client and of every client that `for_region`
-- made from it. A call that pauses ends after its pause. `close` can be called again. All other methods of a closed
-- client raise an error, except `problems` and `describe`. A client that `for_region` made uses the connections of the
-- client that it was made from. Closing such a client cancels its own requests, and closes no connection and no other
-- client.
function methods:close()
  if getmetatable(self) ~= meta then
    error("close: the argument is not a client", 2)
  end
  regional.close(self)
end

meta.__close = methods.close

function meta:__tostring()
  return ("cbr.client (%s)"):format(self.pool and self.origins[self.origin_index] or "closed")
end

return { new = new, call_operation = call_operation }
