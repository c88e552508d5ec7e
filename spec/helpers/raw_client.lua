--- A plain HTTP client for specs of the sandbox itself. The client shows what the server sent, without cbr in between,
-- and signs in with a token.

local cjson = require "cjson"
local http = require "socket.http"
local ltn12 = require "ltn12"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local raw_client = {}

--- The path of a call in the project `home` of the fixtures.
function raw_client.path(rest)
  return ("/v3/%s/%s"):format(fixtures.projects.home.id, rest)
end

---@param path string with the query
---@param options? { method: string?, body: table?, headers: table?, base: string? }
---@return { status: integer, headers: table, text: string, body: table? } response `body` is nil if it is not JSON
function raw_client.send(path, options)
  options = options or {}
  local sent = options.body and cjson.encode(options.body) or ""
  local headers = {
    ["x-auth-token"] = fixtures.tokens.home.value, ["content-type"] = "application/json", ["content-length"] = #sent,
  }
  for name, value in pairs(options.headers or {}) do
    headers[name] = value or nil
  end
  local received = {}
  local ok, status, received_headers = http.request {
    method = options.method or "GET", url = (options.base or sandbox.plain) .. path, headers = headers,
    source = ltn12.source.string(sent), sink = ltn12.sink.table(received), redirect = false,
  }
  if not ok then
    error(status, 2)
  end
  local text = table.concat(received)
  local decoded, body = pcall(cjson.decode, text)
  return { status = status, headers = received_headers, text = text, body = decoded and body or nil }
end

--- Makes a call in the project `home`, which must succeed. Returns the body of the response.
function raw_client.get(rest)
  local response = raw_client.send(raw_client.path(rest))
  if response.status ~= 200 then
    error(("%d %s"):format(response.status, response.text), 2)
  end
  return response.body
end

return raw_client
