--- Reads the result of a transfer: a successful response becomes a Lua table, everything else becomes an error.

local check = require "cbr.util.check"
local errors = require "cbr.errors"
local json = require "cbr.util.json"
local service_codes = require "cbr.call.service_codes"
local text = require "cbr.util.text"

local response = {}

-- Field names of the code and the message of an error, as the service, the cores of the official SDKs, IAM (whose code
-- is a number) and OpenStack write them.
local SHAPES = {
  { "error_code", "error_msg" },
  { "errorCode", "errorMsg" },
  { "errorCode", "message" },
  { "code", "message" },
}

local function text_of(value)
  if type(value) == "number" then
    return text.of(value)
  end
  return type(value) == "string" and value or nil
end

-- The code and the message in one table. A table of SHAPES with both fields has precedence over one with a single
-- field.
local function pair_of(body)
  local half_code, half_message
  for _, shape in ipairs(SHAPES) do
    local code, message = text_of(body[shape[1]]), text_of(body[shape[2]])
    if code and message then
      return code, message
    end
    half_code, half_message = half_code or code, half_message or message
  end
  return half_code, half_message
end

-- Searches a body for the fields of SHAPES, outer tables first. Returns the code, the message, and the name of the
-- table that holds them.
local function find_pair(body, depth, name)
  local code, message = pair_of(body)
  if code or message then
    return code, message, name
  end
  if depth == 0 then
    return nil
  end
  local names = {}
  for key, value in pairs(body) do
    if type(value) == "table" then
      names[#names + 1] = key
    end
  end
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end) -- the same body gives the same error
  for _, key in ipairs(names) do
    local where
    code, message, where = find_pair(body[key], depth - 1, key)
    if code or message then
      return code, message, where
    end
  end
end

local DEPTH = 3 -- how many levels of an error's body are searched for a code
local LARGEST_ERROR = 64 * 1024 -- bytes; a larger body is a proxy's web page

-- Whether a call was certainly not accepted. A known code of the service proves it. So does a 4xx status other than
-- 408: the gateway itself rejected the request.
local function is_rejection(entry, is_of_service, status)
  if entry and entry.undecided then
    return false
  end
  return is_of_service and entry ~= nil or entry ~= nil and entry.rejected == true
    or status >= 400 and status < 500 and status ~= 408
end

local function advice_of(code, kind, entry, transient)
  return service_codes.advice_by_code[code] or service_codes.advice_by_kind[kind]
    or transient and "the failure is transient: retry later"
    or entry and "a retry will be rejected too: change the request" or nil
end

-- Reads a response with an error status. Returns true if the call was certainly not accepted.
local function read_error_status(context, received, fields)
  local body = #received.body <= LARGEST_ERROR and json.decode(received.body) or {}
  local code, message, where = find_pair(body, DEPTH)
  context.raw_message = message or ""
  if not message and type(body.error) == "string" then
    message = body.error
  end
  fields.request_id = fields.request_id or type(body.request_id) == "string" and body.request_id or nil
  if type(body.encoded_authorization_message) == "string" then
    fields.encoded_authorization_message = body.encoded_authorization_message
  end

  local entry = service_codes.known[code]
  local is_of_service = code ~= nil and code:find "^BackupService%.%d+$" ~= nil
  local by_status = not is_of_service and service_codes.by_status[received.status] or {}
  local transient = entry and entry.retryable
  if transient == nil then
    transient = by_status.retryable or false
  end
  context.transient = transient
  fields.code = code
  fields.kind = entry and entry.kind or by_status.kind or "service"
  if received.status == 401 and where == "unauthorized" then
    fields.kind = "not_found" -- OpenStack's way to say that an id does not exist; the credentials are fine
  end
  fields.advice = advice_of(code or "", fields.kind, entry, transient)
  local content = received.body ~= ""
    and (" with a body of type %s"):format(received.headers["content-type"] or "unknown") or ""
  fields.message = message and message ~= "" and message or ("HTTP %d%s"):format(received.status, content)
  return is_rejection(entry, is_of_service, received.status)
end

-- These redirects mean that the request was not acted on (RFC 9110 section 15.4). 302 and 303 do not.
local REJECTING_REDIRECTS = { [301] = true, [307] = true, [308] = true }

-- Result of a transfer -> kind of error, and whether it is transient.
local TRANSFER_KINDS = {
  connect = { "connect", true },
  tls = { "tls", false },
  timeout = { "timeout", true },
  network = { "network", true },
  too_large = { "protocol", false },
  protocol = { "protocol", false },
  cancelled = { "network", true },
  forked = { "network", true },
  no_memory = { "network", true },
  bad_url = { "config", false },
}

