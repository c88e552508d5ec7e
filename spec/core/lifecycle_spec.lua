-- Life of clients, pools and transfers: closed ones, forgotten ones, thousands of them.

local core = require "cbr.core"
local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures

local function new_pool()
  return core.pool { ca_file = sandbox.ca, max_body = 1e6, proxy = "" }
end

local function request(changes)
  local made = { method = "GET", origin = sandbox.plain, path = "/", timeout = 5, connect_timeout = 5 }
  for name, value in pairs(changes or {}) do
    made[name] = value
  end
  return made
end

local function finish(pool, transfer)
  while not transfer:done() do
    pool:step(1)
  end
  return transfer:finish()
end

describe("a closed client", function()
  it("raises on use, says that it is closed, and can be closed again", function()
    local client = support.client()
    client:close()
    client:close()
    assert.equal("cbr.client (closed)", tostring(client))
    for _, name in ipairs { "replicate", "sync", "request" } do
      local ok, message = pcall(client[name], client, {})
      assert.is_false(ok)
      assert.matches("attempt to use a closed client", message)
    end
  end)

  it("is what Lua 5.4 leaves behind a to-be-closed variable", function()
    if _VERSION ~= "Lua 5.4" then
      return
    end
    local client = support.client()
    assert(load("local c <close> = ...", "=close"))(client)
    assert.equal("cbr.client (closed)", tostring(client))
  end)

  it("gives its descriptors back", function()
    local before = support.descriptors()
    local client = support.client()
    assert(client:request { method = "GET", path = "/v3/{project_id}/vaults" })
    assert.is_true(support.descriptors() > before)
    client:close()
    assert.equal(before, support.descriptors())
  end)

  it("that was only forgotten gives them back too", function()
    collectgarbage()
    collectgarbage()
    local before = support.descriptors()
    local function forget()
      for _ = 1, 20 do
        local client = support.client()
        assert(client:request { method = "GET", path = "/v3/{project_id}/vaults" })
      end
    end
    forget()
    collectgarbage()
    collectgarbage()
    -- a stale stack slot can keep the last of the twenty, with its connection and libcurl's pair, but no other
    assert.is_true(support.descriptors() <= before + 3)
  end)
end)

