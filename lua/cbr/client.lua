--- A client: from a table to a table.
-- check -> build -> call (credentials, project, sign, send, read) -> unwrap

local build = require "cbr.build"
local check = require "cbr.util.check"
local each = require "cbr.each"
local errors = require "cbr.errors"
local choose = require "cbr.loop.choose"
local await = require "cbr.loop.await"
local operations = require "cbr.operations"
local perform = require "cbr.call.call"
local preflight = require "cbr.preflight"
local reconcile = require "cbr.lost_orders.search"
local request = require "cbr.custom_request"
local settings = require "cbr.options"
local text = require "cbr.util.text"
local wait = require "cbr.follow.follow"

local CALL_OPTIONS = {
  { name = "timeout", type = "number", positive = true },
  { name = "connect_timeout", type = "number", positive = true },
  { name = "max_attempts", type = "integer", positive = true },
  { name = "reconcile", type = "boolean" },
}

local FIND_OPTIONS = {
  { name = "since", type = "number", required = true, positive = true },
  { name = "timeout", type = "number", positive = true },
}

---@class cbr.Client
local methods = {}
local meta = { __name = "cbr.client", __index = methods }

--- Makes a client. Sends nothing, opens no socket and resolves no name.
---@param options? table see the README; default: all from the environment
---@param level integer whom to blame for a raise, as for an `error` by this function
---@return cbr.Client? client
---@return cbr.Error? err kind `config` or `credentials`
local function new(options, level)
  local self, err = settings.read(options == nil and {} or options, level + 1)
  if not self then
    return nil, err
  end
  return setmetatable(self, meta)
end

local function must_be_client(self, level)
  if getmetatable(self) ~= meta then
    error("a method of a client was called without one (use client:method(), not client.method())", level)
  end
end

-- The one gate: every method of a client that sends comes through here.
local function must_be_open(self, level)
  must_be_client(self, level + 1)
  if not self.pool then
    error("attempt to use a closed client", level)
  end
  local refusal = choose.refusal and choose.refusal()
  if refusal then
    error(refusal, level)
  end
end

local NONE = {} -- nobody changes it

-- Checked options of a call; `level` as for `check.options`.
local function options_of(name, options, level)
  if not options then
    return NONE
  end
  check.options(name, CALL_OPTIONS, options, level + 1)
  return options
end

-- Every name that an operation goes by -> the operation.
local by_name = {}
for official, operation in pairs(operations) do
  by_name[official] = operation
  by_name[operation.alias or official] = operation
end

local function must_be_known(what, name, level)
  if not by_name[name] then
    local known = text.meant(name, by_name)
    error(("%s: operation '%s' is unknown%s"):format(what, text.line(tostring(name), 100), known), level)
  end
end

-- -> the request of an operation; or nil and all that is wrong with the parameters
local function prepare(operation, params)
  local problems = check.problems(operation.params, params)
  if #problems > 0 then
    return nil, problems
  end
  return build.request(operation, params)
end

--- Performs an operation of the table.
---@param self cbr.Client
---@param name string its official name, or its alias
---@param params table
---@param options? { timeout?: number, connect_timeout?: number, max_attempts?: integer, reconcile?: boolean } seconds
---@param level integer whom to blame for a raise, as for an `error` by this function
---@return table|true|nil answer unwrapped; true where it has no body
---@return cbr.Error? err
local function order(self, name, params, options, level)
  local operation = by_name[name]
  must_be_open(self, level + 1)
  if type(params) ~= "table" then
    error(("%s: parameters must be a table, not a %s"):format(name, type(params)), level)
  end
  options = options_of(name, options, level + 1)

  local is_order = operation.order or operation.method ~= "GET"
  local outgoing, problems = prepare(operation, params)
  if not outgoing then
    local err = errors.argument(problems)
    err.operation, err.outcome = name, is_order and err.outcome or nil
    return nil, err
  end
  return perform.run(self, outgoing, {
    operation = name, order = is_order, repeatable = operation.repeatable, unwrap = operation.unwrap,
    list = params.action ~= "count" and operation.list or nil, -- whoever asks for the number gets no list
    trace = operation.trace, doubled = operation.doubled, followed_by = operation.followed_by, params = params,
    options = options,
  })
end

for name in pairs(by_name) do
  -- no tail call: Lua versions count the frame of one differently, and a raise would blame another line
  methods[name] = function(self, params, options)
    local answer, err = order(self, name, params, options, 3)
    return answer, err
  end
end

--- What an operation would be refused for before anything is sent, `problems` of that error. Sends nothing and waits
-- for nothing: a closed client will do, and any phase of nginx.
---@param name string official name of an operation, or its alias
---@param params table
---@return cbr.Problem[] problems empty when it would be sent
function methods:problems(name, params)
  must_be_client(self, 3)
  must_be_known("problems", name, 3)
  if type(params) ~= "table" then
    error(("problems: parameters must be a table, not a %s"):format(type(params)), 2)
  end
  local _, problems = prepare(by_name[name], params)
  return problems or {}
end

