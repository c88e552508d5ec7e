-- A short campaign. `make campaign` runs a long one: see spec/campaign/run.lua.

local support = require "spec.helpers.support"

describe("a campaign #process", function()
  it("no order is lost or doubled under random faults and killed clients", function()
    support.sandbox.reset()
    local lua = os.getenv "CBR_LUA" or "lua"
    local output, ok = support.run(lua .. " spec/campaign/run.lua --orders 200 --seed 11 --concurrency 32 --kills 60")
    support.sandbox.reset()
    assert.is_true(ok, output)
    local killed = tonumber(output:match "killed (%d+) times")
    local faulted = tonumber(output:match "orders that met a fault: (%d+)")
    assert.is_true(killed > 0 and faulted > 20, output)
    assert.matches("\n0 violations\n$", output)
  end)
end)
