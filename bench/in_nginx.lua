--- Calls inside one worker of a real nginx, and their effect on its other clients.
--
-- If the machine has two cores, the worker runs on one and everything else on the other. The delayed responses come
-- from a second nginx that checks no signature, since the sandbox cannot check 5000 per second. In the floor's column,
-- nginx itself passes the same request on, by proxy_pass over kept connections.

local contestants = require "bench.contestants"
local server = require "spec.helpers.nginx.server"
local support = require "spec.helpers.support"
local target = require "bench.target"

local LOAD = "build/bench/load"
local PING_CONNECTIONS, PING_INTERVAL = 4, 4 -- the interval in milliseconds
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

local HTTP = [[
  %s
  upstream delayed { server 127.0.0.1:%d; keepalive 4096; keepalive_requests 100000000; }
  init_by_lua_block {
    local cbr = require "cbr"
    local client = assert(cbr.new {
      endpoint = "http://127.0.0.1:%d", allow_http = true, proxy = "", timeout = 60, project_id = %q,
      credentials = { access_key = %q, secret_key = %q },
    })
    local function call()
      return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { bytes = 200, delay = "0.2" } }
    end
    local function respond(text)
      ngx.header.content_length = #text
      ngx.print(text)
    end
    function one()
      local response, err = call()
      ngx.status = response and 200 or 502
      respond(response and response.echo or tostring(err))
    end
    function many(count)
      local items = {}
      for i = 1, count do
        items[i] = i
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
  location = /one { content_by_lua_block { one() } }
  location = /many { content_by_lua_block { many(tonumber(ngx.var.arg_count)) } }
  location = /proxy {
    proxy_pass http://delayed%s;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Accept "application/json";
    proxy_set_header User-Agent "cbr/0 (LuaJIT 2.1; libcurl/0)";
    proxy_set_header X-Project-Id "%s";
    proxy_set_header X-Sdk-Date "20240102T030405Z";
    proxy_set_header Authorization
      "SDK-HMAC-SHA256 Access=%s, SignedHeaders=host;x-project-id;x-sdk-date, Signature=%s";
  }
]]

-- -> the core for the worker, and the one for everything else; nil if there is only one
local function cores()
  local list = support.run "taskset -cp $$":match ": ([%d,-]+)"
  local first, last = (list or ""):match "^(%d+).*%f[%d](%d+)$"
  return first, last
end

local function start(http, locations)
  return server.start { connections = 8192, main = "worker_rlimit_nofile 16384;", http = http, server = locations }
end

local function start_worker(port)
  local keys = target.credentials
  return start(HTTP:format(KEPT, port, port, target.project_id, keys.access_key, keys.secret_key),
    SERVER:format(PATH, target.project_id, keys.access_key, ("0"):rep(64)))
end

local function worker_of(nginx)
  local _, pids = nginx:workers()
  return pids:match "%d+"
end

-- Sends requests that make calls to nginx, and meanwhile the requests of its other clients (pings). Fields of `run`:
--   pin          command prefix that chooses the core
--   path         of the requests that make calls
--   connections  at a time, for these requests; 0: only pings
--   seconds      how long to send
--   expected     milliseconds that a delayed response takes
-- -> figures of the calls (nil without calls), figures of the pings, the reason if it failed
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

-- Runs fn(nginx) with a new nginx, so that no run is affected by an earlier one.
local function with_worker(delayed, core, fn)
  local nginx = start_worker(delayed.port)
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
    result:note "nginx and its load shared one core, so each affects the figures of the other."
  end

  result:section "one nginx worker: p50 / p99 / max in ms, less the response's 200; floor: its own proxy_pass"
  local idle, idle_cpu = with_worker(delayed, core, function(nginx)
    local before = contestants.cpu_of(worker_of(nginx))
    local _, others = load(nginx, { pin = pin, connections = 0, seconds = size.seconds })
    return others, contestants.cpu_of(worker_of(nginx)) - before
  end)
  result:row("none in flight: other clients", { floor = quantiles(idle), cbr = quantiles(idle) })

  -- Keeps `connections` requests for a path in flight, each of which makes `calls_each` calls. -> cells for the table
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

  for _, flight in ipairs(size.flights) do
    local runs = { floor = run("/proxy", flight, 1), cbr = run("/one", flight, 1) }
    local function row(label, field, options)
      local figures = { floor = runs.floor[field], cbr = runs.cbr[field] }
      result:row(("%d in flight: %s"):format(flight, label), figures, options)
    end
    row("the calls", "calls")
    row("other clients", "others")
    row("calls per second", "rate", { more_is_better = true })
    row("the worker's CPU per call, µs", "cpu")
  end
  for _, flight in ipairs(size.flights) do
    local map = run("/many?count=" .. flight, 1, flight)
    local function row(label, field)
      result:row(("%d by cbr.map in one request: %s"):format(flight, label), { cbr = map[field] })
    end
    row("until the last", "calls")
    row("other clients", "others")
    row("the worker's CPU per call, µs", "cpu")
  end
end

--- Adds the rows of this part.
---@param result table the printed table
---@param size table flights, seconds, warm_up
---@param delay number seconds before each response
return function(result, size, delay)
  local delayed = start(KEPT, DELAYED:format(delay))
  local ok, reason = pcall(measure, result, delayed, size, delay * 1000)
  delayed:stop "TERM"
  assert(ok, reason)
end