--- Every item of a list, over all of its pages, each page asked for when its first item is wanted:
-- `for backup, err in client:each("list_backups", { vault_id = id }) do … end`. A failure is an item too, the last one:
-- `false`, with the error behind it; so that no loop can take a broken list for a short one.
---@param name string official name of an operation that lists
---@param params? table its parameters; `limit` is the size of a page, `offset` or `marker` where to begin
---@param options? { timeout?: number, connect_timeout?: number } seconds, for each page
---@return fun(): table|false|nil, cbr.Error? next
function methods:each(name, params, options)
  must_be_open(self, 3)
  must_be_known("each", name, 3)
  local operation = by_name[name]
  if not operation.list then
    error(("each: operation '%s' is not a list"):format(name), 2)
  end
  params = params == nil and {} or params
  if type(params) ~= "table" then
    error(("each: parameters must be a table, not a %s"):format(type(params)), 2)
  end
  options = options_of("each", options, 3)
  local iterator = each.item(operation, params, function(page)
    local answer, err = order(self, name, page, options, 5) -- 5: the loop
    return answer, err
  end)
  return iterator
end

--- Any signed call that the table of operations lacks.
---@param given table `method`, `path` (raw; `{project_id}` in it is filled in), `query?`, `headers?`,
-- `body?` (a table is sent as JSON, a string as it stands)
---@param options? { timeout?: number, connect_timeout?: number } seconds
---@return table|true|nil answer the decoded body; true where it is empty
---@return cbr.Error? err
function methods:request(given, options)
  must_be_open(self, 3)
  check.options("request", request.rules, given, 3)
  options = options_of("request", options, 3)
  local outgoing, problems = request.read(given)
  if not outgoing then
    local err = errors.argument(problems)
    err.operation = "request"
    return nil, err
  end
  local is_order = outgoing.method ~= "GET" and outgoing.method ~= "HEAD"
  return perform.run(self, outgoing, { operation = "request", order = is_order, options = options })
end

--- Follows what `replicate` or `sync` began, a task id, or a list of them, to its end.
---@param started any
---@param options? { timeout?: number, interval?: number, on_progress?: fun(p: table) } seconds
---@return table? report
---@return cbr.Error? err with `err.report`; of kind `task` when something failed
function methods:wait(started, options)
  must_be_open(self, 3)
  local report, err = wait.follow(self, started, options or {}, 3)
  return report, err
end

--- Finds an order again whose answer never came: that of a process that was killed, or one whose outcome was unknown.
-- Reads only.
---@param name string `replicate` or `sync`
---@param params table of the order
---@param options { since: number, timeout?: number } a time (as of os.time) not after the order was sent, and not
-- to come; seconds
---@return table|false|nil answer as the order's own, with `reconciled` true; false where it was certainly not taken in
---@return cbr.Error? err where neither is certain, with `err.seen`
function methods:find_order(name, params, options)
  must_be_open(self, 3)
  local operation = by_name[name]
  if not operation or not operation.trace then
    error("find_order: 'replicate' or 'sync' is needed", 2)
  elseif type(params) ~= "table" then
    error(("find_order: parameters must be a table, not a %s"):format(type(params)), 2)
  end
  check.options("find_order", FIND_OPTIONS, options, 3)
  local problems = check.problems(operation.params, params)
  if #problems > 0 then
    local err = errors.argument(problems)
    err.operation, err.outcome = "find_order", nil
    return nil, err
  end
  local answer, err = reconcile.find(self, {
    operation = "find_order", trace = operation.trace, params = params,
  }, perform.get, options.since, options.timeout or self.timeout)
  return answer, err
end

--- Says beforehand what would make a replicate or a sync fail or do nothing. Reads only.
---@param params table as for `replicate`; with `vault_id` alone as for `sync`
---@param options? { timeout?: number } seconds for each read
---@return cbr.Finding[]? findings empty when nothing speaks against the order
---@return cbr.Error? err
function methods:preflight(params, options)
  must_be_open(self, 3)
  if type(params) ~= "table" then
    error(("preflight: parameters must be a table, not a %s"):format(type(params)), 2)
  end
  options = options_of("preflight", options, 3)
  local operation = params.destination_vault_id and operations.copy_checkpoint or operations.import_checkpoint
  local problems = check.problems(operation.params, params)
  if #problems > 0 then
    local err = errors.argument(problems)
    err.operation = "preflight"
    return nil, err
  end
  return preflight.look(self, params, options)
end

--- Ends what is under way and closes every connection. Idempotent; afterwards
-- any other use raises, `problems` aside.
function methods:close()
  if getmetatable(self) ~= meta then
    error("close: not a client", 2)
  end
  if self.pool then
    local pool, near_pool = self.pool, self.near_pool
    self.pool, self.near_pool, self.source = nil, nil, nil
    await.close(pool)
    if near_pool then
      await.close(near_pool)
    end
  end
end

meta.__gc = methods.close
meta.__close = methods.close

function meta:__tostring()
  return ("cbr.client (%s)"):format(self.pool and self.origins[self.origin_index] or "closed")
end

return { new = new, perform = order }
