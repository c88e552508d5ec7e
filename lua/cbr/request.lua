--- A request of the caller's own, checked whole before anything is sent.

local json = require "cbr.json"
local text = require "cbr.text"

local request = {}

request.JSON_TYPE = "application/json"

--- The fields of a request, as rules for `check.options`.
request.rules = {
  { name = "method", type = "string" },
  { name = "path", type = "string" },
  { name = "query", type = "table" },
  { name = "headers", type = "table" },
  { name = "body", type = { "table", "string" } },
}

-- Set by the client or by libcurl: a second one of a name would be ambiguous, or would undo the signature.
local RESERVED = {}
for name in ([[authorization connection content-length expect host transfer-encoding user-agent
  x-auth-token x-domain-id x-project-id x-sdk-date x-security-token]]):gmatch "%S+" do
  RESERVED[name] = true
end

-- -> headers, with those that are always there
local function read_headers(given, has_body, problem)
  local headers, seen = {}, {}
  for name, value in pairs(given) do
    if type(name) ~= "string" or type(value) ~= "string" then
      problem("headers", "must have names and values that are strings")
    elseif not name:find("^[%w!#$%%&'*+.^_`|~-]+$") or value:find("[%z\r\n]") then
      problem("headers", ("has '%s', which cannot be sent"):format(name)) -- RFC 9110 sections 5.5 and 5.6.2
    elseif RESERVED[name:lower()] then
      problem("headers", ("has '%s', which the client sets"):format(name))
    elseif seen[name:lower()] then
      problem("headers", ("has '%s' twice"):format(name))
    else
      headers[name], seen[name:lower()] = value, true
    end
  end
  if not seen.accept then
    headers.Accept = request.JSON_TYPE
  end
  if has_body and not seen["content-type"] then
    headers["Content-Type"] = request.JSON_TYPE
  end
  return headers
end

--- Reads one.
---@param given table fields of the types that `request.rules` asks for
---@return table outgoing `method`, `path`, `query`, `headers`, `body?`
---@return cbr.Problem[] problems empty when it can be sent
function request.read(given)
  local problems = {}
  local function problem(parameter, words)
    problems[#problems + 1] = { parameter = parameter, problem = words }
  end
  local method = (given.method or ""):upper()
  if not method:find "^%u+$" then
    problem("method", given.method and "must be letters" or "is missing")
  elseif method == "HEAD" and given.body ~= nil then
    problem("body", "cannot go with HEAD")
  end
  if not given.path then
    problem("path", "is missing")
  end
  local query, reason = text.query(given.query or {})
  if not query then
    problem("query", reason)
  end
  local body = given.body
  if type(body) == "table" then
    body, reason = json.encode(body)
    if not body then
      problem("body", "cannot be JSON: " .. reason)
    end
  end
  local headers = read_headers(given.headers or {}, body ~= nil, problem)
  return { method = method, path = given.path, query = query, headers = headers, body = body }, problems
end

return request
