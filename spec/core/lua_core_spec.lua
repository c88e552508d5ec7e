-- The objects of the Lua module: closed objects, foreign objects, and objects that the garbage collector frees during a
-- call.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local function new_pool()
  return core.pool { ca_file = sandbox.ca, max_body = 1e6, proxy = "" }
end

local function request(changes)
  local made = { method = "GET", origin = sandbox.plain, path = "/", timeout = 30, connect_timeout = 30 }
  return support.merge(made, changes)
end

-- Makes garbage with a finalizer, which runs during some later allocation.
local function finalized(fn)
  local newproxy = rawget(_G, "newproxy")
  if newproxy then
    getmetatable(newproxy(true)).__gc = fn
  else
    setmetatable({}, { __gc = fn })
  end
end

describe("a transfer object", function()
  it("tostring shows whether a transfer is in progress, done or closed", function()
    local pool = new_pool()
    local transfer = assert(pool:start(request()))
    assert.equal("cbr.transfer (in progress)", tostring(transfer))
    raw_server.step_until(pool, function()
      return transfer:done()
    end)
    assert.equal("cbr.transfer (done)", tostring(transfer))
    assert.equal("ok", transfer:finish().result)
    assert.equal("cbr.transfer (closed)", tostring(transfer))
    pool:close()
  end)

  it("a transfer in progress raises when finish is called", function()
    local pool = new_pool()
    local transfer = assert(pool:start(request()))
    assert.has_error(function()
      transfer:finish()
    end, "attempt to finish a transfer in progress")
    pool:close()
  end)

  it("finish returns the result of a cancelled transfer, and cancel does not change a transfer that is done", function()
    local pool = new_pool()
    local transfer = assert(pool:start(request()))
    transfer:cancel()
    transfer:cancel()
    assert.same({ 0, true }, { pool:in_flight(), transfer:done() })
    assert.is_nil(pool:ended())
    assert.equal("cancelled", transfer:finish().result)
    transfer = assert(pool:start(request()))
    raw_server.step_until(pool, function()
      return transfer:done()
    end)
    transfer:cancel()
    assert.equal("ok", transfer:finish().result)
    pool:close()
  end)

  it("a closed transfer raises when it is used, and can be closed again", function()
    local pool = new_pool()
    local transfer = assert(pool:start(request()))
    transfer:close()
    transfer:close()
    assert.equal(0, pool:in_flight())
    for _, name in ipairs { "cancel", "done", "finish" } do
      assert.has_error(function()
        transfer[name](transfer)
      end, "attempt to use a closed transfer")
    end
    pool:close()
  end)
end)

describe("a pool object", function()
  it("a closed pool raises when it is used, except by ended, in_flight, timeout and close", function()
    local pool = new_pool()
    assert(pool:start(request()))
    assert.equal("cbr.pool (1 in flight)", tostring(pool))
    pool:close()
    pool:close()
    assert.equal("cbr.pool (closed)", tostring(pool))
    assert.is_nil(pool:ended())
    assert.equal(0, pool:in_flight())
    assert.is_nil(pool:timeout())
    for _, name in ipairs { "start", "step", "fd" } do
      assert.has_error(function()
        pool[name](pool, {})
      end, "attempt to use a closed pool")
    end
  end)

  it("Lua 5.4 closes a pool at the end of the block of its to-be-closed variable", function()
    if _VERSION ~= "Lua 5.4" then
      return
    end
    local pool = new_pool()
    assert(load("local p <close> = ...", "=close"))(pool)
    assert.equal("cbr.pool (closed)", tostring(pool))
  end)

  it("each method of a pool or a transfer returns as many values as it documents", function()
    local function types(...)
      local list = {}
      for i = 1, select("#", ...) do
        list[i] = type((select(i, ...)))
      end
      return table.concat(list, " ")
    end
    local pool = new_pool()
    assert.equal("boolean", types(pool:release()))
    assert.same({ "", "", "", "number", "number" }, {
      types(pool:fd()), types(pool:timeout()), types(pool:ended()), types(pool:in_flight()), types(pool:step(0)),
    })
    assert.equal("userdata number", types(pool:start(request())))
    local keys, date = { access_key = "a", secret_key = "b" }, "20240102T030405Z"
    assert.equal("nil string string", types(pool:start(request { method = "G T" }, keys, date)))
    local transfer = pool:start(request())
    assert.same({ "number", "number" }, { types(pool:fd()), types(pool:timeout()) })
    assert.is_false(pool:release())
    assert.equal("boolean", types(transfer:done()))
    raw_server.step_until(pool, function()
      return transfer:done()
    end)
    assert.same({ "number", "table", "" }, { types(pool:ended()), types(transfer:finish()), types(transfer:close()) })
    assert.equal("", types(pool:close()))
    assert.same({ "table", "boolean", "table", "table" }, {
      types(core.sign({ method = "GET", host = "h", path = "/" }, keys, date)),
      types(core.is_signed_header "host"), types(core.algorithms), types(core.versions),
    })
  end)

  it("a pool hides its metatable, and a pool's method raises when it gets an object that is not a pool", function()
    local pool = new_pool()
    assert.is_false(getmetatable(pool))
    assert.is_false(pcall(pool.step, io.stdout))
    assert.is_false(pcall(pool.step))
    assert.is_false(pcall(pool.step, {}))
    pool:close()
  end)
end)

