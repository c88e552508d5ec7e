-- How a call waits where no event loop runs, and the signals by which calls wait for each other.

local await = require "cbr.loop.await"
local cbr = require "cbr"
local core = require "cbr.core"
local parked = require "cbr.loop.parked"
local raw_server = require "spec.helpers.raw_server"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

local function new_pool()
  return core.pool { max_body = 1e6, proxy = "" }
end

local function start(pool)
  return pool:start { method = "GET", origin = sandbox.plain, path = "/", timeout = 5, connect_timeout = 5 }
end

local function seconds_of(fn, ...)
  local from = socket.gettime()
  fn(...)
  return socket.gettime() - from
end

-- Returns which files of lua/cbr run during fn(...).
local function files_of(fn, ...)
  local files = {}
  local hook, mask, count = debug.gethook()
  debug.sethook(function()
    local name = debug.getinfo(2, "S").source:match "lua/(cbr/.*)$"
    if name then
      files[name] = true
    end
  end, "l")
  fn(...)
  debug.sethook(hook, mask, count)
  local list = {}
  for name in pairs(files) do
    list[#list + 1] = name
  end
  table.sort(list)
  return table.concat(list, " ")
end

describe("await.finish", function()
  it("await.finish blocks until the transfer has ended, and leaves the pool's list of ended transfers empty", function()
    local pool = new_pool()
    local transfer, serial = start(pool)
    await.finish({}, pool, transfer, serial)
    assert.equal("ok", transfer:finish().result)
    assert.is_nil(pool:ended())
    pool:close()
  end)

  it("await.finish returns at once for a transfer that has ended", function()
    local pool = new_pool()
    local transfer, serial = start(pool)
    while not transfer:done() do
      pool:step(1)
    end
    await.finish({}, pool, transfer, serial)
    assert.equal("ok", transfer:finish().result)
    pool:close()
  end)

  it("await.finish uses neither drivers.lua nor parked.lua while no coroutine is parked", function()
    local pool = new_pool()
    local transfer, serial = start(pool)
    local files = files_of(await.finish, {}, pool, transfer, serial):gsub(" ?cbr/loop/choose.lua", "")
    -- A coroutine asks choose.lua for its event loop; the main coroutine does not.
    assert.equal("cbr/loop/await.lua", files)
    assert.is_true(transfer:done())
    pool:close()
  end)

  it("await.finish also drives the transfers of parked coroutines, and wakes these coroutines", function()
    local pool, other = new_pool(), new_pool()
    local transfer, serial = start(pool)
    local other_transfer, other_serial = start(other)
    local resumed = false
    local wait = { pools = { [other] = true } }
    wait.transfer, wait.serial = other_transfer, other_serial
    wait.loop = { unpark = function() resumed = true end }
    parked.add(wait)
    await.finish({}, pool, transfer, serial)
    while not resumed do
      local next_transfer, next_serial = start(pool)
      await.finish({}, pool, next_transfer, next_serial)
    end
    assert.is_true(wait.done)
    assert.is_true(other_transfer:done())
    pool:close()
    other:close()
  end)

  it("await.finish sleeps while nothing happens on several pools, and does not step them all the time", function()
    local pool, other, server = new_pool(), new_pool(), raw_server.open()
    local poll, slept = core.poll, 0
    core.poll = function(fds, seconds)
      slept = slept + (#fds == 2 and seconds > 0 and 1 or 0)
      return poll(fds, seconds)
    end
    finally(function() core.poll = poll end)
    local wait = { pools = { [other] = true } }
    wait.transfer, wait.serial = other:start { method = "GET", origin = server.origin, path = "/", timeout = 20 }
    parked.add(wait)
    local transfer, serial = pool:start { method = "GET", origin = server.origin, path = "/", timeout = 0.3 }
    await.finish({}, pool, transfer, serial)
    assert.equal("timeout", transfer:finish().result)
    assert.is_nil(wait.done)
    assert.is_true(slept > 0)
    pool:close()
    await.close(other)
    server:close()
  end)

  it("await.finish does not step a closed pool whose waits have not been collected yet", function()
    local pool, collected = new_pool(), new_pool()
    parked.of_pool[collected] = {}
    collected:close() -- as a finalizer does; the weak table parked.of_pool keeps the pool until the next collection
    local transfer, serial = start(pool)
    await.finish({}, pool, transfer, serial)
    assert.equal("ok", transfer:finish().result)
    assert.is_nil(parked.of_pool[collected])
    pool:close()
  end)

  it("await.finish cancels an earlier wait that the same coroutine has abandoned", function()
    local pool = new_pool()
    local abandoned = start(pool)
    local wait = { transfer = abandoned }
    local co = coroutine.create(function()
      parked.of_coroutine[coroutine.running()] = wait -- this is the state after a yield that raised
      local transfer, serial = start(pool)
      await.finish({}, pool, transfer, serial)
      return transfer:finish().result
    end)
    local _, result = assert(coroutine.resume(co))
    assert.equal("ok", result)
    assert.equal("cbr.transfer (closed)", tostring(abandoned))
    assert.is_nil(parked.of_coroutine[co])
    pool:close()
  end)
end)

describe("await.sleep", function()
  it("await.sleep blocks for the given time, and does not block if the time is 0", function()
    local pool, poll, blocked = new_pool(), core.poll, 0
    core.poll = function(fds, seconds)
      blocked = blocked + (seconds > 0 and 1 or 0)
      return poll(fds, seconds)
    end
    finally(function() core.poll = poll end)
    local seconds = seconds_of(await.sleep, { pool = pool }, 0.1)
    assert.is_true(seconds > 0.09, seconds)
    assert.is_true(blocked > 0)
    blocked = 0
    await.sleep({ pool = pool }, 0)
    assert.equal(0, blocked)
    pool:close()
  end)
end)

describe("await.close", function()
  it("await.close ends the waits for the pool's transfers", function()
    local pool, resumed = new_pool(), false
    local transfer, serial = start(pool)
    local wait = { pools = { [pool] = true } }
    wait.transfer, wait.serial = transfer, serial
    wait.loop = { unpark = function() resumed = true end }
    parked.add(wait)
    await.close(pool)
    assert.is_true(wait.done and resumed)
    assert.equal("cancelled", transfer:finish().result)
    await.close(pool) -- a second close does nothing
  end)
end)

describe("await.cancel", function()
  it("await.cancel cancels each transfer of the client, and none that a woken coroutine starts meanwhile", function()
    local pool, client, first, later, cancelled = new_pool(), {}, {}, {}, 0
    local transfer = { cancel = function() cancelled = cancelled + 1 end }
    local function add(list, loop)
      local wait = { pools = { [pool] = true } }
      wait.transfer, wait.client, wait.loop = transfer, client, loop
      wait.serial, list[#list + 1] = #first + #later + 1, wait
      parked.add(wait)
    end
    local loop = { unpark = function() -- resumes at once a coroutine that starts two more transfers
      add(later)
      add(later)
    end }
    for _ = 1, 50 do
      add(first, loop)
    end
    await.cancel(pool, client)
    assert.equal(50, cancelled)
    assert.equal(100, #later)
    for _, wait in ipairs(later) do
      assert.is_nil(wait.done)
    end
    parked.of_pool[pool] = nil
    pool:close()
  end)
end)

describe("a signal", function()
  local client

  before_each(function()
    client = { pool = new_pool() }
  end)

  after_each(function()
    client.pool:close()
  end)

  local function soon()
    return core.monotonic() + 20
  end

  it("setting a signal wakes the items of a map that wait for it", function()
    local signal
    local results = cbr.map({ "sets", "waits", "waits" }, function(name)
      if name == "sets" then
        signal = await.signal(soon())
        await.sleep(client, 0.05)
        await.set(signal)
        return name
      end
      while await.can_be_set(client, signal) do
        await.for_signal(client, signal, soon())
      end
      return signal.is_set
    end)
    assert.same({ "sets", true, true }, results)
  end)

  it("await.can_be_set is false when waiting for the signal would block the thread", function()
    local signal
    coroutine.wrap(function()
      signal = await.signal(soon())
      coroutine.yield()
    end)()
    assert.is_false(await.can_be_set(client, signal))
  end)

  it("await.can_be_set is true for a signal of another coroutine of the client's event loop", function()
    client.loop = { is_running = function() return true end }
    local signal
    local setter = coroutine.create(function()
      signal = await.signal(soon())
      coroutine.yield()
    end)
    coroutine.resume(setter)
    assert.is_true(coroutine.wrap(function() return await.can_be_set(client, signal) end)())
    assert.equal("suspended", coroutine.status(setter))
  end)

  it("await.can_be_set is false for the caller's own signal, for an expired signal, and for a closed client", function()
    local results = cbr.map({ 1 }, function()
      local signal, expired = await.signal(soon()), await.signal(core.monotonic() - 1)
      local others = cbr.map({ 1 }, function()
        return { await.can_be_set(client, expired), await.can_be_set({}, signal) }
      end)
      return { await.can_be_set(client, signal), others[1][1], others[1][2] }
    end)
    assert.same({ false, false, false }, results[1])
  end)

  it("await.can_be_set is true while another item has to set the signal, unless the signal has expired", function()
    local signal, expired
    local results = cbr.map({ "sets", "asks" }, function(name)
      if name == "sets" then
        signal, expired = await.signal(soon()), await.signal(core.monotonic() - 1)
        await.sleep(client, 0.01)
        return true
      end
      local before = await.can_be_set(client, signal)
      await.set(signal)
      local of_closed = await.can_be_set({}, signal)
      return { before, await.can_be_set(client, signal), await.can_be_set(client, expired), of_closed }
    end)
    assert.same({ true, false, false, false }, results[2])
  end)

  it("await.can_be_set is false if the signal's item has ended, or waits for the coroutine that asks", function()
    local signal
    local results = cbr.map({ "ends", "asks" }, function(name)
      if name == "ends" then
        signal = await.signal(soon())
        return coroutine.wrap(function() -- called by the coroutine that has to set the signal
          return { await.can_be_set(client, signal) }
        end)()
      end
      return { await.can_be_set(client, signal) }
    end)
    assert.same({ { false }, { false } }, results)
  end)

  it("a wait for a signal returns after a second at most, so that the coroutine can check the signal again", function()
    local waited
    local signal
    cbr.map({ "sets", "waits" }, function(name)
      if name == "sets" then
        signal = await.signal(soon())
        repeat
          await.sleep(client, 0.1)
        until waited
        return true
      end
      waited = seconds_of(await.for_signal, client, signal, soon())
      return true
    end)
    -- A wait that does not return by itself lasts until the deadline, 20 seconds.
    assert.is_true(waited > parked.SLICE_SECONDS - 0.1 and waited < 15, waited)
  end)
end)