describe("the core", function()
  it("gates every method of a closed pool and transfer", function()
    local pool = new_pool()
    local transfer = assert(pool:start(request()))
    assert.equal("cbr.transfer (under way)", tostring(transfer))
    assert.equal("cbr.pool (1 in flight)", tostring(pool))
    assert.matches("under way", select(2, pcall(transfer.finish, transfer)))
    transfer:close()
    transfer:close()
    assert.equal("cbr.transfer (closed)", tostring(transfer))
    assert.equal(0, pool:in_flight())
    assert.matches("closed transfer", select(2, pcall(transfer.done, transfer)))
    assert.matches("closed transfer", select(2, pcall(transfer.finish, transfer)))
    pool:close()
    pool:close()
    assert.equal("cbr.pool (closed)", tostring(pool))
    assert.is_nil(pool:ended())
    assert.equal(0, pool:in_flight()) -- what a garbage collector may have closed can be asked
    for _, name in ipairs { "start", "step", "fd", "timeout" } do
      assert.matches("closed pool", select(2, pcall(pool[name], pool, {})))
    end
  end)

  it("refuses what is not its own", function()
    local pool = new_pool()
    assert.is_false(pcall(pool.step, io.stdout))
    assert.is_false(pcall(pool.step))
    assert.is_false(getmetatable(pool))
    for _, bad in ipairs {
      {}, { method = "GET" }, request { method = 1 }, request { query = "a" }, request { query = { a = 1 } },
      request { query = { a = { true } } }, request { headers = { 1 } }, request { headers = { a = 1 } },
      request { body = {} }, request { timeout = "1" }, request { path = false }, request { origin = "nonsense" },
    } do
      assert.is_false(pcall(pool.start, pool, bad))
    end
    for _, credentials in ipairs { {}, { access_key = "a" }, { access_key = 1, secret_key = "b" }, "ab" } do
      assert.is_false(pcall(pool.start, pool, request(), credentials, "20240102T030405Z"))
    end
    assert.is_false(pcall(pool.start, pool, request(), { access_key = "a", secret_key = "b" }))
    assert.equal(0, pool:in_flight())
    local transfer, result = pool:start(request { method = "G T" })
    assert.is_nil(transfer)
    assert.equal("bad_request", result)
    local answer = finish(pool, assert(pool:start(request { origin = "http://a b" })))
    assert.same({ "bad_url", "not_sent" }, { answer.result, answer.reach })
    pool:close()
  end)

  it("ends a transfer as cancelled when its pool is closed", function()
    local pool = new_pool()
    local transfer = assert(pool:start(request()))
    pool:close()
    assert.is_true(transfer:done())
    assert.equal("cancelled", transfer:finish().result)
  end)

  it("is forgotten without an error, with the pool for a machine's keys that it made later", function()
    local function use()
      local client = support.client { credentials = { source = "ecs", endpoint = sandbox.metadata } }
      assert(client:show_vault { vault_id = world.vaults.server.id })
    end
    use()
    collectgarbage() -- Lua 5.2 and 5.3 raise here what a finalizer raises
    collectgarbage()
  end)

  it("survives any order of collection, at any time", function()
    collectgarbage("setpause", 0)
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
        finish(pool, one)
      end
      if two and i % 2 == 0 then
        two:close()
      end
    end
    collectgarbage("setpause", 200)
    collectgarbage()
  end)

  it("notices a finalizer that closes the pool or the transfer in the middle of a call", function()
    local newproxy = rawget(_G, "newproxy")
    local function litter(fn) -- garbage whose finalizer runs during some later allocation
      if newproxy then
        getmetatable(newproxy(true)).__gc = fn
      else
        setmetatable({}, { __gc = fn })
      end
    end
    collectgarbage("setpause", 50)
    collectgarbage("setstepmul", 10000)
    for _ = 1, 300 do
      local pool = new_pool()
      local transfer
      litter(function()
        pool:close()
        if transfer then
          transfer:close()
        end
      end)
      pcall(function()
        transfer = pool:start(request { headers = { ["X-A"] = ("a"):rep(1000) }, query = { a = { "b", "c" } } })
        finish(pool, transfer)
      end)
    end
    collectgarbage("setpause", 200)
    collectgarbage("setstepmul", 200)
    collectgarbage()
  end)

  it("carries many transfers at a time", function()
    local pool = new_pool()
    local transfers = {}
    for i = 1, 100 do
      transfers[i] = assert(pool:start(request()))
    end
    assert.equal(100, pool:in_flight())
    while pool:in_flight() > 0 do
      pool:step(1)
    end
    for _, transfer in ipairs(transfers) do
      local answer = transfer:finish()
      assert.equal("ok", answer.result)
      assert.equal("answered", answer.reach)
      assert.is_true(answer.seconds > 0 and answer.sent > 0)
    end
    pool:close()
  end)

  it("keeps the answer's headers that matter", function()
    local pool = new_pool()
    local answer = finish(pool, assert(pool:start(request())))
    assert.matches("^%x+$", answer.headers["x-request-id"])
    assert.matches("GMT$", answer.headers.date)
    assert.matches("^application/json", answer.headers["content-type"])
    for name in pairs(answer.headers) do
      assert.is_true(("x-request-id retry-after date x-subject-token content-type"):find(name, 1, true) ~= nil)
    end
    pool:close()
  end)

  it("opens no descriptor before the first request", function()
    local before = support.descriptors()
    local pool = new_pool()
    pool:step(0)
    assert.equal(before, support.descriptors())
    pool:close()
  end)

  it("says what it is made of", function()
    assert.matches("^libcurl/%d", core.libraries)
    assert.matches("nettle/%d", core.libraries)
  end)
end)

describe("thousands of calls #many", function()
  it("grow neither memory nor descriptors", function()
    local client = support.client { endpoint = sandbox.plain }
    local path = "/v3/{project_id}/vaults/" .. world.vaults.empty.id
    local function calls(count)
      for _ = 1, count do
        assert(client:request { method = "GET", path = path })
      end
      collectgarbage()
      collectgarbage()
    end
    calls(500)
    local descriptors = support.descriptors()
    -- an allocator's noise comes and goes; what is lost in every call grows in every round
    local least = math.huge
    for _ = 1, 5 do
      local memory = support.memory()
      calls(1000)
      least = math.min(least, support.memory() - memory)
    end
    assert.equal(descriptors, support.descriptors())
    assert.is_true(least < 64 * 1000, ("grows by %d bytes in 1000 calls"):format(least))
    client:close()
    sandbox.reset()
  end)
end)
