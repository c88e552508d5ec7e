-- luacheck: std ngx_lua+luajit
--- The control interface: HTTP calls by which tests inspect and change the sandbox. The calls have their own port and
-- need no authentication. sandbox/control.lua is the client for these calls.

local clock = require "sandbox.clock"
local events = require "sandbox.cbr.events"
local faults = require "sandbox.faults.faults"
local guard = require "sandbox.gateway.guard"
local json = require "sandbox.json"
local keys = require "sandbox.iam.keys"
local ledger = require "sandbox.ledger"
local lifetimes = require "sandbox.iam.lifetimes"
local metadata = require "sandbox.machine.metadata"
local patch = require "sandbox.patch"
local quirks = require "sandbox.faults.quirks"
local replication = require "sandbox.cbr.replication"
local request_log = require "sandbox.gateway.request_log"
local tokens = require "sandbox.iam.tokens"

local control_plane = {}

local function number_in(body, field)
  local value = body[field]
  if type(value) ~= "number" then
    error(field .. " must be a number", 0)
  end
  return value
end

local function done()
  return { ok = true }
end

--- Restores the initial state of everything.
function control_plane.reset()
  clock.reset()
  faults.reset()
  keys.reset()
  ledger.clear()
  lifetimes.reset()
  metadata.reset()
  quirks.reset()
  replication.reset()
  request_log.clear()
  tokens.reset()
  return done()
end

local function revoke(body)
  if body.token and not tokens.revoke(body.token) then
    error("no such token", 0)
  end
  if body.access_key and not keys.revoke(body.access_key) then
    error("no such access_key", 0)
  end
  if not (body.token or body.access_key) then
    error("token or access_key is missing", 0)
  end
  return done()
end

-- The handlers of the calls. Each handler gets the decoded body of the request, and returns what is sent as JSON. For
-- bad input, a handler raises an error without a position, error(…, 0), and the client gets status 400.
local CALLS = {
  ["GET /ledger"] = ledger.list,
  ["DELETE /ledger"] = function() ledger.clear() return done() end,
  ["GET /requests"] = request_log.list,
  ["DELETE /requests"] = function() request_log.clear() return done() end,
  ["GET /faults"] = faults.list,
  ["DELETE /faults"] = function() faults.reset() return done() end,
  ["POST /faults"] = function(body)
    local ok, problem = faults.add(body)
    if not ok then
      error(problem, 0)
    end
    return done()
  end,
  ["POST /reset"] = control_plane.reset,
  ["GET /time_scale"] = function() return { scale = clock.scale() } end,
  ["POST /time_scale"] = function(body)
    clock.set_scale(number_in(body, "scale"))
    return { scale = clock.scale() }
  end,
  ["GET /clock"] = function()
    return { offset = clock.offset(), now = clock.now(), cloud_time = clock.cloud_time() }
  end,
  ["POST /clock"] = function(body)
    if body.forward then
      if number_in(body, "forward") < 0 then
        error("forward must not be negative", 0)
      end
      clock.forward(body.forward)
      events.settle()
    else
      clock.set_offset(number_in(body, "offset"))
    end
    return { offset = clock.offset(), now = clock.now(), cloud_time = clock.cloud_time() }
  end,
  ["POST /lifetimes"] = function(body)
    lifetimes.set(body)
    return { token = lifetimes.token(), key = lifetimes.key() }
  end,
  ["POST /revoke"] = revoke,
  ["GET /metadata"] = metadata.settings,
  ["POST /metadata"] = function(body)
    metadata.set(body)
    return metadata.settings()
  end,
  ["GET /quirks"] = quirks.all,
  ["DELETE /quirks"] = function() quirks.reset() return done() end,
  ["POST /quirks"] = function(body)
    quirks.set(body)
    return quirks.all()
  end,
  ["POST /state"] = function(body)
    events.settle()
    return patch.apply(body)
  end,
}

-- → status, the reply as JSON
local function respond()
  ngx.req.read_body()
  local call = CALLS[ngx.req.get_method() .. " " .. ngx.var.uri]
  if not call then
    return 404, json.encode { error = "no such control call" }
  end
  local body = json.decode(ngx.req.get_body_data() or "{}")
  if type(body) ~= "table" then
    error("the body is not a JSON object", 0)
  end
  return 200, json.encode(call(body))
end

--- The content phase of the control port. Bad input is rejected with status 400; an error in the sandbox is a 500.
function control_plane.content()
  local ok, status, reply = guard.call(respond)
  if not ok then
    local problem = status
    status, reply = problem.is_bug and 500 or 400, json.encode { error = problem.message }
  end
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.say(reply)
end

return control_plane
