--- The client and its methods. They take and return plain Lua tables.
--
-- The way of a call: client.replicate -> operation:request -> call.run -> attempt.once -> http.send

local attempt = require "cbr.call.attempt"
local await = require "cbr.loop.await"
local call = require "cbr.call.call"
local choose_loop = require "cbr.loop.choose"
local custom_request = require "cbr.custom_request"
local entry = require "cbr.lost_orders.entry"
local errors = require "cbr.errors"
local find_order = require "cbr.lost_orders.find_order"
local follow = require "cbr.follow.follow"
local followers = require "cbr.follow.followers"
local json = require "cbr.util.json"
local misspelt = require "cbr.util.misspelt"
local operations = require "cbr.operations"
local options = require "cbr.options"
local pages = require "cbr.pages"
local parameters = require "cbr.parameters"
local pools = require "cbr.loop.pools"
local preflight = require "cbr.preflight"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

---@class cbr.Client
local methods = {}
misspelt.watch(methods, "a client")

local meta = { __name = "cbr.client", __index = methods }

--- Makes a client. Sends nothing, opens no socket and resolves no name.
---@param given? cbr.Options see docs/options.md; default: everything from the environment
---@param level integer stack level that a raised error names, as for `error` called in this function
---@return cbr.Client? client
---@return cbr.Error? err kind `config` or `credentials`
local function new(given, level)
  pools.make_room_for_files()
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

-- Every method that sends a request begins with this check.
local function must_be_open(client, level)
  must_be_client(client, level + 1)
  if not client.pool then
    error("attempt to use a closed client", level)
  end
  local refusal = choose_loop.refusal and choose_loop.refusal()
  if refusal then
    error(refusal, level)
  end
end

local NONE = {} -- must not be changed

local function must_be_table(method, params, level)
  if type(params) ~= "table" then
    local cure = params == nil and "; a call without parameters needs an empty table" or ""
    error(("%s: parameters must be a table, not a %s%s"):format(method, type(params), cure), level)
  end
end

local REQUEST_RULES = tables.copy(custom_request.rules)
REQUEST_RULES.elsewhere = parameters.elsewhere

-- Makes the request of an operation. Returns the request; or nil and the problems of the parameters.
local function request_of(operation, params)
  local request, problems = operation:request(params)
  if problems then
    parameters.explain(problems)
  end
  return request, problems
end

-- Name or alias -> operation.
local by_name = {}
for official, operation in pairs(operations) do
  by_name[official] = operation
  by_name[operation.alias or official] = operation
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
---@param given? { timeout?: number, connect_timeout?: number, max_attempts?: integer, reconcile?: boolean } seconds
---@param level integer stack level that a raised error names, as for `error` called in this function
---@return table|true|nil result unwrapped; true for a response without a body
---@return cbr.Error? err
local function perform(client, name, params, given, level)
  local operation = by_name[name]
  must_be_open(client, level + 1)
  must_be_table(name, params, level + 1)
  given = given or NONE
  if given ~= NONE then
    options.check(name, options.call, given, level + 1)
  end
  local context = {
    client = client, operation = name, definition = operation, options = given,
    is_write = operation.method ~= "GET", is_idempotent = operation.idempotent,
  }
  local problems
  context.request, problems = request_of(operation, params)
  if not context.request then
    return nil, errors.argument(problems, context)
  end
  if context.request.doubts then
    parameters.tell_doubts(client, name, context.request.doubts)
  end
  context.params = context.request.params
  local reconcile = given.reconcile
  if reconcile == nil then
    reconcile = client.reconcile
  end
  context.open_entry = reconcile and operation.task_type and entry.open or nil
  return call.run(context)
end

for name in pairs(by_name) do
  -- no tail call: the Lua versions count its stack frame differently, so that an error would name another line
  methods[name] = function(client, params, given)
    local result, err = perform(client, name, params, given, 3)
    return result, err
  end
end

--- Checks parameters without sending anything: returns the `problems` of the error that the operation would return. It
-- never waits, so it works with a closed client and in every phase of nginx.
---@param name string official name of an operation, or its alias
---@param params table of the operation
---@return cbr.Problem[] problems empty if the request would be sent
function methods:problems(name, params)
  must_be_client(self, 3)
  must_be_known("problems", name, 3)
  must_be_table("problems", params, 3)
  local _, problems = request_of(by_name[name], params)
  return json.list(problems or {})
end

--- What an operation takes and returns: its parameters, nested ones included, with types, limits, values and meanings,
-- and the fields of its result. It sends nothing, and works with a closed client.
---@param name string official name of an operation, or its alias
---@return cbr.Description description plain data: a new table at each call
function methods:describe(name)
  must_be_client(self, 3)
  must_be_known("describe", name, 3)
  local description = require("cbr.describe").operation(by_name[name]) -- loads sentences that no other method needs
  return description
end

