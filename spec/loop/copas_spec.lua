-- Calls in coroutines of Copas.

local event_loops = require "spec.helpers.event_loops"
local socket = require "socket"
local support = require "spec.helpers.support"

-- Copas replaces functions of LuaSocket, and must be loaded before socket.http.
local function load_copas()
  local http, protect, newtry = package.loaded["socket.http"], socket.protect, socket.newtry
  package.loaded["socket.http"] = nil
  local copas = require "copas"
  package.loaded["socket.http"], socket.protect, socket.newtry = http, protect, newtry
  return copas, require "cbr.loop.copas"
end

-- Runs functions as coroutines of Copas, until all of them have ended.
local function new_loop()
  local copas, event_loop = load_copas()
  local running = 0
  return {
    option = "copas", -- Copas 1.x does not tell whether it runs
    spawn = function(run)
      running = running + 1
      copas.addthread(function()
        run()
        running = running - 1
      end)
    end,
    sleep = function(seconds) event_loop.park({}, seconds) end,
    run = function()
      repeat
        copas.step(1)
      until running == 0
      for _ = 1, 3 do
        copas.step(0) -- ends the drivers that have nothing left to do
      end
    end,
  }
end

event_loops.describe("copas", new_loop)

describe("cbr.loop.copas", function()
  if not pcall(load_copas) then
    pending("copas is missing for " .. _VERSION)
    return
  end

  local _, event_loop = load_copas()

  it("copas resumes a parked coroutine at its time, or earlier after unpark", function()
    local loop, ticket = new_loop(), {}
    local function seconds_of_park(one, seconds)
      local from, parked_for = socket.gettime(), nil
      loop.spawn(function()
        event_loop.park(one, seconds)
        parked_for = socket.gettime() - from
      end)
      loop.run()
      return parked_for
    end
    local timed = seconds_of_park({}, 0.1)
    assert.is_true(timed > 0.09 and timed < 10, timed)
    loop.spawn(function()
      loop.sleep(0.02)
      event_loop.unpark(ticket)
    end)
    local unparked = seconds_of_park(ticket, 20)
    assert.is_true(unparked < 10, unparked)
  end)

  it("the function spawn for copas always starts a driver, and returns true", function()
    local loop, has_run = new_loop(), false
    assert.is_true(event_loop.spawn(function() has_run = true end))
    loop.run()
    assert.is_true(has_run)
  end)

  it("copas never parks the main coroutine", function()
    assert.is_falsy(event_loop.is_running(true))
    assert.is_falsy(event_loop.is_running(false))
  end)

  it("a client that was dropped and not closed does not slow down the next client", function()
    local loop = new_loop()
    local function slowest(is_closed)
      local most = 0
      loop.spawn(function()
        local client = support.client { endpoint = support.sandbox.plain, loop = "copas" }
        for _ = 1, 5 do
          local from = socket.gettime()
          assert(client:list_vault { limit = 1 })
          most = math.max(most, socket.gettime() - from)
        end
        if is_closed then
          client:close()
        end
      end)
      loop.run()
      collectgarbage()
      collectgarbage()
      return most
    end
    -- A client that is slowed down is slow in each round. If the machine was busy in one round, another round is quick.
    local best, rounds = 1, 0
    repeat
      slowest(false)
      best, rounds = math.min(best, slowest(true)), rounds + 1
    until best < 0.08 or rounds == 20
    assert.is_true(best < 0.08, best)
  end)
end)
