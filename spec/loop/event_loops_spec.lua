-- The same calls under event loops: nothing but the one who waits stands still.

local cbr = require "cbr"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures

-- A loop of a user's own, on select: coroutines that are ready, that wait for a descriptor, that wait for a time.
local function own_loop()
  local ready, readers, sleepers = {}, {}, {}
  local own = {}

  local function suspend(list, entry)
    entry.routine = coroutine.running()
    list[entry] = true
    coroutine.yield()
  end

  function own.spawn(run)
    ready[#ready + 1] = coroutine.create(run)
    return true
  end

  function own.park(ticket, seconds)
    ticket.entry = { wake = seconds and socket.gettime() + seconds or math.huge }
    suspend(sleepers, ticket.entry)
  end

  function own.unpark(ticket)
    if sleepers[ticket.entry] then
      sleepers[ticket.entry] = nil
      ready[#ready + 1] = ticket.entry.routine
    end
  end

  function own.wait(fd, seconds)
    if not fd then
      return own.park({}, math.min(seconds, 0.005))
    end
    suspend(readers, {
      wake = socket.gettime() + seconds,
      getfd = function() return fd end,
      dirty = function() return false end,
    })
  end

  function own.forget(fd)
    for reader in pairs(readers) do
      if reader.getfd() == fd then
        readers[reader] = nil
      end
    end
  end

  function own.run()
    while #ready > 0 or next(readers) or next(sleepers) do
      local now, list, first = ready, {}, math.huge
      ready = {}
      for _, routine in ipairs(now) do
        assert(coroutine.resume(routine))
      end
      for reader in pairs(readers) do
        list[#list + 1], first = reader, math.min(first, reader.wake)
      end
      for sleeper in pairs(sleepers) do
        first = math.min(first, sleeper.wake)
      end
      if #ready == 0 and first == math.huge then
        break
      end
      local patience = #ready > 0 and 0 or math.max(0, math.min(1, first - socket.gettime()))
      local readable = socket.select(list, nil, patience)
      for _, reader in ipairs(readable) do
        readers[reader] = nil
        ready[#ready + 1] = reader.routine
      end
      for _, waiting in ipairs { readers, sleepers } do
        for entry in pairs(waiting) do
          if entry.wake <= socket.gettime() then
            waiting[entry] = nil
            ready[#ready + 1] = entry.routine
          end
        end
      end
    end
  end

  return own
end

-- name -> what runs coroutines: { option?, spawn(fn), sleep(seconds), run() }; nil and why it cannot
local makers = {}

function makers.cqueues()
  local cqueues = require "cqueues"
  local controller = cqueues.new()
  return {
    spawn = function(run) controller:wrap(run) end,
    sleep = cqueues.sleep,
    run = function() assert(controller:loop()) end,
  }
end

function makers.luv()
  local uv = require "luv"
  return {
    spawn = function(run)
      local timer = uv.new_timer()
      timer:start(0, 0, function()
        timer:close()
        assert(coroutine.resume(coroutine.create(run)))
      end)
    end,
    sleep = function(seconds)
      local routine, timer = coroutine.running(), uv.new_timer()
      timer:start(math.ceil(seconds * 1000), 0, function()
        timer:close()
        assert(coroutine.resume(routine))
      end)
      coroutine.yield()
    end,
    run = function() uv.run() end,
  }
end

function makers.copas()
  -- it replaces a function of LuaSocket's, and wants to come before socket.http
  local http, protect, newtry = package.loaded["socket.http"], socket.protect, socket.newtry
  package.loaded["socket.http"] = nil
  local copas = require "copas"
  package.loaded["socket.http"], socket.protect, socket.newtry = http, protect, newtry
  local host, left = require "cbr.loop.copas", 0
  return {
    option = "copas", -- 1.x does not tell whether it runs
    spawn = function(run)
      left = left + 1
      copas.addthread(function()
        run()
        left = left - 1
      end)
    end,
    sleep = function(seconds) host.park({}, seconds) end,
    run = function()
      repeat
        copas.step(1)
      until left == 0
      for _ = 1, 3 do
        copas.step(0) -- those that have nothing to do any more
      end
    end,
  }
end

makers["a loop of the user's own"] = function()
  local own = own_loop()
  return {
    option = own, spawn = own.spawn, run = own.run,
    sleep = function(seconds) own.park({}, seconds) end,
  }
end

for _, name in ipairs { "cqueues", "luv", "copas", "a loop of the user's own" } do
  describe("under " .. name, function()
    local host, client

    local found, reason = pcall(makers[name])
    if not found then
      pending(("(not for this Lua: %s)"):format(tostring(reason):match "[^\n]+"))
      return
    end

    before_each(function()
      host = makers[name]()
      client = support.client { endpoint = sandbox.plain, loop = host.option }
    end)

    after_each(function()
      client:close()
      sandbox.reset()
    end)

    local function late(seconds)
      return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } }
    end

    -- Runs a function in a coroutine of the loop, to its end.
    local function within(run)
      local results
      host.spawn(function()
        results = { run() }
      end)
      host.run()
      return assert(results, "the loop ended before the call")
    end

    it("others go on while a call waits", function()
      local ticks, ended = 0, false
      host.spawn(function()
        while not ended do
          host.sleep(0.01)
          ticks = ticks + 1
        end
      end)
      local answer = within(function()
        local answer, err = late(0.4)
        ended = true
        return answer, err
      end)
      assert.equal("GET", answer[1] and answer[1].method or answer[2])
      assert.is_true(ticks > 5, ticks)
    end)

    it("calls of several coroutines wait side by side, and each gets its own answer", function()
      assert(late(0)) -- outside of the loop a call blocks, and this one lets the key in
      local order = {}
      for i, seconds in ipairs { 0.3, 0.2, 0.1 } do
        host.spawn(function()
          local answer = assert(late(seconds))
          assert.matches("delay=" .. seconds .. "$", answer.uri)
          order[#order + 1] = i
        end)
      end
      host.run()
      assert.same({ 3, 2, 1 }, order)
    end)

    it("cbr.map works", function()
      local results = within(function()
        return cbr.map({ 0.3, 0.2, "raises", 0.1 }, function(seconds, index)
          if seconds == "raises" then
            error "raised"
          end
          return assert(late(seconds)) and index
        end)
      end)
      assert.same({ 1, 2, nil, 4 }, results[1])
      assert.matches("raised", results[2][3])
    end)

    it("cbr.map gives way, however much it begins, also where all waited for the first one's answer", function()
      local list, ended, before, most = support.list(200, true), false, 0, 0
      host.spawn(function()
        while not ended do
          host.sleep(0.001)
          local now = client.pool:in_flight()
          before, most = now, math.max(most, now - before)
        end
      end)
      within(function()
        for _ = 1, 2 do
          local _, errors = cbr.map(list, function()
            return late(0.2)
          end, { concurrency = 200 })
          assert.same({}, errors)
        end
        ended = true
      end)
      assert.is_true(most < 100, most .. " begun in a turn")
    end)

    it("an order is followed to its end", function()
      sandbox.time_scale(600)
      local results = within(function()
        local replication, err = client:replicate(support.replicate_params())
        if not replication then
          return nil, err
        end
        return client:wait(replication, { interval = 0.05 })
      end)
      assert.equal(100, results[1] and results[1].percent or tostring(results[2]))
    end)

    it("what fails comes back as an error", function()
      sandbox.time_scale(1) -- it stays busy
      local results = within(function()
        return client:sync({ vault_id = world.vaults.hybrid_busy.id }, { max_attempts = 1 })
      end)
      assert.equal("busy", results[2].kind)
    end)

    it("a client that is closed meanwhile ends its calls", function()
      host.spawn(function()
        host.sleep(0.1)
        client:close()
      end)
      local results = within(function()
        return late(5)
      end)
      assert.is_nil(results[1])
      assert.equal("network", results[2].kind)
    end)

    it("leaves no descriptor behind", function()
      local function once()
        local one = support.client { endpoint = sandbox.plain, loop = host.option }
        within(function()
          return one:request { method = "GET", path = "/v3/{project_id}/echo" }
        end)
        one:close()
      end
      once()
      collectgarbage()
      local before = support.descriptors()
      for _ = 1, 20 do
        once()
      end
      collectgarbage()
      collectgarbage()
      assert.is_true(support.descriptors() <= before + 3, support.descriptors() - before)
    end)

    it("blocks where it is told to", function()
      local one, ticks, ended = support.client { endpoint = sandbox.plain, loop = false }, 0, false
      host.spawn(function()
        while not ended do
          host.sleep(0.01)
          ticks = ticks + 1
        end
      end)
      within(function()
        local before = ticks
        local answer = one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 0.2 } }
        assert.equal(before, ticks)
        ended = true
        return answer
      end)
      one:close()
    end)
  end)
end

describe("a loop that is left in the middle", function()
  local found, cqueues = pcall(require, "cqueues")
  if not found then
    pending "(not for this Lua)"
    return
  end

  it("takes nothing from the next one", function()
    local client = support.client { endpoint = sandbox.plain }
    local function late(seconds)
      return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } }
    end
    assert(late(0)) -- lets the key in: who is left in the middle may still do so
    local left = cqueues.new()
    left:wrap(late, 1)
    left:wrap(function()
      cqueues.sleep(0.1)
      error "of another coroutine"
    end)
    assert.matches("of another coroutine", tostring(select(2, left:loop())))
    local answer
    local controller = cqueues.new()
    controller:wrap(function()
      answer = late(0)
    end)
    assert(controller:loop(20))
    assert.equal("GET", answer and answer.method)
    client:close()
  end)

  it("waits with one that runs within it", function()
    local client = support.client { endpoint = sandbox.plain }
    local order = {}
    local function late(seconds, name)
      assert(client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } })
      order[#order + 1] = name
    end
    local outer, inner = cqueues.new(), cqueues.new()
    late(0, "first") -- lets the key in
    outer:wrap(late, 0.5, "outer")
    outer:wrap(function()
      inner:wrap(late, 0.1, "inner")
      assert(inner:loop(20))
    end)
    assert(outer:loop(20))
    assert.same({ "first", "inner", "outer" }, order)
    client:close()
  end)

  it("moves its calls again when its own functions have raised", function()
    local own = own_loop()
    local wait, fails = own.wait, true
    function own.wait(...)
      if fails then
        fails = false
        error "no descriptor to wait with"
      end
      return wait(...)
    end
    local client = support.client { endpoint = sandbox.plain, loop = own }
    local answers = {}
    local function begin()
      own.spawn(function()
        answers[#answers + 1] = client:request {
          method = "GET", path = "/v3/{project_id}/echo", query = { delay = 0.2 },
        }
      end)
    end
    begin()
    assert.is_false(pcall(own.run))
    begin()
    own.run()
    assert.is_true(#answers > 0)
    client:close()
  end)
end)

describe("the option loop", function()
  it("says what is wrong with it", function()
    local _, err = cbr.new(support.options { loop = "twisted" })
    assert.equal("config", err.kind)
    assert.matches("nginx, cqueues, luv, copas", err.message)
    _, err = cbr.new(support.options { loop = { spawn = print } })
    assert.matches("park, unpark, wait", err.message)
    assert.is_false(pcall(cbr.new, support.options { loop = 1 }))
  end)
end)
