-- luacheck: std ngx_lua+luajit
--- The other side of the sandbox, on its own port and without sign-in: what specs look at and turn.

local clock = require "sandbox.clock"
local faults = require "sandbox.faults"
local json = require "sandbox.json"
local keys = require "sandbox.keys"
local ledger = require "sandbox.ledger"
local lives = require "sandbox.lifetimes"
local metadata = require "sandbox.metadata"
local patch = require "sandbox.patch"
local quirks = require "sandbox.quirks"
local replication = require "sandbox.replication"
local tokens = require "sandbox.tokens"

local control_plane = {}

local function number_in(body, field)
  local value = body[field]
  if type(value) ~= "number" then error(field .. " must be a number", 0) end
  return value
end

local function done()
  return { ok = true }
end

--- Everything as at the start.
function control_plane.reset()
  clock.reset()
  faults.reset()
  keys.reset()
  ledger.reset()
  lives.reset()
  metadata.reset()
  quirks.reset()
  replication.reset()
  tokens.reset()
  return done()
end

local function revoke(body)
  if body.token and not tokens.revoke(body.token) then error("no such token", 0) end
  if body.access_key and not keys.revoke(body.access_key) then error("no such access_key", 0) end
  if not (body.token or body.access_key) then error("a token or an access_key is needed", 0) end
  return done()
end

local CALLS = {
  ["GET /ledger"] = function() return ledger.orders() end,
  ["DELETE /ledger"] = function() ledger.clear_orders() return done() end,
  ["GET /requests"] = function() return ledger.requests() end,
  ["DELETE /requests"] = function() ledger.clear_requests() return done() end,
  ["GET /faults"] = function() return faults.list() end,
  ["DELETE /faults"] = function() faults.reset() return done() end,
  ["POST /faults"] = function(body)
    local ok, problem = faults.add(body)
    if not ok then error(problem, 0) end
    return done()
  end,
  ["POST /reset"] = control_plane.reset,
  ["GET /time_scale"] = function() return { scale = clock.scale() } end,
  ["POST /time_scale"] = function(body)
    clock.set_scale(number_in(body, "scale"))
    return { scale = clock.scale() }
  end,
  ["GET /clock"] = function() return { offset = clock.offset(), now = clock.now(), pace = clock.pace() } end,
  ["POST /clock"] = function(body)
    clock.set_offset(number_in(body, "offset"))
    return { offset = clock.offset(), now = clock.now() }
  end,
  ["POST /lives"] = function(body)
    lives.set(body)
    return { token = lives.token(), key = lives.key() }
  end,
  ["POST /revoke"] = revoke,
  ["GET /metadata"] = metadata.mood,
  ["POST /metadata"] = function(body)
    metadata.set(body)
    return metadata.mood()
  end,
  ["GET /quirks"] = quirks.all,
  ["DELETE /quirks"] = function() quirks.reset() return done() end,
  ["POST /quirks"] = function(body)
    quirks.set(body)
    return quirks.all()
  end,
  ["POST /world"] = function(body)
    replication.settle()
    return patch.apply(body)
  end,
}

function control_plane.answer()
  ngx.req.read_body()
  local call = CALLS[ngx.req.get_method() .. " " .. ngx.var.uri]
  local status, answer = 404, { error = "no such control call" }
  if call then
    local ok, result = pcall(call, json.decode(ngx.req.get_body_data() or "{}") or {})
    status, answer = ok and 200 or 400, ok and result or { error = tostring(result) }
  end
  ngx.status = status
  ngx.header["Content-Type"] = "application/json"
  ngx.say(json.encode(answer))
end

return control_plane
