-- The bell that wakes an nginx worker: its cost, its files, and how a worker does without a bell.

local server = require "spec.helpers.nginx.server"
local slow_calls = require "spec.helpers.nginx.slow_calls"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox = support.sandbox
local send, receive, wait_until = slow_calls.send, slow_calls.receive, slow_calls.wait_until

-- nginx runs LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

-- A directive without effect. The configuration has no `lua_socket_log_errors off`, so nginx logs socket errors.
local LOGGED = 'map $time_local $nothing { default ""; }'

local function worker_of(nginx)
  return (select(2, nginx:workers())):match "%d+"
end

describe("the bell that wakes an nginx worker #process", function()
  local nginx, directory

  before_each(function()
    sandbox.reset()
    directory = support.run("mktemp -d -p " .. sandbox.dir):gsub("%s", "")
    nginx = server.start(slow_calls.parts {
      main = "env TMPDIR;", environment = "TMPDIR=" .. directory, http = LOGGED,
    })
  end)

  after_each(function()
    nginx:stop "TERM"
    sandbox.reset()
    assert.equal("", (support.run("ls " .. directory))) -- no file is left, whatever happened
  end)

  it("an nginx worker makes at most 100 system calls while one call of cbr waits for ten seconds", function()
    assert.equal("GET", (nginx:get "/init_worker")) -- the call in init_worker has ended, so the fault does not hold it
    sandbox.fault { call = "echo", fault = "held" } -- so that the call does not end while strace runs
    local call = send(nginx, "/read?seconds=0")
    assert.is_true(wait_until(function() return nginx:threads() == 2 end), nginx:threads())
    socket.sleep(0.3) -- in which the request is sent
    local count = support.run(([[
      strace -f -o %s/calls -p %s 2>/dev/null & sleep 10; kill $!; wait
      grep -v resumed %s/calls | grep -c '^[0-9]* *[a-z_0-9]*('; rm %s/calls]]):format(directory, worker_of(nginx),
      directory, directory))
    sandbox.clear_faults()
    assert.equal("GET", receive(call))
    local calls = tonumber(count:match "%d+")
    assert.is_true(calls >= 20, count) -- fewer calls would mean that strace did not trace the worker
    assert.is_true(calls <= 100, count)
  end)

  it("nginx logs no problem during 1,000 calls of cbr, three reloads and 100 aborted requests", function()
    local parts = slow_calls.parts { main = "env TMPDIR;", http = LOGGED }
    for _ = 1, 3 do
      local aborted = {}
      for i = 1, 34 do
        aborted[i] = send(nginx, i % 3 == 0 and "/map?count=3&seconds=9" or "/read?seconds=9")
      end
      assert.equal("334 nil", (nginx:get "/map?count=334&seconds=0"))
      for _, call in ipairs(aborted) do
        call:close()
      end
      local unfinished = send(nginx, "/read?seconds=1")
      socket.sleep(0.1)
      nginx:reload(parts)
      assert.equal("GET", receive(unfinished))
    end
    assert.is_true(wait_until(function() return nginx:workers() == 1 end), "old workers do not end")
    assert.equal("", nginx:problems())
  end)

  it("a call of cbr is cancelled soon after an HTTP client has aborted the request that made the call", function()
    local call = send(nginx, "/read?seconds=30")
    assert.is_true(wait_until(function() return nginx:get "/in_flight" == "1" end))
    call:close()
    local from = socket.gettime()
    assert.is_true(wait_until(function() return nginx:get "/in_flight" == "0" end))
    assert.is_true(socket.gettime() - from < 5 * support.patience, socket.gettime() - from)
  end)

  it("an nginx worker that is killed during a call leaves no file behind, and the next worker makes calls", function()
    local call = send(nginx, "/read?seconds=5")
    socket.sleep(0.3)
    local killed = worker_of(nginx)
    support.run("kill -9 " .. killed)
    call:close()
    assert.is_true(wait_until(function() return nginx:workers() == 1 and worker_of(nginx) ~= killed end))
    assert.equal("", (support.run("ls " .. directory)))
    assert.equal("GET", (nginx:get "/read?seconds=0"))
  end)

  it("an nginx worker has no bell thread before its first call, and none after its calls have ended", function()
    nginx:reload(slow_calls.parts { main = "env TMPDIR;" })
    assert.is_true(wait_until(function() return nginx:workers() == 1 end))
    assert.equal(1, nginx:threads())
    local descriptors = nginx:get "/state":match "%d+ (%d+)"
    sandbox.fault { call = "echo", fault = "held", times = -1 } -- so that no call ends before all have begun
    local calls = { send(nginx, "/read?seconds=0"), send(nginx, "/read?seconds=0"), send(nginx, "/clients") }
    assert.is_true(wait_until(function() return nginx:threads() == 14 end), nginx:threads()) -- one thread per client
    sandbox.clear_faults()
    for _, call in ipairs(calls) do
      receive(call)
    end
    assert.is_true(wait_until(function() return nginx:threads() == 1 end), nginx:threads())
    assert.is_true(tonumber((nginx:get "/state":match "%d+ (%d+)")) <= descriptors + 3) -- idle connections stay open
  end)

  it("the bell's thread ends even if the server closes the idle connection just after the last call", function()
    assert.equal("GET", (nginx:get "/read?seconds=0.5"))
    sandbox.fault { fault = "refused", seconds = 0.1 } -- closes all connections
    assert.is_true(wait_until(function() return nginx:threads() == 1 end), nginx:threads())
  end)

  it("closing a client in an nginx worker ends the thread of the client's bell", function()
    assert.equal("network", (nginx:get "/closed"))
    assert.is_true(wait_until(function() return nginx:threads() == 1 end), nginx:threads())
    assert.equal("", nginx:problems())
  end)

  it("an nginx worker can start programs while the worker's bell waits", function()
    local call = send(nginx, "/read?seconds=1")
    socket.sleep(0.2)
    for _ = 1, 3 do
      assert.equal("a program\n", (nginx:get "/program"))
    end
    assert.equal("GET", receive(call))
  end)

  it("many quick reloads of nginx lose no call, log no problem, and leave no old worker behind", function()
    local parts = slow_calls.parts { main = "env TMPDIR;", http = LOGGED }
    local calls = {}
    for i = 1, 12 do
      calls[i] = send(nginx, "/read?seconds=1")
      socket.sleep(0.02)
      support.run("kill -HUP " .. nginx:master())
    end
    nginx:reload(parts)
    for _, call in ipairs(calls) do
      assert.equal("GET", receive(call))
    end
    assert.is_true(wait_until(function() return nginx:workers() == 1 end), "old workers do not end")
    assert.equal("", nginx:problems())
  end)
end)

