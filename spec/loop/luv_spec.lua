-- Calls in coroutines of luv.

local event_loops = require "spec.helpers.event_loops"
local support = require "spec.helpers.support"

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

  it("the function spawn for luv always starts a driver, and returns true", function()
    local has_run = false
    assert.is_true(event_loop.spawn(function() has_run = true end))
    uv.run()
    assert.is_true(has_run)
  end)

  it("luv resumes an unparked coroutine in the next turn of the loop, not inside the call of unpark", function()
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

  it("luv resumes a parked coroutine at its time", function()
    local from, seconds = uv.hrtime(), nil
    event_loop.spawn(function()
      event_loop.park({}, 0.05)
      seconds = (uv.hrtime() - from) / 1e9
    end)
    uv.run()
    assert.is_true(seconds > 0.04 and seconds < 10, seconds)
  end)

  it("luv is detected only in a coroutine while its loop runs", function()
    assert.is_false(event_loop.is_running(false))
    assert.is_false(coroutine.wrap(event_loop.is_running)(false))
    local inside
    event_loop.spawn(function()
      event_loop.park({}, 0.001)
      inside = event_loop.is_running(false)
    end)
    uv.run()
    assert.is_true(inside)
  end)

  it("luv wakes a driver as soon as its descriptor is readable", function()
    local socket = require "socket"
    local listener = assert(socket.bind("127.0.0.1", 0))
    local address, port = listener:getsockname()
    local near = assert(socket.connect(address, port))
    local far = listener:accept()
    far:send "x"
    local from, seconds, driver = uv.hrtime(), nil, {}
    event_loop.spawn(function()
      event_loop.wait(near:getfd(), 10, driver)
      seconds = (uv.hrtime() - from) / 1e9
      event_loop.forget(near:getfd(), driver)
    end)
    uv.run()
    assert.is_true(seconds < 5, seconds)
    near:close()
    far:close()
    listener:close()
  end)

  it("luv counts a waiting time from now, even if the loop has not run for a long time", function()
    local from, seconds
    event_loop.spawn(function()
      local busy = uv.hrtime()
      repeat
      until uv.hrtime() - busy > 0.1e9
      from = uv.hrtime()
      event_loop.park({}, 0.05)
      seconds = (uv.hrtime() - from) / 1e9
    end)
    uv.run()
    assert.is_true(seconds > 0.045, seconds)
  end)

  it("an error in a coroutine is raised where the coroutine was resumed, with the coroutine's traceback", function()
    local ok, message = pcall(event_loop.spawn, function() error "raised in the coroutine" end)
    assert.is_false(ok)
    assert.matches("raised in the coroutine\nstack traceback:", message, 1, true)
  end)

  it("luv never parks the main coroutine", function()
    assert.is_false(event_loop.is_running(true))
    assert.is_true(coroutine.wrap(event_loop.is_running)(true))
  end)

  it("luv does not resume a coroutine that ended before its time", function()
    local ticket, is_resumed = {}, false
    local co = coroutine.create(function()
      event_loop.park(ticket, 0.02)
    end)
    coroutine.resume(co)
    coroutine.resume(co) -- another library may resume the parked coroutine by mistake
    event_loop.spawn(function()
      event_loop.park({}, 0.05)
      is_resumed = true
    end)
    uv.run()
    assert.same({ true, "dead" }, { is_resumed, coroutine.status(co) })
  end)

  it("luv lets the process end normally, whether or not the client was closed #process", function()
    for _, ending in ipairs { "", "client:close()", "client = nil collectgarbage()" } do
      local script = support.file(([[
        local uv, support = require "luv", require "spec.helpers.support"
        local client = support.client { endpoint = support.sandbox.plain, loop = "luv" }
        coroutine.wrap(function()
          assert(client:list_vault { limit = 1 })
        end)()
        uv.run()
        %s
        print "end"
      ]]):format(ending))
      local output, is_ok = support.run((os.getenv "CBR_LUA" or "lua5.4") .. " " .. script)
      os.remove(script)
      assert.same({ "end\n", true }, { output, is_ok }, ending)
    end
  end)

  it("luv lets the process end normally while a call and a sleep wait #process", function()
    for _, ending in ipairs { "", "client:close()", "client = nil collectgarbage()" } do
      local script = support.file(([[
        local uv, support = require "luv", require "spec.helpers.support"
        local client = support.client { endpoint = support.sandbox.plain, loop = "luv" }
        local await = require "cbr.loop.await"
        coroutine.wrap(function() await.sleep(client, 30) end)()
        coroutine.wrap(function()
          client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 30 } }
        end)()
        local timer = uv.new_timer()
        timer:start(300, 0, function()
          timer:close()
          uv.stop()
        end)
        uv.run()
        assert(client.pool:in_flight() == 1)
        %s
        print "end"
      ]]):format(ending))
      local output, is_ok = support.run((os.getenv "CBR_LUA" or "lua5.4") .. " " .. script)
      os.remove(script)
      assert.same({ "end\n", true }, { output, is_ok }, ending)
    end
  end)

  it("luv lets the process end normally after a call whose coroutine could not yield #process", function()
    local script = support.file [[
      local uv, support = require "luv", require "spec.helpers.support"
      local client = support.client { endpoint = support.sandbox.plain, loop = "luv" }
      coroutine.wrap(function()
        string.gsub("x", "x", function() pcall(client.list_vault, client, { limit = 1 }) end)
        pcall(string.gsub, "x", "x", function() client:list_vault { limit = 1 } end)
        assert(client:list_vault { limit = 1 })
        print "called"
      end)()
      uv.run()
      print "end"
    ]]
    local output, is_ok = support.run("timeout 60 " .. (os.getenv "CBR_LUA" or "lua5.4") .. " " .. script)
    os.remove(script)
    assert.same({ "called\nend\n", true }, { output, is_ok })
  end)

  describe("a client with loop = 'luv'", function()
    local client

    before_each(function()
      client = support.client { endpoint = support.sandbox.plain, loop = "luv" }
      assert(client:list_vault { limit = 1 }) -- in the main coroutine, so this call blocks
    end)

    after_each(function()
      client:close()
      support.sandbox.reset()
    end)

    local function start(run)
      local co = coroutine.create(run)
      assert(coroutine.resume(co))
      return co
    end

    local function echo(delay)
      return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = delay } }
    end

    it("calls that were made before uv.run() run concurrently", function()
      local ended = 0
      for _ = 1, 4 do
        start(function()
          assert(echo(0.3))
          ended = ended + 1
        end)
      end
      assert.same({ 0, 4 }, { ended, client.pool:in_flight() })
      uv.run()
      assert.equal(4, ended)
    end)

    it("a coroutine whose call could not yield is not resumed while it waits for something else", function()
      local refused = support.client { endpoint = "http://127.0.0.1:1", loop = "luv", max_attempts = 1 }
      local resumed_by, timer = nil, uv.new_timer()
      local co = start(function()
        assert.is_false(pcall(string.gsub, "x", "x", function() echo(0.2) end))
        -- This call ends before its coroutine would yield. It also ends the wait of the call before.
        assert.is_nil((refused:request { method = "GET", path = "/v3/{project_id}/echo" }))
        resumed_by = coroutine.yield()
      end)
      timer:start(100, 0, function()
        timer:close()
        coroutine.resume(co, "the timer") -- without effect if the coroutine has ended
      end)
      uv.run()
      refused:close()
      assert.equal("the timer", resumed_by)
    end)

    it("a client keeps the coroutines that wait, although nothing else refers to them", function()
      local ended = 0
      for _ = 1, 4 do
        coroutine.wrap(function()
          assert(echo(0.2))
          ended = ended + 1
        end)()
      end
      collectgarbage()
      collectgarbage()
      uv.run()
      assert.equal(4, ended)
    end)

    local close = rawget(coroutine, "close") -- Lua 5.4
    if not close then
      return
    end

    it("a client forgets the coroutines that were closed while they waited", function()
      local weak = setmetatable({}, { __mode = "k" })
      for _ = 1, 50 do
        local co = start(function() echo(5) end)
        weak[co] = true
        close(co)
      end
      uv.run() -- the loop ends, although no request got a response
      collectgarbage()
      collectgarbage()
      assert.is_nil(next(weak))
    end)

    it("a client cancels the request of a closed coroutine, and lets the other coroutines continue", function()
      local response
      local closed = start(function()
        echo(3 * support.patience + 30)
      end)
      start(function()
        response = assert(echo(0.2))
      end)
      assert.equal(2, client.pool:in_flight())
      assert.is_true(close(closed))
      uv.run() -- the loop ends, although the sandbox has not responded to the closed coroutine's request
      assert.equal("GET", response.method)
      assert.equal(0, client.pool:in_flight())
    end)

    it("a client sends no retry for a coroutine that was closed during the pause before the retry", function()
      support.sandbox.fault { call = "list_vault", fault = "throttled", times = -1 }
      local co = start(function()
        client:list_vault {}
      end)
      event_loop.spawn(function()
        repeat
          event_loop.park({}, 0.005)
        until client.pool:in_flight() == 0
        event_loop.park({}, 0.01)
        close(co)
      end)
      uv.run()
      assert.is_true(support.count "list_vault" < 4)
      assert.equal("dead", coroutine.status(co))
    end)
  end)
end)