-- Makes the error of a transfer without a usable response, and notes in the context what the failure means for the
-- call.
local function failure(context, received, problem, secrets)
  local fields = { status = received.status, request_id = received.headers["x-request-id"] }
  local is_rejected = false
  context.transient, context.raw_message = false, ""
  if received.result ~= "ok" then
    local kind = TRANSFER_KINDS[received.result]
    fields.kind, context.transient = kind[1], kind[2]
    fields.message = received.reason
  elseif received.status < 300 then
    fields.kind, fields.message = "protocol", problem
  elseif received.status < 400 then
    fields.kind, fields.message = "protocol", ("HTTP %d: redirects are not followed"):format(received.status)
    is_rejected = REJECTING_REDIRECTS[received.status] or false
  else
    is_rejected = read_error_status(context, received, fields)
  end
  fields.request_id = fields.request_id or received.headers["x-iam-trace-id"]
  if received.reach ~= "not_sent" then
    context.is_sent = true
    context.is_unknown = context.is_unknown or not is_rejected
  end
  return nil, errors.new(fields, context, secrets)
end

-- Whether a result has the ids by which `client:wait` follows it. An empty list is valid: nothing was started.
local function has_ids(inside, name)
  local ids = inside[name]
  if name ~= "backups" then
    return type(ids) == "string" and ids:find(check.forms.uuid.pattern) ~= nil
  elseif type(ids) ~= "table" then
    return false
  end
  for _, entry in ipairs(ids) do
    if type(entry) ~= "table" or type(entry.backup_id) ~= "string" then
      return false
    end
  end
  return #ids > 0 or next(ids) == nil
end

-- Whether a response has its list. Some services write an empty list as null, which decoding drops; it is restored
-- here.
local function read_list(body, name, raw)
  if body[name] == nil and raw:find(('"%s"%%s*:%%s*null'):format(name)) then
    body[name] = {}
  end
  return type(body[name]) == "table"
end

-- Unwraps the result of an operation. Returns the result; or nil and the name of the missing field.
local function unwrap(body, context, raw)
  local operation, inside = context.definition, body
  if not operation then
    return body
  end
  local list = context.params.action ~= "count" and operation.list -- the action `count` returns no list
  if type(body) ~= "table" then
    local missing = operation.unwrap or list or operation.followed_by
    return not missing and body or nil, missing
  elseif operation.unwrap then
    inside = body[operation.unwrap]
    if type(inside) ~= "table" then
      return nil, operation.unwrap
    end
  end
  if list and not read_list(body, list, raw) then
    return nil, list
  elseif operation.followed_by then
    if not has_ids(inside, operation.followed_by) then
      return nil, operation.followed_by
    end
    for name, value in pairs(context.params) do
      if name:find "vault_id$" or name:find "^destination_" then -- client:wait needs these too
        inside[name] = inside[name] == nil and value or inside[name]
      end
    end
  end
  return inside
end

-- Returns the field in which a result contradicts its request: another vault or destination of an order, or the id of
-- another resource. Returns nil if there is no contradiction.
local function contradiction(result, context)
  local operation, params = context.definition, context.params
  if not operation or type(result) ~= "table" then
    return nil
  elseif operation.same_id then
    return type(result.id) == "string" and result.id ~= params[operation.same_id] and "id" or nil
  elseif operation.followed_by then
    for name, value in pairs(params) do
      if type(value) == "string" and type(result[name]) == "string" and result[name] ~= value then
        return name
      end
    end
  end
end

--- Reads the result of a transfer. On failure, sets the fields `is_sent`, `is_unknown`, `transient` and `raw_message`
-- of the context. `raw_message` is what the service wrote (empty if it wrote nothing), and must not be shown.
---@param context cbr.Context
---@param received table as `transfer:finish` of the core returns it
---@param secrets string[] texts that no error may contain
---@return table|true|nil result decoded and unwrapped; true for a response without a body
---@return cbr.Error? err
function response.read(context, received, secrets)
  local problem
  if received.result == "ok" and received.status >= 200 and received.status <= 299 then
    local body, reason = true, nil
    if received.body ~= "" then
      body, reason = json.decode(received.body)
    end
    local result, missing
    if body then
      result, missing = unwrap(body, context, received.body)
    end
    local wrong = contradiction(result, context)
    if result and not wrong then
      return result
    end
    problem = wrong and ("the response has another '%s' than the request"):format(wrong)
      or missing and ("the response has no '%s'"):format(missing) or "the response is not JSON: " .. reason
  end
  return failure(context, received, problem, secrets)
end

return response
