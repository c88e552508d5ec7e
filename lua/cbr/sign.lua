--- Signs requests without sending them, for any service behind the cloud's API gateway.

local core = require "cbr.core"
local text = require "cbr.util.text"

local sign = {}

local function copy_texts(argument, from, names, required)
  local copy = {}
  for _, name in ipairs(names) do
    local value = from[name]
    if value ~= nil and type(value) ~= "string" then
      error(("cbr.sign: %s.%s must be a string, not a %s"):format(argument, name, type(value)), 4)
    elseif value == nil and required[name] then
      error(("cbr.sign: %s.%s is missing"):format(argument, name), 4)
    end
    copy[name] = value
  end
  return copy
end

local REQUEST = { "method", "host", "path", "body" }
local CREDENTIALS = {
  "access_key", "secret_key", "security_token", "project_id", "domain_id", "algorithm", "region", "service",
}

---@class cbr.SignRequest
---@field method string
---@field host string
---@field path string raw, not percent-encoded
---@field query? table<string, string|number|boolean|(string|number|boolean)[]>
---@field headers? table<string, string> signed as they are
---@field body? string

---@class cbr.SignCredentials
---@field access_key string
---@field secret_key string
---@field security_token? string
---@field project_id? string
---@field domain_id? string
---@field algorithm? string default: `SDK-HMAC-SHA256`
---@field region? string for `V11-HMAC-SHA256`
---@field service? string for `V11-HMAC-SHA256`

---@class cbr.Signature
---@field url_path string percent-encoded, to be sent as it is
---@field query_string string sorted and encoded, without `?`
---@field headers table<string, string> everything to send, with Host and Authorization
---@field canonical_request string contains the security token, if any
---@field string_to_sign string
---@field signed_headers string
---@field signature string
---@field authorization string

--- Signs a request. Nothing is sent. Misuse raises an error that names the line that called cbr.sign. Signing
-- fails for no other reason.
---@param request cbr.SignRequest
---@param credentials cbr.SignCredentials
---@param date? string `YYYYMMDDThhmmssZ`; default: now
---@return cbr.Signature
function sign.request(request, credentials, date)
  if type(request) ~= "table" or type(credentials) ~= "table" then
    error("cbr.sign: request and credentials must be tables", 3)
  elseif date ~= nil and type(date) ~= "string" then
    error(("cbr.sign: date must be a string, not a %s"):format(type(date)), 3)
  end
  local plain = copy_texts("request", request, REQUEST, { method = true, host = true, path = true })
  local keys = copy_texts("credentials", credentials, CREDENTIALS, { access_key = true, secret_key = true })
  for _, name in ipairs { "query", "headers" } do
    if request[name] ~= nil and type(request[name]) ~= "table" then
      error(("cbr.sign: request.%s must be a table, not a %s"):format(name, type(request[name])), 3)
    end
  end
  local reason
  plain.query, reason = text.query(request.query or {})
  if not plain.query then
    error("cbr.sign: query " .. reason, 3)
  end
  plain.headers = {}
  for name, value in pairs(request.headers or {}) do
    if type(name) ~= "string" or type(value) ~= "string" then
      error("cbr.sign: names and values of headers must be strings", 3)
    end
    plain.headers[name] = value
  end
  local signature
  signature, reason = core.sign(plain, keys, date or core.date())
  if not signature then
    error("cbr.sign: " .. reason, 3)
  end
  return signature
end

return sign
