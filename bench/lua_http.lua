-- The contestant lua-http: what a Lua user would write without cbr. It runs on cqueues, and signs requests by itself
-- with luaossl.
-- Usage: like cbr.lua.

local cqueues = require "cqueues"
local json = require "cjson"
local digest = require "openssl.digest"
local hmac = require "openssl.hmac"
local http_client = require "http.client"
local http_request = require "http.request"

local mode, calls, at_a_time, delay = arg[1], tonumber(arg[2] or 1), tonumber(arg[3]), arg[4]

local figures = require "bench.figures"
local target = require "bench.target"

local TIMEOUT = 120
local scheme, host, port = target.endpoint:match "^(%w+)://([^:]+):(%d+)"
local authority = host .. ":" .. port

-- {======= the signature =======

local function hex(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

local function encode(text)
  return (text:gsub("[^%w%-_.~]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

local function sha256(text)
  return hex(digest.new "sha256":final(text))
end

local function sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

-- Signs a request without a body. -> path and query in the form that is sent; the headers, with Authorization
local function sign(method, path, query, headers)
  local date = os.date "!%Y%m%dT%H%M%SZ"
  headers["x-sdk-date"], headers.host = date, authority
  local url_path = path:gsub("[^/]+", encode)
  local query_parts, lines = {}, {}
  for i, name in ipairs(sorted_keys(query)) do
    query_parts[i] = encode(name) .. "=" .. encode(tostring(query[name]))
  end
  local query_string = table.concat(query_parts, "&")
  local names = sorted_keys(headers)
  for i, name in ipairs(names) do
    lines[i] = name .. ":" .. headers[name] .. "\n"
  end
  local signed = table.concat(names, ";")
  local canonical = table.concat({
    method, url_path .. "/", query_string, table.concat(lines), signed, sha256 "",
  }, "\n")
  local to_sign = table.concat({ "SDK-HMAC-SHA256", date, sha256(canonical) }, "\n")
  local signature = hex(hmac.new(target.credentials.secret_key, "sha256"):final(to_sign))
  headers.authorization = ("SDK-HMAC-SHA256 Access=%s, SignedHeaders=%s, Signature=%s"):format(
    target.credentials.access_key, signed, signature)
  return url_path .. "?" .. query_string, headers
end

-- }======================================================

local path = target.path(target.project_id)

local function new_request(response_delay)
  local url, headers = sign("GET", path, target.query(response_delay), {
    accept = "application/json", ["x-project-id"] = target.project_id,
  })
  headers.host = nil -- lua-http itself adds this header
  local request = http_request.new_from_uri(target.endpoint .. url)
  for name, value in pairs(headers) do
    request.headers:upsert(name, value)
  end
  return request
end

local function read_response(headers, stream)
  local body = assert(stream:get_body_as_string(TIMEOUT))
  assert(headers:get ":status" == "200", body)
  return json.decode(body)
end

-- Makes a call on a new connection, which request:go closes after the response.
local function call(response_delay)
  return read_response(assert(new_request(response_delay):go(TIMEOUT)))
end

if mode == "first" then
  assert(call())
  return
end

local connection

-- Makes a call on a connection that is kept.
local function kept_call()
  connection = connection or assert(http_client.connect({
    host = host, port = tonumber(port), tls = scheme == "https", version = 1.1,
  }, TIMEOUT))
  local stream = assert(connection:new_stream())
  assert(stream:write_headers(new_request().headers, true, TIMEOUT))
  return read_response(assert(stream:get_headers(TIMEOUT)), stream)
end

local function sequence(count)
  for _ = 1, count do
    assert(kept_call())
  end
end

local work = {}

function work.sequence()
  sequence(calls)
end

local function fly(count, response_delay)
  local queue, started = cqueues.new(), 0
  for _ = 1, at_a_time do
    queue:wrap(function()
      while started < count do
        started = started + 1
        assert(call(response_delay))
      end
    end)
  end
  assert(queue:loop())
end

function work.flight()
  fly(calls, delay)
end

work.warm = work.flight

function work.sign()
  for _ = 1, calls do
    sign("GET", path, target.query(), { accept = "application/json" })
  end
end

sequence(mode == "sign" and 0 or target.warm_up)
if mode == "warm" then
  fly(at_a_time, target.long_delay)
end
figures.measure(calls, cqueues.monotime, work[mode])
