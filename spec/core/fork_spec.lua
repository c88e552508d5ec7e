-- A process that forks between two calls, and during a call.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local support = require "spec.helpers.support"
local there, posix = pcall(require, "posix")

local sandbox = support.sandbox

-- Runs fn in a child process. Returns the result of fn as text.
local function in_child(fn)
  local name = os.tmpname()
  io.stdout:flush()
  local pid = assert(posix.fork())
  if pid == 0 then
    local ok, result = pcall(fn)
    local file = io.open(name, "w")
    file:write(tostring(ok), " ", tostring(result))
    file:close()
    posix._exit(0)
  end
  posix.wait(pid)
  local text = support.read(name)
  os.remove(name)
  return text
end

describe("after a fork #process", function()
  if not there then
    pending("needs luaposix, which Debian 12 does not have for " .. _VERSION)
    return
  end

  before_each(sandbox.reset)

  local function vaults(client)
    local response, err = client:request { method = "GET", path = "/v3/{project_id}/vaults" }
    return response and "ok" or tostring(err)
  end

  it("after a fork, parent and child can both continue, each over its own connections", function()
    local client = support.client()
    assert.equal("ok", vaults(client))
    assert.equal("true ok", in_child(function()
      local first = vaults(client)
      client:close()
      return first
    end))
    assert.equal("ok", vaults(client)) -- over the client's first connection, which the child did not close
    assert.equal(2, support.connections())
    client:close()
  end)

  it("transfers end with the result 'forked' in a forked child, and continue in the parent", function()
    local pool = core.pool { max_body = 1e6, proxy = "" }
    local server = raw_server.open()
    local transfer, peer = raw_server.begin(pool, server)
    assert.equal("true forked sent 0", in_child(function()
      local left = pool:step(0)
      local response = transfer:finish()
      pool:close()
      return ("%s %s %d"):format(response.result, response.reach, left)
    end))
    peer:send "HTTP/1.1 204 No Content\r\n\r\n"
    assert.equal("ok", raw_server.finish(pool, transfer).result)
    peer:close()
    server:close()
    pool:close()
  end)

  it("in a forked child, a pool's methods act as on a new pool, and the parent's transfers have ended", function()
    local server, pool = raw_server.open(), core.pool { max_body = 1e6, proxy = "" }
    local transfer, peer = raw_server.begin(pool, server)
    for method, expected in pairs {
      fd = "nil", timeout = "0", in_flight = "0", ended = "1", release = "true", step = "0",
    } do
      assert.equal("true " .. expected, in_child(function()
        local value = pool[method](pool)
        return type(value) == "number" and ("%d"):format(value) or value -- not "1.0", which Lua 5.3 would write
      end), method)
    end
    assert.equal("true forked", in_child(function()
      pool:close()
      return transfer:finish().result
    end))
    peer:send "HTTP/1.1 204 No Content\r\n\r\n"
    assert.equal("ok", raw_server.finish(pool, transfer).result)
    peer:close()
    server:close()
    pool:close()
  end)

  it("a child that is forked while cbr.map places an order finds the order that the parent placed", function()
    local cbr = require "cbr"
    local client = support.client { settle_time = 0.2 }
    sandbox.fault { call = "sync", fault = "slow_before", seconds = 2 }
    local child, has_ended
    local name = os.tmpname()
    local results = cbr.map({ "order", "fork" }, function(item)
      if item == "order" then
        local sync, err = client:sync { vault_id = support.fixtures.vaults.hybrid.id }
        has_ended = true
        return sync and (sync.reconciled and "found" or "ordered") or tostring(err)
      end
      repeat
        coroutine.yield()
      until has_ended or client.pool:in_flight() == 1 and support.count "sync" == 1
      child = assert(posix.fork())
      return true
    end)
    if child == 0 then
      local file = io.open(name, "w")
      file:write(results[1])
      file:close()
      posix._exit(0)
    end
    posix.wait(child)
    assert.equal("ordered", results[1])
    assert.equal("found", support.read(name))
    os.remove(name)
    assert.equal(1, #sandbox.ledger())
    assert.equal(1, support.count "sync")
    client:close()
  end)

  it("the core notices a fork even if fork handlers are not called", function()
    local shim = support.preloadable "bare_fork"
    local script = support.file [[
      local posix = require "posix"
      local support = require "spec.helpers.support"
      local client = support.client()
      assert(client:list_vault {})
      io.stdout:flush()
      local child = assert(posix.fork())
      if child == 0 then
        assert(client:list_vault {})
        posix._exit(0)
      end
      posix.wait(child)
      print(support.connections())
    ]]
    local output = support.run(("LD_PRELOAD=%s %s %s"):format(shim, os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    os.remove(shim)
    assert.equal("2\n", output)
  end)

  it("a forked child does not close a descriptor whose number the child has reused for another file", function()
    local client = support.client()
    assert.equal("ok", vaults(client))
    assert.equal("true ok still mine", in_child(function()
      for fd = 3, 64 do
        posix.close(fd) -- as daemons do
      end
      local name = os.tmpname()
      local logs = {}
      for i = 1, 16 do
        logs[i] = io.open(name, "w") -- one of these files gets the descriptor number of the parent's connection
      end
      local result = vaults(client)
      for i = 1, 16 do
        logs[i]:write "still mine"
        assert(logs[i]:flush())
      end
      local text = support.read(name)
      os.remove(name)
      return result .. " " .. text
    end))
    client:close()
  end)

  it("a forked child does not close a descriptor whose number the child has reused for another connection", function()
    local client = support.client()
    assert.equal("ok", vaults(client))
    assert.equal("true ok 16", in_child(function()
      for fd = 3, 64 do
        posix.close(fd)
      end
      local socket = require "socket"
      local listeners, open = {}, 0
      for i = 1, 16 do
        listeners[i] = assert(socket.bind("127.0.0.1", 0))
      end
      local result = vaults(client)
      for i = 1, 16 do
        local address, port = listeners[i]:getsockname()
        open = open + (port and socket.connect(address, port) and 1 or 0)
      end
      return ("%s %d"):format(result, open)
    end))
    client:close()
  end)

  it("a forked child keeps none of the parent's connections open", function()
    -- Returns the number of open sockets. If the number is not `expected`, waits up to two seconds,
    -- because a resolver thread may still end.
    local function sockets(expected)
      local list = ("ls -l /proc/%d/fd 2>/dev/null | grep -c socket:"):format(posix.getpid "pid")
      local count
      for _ = 1, 40 do
        count = tonumber((support.run(list)))
        if not expected or count == expected then
          break
        end
        require "socket".sleep(0.05)
      end
      return count
    end
    collectgarbage()
    collectgarbage()
    local before = sockets()
    local client = support.client()
    assert.equal("ok", vaults(client))
    -- libcurl wakes a handle by two sockets, from 8.5 on by a pipe, and in later versions by an eventfd.
    local major, minor = core.versions.libcurl:match "^(%d+)%.(%d+)"
    local wake = major * 100 + minor < 805 and 2 or 0
    assert.equal(before + 1 + wake, sockets(before + 1 + wake)) -- the connection and the wake-up sockets
    local expected = before + 1 + wake + wake -- the child's connection, and the wake-up sockets of both
    assert.equal(("true ok %d"):format(expected), in_child(function()
      return vaults(client) .. " " .. sockets(expected)
    end))
    client:close()
  end)
end)
