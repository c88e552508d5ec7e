-- Which orders in progress of one client can look the same at the service. What a client does about them is tested in
-- spec/lost_orders/concurrent_orders_spec.lua.

local concurrent = require "cbr.lost_orders.concurrent"
local support = require "spec.helpers.support"

describe("two orders of a client at the same time", function()
  local function entry(kind, params, fields)
    local made = { kind = kind, params = params }
    for name, value in pairs(fields or {}) do
      made[name] = value
    end
    return made
  end

  it("orders of one kind can look the same if they are for the same vault or backup", function()
    for kind, name in pairs { replication = "vault_id", sync = "vault_id", copy = "backup_id" } do
      local order = entry(kind, { [name] = "a" })
      assert.is_true(concurrent.are(order, entry(kind, { [name] = "a" })))
      assert.is_false(concurrent.are(order, entry(kind, { [name] = "b" })))
      assert.is_false(concurrent.are(order, order))
    end
  end)

  it("a copy can look like a replication unless a read has shown that its backup is in another vault", function()
    local replication = entry("replication", { vault_id = "a" })
    assert.is_true(concurrent.are(replication, entry("copy", { backup_id = "x" })))
    assert.is_true(concurrent.are(entry("copy", { backup_id = "x" }, { vault_id = "a" }), replication))
    assert.is_false(concurrent.are(entry("copy", { backup_id = "x" }, { vault_id = "b" }), replication))
    replication.backup_ids = { y = true }
    assert.is_false(concurrent.are(replication, entry("copy", { backup_id = "x" })))
    assert.is_true(concurrent.are(replication, entry("copy", { backup_id = "y" })))
  end)

  it("the vault of a copy that the service writes in upper case is the vault of the replication", function()
    local copy = entry("copy", { backup_id = "x" }, { vault_id = "A" })
    assert.is_true(concurrent.are(copy, entry("replication", { vault_id = "a" })))
  end)

  it("a replication leaves an order to a copy in progress whose backup the service writes in upper case", function()
    local params = { destination_region = "eu-nl" }
    local replication = entry("replication", { vault_id = "a", destination_region = "eu-nl" })
    local copy = entry("copy", support.merge({ backup_id = "x" }, params))
    replication.client = { entries = { [replication] = true, [copy] = true } }
    assert.is_true(concurrent.must_wait(replication, true, { { parts = { { backup_id = "X" } } } }))
    assert.is_false(concurrent.must_wait(replication, true, { { parts = { { backup_id = "Y" } } } }))
  end)

  it("a sync looks like no other kind of order", function()
    assert.is_false(concurrent.are(entry("sync", { vault_id = "a" }), entry("replication", { vault_id = "a" })))
    assert.is_false(concurrent.are(entry("copy", { backup_id = "a" }), entry("sync", { vault_id = "a" })))
  end)
end)
