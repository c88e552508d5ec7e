--- A client: one request's way from a table to a table.
-- check -> credentials -> sign and send -> wait -> read

local answers = require "cbr.answers"
local check = require "cbr.check"
local errors = require "cbr.errors"
local json = require "cbr.json"
local loop = require "cbr.loop"
local operations = require "cbr.operations"
local request = require "cbr.request"
local settings = require "cbr.settings"
local sign = require "cbr.sign"

local CALL_OPTIONS = {
  { name = "timeout", type = "number", positive = true },
  { name = "connect_timeout", type = "number", positive = true },
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

-- The one gate: every method of a client comes through here.
local function must_be_open(self, level)
  if getmetatable(self) ~= meta then
    error("a method of a client was called without one (use client:method(), not client.method())", level)
  elseif not self.pool then
    error("attempt to use a closed client", level)
  end
end

-- Sends one request and waits for its end.
-- -> body or nil, err; and the answer itself
local function exchange(self, outgoing, is_order)
  local pool = self.pool
  local found, reason = self.source()
  if not found then
    return nil, errors.new { kind = "credentials", message = reason, outcome = is_order and "not_sent" or nil }
  end
  local keys
  if found.token then
    outgoing.headers["X-Auth-Token"] = found.token
  else
    keys = {
      access_key = found.access_key,
      secret_key = found.secret_key,
      security_token = found.security_token,
      project_id = self.project_id,
      domain_id = self.domain_id,
      algorithm = self.algorithm,
    }
  end
  local transfer, result, words = pool:start(outgoing, keys, sign.now())
  if not transfer then
    return nil, errors.new {
      kind = result == "bad_request" and "argument" or "config",
      message = words,
      outcome = is_order and "not_sent" or nil,
    }
  end
  loop.wait(pool, transfer)
  local answer = transfer:finish()
  local body, err = answers.read(answer, is_order, { found.secret_key or found.token, found.security_token })
  return body, err, answer
end

-- Where an outgoing request goes, and how long it may take.
local function timed(self, outgoing, call)
  outgoing.origin = self.origin
  outgoing.timeout = call.timeout or self.timeout
  outgoing.connect_timeout = math.min(call.connect_timeout or self.connect_timeout, outgoing.timeout)
  return outgoing
end

-- Every name that an operation goes by -> the operation.
local by_name = {}
for official, operation in pairs(operations) do
  by_name[official] = operation
  by_name[operation.alias or official] = operation
end

--- Performs an operation of the table.
---@param self cbr.Client
---@param name string its official name, or its alias
---@param params table
---@param call? { timeout?: number, connect_timeout?: number } seconds
---@param level integer whom to blame for a raise, as for an `error` by this function
---@return table? answer unwrapped
---@return cbr.Error? err
local function perform(self, name, params, call, level)
  local operation = by_name[name]
  must_be_open(self, level + 1)
  if type(params) ~= "table" then
    error(("%s: parameters must be a table, not a %s"):format(name, type(params)), level)
  end
  call = call or {}
  check.options(name, CALL_OPTIONS, call, level + 1)

  local problems = check.problems(operation.params, params)
  if #problems > 0 then
    local err = errors.argument(problems)
    err.operation = name
    return nil, err
  end
  local fields = {}
  for _, rule in ipairs(operation.params) do
    local value = params[rule.name]
    if value == nil then
      value = rule.default
    end
    fields[rule.name] = value
  end
  local body, err = exchange(self, timed(self, {
    method = operation.method,
    path = operation.path:gsub("{project_id}", self.project_id),
    headers = { Accept = request.JSON_TYPE, ["Content-Type"] = request.JSON_TYPE },
    body = assert(json.encode { [operation.wrap] = fields }),
  }, call), operation.order)
  if body and (body == true or type(body[operation.unwrap]) ~= "table") then
    body, err = nil, errors.new {
      kind = "protocol",
      message = ("the answer has no '%s'"):format(operation.unwrap),
      outcome = operation.order and "unknown" or nil,
    }
  end
  if not body then
    err.operation, err.attempts = name, 1
    return nil, err
  end
  return body[operation.unwrap]
end

for name in pairs(by_name) do
  -- no tail call: Lua versions count the frame of one differently, and a raise would blame another line
  methods[name] = function(self, params, call)
    local answer, err = perform(self, name, params, call, 3)
    return answer, err
  end
end

--- Any signed call that the table of operations lacks.
---@param given table `method`, `path` (raw; `{project_id}` in it is filled in), `query?`, `headers?`,
-- `body?` (a table is sent as JSON, a string as it stands)
---@param call? { timeout?: number, connect_timeout?: number } seconds
---@return table|true|nil answer the decoded body; true where it is empty
---@return cbr.Error? err
function methods:request(given, call)
  must_be_open(self, 3)
  check.options("request", request.rules, given, 3)
  call = call or {}
  check.options("request", CALL_OPTIONS, call, 3)
  local outgoing, problems = request.read(given)
  local answer, err
  if #problems > 0 then
    err = errors.argument(problems)
  else
    outgoing.path = outgoing.path:gsub("{project_id}", self.project_id)
    answer, err = exchange(self, timed(self, outgoing, call), outgoing.method ~= "GET" and outgoing.method ~= "HEAD")
  end
  if not answer then
    err.operation, err.attempts = "request", err.kind ~= "argument" and 1 or nil
    return nil, err
  end
  return answer
end

--- Ends what is under way and closes every connection. Idempotent; afterwards
-- any other use raises.
function methods:close()
  if getmetatable(self) ~= meta then
    error("close: not a client", 2)
  end
  if self.pool then
    self.pool:close()
    self.pool, self.source = nil, nil
  end
end

meta.__gc = methods.close
meta.__close = methods.close

function meta:__tostring()
  return ("cbr.client (%s)"):format(self.pool and self.origin or "closed")
end

return { new = new, perform = perform }
