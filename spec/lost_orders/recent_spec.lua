-- What a client keeps of its recent orders, and which orders need it.

local recent = require "cbr.lost_orders.recent"
local support = require "spec.helpers.support"

local REGION = "cn-east-3"

local function keys(set)
  local list = {}
  for key in pairs(set) do
    list[#list + 1] = key
  end
  table.sort(list)
  return list
end

describe("the recent orders of a client", function()
  local client

  before_each(function()
    client = {}
  end)

  local function earlier(kind, params)
    return keys(recent.earlier(client, kind, params))
  end

  it("a copy concerns later copies of its backup, and replications of every vault", function()
    local marks = recent.add(client, "copy", { backup_id = "b" }, {
      backup_id = "b", destination_region = REGION, replication_record_id = "r",
    })
    assert.same({ "b/" .. REGION }, marks)
    assert.same({ "b/" .. REGION, "r" }, earlier("copy", { backup_id = "b" }))
    assert.same({ "b/" .. REGION, "r" }, earlier("replication", { vault_id = "v" }))
    assert.same({}, earlier("copy", { backup_id = "c" }))
    assert.same({}, earlier("sync", { vault_id = "v" }))
  end)

  it("a replication concerns later replications of its vault, and copies of its backups", function()
    local marks = recent.add(client, "replication", { vault_id = "v" }, {
      destination_region = REGION, backups = {
        { backup_id = "b", replication_record_id = "r" }, { backup_id = "c", replication_record_id = "s" },
      },
    })
    assert.same({ "b/" .. REGION, "c/" .. REGION }, marks)
    assert.same({ "b/" .. REGION, "c/" .. REGION, "r", "s" }, earlier("replication", { vault_id = "v" }))
    assert.same({ "b/" .. REGION, "r" }, earlier("copy", { backup_id = "b" }))
    assert.same({}, earlier("replication", { vault_id = "w" }))
  end)

  it("a sync concerns later syncs of its vault", function()
    assert.same({ "task" }, recent.add(client, "sync", { vault_id = "v" }, { operation_log_id = "task" }))
    assert.same({ "task" }, earlier("sync", { vault_id = "v" }))
    assert.same({}, earlier("sync", { vault_id = "w" }))
  end)

  it("orders are kept for one to two minutes, for all clients of other regions together", function()
    local clock = support.frozen_clock()
    finally(clock.restore)
    recent.add({ home = client }, "sync", { vault_id = "v" }, { operation_log_id = "task" })
    for _, case in ipairs { { 59, 1 }, { 2, 1 }, { 119, 0 } } do
      clock.now = clock.now + case[1]
      assert.equal(case[2], #earlier("sync", { vault_id = "v" }))
    end
  end)
end)