describe("an nginx worker without a bell #process", function()
  local shim, directory

  setup(function()
    directory = support.run("mktemp -d -p " .. sandbox.dir):gsub("%s", "")
    shim = support.preloadable "no_bell"
  end)

  teardown(function()
    os.remove(shim)
  end)

  -- Starts an nginx in which the C function `step` fails, so that the workers get no bell.
  local function start_without(step)
    sandbox.reset()
    return server.start(slow_calls.parts {
      main = "env LD_PRELOAD; env NO_BELL; env TMPDIR;", http = LOGGED,
      environment = ("LD_PRELOAD=%s NO_BELL=%s TMPDIR=%s"):format(shim, step, directory),
    })
  end

  it("an nginx worker polls if it cannot create the bell's directory, and tells the log hook once", function()
    local nginx = start_without "mkdtemp"
    for _ = 1, 3 do
      assert.equal("GET", (nginx:get "/read?seconds=0.1"))
    end
    assert.equal("20 nil", (nginx:get "/map?count=20&seconds=0.2"))
    assert.equal(1, nginx:threads())
    assert.equal("Read-only file system", (nginx:get "/polling"))
    assert.equal("", nginx:problems())
    nginx:stop()
  end)

  it("an nginx worker that is not allowed to connect to its bell polls, and leaves no file behind", function()
    local nginx = start_without "connect"
    for _ = 1, 3 do
      assert.equal("GET", (nginx:get "/read?seconds=0.1"))
      socket.sleep(1.2) -- until the driver, the coroutine that waits for the bell, has ended
    end
    assert.equal("", (support.run("ls " .. directory)))
    assert.equal("permission denied", (nginx:get "/polling"))
    assert.equal(1, nginx:threads())
    assert.equal(1, select(2, nginx:problems():gsub("connect%(%) to unix:", ""))) -- logged by nginx itself
    nginx:stop()
  end)

  it("an nginx worker polls with lua_code_cache off, where each request has a Lua state of its own", function()
    sandbox.reset()
    local nginx = server.start(slow_calls.parts { http = "lua_code_cache off;" })
    local most = 0
    for _ = 1, 8 do
      local call = send(nginx, "/read?seconds=0.2")
      socket.sleep(0.1)
      most = math.max(most, nginx:threads())
      assert.equal("GET", receive(call))
    end
    local call = send(nginx, "/read?seconds=3")
    assert.is_true(wait_until(function() return nginx:threads() == 1 end), nginx:threads())
    assert.is_true(most <= 3, most)
    assert.equal("GET", receive(call))
    nginx:stop()
  end)
end)
