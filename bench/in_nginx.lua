--- The part `nginx`: calls inside one worker of a real nginx, and how these calls affect the worker's other clients.
--
-- If the machine has two cores, the worker runs on one and everything else on the other. The delayed responses come
-- from a second nginx that checks no signature, since the sandbox cannot check 5000 signatures per second. In the
-- column "floor", nginx itself sends the same request, by proxy_pass over kept connections.

local contestants = require "bench.contestants"
local server = require "spec.helpers.nginx.server"
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"
local target = require "bench.target"

local LOAD = "build/bench/load"
local PING_CONNECTIONS, PING_INTERVAL = 4, 4 -- PING_INTERVAL is in milliseconds
local PATH = "/v3/" .. target.project_id .. "/echo?bytes=200&delay=0.2"
local KEPT = "keepalive_requests 100000000; lua_max_running_timers 4096; lua_max_pending_timers 4096;"

-- The server of the delayed responses.
local DELAYED = [[
  location / {
    content_by_lua_block {
      ngx.sleep(%s)
      ngx.header.content_length = 200
      ngx.header.content_type = "application/json"
      ngx.print('{"echo":"', ("x"):rep(189), '"}')
    }
  }
]]

-- The same server over TLS: over kept connections, and with a new connection for each request.
local DELAYED_OVER_TLS = [[
  ssl_certificate %(dir)/localhost.pem;
  ssl_certificate_key %(dir)/server.key;
  ssl_session_cache shared:sessions:10m;
  server { listen 127.0.0.1:%(tls) ssl backlog=4096; %(location) }
  server { listen 127.0.0.1:%(fresh) ssl backlog=4096; keepalive_timeout 0; %(location) }
]]

local HTTP = [[
  %(kept)
  upstream plain { server 127.0.0.1:%(plain); keepalive 4096; keepalive_requests 100000000; }
  upstream tls { server 127.0.0.1:%(tls); keepalive 4096; keepalive_requests 100000000; }
  upstream fresh { server 127.0.0.1:%(fresh); }
  proxy_ssl_trusted_certificate %(ca_file);
  proxy_ssl_verify on;
  proxy_ssl_name localhost;
  init_by_lua_block {
    local cbr = require "cbr"
    local clients = {}
    for kind, endpoint in pairs {
      plain = "http://127.0.0.1:%(plain)", tls = "https://127.0.0.1:%(tls)", fresh = "https://127.0.0.1:%(fresh)",
    } do
      clients[kind] = assert(cbr.new {
        endpoint = endpoint, allow_http = true, proxy = "", timeout = 60, project_id = "%(project_id)",
        ca_file = "%(ca_file)", credentials = { access_key = "%(access_key)", secret_key = "%(secret_key)" },
      })
    end
    local function call(kind)
      local query = { bytes = 200, delay = "0.2" }
      return clients[kind]:request { method = "GET", path = "/v3/{project_id}/echo", query = query }
    end
    local function respond(text)
      ngx.header.content_length = #text
      ngx.print(text)
    end
    function one(kind)
      local response, err = call(kind)
      ngx.status = response and 200 or 502
      respond(response and response.echo or tostring(err))
    end
    function many(kind, count)
      local items = {}
      for i = 1, count do
        items[i] = kind
      end
      local _, errors = cbr.map(items, call, { concurrency = count })
      local _, err = next(errors)
      ngx.status = err == nil and 200 or 502
      respond(tostring(err))
    end
  }
]]

