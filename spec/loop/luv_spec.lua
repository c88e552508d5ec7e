-- Calls in coroutines of luv.

local event_loops = require "spec.helpers.event_loops"

event_loops.describe("luv", function()
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
      local co, timer = coroutine.running(), uv.new_timer()
      timer:start(math.ceil(seconds * 1000), 0, function()
        timer:close()
        assert(coroutine.resume(co))
      end)
      coroutine.yield()
    end,
    run = function() uv.run() end,
  }
end)

describe("cbr.loop.luv", function()
  local found, uv = pcall(require, "luv")
  if not found then
    pending("luv is missing for " .. _VERSION)
    return
  end

  local event_loop = require "cbr.loop.luv"

  it("resumes an unparked coroutine in the next turn of the loop, not inside the call of unpark", function()
    local ticket, steps = {}, {}
    event_loop.spawn(function()
      event_loop.park(ticket)
      steps[#steps + 1] = "resumed"
    end)
    event_loop.unpark(ticket)
    event_loop.unpark(ticket) -- the second call finds nothing parked
    steps[#steps + 1] = "unparked"
    uv.run()
    assert.same({ "unparked", "resumed" }, steps)
  end)

  it("resumes a parked coroutine at its time", function()
    local from, seconds = uv.hrtime(), nil
    event_loop.spawn(function()
      event_loop.park({}, 0.05)
      seconds = (uv.hrtime() - from) / 1e9
    end)
    uv.run()
    assert.is_true(seconds > 0.04 and seconds < 1, seconds)
  end)

  it("is_running is true only in a coroutine while luv's loop runs", function()
    assert.is_false(event_loop.is_running())
    assert.is_false(coroutine.wrap(event_loop.is_running)())
    local inside
    event_loop.spawn(function()
      event_loop.park({}, 0.001)
      inside = event_loop.is_running()
    end)
    uv.run()
    assert.is_true(inside)
  end)
end)
