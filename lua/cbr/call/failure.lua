--- Makes the error of each failed transfer, and of each response that is not a success.

local errors = require "cbr.errors"
local json = require "cbr.util.json"
local retry = require "cbr.call.retry"
local service_codes = require "cbr.call.service_codes"
local text = require "cbr.util.text"
local web_page = require "cbr.call.web_page"

local failure = {}

-- Pairs of fields that hold the code and the message of an error. The service, the cores of the official SDKs, IAM
-- (whose code is a number) and OpenStack use different names.
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

-- Returns the code and the message in one table. A pair of SHAPES of which the table has both fields takes precedence
-- over a pair of which the table has only one field.
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

-- Collects the tables in a body, outer tables first, each with the name of the field that holds it.
local function parts_of(body, depth, parts, name)
  parts[#parts + 1] = { fields = body, name = name }
  local names = {}
  for key, value in pairs(depth > 0 and body or {}) do
    if type(value) == "table" then
      names[#names + 1] = key
    end
  end
  -- The order is fixed, so that the same body always gives the same error.
  table.sort(names, function(a, b) return text.is_before(tostring(a), tostring(b)) end)
  for _, key in ipairs(names) do
    parts_of(body[key], depth - 1, parts, key)
  end
  return parts
end

-- Searches the tables of a body for the fields of SHAPES. Returns the code, the message, and the name of the table that
-- holds them.
local function find_pair(parts)
  for _, part in ipairs(parts) do
    local code, message = pair_of(part.fields)
    if code or message then
      return code, message, part.name
    end
  end
end

-- Searches the tables of a body for a field that holds a text.
local function find_text(parts, name)
  for _, part in ipairs(parts) do
    local value = part.fields[name]
    if type(value) == "string" and value ~= "" then
      return value
    end
  end
end

-- Values of a code that mean success.
local NO_ERROR = { ["0"] = true, ["200"] = true, OK = true, ok = true, success = true, Success = true, null = true }

local function is_code(value)
  value = text_of(value)
  return value ~= nil and value ~= "" and not NO_ERROR[value]
end

--- Whether the body of a response with status 2xx states an error. A body with an `error_code` and a vault is a result
-- of create_vault, not an error.
---@param body table
---@return boolean
function failure.states_error(body)
  if (body.error_code ~= nil or body.errorCode ~= nil) and (is_code(body.error_code) or is_code(body.errorCode)) then
    return type(body.vault) ~= "table" and type(body.orders) ~= "table"
  elseif type(body.error) == "table" then
    local code, message = pair_of(body.error)
    if code and message then
      return is_code(code)
    end
  end
  -- A result may have the fields `code` and `message`, too, but its `code` does not have the form of an error code.
  return type(body.code) == "string" and body.code:find "^[A-Za-z]+%.%d+$" ~= nil and type(body.message) == "string"
end

local DEPTH = 3 -- how many levels of an error's body are read
local MAX_ERROR_BYTES = 64 * 1024 -- a larger body is taken for a proxy's web page, and is not read as an error

-- Whether a call was certainly not accepted. A known code of the service proves this, and so does a 4xx status other
-- than 408, with which the gateway itself rejects a request.
local function is_rejection(meaning, is_of_service, status)
  if meaning and meaning.undecided then
    return false
  end
  return is_of_service and meaning ~= nil or meaning ~= nil and meaning.rejected == true
    or status >= 400 and status < 500 and status ~= 408
end

-- Returns advice that depends on more than the kind of the error; nil if the kind alone decides.
local function advice_of(code, kind, meaning, transient)
  local advice = service_codes.advice_by_code[code]
  if not advice and kind == "service" then
    advice = transient and "the failure is transient: retry later"
      or meaning and "a retry will be rejected too: change the request" or nil
  end
  return advice
end

-- Returns the message of an error without the canonical request that the gateway appends after a wrong signature. The
-- hint of the error says how that canonical request differs from the client's own.
local function shown(message)
  local at = message and message:find("canonicalRequest:", 1, true)
  if at then
    message = message:sub(1, at - 1):match "^.*[^,;:%s]"
  end
  return message ~= "" and message or nil
end

local PROXY_ADVICE = "check the user and the password in the URL of the proxy"

-- Reads the body of an error. `decoded` is nil if the body is not JSON, or is too large. Returns true if the call was
-- certainly not accepted.
local function read_error(context, received, decoded, fields, secrets)
  local body = decoded or {}
  local parts = parts_of(body, DEPTH, {})
  local code, message, where = find_pair(parts)
  if not message and type(body.error) == "string" then
    message = body.error
  end
  context.raw_message = message or not decoded and web_page.plain_text(received) or ""
  fields.request_id = fields.request_id or find_text(parts, "request_id")
  fields.encoded_authorization_message = find_text(parts, "encoded_authorization_message")

  local meaning = service_codes.known[code]
  local is_of_service = service_codes.prefixes[(code or ""):match "^([A-Za-z]+)%.%d+$"] or false
  local by_status = not is_of_service and service_codes.by_status[received.status] or {}
  local transient = meaning and meaning.retryable
  if transient == nil then
    transient = by_status.retryable or false
  end
  context.transient = transient
  fields.code, fields.reason = code, meaning and meaning.reason
  fields.kind = meaning and meaning.kind or by_status.kind or "service"
  if received.status == 401 and where == "unauthorized" then
    fields.kind = "not_found" -- this is how OpenStack says that an id does not exist; the credentials are valid
  elseif received.status == 403 and service_codes.rejects_token(context.raw_message) then
    fields.kind = "unauthorized"
  end
  context.advice = advice_of(code or "", fields.kind, meaning, transient)
  fields.message = shown(message)
  if not fields.message then
    local content = received.body ~= "" and " with " .. web_page.describe(received, secrets) or ""
    fields.message = ("HTTP %d%s"):format(received.status, content)
    if not transient and web_page.is_one(received) then
      context.advice = web_page.ADVICE
    end
  end
  return is_rejection(meaning, is_of_service, received.status)
end

-- Redirects that mean that the server has not acted on the request (RFC 9110 section 15.4). The redirects 302 and 303
-- do not mean this.
local REJECTING_REDIRECTS = { [301] = true, [307] = true, [308] = true }

-- Returns the message about a redirect. The query of the URL is left out, because the query may hold a token.
local function redirect_message(received)
  local place = (received.headers.location or ""):match "^[^?#]*"
  local words = "HTTP %d: the response is a redirect%s, and redirects are not followed"
  return words:format(received.status, place ~= "" and " to " .. place or "")
end

-- Result of a transfer -> kind of the error, and whether the failure is transient.
local TRANSFER_KINDS = {
  connect = { "connect", true },
  proxy = { "connect", false },
  tls = { "tls", false },
  timeout = { "timeout", true },
  network = { "network", true },
  too_large = { "protocol", false },
  protocol = { "protocol", false },
  cancelled = { "network", true },
  forked = { "network", true },
  no_memory = { "no_memory", false },
  bad_url = { "config", false },
}

-- Reads a response with status 2xx whose result is not valid. `decoded` is nil if the body is not JSON, or is too
-- large. Returns true if the call was certainly not accepted.
local function read_bad_result(context, received, decoded, fields, secrets)
  local problem = fields.message
  if type(decoded) == "table" and failure.states_error(decoded) then
    return read_error(context, received, decoded, fields, secrets)
  end
  local page = not decoded and web_page.is_one(received) and " (" .. web_page.describe(received, secrets) .. ")" or ""
  fields.kind, fields.message = "protocol", (problem or "the response states an error") .. page
  return false
end

--- Makes the error of a transfer without a usable response, and notes in the context what the failure means for the
-- call.
---@param context cbr.Context
---@param received table the response as `transfer:finish` of the core returns it
---@param secrets cbr.Secrets
---@param problem? string why the body of a response with status 2xx is not a valid result; nil: it states an error
---@param decoded? table|true the body of a response with status 2xx, as `result.read` of cbr.call.result returns it
---@return nil
---@return cbr.Error err
function failure.read(context, received, secrets, problem, decoded)
  local fields = { status = received.status, request_id = received.headers["x-request-id"] }
  local is_small, is_rejected = #received.body <= MAX_ERROR_BYTES, nil
  context.transient, context.raw_message, context.advice = false, "", nil
  if received.result ~= "ok" then
    local kind = TRANSFER_KINDS[received.result]
    fields.kind, context.transient = kind[1], kind[2]
    fields.message = received.reason
    if received.result == "proxy" then
      is_rejected, context.advice = true, PROXY_ADVICE
    end
  elseif received.status < 300 then
    fields.message = problem
    local body = is_small and type(decoded) == "table" and decoded or nil
    is_rejected = read_bad_result(context, received, body, fields, secrets)
  elseif received.status < 400 then
    fields.kind, fields.message = "protocol", redirect_message(received)
    is_rejected = REJECTING_REDIRECTS[received.status] or false
  else
    local body = is_small and json.decode(received.body) or nil
    is_rejected = read_error(context, received, body, fields, secrets)
  end
  context.asked_pause = received.headers["retry-after"] and retry.asked_pause(received)
  context.window = fields.kind == "throttled" and retry.window(received, context.raw_message) or nil
  fields.request_id = fields.request_id or received.headers["x-iam-trace-id"]
  if received.reach ~= "not_sent" then
    context.is_sent = true
    context.is_unknown = context.is_unknown or not is_rejected
  end
  return nil, errors.new(fields, context, secrets)
end

return failure