describe("the garbage collector", function()
  -- Lua 5.5 has another function for the parameters of the collector.
  local function set(option, value)
    if not pcall(collectgarbage, "set" .. option, value) then
      collectgarbage("param", option, value)
    end
  end

  it("pools and transfers can be garbage-collected in any order, at any time", function()
    set("pause", 0)
    for i = 1, 200 do
      local pool = new_pool()
      local one, two = pool:start(request()), pool:start(request { method = "POST", body = ("x"):rep(1000) })
      pool:step(0)
      if i % 3 == 0 then
        pool = nil
        collectgarbage()
      elseif i % 3 == 1 then
        one, two = nil, nil
        collectgarbage()
      end
      if pool and one then
        raw_server.finish(pool, one)
      end
      if two and i % 2 == 0 then
        two:close()
      end
    end
    set("pause", 200)
    collectgarbage()
  end)

  it("a finalizer can close the pool and the transfer in the middle of a call", function()
    set("pause", 50)
    set("stepmul", 10000)
    for _ = 1, 300 do
      local pool = new_pool()
      local transfer
      finalized(function()
        pool:close()
        if transfer then
          transfer:close()
        end
      end)
      pcall(function()
        transfer = pool:start(request { headers = { ["X-A"] = ("a"):rep(1000) }, query = { a = { "b", "c" } } })
        raw_server.finish(pool, transfer)
      end)
    end
    set("pause", 200)
    set("stepmul", 200)
    collectgarbage()
  end)

  for _, method in ipairs { "finish", "close" } do
    it(("a finalizer can call %s on a transfer while finish is running"):format(method), function()
      local server = raw_server.open()
      local pool = core.pool { max_body = 10000, proxy = "" }
      local body = ("x"):rep(5000)
      local head = "HTTP/1.1 200 OK\r\nDate: d\r\nX-Request-Id: r\r\nContent-Length: 5000\r\n\r\n"
      local nested = 0
      for count = 1, 12 do
        local transfer = raw_server.respond(pool, server, head .. body)
        collectgarbage()
        collectgarbage "stop"
        for _ = 1, count do
          finalized(function()
            nested = nested + (pcall(transfer[method], transfer) and 1 or 0)
          end)
        end
        if _VERSION == "Lua 5.4" then
          collectgarbage("incremental", 1, 1000, 20)
        end
        collectgarbage "restart"
        local ok, response = pcall(transfer.finish, transfer)
        if ok then
          assert.equal(body, response.body)
          assert.equal("r", response.headers["x-request-id"])
        else
          assert.matches("closed transfer", response) -- a finalizer has already closed the transfer
        end
      end
      if _VERSION == "Lua 5.4" then
        collectgarbage("incremental", 200, 100, 13)
        assert.is_true(nested > 0)
      end
      pool:close()
      server:close()
    end)
  end

  it("a client, and its pool for machine credentials, are garbage-collected without an error", function()
    local function use()
      local client = support.client { credentials = { source = "ecs", endpoint = sandbox.metadata } }
      assert(client:show_vault { vault_id = fixtures.vaults.server.id })
    end
    use()
    collectgarbage() -- Lua 5.2 and 5.3 would raise a finalizer's error here
    collectgarbage()
  end)
end)
