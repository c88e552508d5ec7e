-- A pool: concurrent transfers, the order in which they end, and their cancellation. spec/core/deadlines_spec.lua tests
-- their deadlines.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

local NO_CONTENT = "HTTP/1.1 204 No Content\r\n\r\n"

describe("a pool", function()
  local server, pool

  set_up.for_each_test(function()
    server = raw_server.open(128)
    pool = core.pool { max_body = 1e6, proxy = "" }
    return pool, server
  end)

  local function get(changes)
    local request = { method = "GET", origin = sandbox.plain, path = "/", timeout = 30, connect_timeout = 30 }
    return support.merge(request, changes)
  end

  -- Sends a request. The server responds with `bytes` on the connection of the request, and then closes the connection
  -- unless `bytes` is NO_CONTENT. If `bytes` is nil, the server does not respond, and the transfer times out.
  local function serve(peers, method, bytes)
    local transfer = assert(pool:start {
      method = method, origin = server.origin, path = "/", timeout = bytes and 20 or 1,
    })
    raw_server.step_until(pool, function()
      for peer in function() return server:accept() end do
        peer:settimeout(0)
        peers[peer] = ""
      end
      for peer, head in pairs(peers) do
        local text, _, part = peer:receive(65536)
        peers[peer] = head .. (text or part)
        if bytes and peers[peer]:find("\r\n\r\n", 1, true) then
          peers[peer] = ""
          peer:send(bytes)
          if bytes ~= NO_CONTENT then
            peer:close()
            peers[peer] = nil
          end
        end
      end
      return transfer:done()
    end)
    return transfer:finish()
  end

  it("a POST gets a new connection only if the connection of the last POST or PUT broke before a response", function()
    for _, case in ipairs {
      { "POST", "", "network", "sent", reuses = false }, { "PUT", "", "network", "sent", reuses = false },
      { "GET", "", "network", "sent", reuses = true },
      { "POST", "HTTP/1.1 200 OK\r\nContent-", "network", "responded", reuses = true },
      { "POST", nil, "timeout", "sent", reuses = true }, { "POST", NO_CONTENT, "ok", "responded", reuses = true },
    } do
      pool:close()
      pool = core.pool { max_body = 1e6, proxy = "" }
      local peers = {}
      local response = serve(peers, case[1], case[2])
      assert.same({ case[3], case[4] }, { response.result, response.reach })
      serve(peers, "GET", NO_CONTENT) -- leaves an idle connection
      assert.is_true(serve(peers, "GET", NO_CONTENT).reused)
      assert.equal(case.reuses, serve(peers, "POST", NO_CONTENT).reused, table.concat(case, " ", 1, 1))
      for peer in pairs(peers) do
        peer:close()
      end
    end
  end)

  it("a pool runs many transfers at the same time #descriptors", function()
    local transfers = {}
    for i = 1, 100 do
      transfers[i] = assert(pool:start(get()))
    end
    assert.equal(100, pool:in_flight())
    while pool:in_flight() > 0 do
      pool:step(1)
    end
    for _, transfer in ipairs(transfers) do
      local response = transfer:finish()
      assert.same({ "ok", "responded" }, { response.result, response.reach })
      assert.is_true(response.seconds > 0 and response.sent > 0)
    end
  end)

  it("a pool reports the serial number of each ended transfer once, in the order in which they ended", function()
    local transfers, peers, serials = {}, {}, {}
    for i = 1, 3 do
      transfers[i], peers[i] = raw_server.begin(pool, server)
    end
    assert.is_nil(pool:ended())
    for _, i in ipairs { 2, 3, 1 } do
      peers[i]:send(NO_CONTENT)
      raw_server.step_until(pool, function()
        return transfers[i]:done()
      end)
    end
    for i = 1, 3 do
      serials[i] = pool:ended()
    end
    assert.same({ 2, 3, 1 }, serials)
    assert.is_nil(pool:ended())
    for i = 1, 3 do
      assert.equal("ok", transfers[i]:finish().result)
      peers[i]:close()
    end
  end)

  it("a pool does not report a transfer that was closed before or after its end", function()
    local one, one_peer = raw_server.begin(pool, server)
    local two, two_peer = raw_server.begin(pool, server)
    one:close()
    two_peer:send(NO_CONTENT)
    raw_server.step_until(pool, function()
      return two:done()
    end)
    two:close()
    assert.is_nil(pool:ended())
    assert.equal(0, pool:in_flight())
    one_peer:close()
    two_peer:close()
  end)

  it("a pool's step() waits for the given time when nothing is in flight, and returns 0", function()
    local from = core.monotonic()
    assert.same({ 0 }, { pool:step(0.05) })
    assert.is_true(core.monotonic() - from > 0.045)
  end)

  it("closing a pool cancels its transfers", function()
    local sent, peer = raw_server.begin(pool, server)
    local unsent = assert(pool:start(get()))
    pool:close()
    for transfer, reach in pairs { [sent] = "sent", [unsent] = "not_sent" } do
      assert.is_true(transfer:done())
      local response = transfer:finish()
      assert.same({ "cancelled", reach, "cancelled" }, { response.result, response.reach, response.reason })
    end
    peer:close()
  end)

  it("a pool keeps only the response headers that cbr reads", function()
    local response = raw_server.finish(pool, assert(pool:start(get())))
    assert.matches("^%x+$", response.headers["x-request-id"])
    assert.matches("GMT$", response.headers.date)
    assert.matches("^application/json", response.headers["content-type"])
    for name in pairs(response.headers) do
      local kept = "x-request-id x-iam-trace-id retry-after date x-subject-token content-type"
      assert.is_truthy(kept:find(name, 1, true), name)
    end
  end)

  it("a pool reports a URL that libcurl cannot parse, and sends nothing", function()
    local response = raw_server.finish(pool, assert(pool:start(get { origin = "http://a b" })))
    assert.same({ "bad_url", "not_sent" }, { response.result, response.reach })
  end)
end)

