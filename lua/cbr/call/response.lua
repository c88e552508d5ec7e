--- Reads what came back: a transfer's end becomes a table, or an error.

local codes = require "cbr.call.service_codes"
local errors = require "cbr.errors"
local json = require "cbr.util.json"
local text = require "cbr.util.text"

local answers = {}

-- The names that code and message go by: the service, SDK cores, IAM (whose
-- code is a number), OpenStack.
local SHAPES = {
  { "error_code", "error_msg" },
  { "errorCode", "errorMsg" },
  { "errorCode", "message" },
  { "code", "message" },
}

local function as_text(value)
  return (type(value) == "string" or type(value) == "number") and text.of(value) or nil
end

-- -> the code and message of one table, a whole pair before half of one
local function pair_of(body)
  local half_code, half_message
  for _, shape in ipairs(SHAPES) do
    local code, message = as_text(body[shape[1]]), as_text(body[shape[2]])
    if code and message then
      return code, message
    end
    half_code, half_message = half_code or code, half_message or message
  end
  return half_code, half_message
end

-- The first table in which a pair of SHAPES stands, outermost first.
-- -> code, message, the name it stood under
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
  table.sort(names, function(a, b) return tostring(a) < tostring(b) end) -- the same answer, the same error
  for _, key in ipairs(names) do
    local where
    code, message, where = find_pair(body[key], depth - 1, key)
    if code or message then
      return code, message, where
    end
  end
end

local LARGEST_REFUSAL = 64 * 1024 -- bytes; a page of whatever is larger, and not worth the time to look through

local function decode_refusal(answer)
  return #answer.body <= LARGEST_REFUSAL and json.decode(answer.body) or {}
end

-- The error for an answer with a status other than 2xx.
local function refusal(answer, fields)
  local body = decode_refusal(answer)
  local code, message, where = find_pair(body, 3)
  if not message and type(body.error) == "string" then
    message = body.error
  end
  if not fields.request_id and type(body.request_id) == "string" then
    fields.request_id = body.request_id
  end
  if type(body.encoded_authorization_message) == "string" then
    fields.encoded_authorization_message = body.encoded_authorization_message
  end
  local kind, retryable, refused = codes.meaning(code, answer.status)
  if answer.status == 401 and where == "unauthorized" then
    -- OpenStack's way to say that an id does not exist; credentials are fine
    kind = "not_found"
  end
  fields.kind, fields.retryable, fields.refused = kind, retryable, refused
  fields.code = code
  fields.advice = codes.advice(code, kind, retryable)
  fields.message = message and message ~= "" and message
    or ("HTTP %d%s"):format(
      answer.status,
      answer.body ~= "" and (" with a body of type %s"):format(answer.headers["content-type"] or "unknown") or ""
    )
  return fields
end

--- The service's own words of an answer with an error, as they came: not fit to be shown.
---@param answer table
---@return string
function answers.raw_message(answer)
  local _, message = find_pair(decode_refusal(answer), 3)
  return message or ""
end

-- By RFC 9110 section 15.4 these leave the request undone; 302 and 303 do not say.
local UNDONE_REDIRECTS = { [301] = true, [307] = true, [308] = true }

local TRANSPORT_KINDS = {
  connect = "connect",
  tls = "tls",
  timeout = "timeout",
  network = "network",
  too_large = "protocol",
  protocol = "protocol",
  cancelled = "network",
  forked = "network",
  no_memory = "network",
  bad_url = "config",
}

local PASSING = { connect = true, timeout = true, network = true }

--- Reads the end of a transfer.
---@param answer table as `transfer:finish` gives it
---@return table|true|nil body the decoded body; true where there is none
---@return string? reason why there is no body to be had, where that is no refusal; else ""
function answers.read(answer)
  if answer.result ~= "ok" or answer.status < 200 or answer.status > 299 then
    return nil, ""
  elseif answer.body == "" then
    return true
  end
  return json.decode(answer.body)
end

--- The error of a transfer that brought no body.
---@param answer table
---@param reason string as `answers.read` gives it
---@param is_order boolean whether it may have set something in motion (no GET)
---@param secrets string[] what no message may contain
---@return cbr.Error
function answers.error(answer, reason, is_order, secrets)
  local fields = {
    status = answer.status,
    request_id = answer.headers["x-request-id"],
  }
  local refused = answer.reach == "not_sent"
  if answer.result ~= "ok" then
    fields.kind = TRANSPORT_KINDS[answer.result]
    fields.retryable = PASSING[fields.kind] or false
    fields.message = answer.reason
  elseif answer.status < 300 then
    fields.kind = "protocol"
    fields.message = ("the answer is not JSON: %s"):format(reason)
  elseif answer.status >= 400 then
    refusal(answer, fields)
    refused = fields.refused
    fields.refused = nil
  else
    fields.kind = "protocol"
    fields.message = ("HTTP %d, which is not followed"):format(answer.status)
    refused = UNDONE_REDIRECTS[answer.status] or false
  end
  if is_order then
    fields.outcome = answer.reach == "not_sent" and "not_sent" or refused and "rejected" or "unknown"
  end
  for name, value in pairs(fields) do
    if type(value) == "string" then
      fields[name] = text.redact(value, secrets)
    end
  end
  return errors.new(fields)
end

return answers
