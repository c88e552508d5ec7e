--- A client: Lua tables in, Lua tables out.
--
-- client.replicate -> operation:request -> call.run -> attempt.once -> http.send

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
local operations = require "cbr.operations"
local options = require "cbr.options"
local pages = require "cbr.pages"
local preflight = require "cbr.preflight"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

---@class cbr.Client
local methods = {}
local misspelt = {} -- name -> what raises when it is called as a method; false: the name is near to no method

-- A misspelt method raises when it is called; to read a field that is nil is fine.
setmetatable(methods, { __index = function(_, name)
  local raise = misspelt[name]
  if raise == nil then
    local meant = text.meant(name, methods)
    raise = meant ~= "" and function()
      error(("a client has no method '%s'%s"):format(name, meant), 2)
    end
    misspelt[name] = raise
  end
  return raise or nil
end })

local meta = { __name = "cbr.client", __index = methods }

--- Makes a client. Sends nothing, opens no socket and resolves no name.
---@param given? table see docs/options.md; default: everything from the environment
---@param level integer whose line the message of a raise names, as for an `error` of this function
---@return cbr.Client? client
---@return cbr.Error? err kind `config` or `credentials`
local function new(given, level)
  local client, err = options.read(given == nil and {} or given, level + 1)
  if not client then
    return nil, err
  end
  return setmetatable(client, meta)
end

local function must_be_client(client, level)
  if getmetatable(client) ~= meta then
    error("a method of a client was called without one (use client:method(), not client.method())", level)
  end
end

-- Every method that sends begins with this.
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

local function must_be_table(what, params, level)
  if type(params) ~= "table" then
    local cure = params == nil and "; a call without parameters needs an empty table" or ""
    error(("%s: parameters must be a table, not a %s%s"):format(what, type(params), cure), level)
  end
end

local CALL_OPTIONS = {}
for _, rule in ipairs(options.call) do
  CALL_OPTIONS[rule.name] = true
end

local function second_table(name)
  return CALL_OPTIONS[name] and ("an option of the call: it goes into a second table, { %s = … }"):format(name)
end

local REQUEST_RULES = tables.copy(custom_request.rules)
REQUEST_RULES.elsewhere = second_table
-- The request of an operation. -> request; or nil, problems
local function request_of(operation, params)
  local request, problems = operation:request(params)
  for _, problem in ipairs(problems or NONE) do
    local place = problem.problem:find "^is unknown" and second_table(problem.parameter)
    if place then
      problem.problem = "is unknown: it is " .. place
    end
  end
  return request, problems
end

-- Name or alias -> operation.
local by_name = {}
for official, operation in pairs(operations) do
  by_name[official] = operation
  by_name[operation.alias or official] = operation
end

local function must_be_known(what, name, level)
  if not by_name[name] then
    local meant = text.meant(name, by_name)
    error(("%s: operation '%s' is unknown%s"):format(what, text.line(tostring(name), 100), meant), level)
  end
end

--- Makes a call.
---@param client cbr.Client
---@param name string official name of an operation, or its alias
---@param params table
---@param given? { timeout?: number, connect_timeout?: number, max_attempts?: integer, reconcile?: boolean } seconds
---@param level integer whose line the message of a raise names, as for an `error` of this function
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
  context.params = context.request.params
  local reconcile = given.reconcile
  if reconcile == nil then
    reconcile = client.reconcile
  end
  context.open_entry = reconcile and operation.task_type and entry.open or nil
  return call.run(context)
end

for name in pairs(by_name) do
  -- no tail call: the Lua versions count its frame differently, and a raise would name another line
  methods[name] = function(client, params, given)
    local result, err = perform(client, name, params, given, 3)
    return result, err
  end
end

--- Finds everything for which an operation would be rejected before it is sent: the `problems` of that error. It sends
-- nothing and waits for nothing, so that it works with a closed client and in every phase of nginx.
---@param name string official name of an operation, or its alias
---@param params table
---@return cbr.Problem[] problems empty when the request would be sent
function methods:problems(name, params)
  must_be_client(self, 3)
  must_be_known("problems", name, 3)
  must_be_table("problems", params, 3)
  local _, problems = request_of(by_name[name], params)
  return problems or {}
end

--- Iterates over all items of a list, page by page. A page is requested when its first item is needed:
-- `for backup, err in client:each("list_backups", { vault_id = id }) do … end`. A failure is the last item: `false`,
-- with the error as second value, so that no loop takes an incomplete list for a complete one.
---@param name string official name of an operation that lists
---@param params? table its parameters; `limit` is the size of a page, `offset` or `marker` is where to begin
---@param given? { timeout?: number, connect_timeout?: number } seconds, for each page
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
  given = options.check("each", options.call, given or NONE, 3)
  local iterator = pages.each(operation, params, function(page)
    local body, err = perform(self, name, page, given, 5) -- 5: the loop
    return body, err
  end)
  return iterator
end

--- Makes any signed call for which there is no operation.
---@param given table `method`, `path` (raw; `{project_id}` in it is filled in), `query?`, `headers?`,
-- `body?` (a table is sent as JSON, a string as it is)
---@param call_options? { timeout?: number, connect_timeout?: number } seconds
---@return table|true|nil result the decoded body; true where it is empty
---@return cbr.Error? err
function methods:request(given, call_options)
  must_be_open(self, 3)
  options.check("request", REQUEST_RULES, given, 3)
  local context = {
    client = self, operation = "request", is_write = true,
    options = options.check("request", options.call, call_options or NONE, 3),
  }
  local problems
  context.request, problems = custom_request.read(given)
  if not context.request then
    return nil, errors.argument(problems, context)
  end
  context.is_write = context.request.method ~= "GET" and context.request.method ~= "HEAD"
  return call.run(context)
end

--- Follows what `replicate` or `sync` began, a task id, or a list of them, to its end.
---@param started any
---@param given? { timeout?: number, interval?: number, on_progress?: fun(p: table) } seconds
---@return table? report
---@return cbr.Error? err with `err.report`; of kind `task` when something failed
function methods:wait(started, given)
  must_be_open(self, 3)
  given = options.check("wait", options.wait, given or NONE, 3)
  local list, problem, is_of_service = followers.of(started)
  if is_of_service then
    return nil, errors.new({ kind = "protocol", message = problem }, { operation = "wait" })
  elseif not list then
    error("wait: " .. problem, 2)
  end
  return follow.run(self, list, given)
end

--- Finds an order again whose response was lost: that of a process that was killed, or one whose outcome is unknown. It
-- only reads.
---@param name string `replicate` or `sync`
---@param params table of the order
---@param given { since: number, timeout?: number } a time (as of os.time) not after the order was sent, and not in the
-- future; seconds
---@return table|false|nil result as the order's own, with `reconciled` true; false where it was certainly not accepted
---@return cbr.Error? err where neither is certain, with `err.seen`
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

--- Finds beforehand what would make a replicate or a sync fail, or do nothing. It only reads.
---@param params table as for `replicate`; with `vault_id` alone as for `sync`
---@param given? { timeout?: number } seconds for each read
---@return cbr.Finding[]? findings empty when nothing speaks against the order
---@return cbr.Error? err
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

--- Cancels what is in progress and closes every connection. It can be called again; every other use of a closed client
-- raises, except `problems`.
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