describe("an idle connection #process", function()
  local library = support.run("ls /usr/lib/*/faketime/libfaketime.so.1"):match "^/[^\n]+"
  if not library or not library:find "so.1$" then
    pending "needs libfaketime"
    return
  end

  it("a pool uses a connection that was idle for 40 seconds, but not one that was idle for 70", function()
    for idle, expected in pairs { [40] = 1, [70] = 2 } do
      sandbox.reset()
      local clock = support.file "+0"
      local script = support.file(([[
        local core = require "cbr.core"
        local client = assert(require "cbr".new { proxy = "" })
        assert(client:list_vault {})
        local before = core.monotonic()
        local file = assert(io.open("%s", "w"))
        file:write("+%d\n")
        file:close()
        local has_moved = core.monotonic() - before > 30
        assert(client:list_vault {})
        client:close()
        print(has_moved and "moved" or "stood still")
      ]]):format(clock, idle))
      local output = support.run(("FAKETIME_TIMESTAMP_FILE=%s FAKETIME_NO_CACHE=1 LD_PRELOAD=%s %s %s"):format(
        clock, library, os.getenv "CBR_LUA" or "lua5.4", script))
      os.remove(script)
      os.remove(clock)
      if output == "stood still\n" then
        return pending "libfaketime does not move the monotonic clock of this CPU"
      end
      assert.equal("moved\n", output)
      assert.equal(expected, support.connections(), idle .. " s")
    end
  end)
end)

describe("a process after thousands of calls #process #many", function()
  -- A process of its own, because free memory from other specs would hide a leak.
  local CODE = [[
    local support = require "spec.helpers.support"
    local client = support.client { endpoint = support.sandbox.plain }
    local function calls(count)
      for _ = 1, count do
        assert(client:request {
          method = "POST", path = "/v3/{project_id}/echo", query = { note = ("n"):rep(400) },
          body = { note = ("b"):rep(400) }, headers = { ["X-Note"] = ("h"):rep(400) },
        })
      end
      collectgarbage()
      collectgarbage()
    end
    calls(1000)
    local descriptors = support.descriptors()
    local least = math.huge -- the allocator's overhead varies, but a leak in every call shows in every round
    for _ = 1, 5 do
      local memory = support.memory()
      calls(1000)
      least = math.min(least, support.memory() - memory)
    end
    print(support.descriptors() - descriptors, least)
  ]]

  it("thousands of calls leak neither memory nor descriptors", function()
    local script = support.file(CODE)
    local output = support.run(("%s %s"):format(os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    local descriptors, bytes = output:match "^(-?%d+)%s+(-?%d+)\n$"
    assert.equal("0", descriptors, output)
    assert.is_true(tonumber(bytes) < 64 * 1000, ("grows by %s bytes in 1000 calls"):format(bytes))
    sandbox.reset()
  end)
end)