local SERVER = [[
  location = /static { return 200 "static"; }
  location /one/ { content_by_lua_block { one(ngx.var.uri:match "%w+$") } }
  location /many/ { content_by_lua_block { many(ngx.var.uri:match "%w+$", tonumber(ngx.var.arg_count)) } }
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header Accept "application/json";
  proxy_set_header User-Agent "cbr/0 (LuaJIT 2.1; libcurl/0)";
  proxy_set_header X-Project-Id "%(project_id)";
  proxy_set_header X-Sdk-Date "20240102T030405Z";
  proxy_set_header Authorization
    "SDK-HMAC-SHA256 Access=%(access_key), SignedHeaders=host;x-project-id;x-sdk-date, Signature=%(signature)";
  location = /proxy/plain { proxy_pass http://plain%(path); }
  location = /proxy/tls { proxy_pass https://tls%(path); }
  location = /proxy/fresh { proxy_pass https://fresh%(path); }
]]

-- Returns the core for the worker and the core for everything else; nil if there is only one core.
local function cores()
  local list = support.run "taskset -cp $$":match ": ([%d,-]+)"
  local first, last = (list or ""):match "^(%d+).*%f[%d](%d+)$"
  return first, last
end

-- Replaces each %(name) in a text by the field `name`.
local function filled(text, fields)
  return (text:gsub("%%%(([%w_]+)%)", fields))
end

local function start(http, locations)
  return server.start { connections = 8192, main = "worker_rlimit_nofile 16384;", http = http, server = locations }
end

-- Starts the server of the delayed responses. Returns the server, with fields for the configuration of the worker.
local function start_delayed(delay)
  local fields = {
    tls = servers.free_port(), fresh = servers.free_port(), dir = support.sandbox.dir,
    location = DELAYED:format(delay),
  }
  local delayed = start(KEPT .. filled(DELAYED_OVER_TLS, fields), fields.location)
  local keys = target.credentials
  delayed.fields = {
    kept = KEPT, plain = delayed.port, tls = fields.tls, fresh = fields.fresh, path = PATH,
    ca_file = contestants.ca_file(), project_id = target.project_id, access_key = keys.access_key,
    secret_key = keys.secret_key, signature = ("0"):rep(64),
  }
  return delayed
end

local function start_worker(delayed)
  return start(filled(HTTP, delayed.fields), filled(SERVER, delayed.fields))
end

local function worker_of(nginx)
  local _, pids = nginx:workers()
  return pids:match "%d+"
end

-- Sends requests that make nginx call the service. At the same time, sends pings: requests that stand for those of
-- nginx's other clients. Fields of `run`:
--   pin          command prefix that chooses the processor core
--   path         path of the requests that make nginx call the service
--   connections  number of connections for these requests; 0: only pings are sent
--   seconds      how long requests are sent
--   expected     milliseconds that a delayed response takes
-- -> figures of the calls (nil without calls), figures of the pings, the reason of a failure
local function load(nginx, run)
  local pings = os.tmpname()
  local program = ("%s%s %s "):format(run.pin, LOAD, nginx.port)
  local command = ("%s /static %d %g %d 0 >%s & "):format(program, PING_CONNECTIONS, run.seconds, PING_INTERVAL, pings)
  if run.connections > 0 then
    local calls = ("%s '%s' %d %g 0 %d"):format(program, run.path, run.connections, run.seconds, run.expected)
    command = command .. calls .. "; status=$?; wait; exit $status"
  else
    command = command .. "wait"
  end
  local output, reason = contestants.run("ulimit -S -n $(ulimit -H -n); " .. command)
  local others = contestants.fields(support.read(pings))
  os.remove(pings)
  return output and contestants.fields(output), others, reason
end

local function quantiles(figures)
  return figures and ("%.1f / %.1f / %.1f"):format(figures.p50, figures.p99, figures.max)
end

-- Calls fn(nginx) with a new nginx, so that an earlier measurement cannot affect the next.
local function with_worker(delayed, core, fn)
  local nginx = start_worker(delayed)
  if core then
    support.run(("taskset -cp %s %s"):format(core, worker_of(nginx)))
  end
  local ok, one, two, three = pcall(fn, nginx)
  nginx:stop "TERM"
  assert(ok, one)
  return one, two, three
end

local function measure(result, delayed, size, expected)
  local core, rest = cores()
  local pin = ""
  if core then
    support.run(("taskset -cp %s %s"):format(rest, worker_of(delayed)))
    pin = ("taskset -c %s "):format(rest)
  else
    result:note "nginx and the program that sends requests shared one core, so both affect the figures."
  end

  result:section "one nginx worker: p50 / p99 / max in ms, without the 200 ms of the response; floor: proxy_pass"
  local idle, idle_cpu = with_worker(delayed, core, function(nginx)
    local before = contestants.cpu_of(worker_of(nginx))
    local _, others = load(nginx, { pin = pin, connections = 0, seconds = size.seconds })
    return others, contestants.cpu_of(worker_of(nginx)) - before
  end)
  result:row("none in flight: other clients", { floor = quantiles(idle), cbr = quantiles(idle) })

  -- Keeps `connections` requests for a path in flight. Each request makes `calls_each` calls. -> cells for the table
  local function run(path, connections, calls_each)
    return with_worker(delayed, core, function(nginx)
      local worker = worker_of(nginx)
      local function load_for(seconds)
        return load(nginx, {
          pin = pin, path = path, connections = connections, seconds = seconds, expected = expected,
        })
      end
      load_for(size.warm_up)
      local before = contestants.cpu_of(worker)
      local calls, others, reason = load_for(size.seconds)
      local spent = math.max(0, contestants.cpu_of(worker) - before - idle_cpu)
      if not calls then
        result:note(("in nginx, %d requests for %s at a time fail: %s"):format(connections, path, reason))
        return { calls = "fails", others = "fails" }
      elseif calls.unfinished > 0 then
        result:note(("in nginx, %d of %d requests for %s had no response %d ms after the end."):format(
          calls.unfinished, calls.calls + calls.unfinished, path, 500))
      end
      local count = calls.calls * calls_each
      return {
        calls = quantiles(calls), others = quantiles(others), cpu = count > 0 and spent / count * 1e6 or nil,
        rate = count / size.seconds,
      }
    end)
  end

  -- Adds the rows for `flight` requests at a time, each of which makes one call.
  local function requests(kind, title, flight)
    local runs = { floor = run("/proxy/" .. kind, flight, 1), cbr = run("/one/" .. kind, flight, 1) }
    local function row(label, field, options)
      local figures = { floor = runs.floor[field], cbr = runs.cbr[field] }
      result:row(title:format(flight) .. ": " .. label, figures, options)
    end
    row("the calls", "calls")
    row("other clients", "others")
    row("calls per second", "rate", { more_is_better = true })
    row("the worker's CPU per call, µs", "cpu")
  end

  -- Adds the rows for one request that makes `flight` calls.
  local function map(kind, title, flight)
    local figures = run(("/many/%s?count=%d"):format(kind, flight), 1, flight)
    local function row(label, field)
      result:row(title:format(flight) .. ": " .. label, { cbr = figures[field] })
    end
    row("until the last", "calls")
    row("other clients", "others")
    row("the worker's CPU per call, µs", "cpu")
  end

  for _, flight in ipairs(size.flights) do
    requests("plain", "%d in flight", flight)
  end
  for _, flight in ipairs(size.flights) do
    map("plain", "%d by cbr.map in one request", flight)
  end
  result:section "one nginx worker over TLS, with kept connections, and with a new connection for each call"
  for _, flight in ipairs(size.over_tls) do
    requests("tls", "%d in flight, kept", flight)
  end
  for _, flight in ipairs(size.over_new_tls) do
    requests("fresh", "%d in flight, new", flight)
    map("fresh", "%d by cbr.map in one request, new", flight)
  end
end

--- Adds the rows of this part.
---@param result table the printed table
---@param size table flights, seconds, warm_up
---@param delay number seconds before each response
return function(result, size, delay)
  local delayed = start_delayed(delay)
  local ok, reason = pcall(measure, result, delayed, size, delay * 1000)
  delayed:stop "TERM"
  assert(ok, reason)
end
