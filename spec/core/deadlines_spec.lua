-- The deadlines of transfers, also of those that wait for a connection, and how long a pool may sleep before them.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n"

local function get(server, timeout)
  return { method = "GET", origin = server.origin, path = "/", timeout = timeout, connect_timeout = 5 }
end

describe("the deadlines of a pool", function()
  local server, pool

  set_up.for_each_test(function()
    server = raw_server.open(128)
    pool = core.pool { max_body = 1e6, proxy = "" }
    return pool, server
  end)

  it("a pool ends a transfer in time even if its deadline is so near that libcurl may lose the timer", function()
    local late, count = 0, 0
    for _, timeout in ipairs { 0.0001, 0.0003, 0.0005, 0.0007, 0.001 } do
      for _ = 1, 4 do
        local fresh, began = core.pool { proxy = "" }, core.monotonic()
        local request = get(server, timeout)
        request.connect_timeout = timeout
        local transfer = assert(fresh:start(request))
        while fresh:in_flight() > 0 do
          fresh:step(1)
        end
        assert.equal("timeout", transfer:finish().result)
        -- if libcurl loses its timer, the transfer ends 0.2 s late
        count, late = count + 1, late + (core.monotonic() - began > 0.15 and 1 or 0)
        fresh:close()
      end
    end
    assert.is_true(late <= count / 4, late .. " of " .. count)
  end)

  it("a pool's timeout() is 0 after a start, then at most the time to the deadline; nil without a transfer", function()
    assert.is_nil(pool:timeout())
    local transfer = assert(pool:start(get(server, 2)))
    assert.equal(0, pool:timeout())
    pool:step(0)
    raw_server.step_until(pool, function()
      return server:accept()
    end)
    local seconds = pool:timeout()
    assert.is_true(seconds ~= nil and seconds <= 2, tostring(seconds))
    transfer:close()
    assert.is_nil(pool:timeout())
  end)
end)

describe("the deadlines of transfers that wait for a connection", function()
  local server, pool, first, peer -- `first` uses the only connection of the pool; `peer` is the server's end

  set_up.for_each_test(function()
    server = raw_server.open(128)
    pool = core.pool { max_body = 1000, proxy = "", max_connections = 1 }
    first, peer = raw_server.begin(pool, server)
    return pool, server, peer
  end)

  it("a pool's timeout() is 0 after the deadline of a transfer that waits for a connection", function()
    assert(pool:start(get(server, 0.05)))
    pool:step(0)
    core.poll({}, 0.1)
    assert.equal(0, pool:timeout())
  end)

  it("a pool's step() sleeps instead of returning repeatedly while a deadline is less than a second ahead", function()
    local waiting, steps = assert(pool:start(get(server, 0.5))), 0
    while not waiting:done() do
      pool:step(1)
      steps = steps + 1
    end
    assert.is_true(steps < 50, steps .. " steps")
  end)

  it("a pool opens at most max_connections connections, and a transfer that waits ends at its deadline", function()
    local second = assert(pool:start(get(server, 0.2)))
    local response = raw_server.finish(pool, second)
    assert.same({ "timeout", "not_sent" }, { response.result, response.reach })
    assert.is_nil((server:accept()))
    local third = assert(pool:start(get(server, 20)))
    peer:send(NO_CONTENT)
    raw_server.finish(pool, first)
    raw_server.read_head(pool, peer) -- once the connection is free, the waiting request is sent over it
    peer:send(NO_CONTENT)
    assert.is_true(raw_server.finish(pool, third).reused)
  end)

  it("several transfers that wait for a connection end each at its own deadline", function()
    local from, waiting = core.monotonic(), {}
    for i, timeout in ipairs { 0.3, 0.1, 0.5, 20 } do
      waiting[i] = assert(pool:start(get(server, timeout)))
    end
    for _, i in ipairs { 2, 1, 3 } do
      assert.equal("timeout", raw_server.finish(pool, waiting[i]).result)
    end
    local seconds = core.monotonic() - from
    assert.is_true(seconds >= 0.5 and seconds < 10, seconds .. " s")
    assert.is_false(waiting[4]:done())
  end)

  it("a pool's timeout() is never after the deadline of a transfer that waits for a connection", function()
    for _, timeout in ipairs { 20, 0.4, 10 } do
      assert(pool:start(get(server, timeout)))
      pool:step(0)
    end
    assert.is_true(pool:timeout() <= 0.4)
  end)
end)

describe("a resolver that hangs #process", function()
  it("a hanging resolver delays neither a deadline, nor close, nor the end of the process", function()
    local shim = support.preloadable "slow_resolver"
    local script = support.file [[
      local cbr = require "cbr"
      local now = require "cbr.core".monotonic
      local from = now()
      local client = assert(cbr.new { endpoint = "https://slow.invalid", proxy = "" })
      local _, err = client:sync({ vault_id = os.getenv "HYBRID_VAULT_ID" }, { timeout = 0.3 })
      print(err.kind, err.outcome, now() - from < 20)
      client:close()
      print(now() - from < 20)
    ]]
    local from = core.monotonic()
    local output = support.run(("LD_PRELOAD=%s %s %s"):format(shim, os.getenv "CBR_LUA" or "lua5.4", script))
    assert.equal("timeout\tnot_sent\ttrue\ntrue\n", output)
    assert.is_true(core.monotonic() - from < 20)
    os.remove(shim)
    os.remove(script)
  end)
end)
