--- The endpoints. Orders and jobs need the bearer token. Status and metrics need no token, and contain no secret.

local json = require "replicator.json"
local metrics = require "replicator.metrics"
local records = require "replicator.records"
local status = require "replicator.status"
local store = require "replicator.store"
local token = require "replicator.token"

local api = {}

local function respond(status_code, body)
  ngx.status = status_code
  ngx.header["Content-Type"] = "application/json"
  ngx.header["Cache-Control"] = "no-store"
  ngx.print(json.encode(body), "\n")
  return ngx.exit(ngx.OK)
end

local function must_have_token(settings)
  if not token.is_right(settings.token) then
    ngx.header["WWW-Authenticate"] = 'Bearer realm="cbr"'
    return respond(401, { error = "the bearer token is missing or wrong" })
  end
end

local function must_use(methods)
  if not (" " .. methods .. " "):find(" " .. ngx.req.get_method() .. " ", 1, true) then
    ngx.header["Allow"] = methods
    return respond(405, { error = "the method must be one of: " .. methods })
  end
end

local function random_id()
  local file = assert(io.open("/dev/urandom", "rb"))
  local bytes = file:read(16)
  file:close()
  return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

-- The same Idempotency-Key gives the same job, so a caller that lost the response can repeat the request.
local function job_id(kind)
  local key = ngx.var.http_idempotency_key
  return key and key ~= "" and ngx.md5(kind .. "\0" .. key) or random_id()
end

-- Reads the parameters in the body. -> the parameters. Ends the request if the parameters are not valid.
local function read_parameters(settings, kind)
  ngx.req.read_body()
  local params, reason = json.decode(ngx.req.get_body_data() or "")
  if not params then
    return respond(400, { error = "the body must be a JSON object: " .. reason })
  end
  local problems = settings.client:problems(kind, params)
  if #problems > 0 then
    return respond(400, { error = "the parameters are not valid", problems = problems })
  end
  return params
end

-- Whether every field of `a` is the same in `b`.
local function is_within(a, b)
  for name, value in pairs(a) do
    if b[name] ~= value then
      return false
    end
  end
  return true
end

--- POST /replicate, POST /sync: queues a job and responds at once.
---@param settings table
---@param kind "replicate"|"sync"
function api.order(settings, kind)
  must_use "POST"
  must_have_token(settings)
  local params, id = read_parameters(settings, kind), job_id(kind)
  local location, queue = "/jobs/" .. id, nil
  local job, reason = store.use(settings, function(db)
    local new = records.of_job(settings, { id = id, kind = kind, params = params }, db:now())
    queue = db
    if db:enqueue(new) then
      return new
    end
    return (db:read(new.key)) or error({ redis = "the record of the job has just expired" }, 0)
  end)
  if not job and queue and queue.broken then -- Redis may have carried out the command
    return respond(503, { error = "the job may have been queued: " .. reason, id = id, location = location })
  elseif not job then
    return respond(503, { error = "the job was not queued, and nothing is ordered: " .. reason })
  elseif not (is_within(params, job.params) and is_within(job.params, params)) then
    return respond(409, { error = "this Idempotency-Key belongs to a job with other parameters", id = id })
  end
  ngx.header["Location"] = location
  return respond(202, { id = id, state = job.state, location = location })
end

--- GET /jobs/<id>
function api.job(settings, id)
  must_use "GET HEAD"
  must_have_token(settings)
  local job
  local ok, reason = store.use(settings, function(db)
    job = db:read(settings.prefix .. "job:" .. id)
    return true
  end)
  if not ok then
    return respond(503, { error = reason })
  elseif not job then
    return respond(404, { error = "there is no such job, or its record has expired" })
  end
  local view = status.view(settings, job)
  view.params, view.started = job.params, job.started
  return respond(200, view)
end

--- GET /status.json
function api.status_json(settings)
  must_use "GET HEAD"
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
  must_use "GET HEAD"
  ngx.header["Content-Type"] = "text/plain; version=0.0.4; charset=utf-8"
  ngx.print(metrics.text(status.snapshot(settings)))
end

return api
