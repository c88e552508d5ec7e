-- Many calls in one thread.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("cbr.loop.map", function()
  local client

  setup(function()
    sandbox.reset()
    client = support.client { endpoint = sandbox.plain }
  end)

  teardown(function()
    client:close()
  end)

  local function late(seconds)
    return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } }
  end

  it("keeps the order of the items, whatever the order of the answers", function()
    local results, errors = cbr.map({ 0.2, 0.1, 0 }, function(seconds, index)
      assert(late(seconds))
      return index * 10
    end)
    assert.same({ 10, 20, 30 }, results)
    assert.same({}, errors)
  end)

  it("waits for all at a time, and for no more than it may", function()
    local clock = require "socket".gettime
    local function seconds(concurrency)
      local from = clock()
      cbr.map({ 0.2, 0.2, 0.2, 0.2 }, late, { concurrency = concurrency })
      return clock() - from
    end
    assert.is_true(seconds(4) < 0.5)
    assert.is_true(seconds(1) > 0.75)
  end)

  it("loses no result to another item's error or raise", function()
    local results, errors = cbr.map({ "ok", "fails", "raises", "ok" }, function(item)
      local answer = assert(late(0.01))
      if item == "raises" then
        error "raised"
      end
      return item == "ok" and answer.method or nil, "failed"
    end)
    assert.equal("GET", results[1])
    assert.is_nil(results[2])
    assert.equal("failed", errors[2])
    assert.matches("raised", errors[3])
    assert.equal("GET", results[4])
  end)

  it("works within itself, with nothing, and with what never waits", function()
    assert.same({ {}, {} }, { cbr.map({}, print) })
    assert.same({ 2, 4 }, (cbr.map({ 1, 2 }, function(n) return n * 2 end)))
    local results = cbr.map({ 1, 2 }, function()
      return (cbr.map({ 0.05, 0.05 }, function(seconds)
        return late(seconds).method
      end))
    end)
    assert.same({ { "GET", "GET" }, { "GET", "GET" } }, results)
  end)

  it("sends nothing later on of a call that Lua 5.1 could not make across a pcall", function()
    sandbox.reset()
    local one = support.single()
    local _, errors = cbr.map({ 1, 2 }, function()
      local ok, answer, err = pcall(one.sync, one, { vault_id = support.fixtures.vaults.hybrid.id })
      if not ok then
        return nil, answer
      end
      return answer, err
    end)
    local before = #sandbox.ledger()
    assert(late(0.05)) -- another client's call moves what is in flight
    assert.equal(before, #sandbox.ledger())
    if before == 0 then -- Lua 5.1: neither could be made, and both said so
      assert.equal(2, #errors)
      assert.matches("yield", tostring(errors[1]))
    else -- the second sync finds the first one running
      assert.equal(1, before)
      assert.equal("busy", (errors[1] or errors[2]).kind)
    end
    local from = os.clock()
    assert(late(0.5))
    assert.is_true(os.clock() - from < 0.2) -- and no wait spins
    one:close()
    sandbox.reset()
  end)

  it("lets go of the clients that its items are done with", function()
    local pools, left = setmetatable({}, { __mode = "v" }), nil
    local items = support.list(40, true)
    cbr.map(items, function(_, index)
      local one = support.client { endpoint = sandbox.plain }
      pools[index] = one.pool
      assert(one:list_vault { limit = 1 })
      one:close()
      if index == #items then
        collectgarbage()
        collectgarbage()
        left = 0
        for _ in pairs(pools) do
          left = left + 1
        end
      end
    end, { concurrency = 2 })
    assert.is_true(left < 10, left)
  end)

  it("raises on misuse", function()
    assert.is_false(pcall(cbr.map, nil, print))
    assert.is_false(pcall(cbr.map, {}, nil))
    assert.is_false(pcall(cbr.map, {}, print, { concurrency = 0 }))
    assert.is_false(pcall(cbr.map, {}, print, { parallel = 1 }))
  end)

  it("survives a client that is closed in the middle", function()
    local one = support.client { endpoint = sandbox.plain }
    local _, errors = cbr.map({ 1, 2, 3 }, function(item)
      if item == 3 then
        one:close()
        return true
      end
      return one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 1 } }
    end)
    assert.equal("network", errors[1].kind)
    assert.equal("network", errors[2].kind)
  end)
end)
