-- A short campaign, which places many orders under random faults. `make campaign` runs a long one: see
-- spec/campaign/run.lua.

local judge = require "spec.campaign.judge"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, vaults = support.sandbox, support.fixtures.vaults

describe("a campaign #process", function()
  before_each(sandbox.reset)
  teardown(sandbox.reset)

  it("a campaign neither loses nor doubles orders under random faults and killed clients", function()
    local lua = os.getenv "CBR_LUA" or "lua"
    local output, ok = support.run(lua .. " spec/campaign/run.lua --orders 240 --seed 11 --concurrency 32 --kills 60")
    assert.is_true(ok, output)
    local killed = tonumber(output:match "killed (%d+) times")
    local faulted = tonumber(output:match "orders that met a fault: (%d+)")
    assert.is_true(killed > 0 and faulted > 20, output)
    assert.matches("unknown +0: no fault\n", output)
    assert.matches("8 shared vaults: .*orders: 24", output)
    assert.matches("\n0 violations\n$", output)
  end)

  it("a campaign neither loses nor doubles orders that one client places at the same time", function()
    local lua = os.getenv "CBR_LUA" or "lua"
    local output, ok = support.run(lua .. " spec/campaign/concurrent.lua --rounds 3 --seed 11")
    assert.is_true(ok, output)
    assert.matches("3 rounds of concurrent equal orders, seed 11: ", output, 1, true)
    assert.matches("\n0 violations\n$", output)
  end)

  it("a campaign of disaster recovery orders no copy twice, and prunes no last good copy", function()
    local lua = os.getenv "CBR_LUA" or "lua"
    local output, ok = support.run(lua .. " spec/campaign/recovery_run.lua --runs 24 --seed 5 --batch 24 --kills 4")
    assert.is_true(ok, output)
    local killed, faulted = output:match "processes killed: (%d+); requests that met a fault: (%d+)"
    assert.is_true(tonumber(killed) > 0 and tonumber(faulted) > 20, output)
    assert.matches("\n0 violations\n$", output)
  end)

  describe("the judge of a campaign", function()
    local clients

    set_up.for_each_test(function()
      sandbox.time_scale(1e6)
      clients = { support.client { user_agent = "campaign/1" }, support.client { user_agent = "campaign/2" } }
      return clients[1], clients[2]
    end)

    -- Places a sync of a vault by the client of one process. Returns the id of the sync's task.
    local function place(process, vault)
      support.run "sleep 0.002" -- until the previous sync has ended
      return assert(clients[process]:sync { vault_id = vaults[vault or "hybrid"].id }).operation_log_id
    end

    -- Judges the results of orders on one vault: the first result is of process 1, and the second one of process 2.
    local function violations(...)
      local orders, results = {}, {}
      for process, result in ipairs { ... } do
        orders[process] = { n = process, operation = "sync", vault = vaults.hybrid.id, process = process }
        results[process] = result
      end
      return table.concat(judge.run(orders, results).violations, "; ")
    end

    local function done(id, how, begun)
      return { event = "done", detail = how or "responded", count = 1, id = id, begun = begun or os.time() }
    end

    local REJECTED, UNKNOWN = { event = "rejected", detail = "-" }, { event = "unknown", detail = "-" }

    it("the judge of a campaign accepts results that agree with the ledger", function()
      assert.equal("", violations(REJECTED))
      local task = place(1)
      assert.equal("", violations(done(task)))
      assert.equal("", violations(done(task, "found")))
    end)

    it("the judge of a campaign reports doubled orders, unknown ids, and accepted orders called rejected", function()
      assert.matches("reported an order that does not exist", violations(done "nonsense"))
      place(1)
      assert.matches("was accepted", violations(REJECTED))
      local task = place(1)
      assert.matches("doubled: the service accepted it 2 times", violations(done(task)))
      assert.matches("doubled: the service accepted it 2 times", violations(UNKNOWN))
    end)

    it("the judge of a campaign accepts another process's order only if a search found it and it is recent", function()
      local task = place(2)
      assert.equal("", violations(done(task, "found"), done(task)))
      assert.matches("got the response to another order", violations(done(task), done(task)))
      assert.matches("accepted %d+.%d s before its own order was placed",
        violations(done(task, "found", os.time() + 10), done(task)))
      local result = done(task, "found", sandbox.ledger()[1].time + 2.5)
      assert.matches("accepted 2.5 s before", violations(result, done(task)))
      result.is_found_order = true
      assert.equal("", violations(result, done(task)))
    end)

    it("the judge of a campaign reports an order with an unknown outcome that met no fault", function()
      assert.matches("unknown though it met no fault", violations(UNKNOWN))
    end)
  end)
end)
