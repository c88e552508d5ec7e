-- How the transfers of parked coroutines continue when their event loop misbehaves.

local cbr = require "cbr"
local core = require "cbr.core"
local drivers = require "cbr.loop.drivers"
local event_loops = require "spec.helpers.event_loops"
local parked = require "cbr.loop.parked"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

-- An event loop that never starts a driver, like an nginx that has no timers left. `loop.spawned` has the drivers that
-- the loop should have started. Each park calls on_park(loop). The loop's `wait` is never called.
local function loop_that_drops(on_park)
  local loop = { spawned = {} }
  function loop.spawn(run)
    loop.spawned[#loop.spawned + 1] = run
    return true
  end
  function loop.is_parked()
    return true
  end
  function loop.park(_, seconds)
    socket.sleep(seconds)
    on_park(loop)
  end
  function loop.unpark() end
  function loop.wait() error "no driver was started" end
  return loop
end

local function read_after(client, seconds)
  return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } }
end

describe("under a loop that drops drivers", function()
  before_each(sandbox.reset)
  after_each(sandbox.clear_faults)

  it("a waiting coroutine steps its pool itself if its loop has dropped the driver", function()
    local loop = loop_that_drops(function() end)
    local client = support.client { endpoint = sandbox.plain, loop = loop }
    local response
    assert(coroutine.resume(coroutine.create(function()
      response = read_after(client, 0.3)
    end)))
    assert.equal("GET", response and response.method)
    assert.is_true(#loop.spawned > 0)
    client:close()
    for _, run in ipairs(loop.spawned) do
      coroutine.wrap(run)() -- a driver that starts late finds nothing to do
    end
  end)

  it("a waiting coroutine steps its pool itself, at once, if its loop has no room for a driver", function()
    sandbox.fault { call = "echo", fault = "held" }
    local parks = 0
    local loop = loop_that_drops(function()
      parks = parks + 1
      if parks == 3 then
        sandbox.clear_faults() -- only now does the service respond, however slowly this process runs
      end
    end)
    function loop.spawn()
      return false
    end
    local client = support.client { endpoint = sandbox.plain, loop = loop }
    local response
    assert(coroutine.resume(coroutine.create(function()
      response = read_after(client, 0)
    end)))
    assert.equal("GET", response and response.method)
    assert.is_true(parks > 2, parks) -- the coroutine polls, and lets other coroutines run between the polls
    client:close()
  end)

  it("no driver is started for a client that was closed while another client's pool was driven", function()
    sandbox.fault { call = "list_vault", fault = "slow_headers", seconds = support.patience, times = -1 }
    for _, closes in ipairs { 1, 2 } do
      local clients, closed_at = {}, nil
      local loop = loop_that_drops(function(parking)
        if not closed_at and clients[2].pool and clients[2].pool:in_flight() > 0 then
          closed_at, parking.spawned = socket.gettime(), {}
          clients[closes]:close()
        end
      end)
      for i = 1, 2 do
        clients[i] = support.client { endpoint = sandbox.plain, loop = loop }
      end
      local co = coroutine.create(function()
        return cbr.map(clients, function(client)
          return client:list_vault { limit = 1 }
        end)
      end)
      local ok, results, errors = assert(coroutine.resume(co))
      assert.is_true(ok)
      assert.equal("dead", coroutine.status(co))
      assert.is_number(closed_at)
      assert.matches("cancelled", errors[closes].message)
      assert.is_table(results[3 - closes])
      for _, run in ipairs(loop.spawned) do
        coroutine.wrap(run)() -- would raise an error if the driver stepped a closed pool
      end
      clients[3 - closes]:close()
    end
  end)
end)

describe("a loop that drops a coroutine before its request was sent", function()
  it("a later call sends nothing for a coroutine that was dropped before a step", function()
    sandbox.reset()
    local drops, dropped = true, {}
    -- No driver runs.
    local loop = { spawn = function() return true end, unpark = function() end, wait = function() end }
    function loop.is_parked(ticket)
      return not dropped[ticket]
    end
    function loop.park(ticket, seconds)
      if drops then
        dropped[ticket] = true
        coroutine.yield()
      end
      socket.sleep(seconds)
    end
    local client = support.client { endpoint = sandbox.plain, loop = loop, reconcile = false }
    assert(read_after(client, 0)) -- the service has now accepted the key, so that no call waits for another call
    local order = coroutine.create(function()
      client:sync { vault_id = support.fixtures.vaults.hybrid.id }
    end)
    assert(coroutine.resume(order))
    assert.equal(1, client.pool:in_flight())
    drops = false
    socket.sleep(1.1) -- abandoned coroutines are searched for once a second
    local response
    assert(coroutine.resume(coroutine.create(function()
      response = read_after(client, 0)
    end)))
    assert.equal("GET", response.method)
    assert.same({}, sandbox.ledger())
    assert.equal("suspended", coroutine.status(order))
    client:close()
  end)
end)

describe("under a loop whose functions raise", function()
  it("a driver that ended with an error is replaced at the next call", function()
    local loop = event_loops.on_select()
    local wait, fails = loop.wait, true
    function loop.wait(...)
      if fails then
        fails = false
        error "raised by loop.wait"
      end
      return wait(...)
    end
    local client = support.client { endpoint = sandbox.plain, loop = loop }
    local responses = {}
    local function start_call()
      loop.spawn(function()
        responses[#responses + 1] = read_after(client, 0.2)
      end)
    end
    start_call()
    assert.is_false(pcall(loop.run))
    start_call()
    loop.run()
    assert.is_true(#responses > 0)
    client:close()
  end)
end)

describe("a driver for whose bell no descriptor is left", function()
  it("a driver polls if no descriptor is left for its bell, and tells the client's log hook once", function()
    local loop, events, bell = event_loops.on_select(), {}, core.bell
    core.bell = function() return nil, "Too many open files" end
    finally(function() core.bell = bell end)
    local client = support.client {
      endpoint = sandbox.plain, loop = loop,
      log = function(event) events[#events + 1] = event.event == "polling" and event.reason or nil end,
    }
    local methods = {}
    for i = 1, 2 do
      loop.spawn(function() methods[i] = assert(read_after(client, 0.1 * i)).method end)
    end
    loop.run()
    assert.same({ "GET", "GET" }, methods)
    assert.same({ "Too many open files" }, events)
    client:close()
  end)
end)

describe("a process that was forked while a driver waits", function()
  it("a forked child makes calls with another driver, since the bell is the parent's #process", function()
    local there, posix = pcall(require, "posix")
    if not there then
      return pending("needs luaposix, which Debian 12 does not have for " .. _VERSION)
    end
    local loop, status = event_loops.on_select(), nil
    local wait = loop.wait
    function loop.wait(fd)
      wait(fd, 60)
    end
    local client = support.client { endpoint = sandbox.plain, loop = loop }
    assert(read_after(client, 0)) -- the service has now accepted the key, so that no call waits for another call
    loop.spawn(function() read_after(client, 30) end)
    loop.spawn(function()
      loop.park({}, 0.2)
      io.stdout:flush()
      local from, pid = socket.gettime(), assert(posix.fork())
      if pid == 0 then
        local response = read_after(client, 0)
        posix._exit(response and socket.gettime() - from < 5 * support.patience and 0 or 1)
      end
      status = select(3, posix.wait(pid))
      client:close()
    end)
    loop.run()
    assert.equal(0, status)
  end)

  it("in a forked child, the parent's driver ends when the client is closed #process", function()
    local there, posix = pcall(require, "posix")
    if not there then
      return pending("needs luaposix, which Debian 12 does not have for " .. _VERSION)
    end
    local loop, status = event_loops.on_select(), nil
    local client = support.client { endpoint = sandbox.plain, loop = loop }
    assert(read_after(client, 0))
    loop.spawn(function() read_after(client, 30) end)
    loop.spawn(function()
      loop.park({}, 0.2)
      io.stdout:flush()
      local pid = assert(posix.fork())
      if pid == 0 then
        local response = read_after(client, 0)
        client:close()
        local has_ended, reason = pcall(loop.run)
        io.stderr:write(has_ended and "" or tostring(reason))
        posix._exit(response and has_ended and 0 or 1)
      end
      status = select(3, posix.wait(pid))
      client:close()
    end)
    loop.run()
    assert.equal(0, status)
  end)
end)

describe("drivers.park", function()
  it("drivers.park yields once for a wait that is already due, and not at all for a wait that is done", function()
    local loop, parks = event_loops.on_select(), 0
    local park = loop.park
    function loop.park(...)
      parks = parks + 1
      return park(...)
    end
    local after_due, after_done
    loop.spawn(function()
      drivers.park({ pools = {}, due = core.monotonic() - 1 }, loop)
      after_due = parks
      local done = { pools = {} }
      parked.wake(done)
      drivers.park(done, loop)
      after_done = parks
    end)
    loop.run()
    assert.equal(1, after_due)
    assert.equal(1, after_done)
  end)

  it("drivers.park returns when the wait ends before its time", function()
    local loop, wait = event_loops.on_select(), { pools = {}, due = core.monotonic() + 20 }
    local from, seconds = socket.gettime(), nil
    loop.spawn(function()
      drivers.park(wait, loop)
      seconds = socket.gettime() - from
    end)
    loop.spawn(function()
      loop.park({}, 0.02)
      parked.wake(wait)
    end)
    loop.run()
    assert.is_true(seconds < 10, seconds)
  end)
end)
