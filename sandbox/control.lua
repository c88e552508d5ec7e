--- The sandbox as a test sees it: the sandbox's addresses, what it has received, and how to change its behaviour.
-- Needs luasocket and cjson. Runs on Lua 5.1 to 5.4 and LuaJIT, inside a command that sandbox/run started.
-- Every function raises an error if the server rejects the call; sandbox/README.md describes the values.

local http = require "socket.http"
local ltn12 = require "ltn12"
local cjson = require "cjson"

local control = { fixtures = require "sandbox.fixtures" }

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
    error("no sandbox is running (" .. variable .. " is not set): start the command with sandbox/run", 2)
  end
end

-- cjson keeps the decimal point of the locale in which it was loaded. cjson.new() reads the decimal point again,
-- but ends the process if the decimal point has several bytes.
local function read_decimal_point()
  if #cjson.encode(0.5) == #"0.5" then
    cjson.new()
  end
end

local function call(method, path, body)
  read_decimal_point()
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

--- Restores the fixtures, the clock and the time scale, empties the ledger and the request log, and removes all faults,
-- all quirks and all locks of keys.
function control.reset() return call("POST", "/reset") end

--- The accepted orders, oldest first: {n, operation, time, project_id, region, vault_id, request, made, request_id,
-- user_agent}.
function control.ledger() return call("GET", "/ledger") end

--- The request log: {n, method, uri, operation, status, headers, body, connection, …}, oldest first.
-- Requests to the metadata port have port = "metadata".
function control.requests() return call("GET", "/requests") end

function control.clear_ledger() return call("DELETE", "/ledger") end
function control.clear_requests() return call("DELETE", "/requests") end

--- Arms a fault: {fault = name, call = operation | "*" | pattern, times = 1, after = bool, …}.
function control.fault(fault) return call("POST", "/faults", fault) end

function control.faults() return call("GET", "/faults") end
function control.clear_faults() return call("DELETE", "/faults") end

--- Sets how many sandbox seconds pass in each real second after this call.
function control.time_scale(scale) return call("POST", "/time_scale", { scale = scale }) end

--- Sets the server's clock to the real time plus `offset` seconds.
function control.clock(offset) return call("POST", "/clock", { offset = offset }) end

--- Moves the server's clock and the cloud's time forward, as if `seconds` had passed: tasks end, policies run, backups
-- expire.
function control.forward(seconds) return call("POST", "/clock", { forward = seconds }) end

--- Sets the lifetimes of tokens and temporary keys issued from now on: {token = real seconds, key = real seconds}.
function control.lifetimes(seconds) return call("POST", "/lifetimes", seconds) end

--- Revokes a token, {token = text}, or an access key, {access_key = id}, at once.
function control.revoke(credential) return call("POST", "/revoke", credential) end

--- Sets the behaviour of the metadata service: {mode = name, times, call, status, seconds}.
function control.metadata_mode(mode) return call("POST", "/metadata", mode) end

--- Sets quirks: {name = value, …}. A quirk that is not named keeps its value. Without a table, nothing is set.
-- → every quirk with its value
function control.quirks(quirks)
  if quirks then
    return call("POST", "/quirks", quirks)
  end
  return call("GET", "/quirks")
end

function control.clear_quirks() return call("DELETE", "/quirks") end

--- Changes the cloud's present state:
-- {vaults = {[name or id] = fields}, backups = …, resources = …, projects = …, fill = {vault_id, count, size, …}}.
-- → the ids changed or added: {vaults = list, backups = list, resources = list, projects = list}
function control.patch(changes) return call("POST", "/state", changes) end

return control
