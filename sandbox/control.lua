--- The sandbox from a spec's side: where it is, what it has seen, and how to turn it.
-- Works in plain Lua 5.1 to 5.4 and LuaJIT; needs luasocket and cjson.

local http = require "socket.http"
local ltn12 = require "ltn12"
local cjson = require "cjson"

local control = { world = require "sandbox.fixtures" }

local FIELDS = {
  control = "CBR_SANDBOX_CONTROL", plain = "CBR_SANDBOX_PLAIN", tls = "CBR_SANDBOX_TLS", url = "CBR_SANDBOX_TLS",
  tls_expired = "CBR_SANDBOX_TLS_EXPIRED", tls_other_host = "CBR_SANDBOX_TLS_OTHER_HOST",
  tls_unknown_ca = "CBR_SANDBOX_TLS_UNKNOWN_CA", tls_old = "CBR_SANDBOX_TLS_OLD",
  metadata = "CBR_SANDBOX_METADATA", container = "CBR_SANDBOX_CONTAINER",
  ca = "CBR_SANDBOX_CA", dir = "CBR_SANDBOX_DIR",
}

for field, variable in pairs(FIELDS) do
  control[field] = os.getenv(variable)
  if not control[field] then
    error("no sandbox here (" .. variable .. " is not set): run it through sandbox/run", 2)
  end
end

local function call(method, path, body)
  local sent = body and cjson.encode(body)
  local received = {}
  local ok, status = http.request {
    method = method, url = control.control .. path, sink = ltn12.sink.table(received),
    source = sent and ltn12.source.string(sent) or nil,
    headers = sent and { ["content-length"] = #sent, ["content-type"] = "application/json" } or nil,
  }
  local text = table.concat(received)
  if not ok or status ~= 200 then
    error(("sandbox control %s %s: %s %s"):format(method, path, tostring(status), text), 3)
  end
  return cjson.decode(text)
end

--- The world as new; ledger, requests, faults, locks, clock and time scale too.
function control.reset() return call("POST", "/reset") end

--- Every order taken in, in order: {n, operation, time, project_id, region, vault_id, request, made, request_id}.
function control.ledger() return call("GET", "/ledger") end

--- Every request that reached the API, or the machine's port (then port = "metadata"):
-- {n, method, uri, operation, status, headers, body, connection, …}.
function control.requests() return call("GET", "/requests") end

function control.clear_ledger() return call("DELETE", "/ledger") end
function control.clear_requests() return call("DELETE", "/requests") end

--- Arms a fault: {fault = name, call = operation | "*" | pattern, times = 1, after = bool, …}; see the README's table.
function control.fault(fault) return call("POST", "/faults", fault) end

function control.faults() return call("GET", "/faults") end
function control.clear_faults() return call("DELETE", "/faults") end

--- Sandbox seconds per real second, from now on.
function control.time_scale(scale) return call("POST", "/time_scale", { scale = scale }) end

--- Shifts the server's clock by seconds against the real one.
function control.clock(offset) return call("POST", "/clock", { offset = offset }) end

--- How long tokens and temporary keys made from now on live: {token = real seconds, key = real seconds}.
function control.lives(seconds) return call("POST", "/lives", seconds) end

--- Voids {token = its text} or {access_key = id} at once.
function control.revoke(what) return call("POST", "/revoke", what) end

--- How the metadata service behaves: {mode = name, times, call, status, seconds}; see the README's table.
function control.metadata_mode(mode) return call("POST", "/metadata", mode) end

--- How the service shows things: {name = value, …}, see the README's table; what is left out stays. Without a table
-- only looks. → every quirk with its value.
function control.quirks(quirks)
  if quirks then return call("POST", "/quirks", quirks) end
  return call("GET", "/quirks")
end

function control.clear_quirks() return call("DELETE", "/quirks") end

--- Changes the world: {vaults = {name or id → fields}, backups = …, projects = …, fill = {vault_id, count, size, …}}.
function control.patch(changes) return call("POST", "/world", changes) end

return control
