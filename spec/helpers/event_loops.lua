--- Tests that must pass under every event loop, and a small event loop on LuaSocket, under which they also run.

local assert = require "luassert"
local busted = require "busted"
local cbr = require "cbr"
local dr = require "cbr.dr"
local recovery = require "spec.helpers.recovery"
local socket = require "socket"
local support = require "spec.helpers.support"
local text = require "cbr.util.text"

local sandbox, fixtures = support.sandbox, support.fixtures

local event_loops = {}

--- An event loop on LuaSocket's select, as a table for the option `loop`; `run` returns when no coroutine is left.
---@param is_eager? boolean `spawn` and `unpark` run the coroutine before they return
function event_loops.on_select(is_eager)
  local ready, readers, sleepers = {}, {}, {} -- coroutines that can run; that wait on a descriptor; that sleep
  local loop = {}

  local function suspend(list, entry)
    entry.co = coroutine.running()
    list[entry] = true
    coroutine.yield()
  end

  local function go_on(co)
    if is_eager then
      assert(coroutine.resume(co))
    else
      ready[#ready + 1] = co
    end
  end

  function loop.spawn(run)
    go_on(coroutine.create(run))
    return true
  end

  function loop.park(ticket, seconds)
    ticket.entry = { due = seconds and socket.gettime() + seconds or math.huge }
    suspend(sleepers, ticket.entry)
  end

  function loop.unpark(ticket)
    if sleepers[ticket.entry] then
      sleepers[ticket.entry] = nil
      go_on(ticket.entry.co)
    end
  end

  function loop.wait(fd, seconds)
    suspend(readers, {
      due = socket.gettime() + seconds,
      getfd = function() return fd end,
      dirty = function() return false end,
    })
  end

  function loop.forget(fd)
    for reader in pairs(readers) do
      if reader.getfd() == fd then
        readers[reader] = nil
      end
    end
  end

  -- Waits until a descriptor is readable or a sleeping coroutine is due, and makes every such coroutine ready. Returns
  -- false if no coroutine waits.
  local function wait_for_ready()
    local list, first = {}, math.huge
    for reader in pairs(readers) do
      list[#list + 1], first = reader, math.min(first, reader.due)
    end
    for sleeper in pairs(sleepers) do
      first = math.min(first, sleeper.due)
    end
    if #ready == 0 and first == math.huge then
      return false
    end
    local seconds = #ready > 0 and 0 or math.max(0, math.min(1, first - socket.gettime()))
    for _, reader in ipairs(socket.select(list, nil, seconds)) do
      readers[reader] = nil
      ready[#ready + 1] = reader.co
    end
    for _, waiting in ipairs { readers, sleepers } do
      for entry in pairs(waiting) do
        if entry.due <= socket.gettime() then
          waiting[entry] = nil
          ready[#ready + 1] = entry.co
        end
      end
    end
    return true
  end

  function loop.run()
    repeat
      local now = ready
      ready = {}
      for _, co in ipairs(now) do
        assert(coroutine.resume(co))
      end
    until not wait_for_ready()
  end

  return loop
end

-- Starts a coroutine that sleeps for `seconds` again and again. Returns two functions: count() returns how often the
-- coroutine has slept, and stop() ends the coroutine.
local function start_ticks(loop, seconds, on_tick)
  local ticks, stopped = 0, false
  loop.spawn(function()
    while not stopped do
      loop.sleep(seconds)
      ticks = ticks + 1
      if on_tick then
        on_tick()
      end
    end
  end)
  return function() return ticks end, function() stopped = true end
end

-- Runs a function in a coroutine of the loop until the function has ended. Returns a list of the function's results.
local function within(loop, run)
  local results
  loop.spawn(function()
    results = { run() }
  end)
  loop.run()
  return assert(results, "the loop ended before the call")
end

-- Sends a read to which the sandbox responds after `seconds`.
local function read_after(client, seconds)
  return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } }
end

local function describe_examples(make)
  local it, loop, client = busted.it, nil, nil

  busted.before_each(function()
    loop = make()
    client = support.client { endpoint = sandbox.plain, loop = loop.option }
  end)

  busted.after_each(function()
    client:close()
    sandbox.reset()
  end)

  it("a call that waits lets other coroutines run", function()
    sandbox.fault { call = "echo", fault = "held" }
    local count, stop
    count, stop = start_ticks(loop, 0.01, function()
      if count() == 6 then
        sandbox.clear_faults() -- only now does the service respond
      end
    end)
    local results = within(loop, function()
      local response, err = read_after(client, 0)
      stop()
      return response, err
    end)
    assert.equal("GET", results[1] and results[1].method or results[2])
    assert.is_true(count() > 5, count())
  end)

  it("calls of several coroutines run concurrently, each with its own response", function()
    assert(read_after(client, 0)) -- a blocking call outside the loop, after which the client's key is accepted
    local ended = {}
    for i, seconds in ipairs { 0.9, 0.5, 0.1 } do
      loop.spawn(function()
        local response = assert(read_after(client, seconds))
        assert.matches("delay=" .. text.of(seconds) .. "$", response.uri)
        ended[#ended + 1] = i
      end)
    end
    loop.run()
    assert.same({ 3, 2, 1 }, ended)
  end)

  it("a call that starts while another call waits is sent at once", function()
    assert(read_after(client, 0)) -- a blocking call outside the loop, after which the client's key is accepted
    sandbox.fault { call = "list_vault", fault = "held" }
    local ended = {}
    loop.spawn(function()
      assert(client:list_vault { limit = 1 })
      ended[#ended + 1] = "slow"
    end)
    loop.spawn(function()
      loop.sleep(0.2)
      assert(read_after(client, 0))
      ended[#ended + 1] = "quick"
      sandbox.clear_faults()
    end)
    loop.run()
    assert.same({ "quick", "slow" }, ended)
  end)

  it("cbr.map runs its items, and keeps the results of the other items when one item fails", function()
    local results = within(loop, function()
      return cbr.map({ 0.3, 0.2, "raises", 0.1 }, function(seconds, index)
        if seconds == "raises" then
          error "raised"
        end
        return assert(read_after(client, seconds)) and index
      end)
    end)
    assert.same({ 1, 2, nil, 4 }, results[1])
    assert.matches("raised", results[2][3])
  end)

  it("cbr.map lets other coroutines run while 200 calls start #descriptors", function()
    local before, most = 0, 0
    local _, stop = start_ticks(loop, 0.001, function()
      local now = client.pool:in_flight()
      before, most = now, math.max(most, now - before)
    end)
    within(loop, function()
      for _ = 1, 2 do -- in the first round, the service has not yet accepted the client's access key
        local _, errors = cbr.map(support.list(200, true), function()
          return read_after(client, 0.2)
        end, { concurrency = 200 })
        assert.same({}, errors)
      end
      stop()
    end)
    assert.is_true(most < 100, most .. " calls started in one turn")
  end)

  it("client:wait follows an order to its end", function()
    sandbox.time_scale(600)
    local results = within(loop, function()
      local replication, err = client:replicate(support.replicate_params())
      if not replication then
        return nil, err
      end
      return client:wait(replication, { interval = 0.05 })
    end)
    assert.equal(100, results[1] and results[1].percent or tostring(results[2]))
  end)

  it("cbr.dr finds resources without a copy, copies them, and lets other coroutines run meanwhile", function()
    recovery.reset()
    sandbox.time_scale(600)
    local vault = recovery.vault "prod"
    for n = 1, 3 do
      recovery.backup(vault, "r" .. n, n * recovery.HOUR)
    end
    local one = recovery.client { endpoint = sandbox.plain, loop = loop.option }
    local count, stop = start_ticks(loop, 0.01)
    local function params(more)
      more.vault_ids, more.destinations = { vault }, { recovery.destination }
      return more
    end
    local results = within(loop, function()
      local before, err = dr.copies(one, params { rpo = "26h" })
      local report = before and dr.replicate(one, params { interval = 0.05 })
      local after = report and dr.copies(one, params { rpo = "26h" })
      stop()
      return before or tostring(err), report, after
    end)
    one:close()
    assert.same({ 3, 3, 3 }, { results[1].totals.uncopied, results[2].totals.success, results[3].totals.compliant })
    assert.is_true(count() > 5, count())
  end)

  it("a call that fails returns an error", function()
    sandbox.time_scale(1) -- slow, so that the vault stays busy
    local results = within(loop, function()
      return client:sync({ vault_id = fixtures.vaults.hybrid_busy.id }, { max_attempts = 1 })
    end)
    assert.equal("busy", results[2].kind)
  end)

  it("closing a client ends its waiting calls", function()
    loop.spawn(function()
      loop.sleep(0.1)
      client:close()
    end)
    local results = within(loop, function()
      return read_after(client, 5)
    end)
    assert.is_nil(results[1])
    assert.equal("network", results[2].kind)
  end)

  it("a closed client leaves none of its descriptors open", function()
    local function use_client()
      local one = support.client { endpoint = sandbox.plain, loop = loop.option }
      within(loop, function()
        return read_after(one, 0)
      end)
      one:close()
    end
    use_client()
    collectgarbage()
    local before = support.descriptors()
    for _ = 1, 20 do
      use_client()
    end
    collectgarbage()
    collectgarbage()
    assert.is_true(support.descriptors() <= before + 3, support.descriptors() - before)
  end)

  it("a waiting call blocks all coroutines if the option `loop` is false", function()
    local one = support.client { endpoint = sandbox.plain, loop = false }
    local count, stop = start_ticks(loop, 0.01)
    within(loop, function()
      local before = count()
      local response = read_after(one, 0.2)
      assert.equal(before, count())
      stop()
      return response
    end)
    one:close()
  end)
end

--- Describes how a client's calls behave under an event loop. `make` returns a table: `spawn(fn)` and `run()` of the
-- loop, `sleep` for coroutines, and `option`, the option `loop` for clients. If `make` raises an error, the loop does
-- not exist for this Lua version, and the spec is pending.
---@param name string
---@param make fun(): { spawn: function, sleep: function, run: function, option: any }
function event_loops.describe(name, make)
  busted.describe("a client under " .. name, function()
    local found, reason = pcall(make)
    if found then
      describe_examples(make)
    else
      busted.pending(("%s is missing for %s: %s"):format(name, _VERSION, tostring(reason):match "[^\n]+"))
    end
  end)
end

return event_loops
