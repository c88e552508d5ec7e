--- The calls inside one worker of a real nginx, and what its other clients notice of them.
--
-- The worker has one core, all else another, where there are two. The late answers come from an nginx of their own that
-- checks no signature: the sandbox cannot check 5000 a second. In the floor's column nginx itself passes the same
-- request on, by proxy_pass over kept connections.

local contestants = require "bench.contestants"
local server = require "spec.helpers.nginx.server"
local support = require "spec.helpers.support"
local target = require "bench.target"

local LOAD = "build/bench/load"
local PINGERS, PING_EVERY = 4, 4 -- connections; milliseconds
local PATH = "/v3/" .. target.project_id .. "/echo?bytes=200&delay=0.2"
local KEPT = "keepalive_requests 100000000; lua_max_running_timers 4096; lua_max_pending_timers 4096;"

local LATE = [[
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
  upstream late { server 127.0.0.1:%d; keepalive 4096; keepalive_requests 100000000; }
  init_by_lua_block {
    local cbr = require "cbr"
    local client = assert(cbr.new {
      endpoint = "http://127.0.0.1:%d", allow_http = true, proxy = "", timeout = 60, project_id = %q,
      credentials = { access_key = %q, secret_key = %q },
    })
    local function call()
      return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { bytes = 200, delay = "0.2" } }
    end
    local function say(text)
      ngx.header.content_length = #text
      ngx.print(text)
    end
    function one()
      local answer, err = call()
      ngx.status = answer and 200 or 502
      say(answer and answer.echo or tostring(err))
    end
    function many(count)
      local list = {}
      for i = 1, count do
        list[i] = i
      end
      local _, errors = cbr.map(list, call, { concurrency = count })
      local _, err = next(errors)
      ngx.status = err == nil and 200 or 502
      say(tostring(err))
    end
  }
]]

local SERVER = [[
  location = /static { return 200 "static"; }
  location = /one { content_by_lua_block { one() } }
  location = /many { content_by_lua_block { many(tonumber(ngx.var.arg_count)) } }
  location = /proxy {
    proxy_pass http://late%s;
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

-- -> the core for the worker and the one for all else; nil where there is but one
local function cores()
  local list = support.run "taskset -cp $$":match ": ([%d,-]+)"
  local first, last = (list or ""):match "^(%d+).*%f[%d](%d+)$"
  return first, last
end

local CONNECTIONS = { connections = 8192, main = "worker_rlimit_nofile 16384;" }

local function start(http, place)
  return server.start { connections = CONNECTIONS.connections, main = CONNECTIONS.main, http = http, server = place }
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

-- -> figures of the calls (nil without any) and of the pings meanwhile; reason
local function load(nginx, pin, path, connections, seconds, expected)
  local pings = os.tmpname()
  local with = pin .. LOAD .. " " .. nginx.port .. " "
  local command = ("%s /static %d %g %d 0 >%s & "):format(with, PINGERS, seconds, PING_EVERY, pings)
  if connections > 0 then
    local calls = ("%s '%s' %d %g 0 %d"):format(with, path, connections, seconds, expected)
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

-- Runs fn(nginx) on a new one, so that no run is loaded with what another left behind.
local function with_worker(late, core, fn)
  local nginx = start_worker(late.port)
  if core then
    support.run(("taskset -cp %s %s"):format(core, worker_of(nginx)))
  end
  local ok, one, two, three = pcall(fn, nginx)
  nginx:stop "TERM"
  assert(ok, one)
  return one, two, three
end

local function measure(result, late, size, expected)
  local core, rest = cores()
  local pin = ""
  if core then
    support.run(("taskset -cp %s %s"):format(rest, worker_of(late)))
    pin = ("taskset -c %s "):format(rest)
  else
    result:note "nginx and its load shared one core: their figures are each other's too."
  end

  result:section "one nginx worker: p50 / p99 / max in ms, the answer's 200 taken off; floor: its own proxy_pass"
  local idle, idle_cpu = with_worker(late, core, function(nginx)
    local before = contestants.cpu_of(worker_of(nginx))
    local _, others = load(nginx, pin, nil, 0, size.seconds, 0)
    return others, contestants.cpu_of(worker_of(nginx)) - before
  end)
  result:row("none in flight: other clients", { floor = quantiles(idle), cbr = quantiles(idle) })

  -- So many requests for a path at a time, each of so many calls. -> texts and figures for the table
  local function run(path, connections, calls_each)
    return with_worker(late, core, function(nginx)
      local worker = worker_of(nginx)
      load(nginx, pin, path, connections, size.warm_up, expected)
      local before = contestants.cpu_of(worker)
      local calls, others, reason = load(nginx, pin, path, connections, size.seconds, expected)
      local spent = math.max(0, contestants.cpu_of(worker) - before - idle_cpu)
      if not calls then
        result:note(("in nginx, %d of %s at a time fail: %s"):format(connections, path, reason))
        return { calls = "fails", others = "fails" }
      elseif calls.unfinished > 0 then
        result:note(("in nginx, %d of %d requests for %s had no answer %d ms after the end."):format(
          calls.unfinished, calls.calls + calls.unfinished, path, 500))
      end
      local each = calls.calls * calls_each
      return {
        calls = quantiles(calls), others = quantiles(others), cpu = each > 0 and spent / each * 1e6 or nil,
        rate = each / size.seconds,
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

--- Adds the rows; `delay` seconds is the answer's.
return function(result, size, delay)
  local late = start(KEPT, LATE:format(delay))
  local ok, reason = pcall(measure, result, late, size, delay * 1000)
  late:stop "TERM"
  assert(ok, reason)
end
