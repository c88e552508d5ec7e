--- The endpoints. Orders and jobs are behind the bearer token; status and metrics are not, and hold no secret.

local json = require "cbr.util.json"
local metrics = require "replicator.metrics"
local record = require "replicator.record"
local status = require "replicator.status"
local store = require "replicator.store"
local token = require "replicator.token"

local api = {}

local function answer(code, body)
  ngx.status = code
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  ngx.print(json.encode(body), "\n")
  return ngx.exit(ngx.OK)
end

local function must_be_allowed(settings)
  if not token.is_right(settings.token) then
    ngx.header["WWW-Authenticate"] = 'Bearer realm="cbr"'
    return answer(401, { error = "a bearer token is needed, and this is not the right one" })
  end
end

local function must_be(methods)
  if not (" " .. methods .. " "):find(" " .. ngx.req.get_method() .. " ", 1, true) then
    ngx.header["Allow"] = methods
    return answer(405, { error = "the method must be one of: " .. methods })
  end
end

local function random_id()
  local file = assert(io.open("/dev/urandom", "rb"))
  local bytes = file:read(16)
  file:close()
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- One key, one job: a caller who did not hear the answer can ask again.
local function id_of(kind)
  local key = ngx.var.http_idempotency_key
  return key and ngx.md5(kind .. "\0" .. key) or random_id()
end

-- -> the parameters of the body; or nothing, and the request is answered
local function parameters(settings, kind)
  ngx.req.read_body()
  local params, reason = json.decode(ngx.req.get_body_data() or "")
  if type(params) ~= "table" then
    return answer(400, { error = "the body must be a JSON object: " .. (reason or "it is none") })
  end
  local problems = settings.client:problems(kind, params)
  if #problems > 0 then
    return answer(400, { error = "the parameters cannot be sent", problems = problems })
  end
  return params
end

local function same(a, b)
  for name, value in pairs(a) do
    if b[name] ~= value then
      return false
    end
  end
  return true
end

--- POST /replicate, POST /sync: takes a job on, and answers at once.
---@param settings table
---@param kind "replicate"|"sync"
function api.order(settings, kind)
  must_be "POST"
  must_be_allowed(settings)
  local params = parameters(settings, kind)
  local id = id_of(kind)
  local job, reason = store.use(settings, function(db)
    local fresh = record.of_job(settings, id, kind, params, db:now())
    if db:enqueue(fresh) then
      return fresh
    end
    return (db:read(fresh.key)) or fresh
  end)
  if not job then
    return answer(503, { error = "the job was not taken on, and nothing is ordered: " .. reason })
  elseif not (same(params, job.params) and same(job.params, params)) then
    return answer(409, { error = "this Idempotency-Key belongs to a job with other parameters", id = id })
  end
  ngx.header["Location"] = "/jobs/" .. id
  return answer(202, { id = id, state = job.state, location = "/jobs/" .. id })
end

--- GET /jobs/<id>
function api.job(settings, id)
  must_be "GET HEAD"
  must_be_allowed(settings)
  local job
  local well, reason = store.use(settings, function(db)
    job = db:read(settings.prefix .. "job:" .. id)
    return true
  end)
  if not well then
    return answer(503, { error = reason })
  elseif not job then
    return answer(404, { error = "there is no such job, or it is long over" })
  end
  local view = status.view(job)
  view.params, view.started = job.params, job.started
  return answer(200, view)
end

--- GET /status.json, and GET /status for who asks for JSON
function api.status_json(settings)
  must_be "GET HEAD"
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  ngx.print(status.text(settings), "\n")
end

--- GET /status: JSON for programs, the page for people.
function api.status(settings)
  ngx.header["Vary"] = "Accept"
  local accept = ngx.var.http_accept or ""
  if accept:find("application/json", 1, true) and not accept:find("text/html", 1, true) then
    return api.status_json(settings)
  end
  return ngx.exec "/page/index.html"
end

--- GET /metrics
function api.metrics(settings)
  must_be "GET HEAD"
  ngx.header["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
  ngx.print(metrics.text(status.snapshot(settings)))
end

return api