--- Iterates over all items of a list, page by page. A page is requested when its first item is needed: `for backup, err
-- in client:each("list_backups", { vault_id = id }) do … end`. On failure, the last item is `false`, with the error as
-- second value, so that no loop takes an incomplete list for a complete one.
---@param name string official name of an operation that lists
---@param params? table its parameters; `limit` is the size of a page, `offset` or `marker` is the start
---@param given? cbr.CallOptions for each page
---@return fun(): table|false|nil, cbr.Error? next
function methods:each(name, params, given)
  must_be_open(self, 3)
  must_be_known("each", name, 3)
  local operation = by_name[name]
  if not operation.list then
    error(("each: operation '%s' is not a list"):format(name), 2)
  end
  params = params == nil and {} or params
  must_be_table("each", params, 3)
  given = tables.copy(options.check("each", options.call, given or NONE, 3))
  local iterator = pages.each(operation, params, function(page)
    local body, err = perform(self, name, page, given, 5) -- 5: the loop that calls the iterator
    return body, err
  end)
  return iterator
end

--- Sends a signed request for which there is no operation.
---@param given cbr.Request
---@param call_options? cbr.CallOptions
---@return table|true|nil result the decoded body; true if it is empty
---@return cbr.Error? err
function methods:request(given, call_options)
  must_be_open(self, 3)
  options.check("request", REQUEST_RULES, given, 3)
  local method = text.upper(given.method or "")
  local context = {
    client = self, operation = "request", is_write = method ~= "GET" and method ~= "HEAD",
    options = options.check("request", options.call, call_options or NONE, 3),
  }
  local problems
  context.request, problems = custom_request.read(given)
  if not context.request then
    return nil, errors.argument(problems, context)
  end
  return call.run(context)
end

--- Follows an order, a task, or a list of orders and tasks until all of them have ended. The results of an order that
-- failed can be passed on, as in `client:wait(client:sync { … })`: then its error is returned.
---@param started any a result of `replicate` or `sync`, a task id, or a list of these
---@param given? cbr.WaitOptions
---@return cbr.Report? report for a list, it has the field `parts`: a report for each entry
---@return cbr.Error? err with `err.report`; of kind `task` if something failed
function methods:wait(started, given)
  must_be_open(self, 3)
  if not started and errors.is(given) then
    return nil, given
  end
  local list, problem, is_of_service = followers.of(started)
  if not list and not is_of_service then
    error("wait: " .. problem, 2)
  end
  given = options.check("wait", options.wait, given or NONE, 3)
  if not list then
    return nil, errors.new({ kind = "protocol", message = problem }, { operation = "wait" })
  end
  return follow.run(self, list, given)
end

--- Finds an order whose response was lost, for example because the process that sent it was killed. It only reads.
---@param name string `replicate` or `sync`
---@param params table of the order
---@param given cbr.FindOrderOptions `since`: a time as from os.time, not later than when the order was sent, and not in
-- the future
---@return table|false|nil result of the order, with `reconciled` true; false: it was certainly not accepted
---@return cbr.Error? err if neither is certain, with `err.seen`
function methods:find_order(name, params, given)
  must_be_open(self, 3)
  local operation = by_name[name]
  if not operation or not operation.task_type then
    error("find_order: 'replicate' or 'sync' is needed", 2)
  end
  must_be_table("find_order", params, 3)
  options.check("find_order", options.find_order, given, 3)
  local request, problems = request_of(operation, params)
  if not request then
    return nil, errors.argument(problems, { operation = "find_order" })
  end
  return find_order.run(self, operation, request.params, given.since, given.timeout or self.timeout)
end

--- Checks in advance whether a `replicate` or a `sync` would fail or do nothing. It only reads.
---@param params table as for `replicate`; with `vault_id` alone as for `sync`
---@param given? cbr.CallOptions for each read
---@return cbr.Finding[]? findings empty if no problem was found
---@return cbr.Error? err
---@return string[]? unchecked what these credentials could not read
function methods:preflight(params, given)
  must_be_open(self, 3)
  must_be_table("preflight", params, 3)
  given = options.check("preflight", options.call, given or NONE, 3)
  local operation = params.destination_vault_id and operations.copy_checkpoint or operations.import_checkpoint
  local request, problems = request_of(operation, params)
  if not request then
    return nil, errors.argument(problems, { operation = "preflight" })
  end
  return preflight.run(self, request.params, given)
end

--- Cancels the calls in progress and closes all connections. It can be called again. All other methods of a closed
-- client raise an error, except `problems` and `describe`.
function methods:close()
  if getmetatable(self) ~= meta then
    error("close: not a client", 2)
  end
  if self.pool then
    local pool, direct_pool = self.pool, self.direct_pool
    self.pool, self.direct_pool, self.source = nil, nil, nil
    attempt.fix_credentials(self, nil)
    await.close(pool)
    if direct_pool then
      await.close(direct_pool)
    end
  end
end

meta.__gc = methods.close
meta.__close = methods.close

function meta:__tostring()
  return ("cbr.client (%s)"):format(self.pool and self.origins[self.origin_index] or "closed")
end

return { new = new, perform = perform }
