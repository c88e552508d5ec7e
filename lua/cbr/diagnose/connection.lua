--- Checks whether the service can be reached: region, endpoints, proxy, TLS, and the clock. The only request of these
-- checks has no signature, so that a wrong clock locks no key.

local core = require "cbr.core"
local http = require "cbr.call.http"
local json = require "cbr.util.json"
local options = require "cbr.options"
local proxy = require "cbr.endpoint.proxy"
local service_clock = require "cbr.call.service_clock"
local text = require "cbr.util.text"
local trust = require "cbr.endpoint.trust"

local connection = {}

local SECONDS = 20 -- how long the request may take

-- If this machine's clock is off by WRONG_SECONDS or more, this is a fault. If it is off by less, but by NOTED_SECONDS
-- or more, this is a note. A signature is valid for 900 seconds before and after the service's time.
local WRONG_SECONDS, NOTED_SECONDS = 300, 30

-- Whether a host is in the list of hosts that are reached without a proxy.
local function is_direct(no_proxy, origin)
  local host = text.lower(origin:match "//%[?([^%]/]*)":gsub(":%d+$", ""))
  for name in no_proxy:gmatch "[^,%s]+" do
    local domain = text.lower(name):gsub("^%.", "")
    if domain == "*" or host == domain or host:sub(-#domain - 1) == "." .. domain then
      return true
    end
  end
  return false
end

-- Returns the URL of the endpoint's proxy, without user and password; nil if no proxy is used.
local function proxy_of(state)
  local origin = state.client.origins[state.client.origin_index]
  local proxies = proxy.read(state.given, options.variable)
  local url = proxies and proxies[origin:match "^[a-z]+"] or ""
  if url == "" or is_direct(proxies.no_proxy, origin) then
    return nil
  end
  return (url:gsub("//[^/]*@", "//"))
end

--- Adds the checks that need no request: region, endpoints and proxy.
---@param state cbr.DiagnoseState
function connection.settings(state)
  local client = state.client
  if client.region_doubt then
    state.add("region", "note", client.region_doubt, "check the region")
  elseif client.region then
    state.add("region", "ok", client.region)
  else
    state.add("region", "note", "no region is set", "set CBR_REGION, so that the project can be looked up")
  end
  local iam = client.iam_origin and "IAM " .. client.iam_origin or "no IAM: " .. tostring(client.iam_problem)
  state.add("endpoint", "ok", ("%s; %s"):format(table.concat(client.origins, ", "), iam))
  state.proxy = proxy_of(state)
  state.add("proxy", "ok", state.proxy or "none")
end

local function trusted(given)
  local certificates = trust.read(given, options.variable) or {}
  return certificates.ca_file or certificates.ca_path or "the system's certificates"
end

local function check_clock(state)
  local date = service_clock.date(state.client.date_header)
  if not date then
    state.add("clock", "unchecked", "the response has no Date header")
    return
  end
  local offset = date - os.time()
  local check
  if math.abs(offset) >= WRONG_SECONDS then
    state.client.clock_offset = offset -- with this offset, the client's signatures are not rejected
    check = state.add("clock", "fault", ("this machine's clock is %.0f s %s the service's"):format(math.abs(offset),
      offset > 0 and "behind" or "ahead of"), "set the clock, for example by NTP")
  else
    check = state.add("clock", math.abs(offset) >= NOTED_SECONDS and "note" or "ok",
      ("this machine's clock and the service's differ by %.0f s"):format(math.abs(offset)))
  end
  check.offset = offset
end

-- Returns the name of the check that a failure belongs to.
local function name_of(state, err, response)
  if state.proxy and (err.kind == "connect" or response and response.result == "proxy") then
    return "proxy"
  elseif err.kind == "tls" then
    return "tls"
  end
  return state.client.region_doubt and "region" or "connection"
end

--- Sends the request, and adds the checks of connection, TLS and clock.
---@param state cbr.DiagnoseState
---@return boolean is_reached
function connection.check(state)
  local client = state.client
  local origin = client.origins[client.origin_index]
  local context = { client = client, operation = "diagnose", attempt_deadline = core.monotonic() + SECONDS }
  local _, err = http.send(context, {
    method = "GET", path = "/", origin = origin, headers = json.HEADERS, service = "cbr",
  })
  local response = context.response
  if not response or response.result ~= "ok" then
    local check = state.fail(name_of(state, err, response), err)
    if check.name == "region" then
      check.advice = client.region_doubt
    elseif check.name == "proxy" then
      check.advice = ("check the proxy %s, or use no proxy"):format(state.proxy)
    end
    return false
  end
  state.add("connection", "ok", ("%s responds"):format(origin))
  if origin:find "^https:" then
    local is_verified = state.given.verify_tls ~= false
    state.add("tls", is_verified and "ok" or "note", is_verified and "trusted by " .. trusted(state.given)
      or "certificates are not checked", not is_verified and "leave out the option verify_tls" or nil)
  end
  check_clock(state)
  return true
end

return connection
