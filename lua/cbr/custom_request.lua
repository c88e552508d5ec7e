--- The request that the caller of `client:request` describes. The request is checked completely
-- before anything is sent.

local json = require "cbr.util.json"
local text = require "cbr.util.text"

local custom_request = {}

--- The fields of a request, as rules for `check.options`.
custom_request.rules = {
  { name = "method", type = "string" },
  { name = "path", type = "string" },
  { name = "query", type = "table" },
  { name = "headers", type = "table" },
  { name = "body", type = { "table", "string" } },
}

-- Headers that the client or libcurl sets. A second header of the same name would be ambiguous, or would invalidate the
-- signature.
local RESERVED = {}
for name in ([[authorization connection content-length expect host transfer-encoding user-agent
  x-auth-token x-domain-id x-project-id x-sdk-date x-security-token]]):gmatch "%S+" do
  RESERVED[name] = true
end

-- Adds a problem to the list, which is created for the first one. Returns the list.
local function add(problems, parameter, words)
  problems = problems or {}
  problems[#problems + 1] = { parameter = parameter, problem = words }
  return problems
end

local function default_headers(has_body)
  return has_body and json.HEADERS_WITH_BODY or json.HEADERS
end

-- Returns the given headers with the default ones, and the problems. RFC 9110 sections 5.5 and 5.6.2 define the
-- characters of names and values.
local function read_headers(given, has_body, problems)
  local headers, seen = {}, {}
  for name, value in pairs(given) do
    if type(name) ~= "string" or type(value) ~= "string" then
      problems = add(problems, "headers", "must have names and values that are strings")
    elseif not name:find "^[A-Za-z0-9!#$%%&'*+.^_`|~-]+$" or value:find "[%z\r\n]" then
      problems = add(problems, "headers", ("has '%s', which cannot be sent"):format(name))
    elseif RESERVED[text.lower(name)] then
      problems = add(problems, "headers", ("has '%s', which the client sets"):format(name))
    elseif seen[text.lower(name)] then
      problems = add(problems, "headers", ("has '%s' twice"):format(name))
    else
      headers[name], seen[text.lower(name)] = value, true
    end
  end
  for name, value in pairs(default_headers(has_body)) do
    if not seen[text.lower(name)] then
      headers[name] = value
    end
  end
  return headers, problems
end

-- HTTP methods that need no further check.
local METHODS = { GET = "GET", POST = "POST", PUT = "PUT", DELETE = "DELETE", PATCH = "PATCH" }

--- Checks a request and builds what is sent. The table `given` is not kept.
---@param given table fields of the types that `rules` demands
---@return table? request `method`, `path`, `query?`, `headers`, `body?`
---@return cbr.Problem[]? problems all problems
function custom_request.read(given)
  local body, query, problems = given.body, given.query, nil
  local headers, reason
  local method = METHODS[given.method] or text.upper(given.method or "")
  if not METHODS[method] and not method:find "^[A-Z]+$" then
    problems = add(problems, "method", given.method and "must be letters" or "is missing")
  elseif method == "HEAD" and body ~= nil then
    problems = add(problems, "body", "cannot be sent with HEAD")
  end
  if not given.path then
    problems = add(problems, "path", "is missing")
  end
  if query then
    query, reason = text.query(query)
    if not query then
      problems = add(problems, "query", reason)
    end
  end
  if type(body) == "table" then
    body, reason = json.encode(body)
    if not body then
      problems = add(problems, "body", "cannot be JSON: " .. reason)
    end
  end
  if given.headers then
    headers, problems = read_headers(given.headers, given.body ~= nil, problems)
  else
    headers = default_headers(body ~= nil)
  end
  if problems then
    return nil, problems
  end
  return { method = method, path = given.path, query = query, headers = headers, body = body }
end

return custom_request
