-- What a client keeps of its recent orders, and which orders need it.

local recent = require "cbr.lost_orders.recent"

local REGION = "cn-east-3"
local COPY = { kind = "copy", params = { backup_id = "b" } }
local VAULT = { kind = "replication", params = { vault_id = "v" } }
local SYNC = { kind = "sync", params = { vault_id = "v" } }

local function other(entry, name)
  return { kind = entry.kind, params = { [name] = "another" } }
end

describe("the recent orders of a client", function()
  local orders

  before_each(function()
    orders = { from = 0, serial = 0, ids = {}, unknown = {}, before = { ids = {}, unknown = {} } }
  end)

  -- Returns which of these ids and marks ("backup/region") `recent.has` finds for an order that begins now.
  local function found(entry)
    local list = {}
    for _, id in ipairs { "b/" .. REGION, "c/" .. REGION, "r", "s", "task" } do
      list[#list + 1] = recent.has(orders, orders.serial, entry, id) and id or nil
    end
    return list
  end

  it("a recent copy is compared with later copies of its backup, and with later replications of every vault", function()
    local copy = { backup_id = "b", destination_region = REGION, replication_record_id = "r" }
    local marks = recent.add(orders, COPY, copy)
    assert.same({ "b/" .. REGION }, marks)
    for _, entry in ipairs { COPY, VAULT, other(VAULT, "vault_id") } do
      assert.same({ "b/" .. REGION, "r" }, found(entry))
    end
    assert.same({}, found(other(COPY, "backup_id")))
    assert.same({}, found(SYNC))
  end)

  it("a recent replication is compared with later replications of its vault, and copies of its backups", function()
    local marks = recent.add(orders, VAULT, { destination_region = REGION, backups = {
      { backup_id = "b", replication_record_id = "r" }, { backup_id = "c", replication_record_id = "s" },
    } })
    assert.same({ "b/" .. REGION, "c/" .. REGION }, marks)
    assert.same({ "b/" .. REGION, "c/" .. REGION, "r", "s" }, found(VAULT))
    assert.same({ "b/" .. REGION, "r" }, found(COPY))
    assert.same({}, found(other(VAULT, "vault_id")))
  end)

  it("a recent sync is compared with later syncs of its vault", function()
    assert.same({ "task" }, recent.add(orders, SYNC, { operation_log_id = "task" }))
    assert.same({ "task" }, found(SYNC))
    assert.same({}, found(other(SYNC, "vault_id")))
  end)

  it("a recent order is found although its response had ids in upper case, and the lists have them in lower", function()
    recent.add(orders, SYNC, { operation_log_id = "TASK" })
    assert.same({ "task" }, found(SYNC))
    recent.add(orders, VAULT, { destination_region = REGION, backups = {
      { backup_id = "B", replication_record_id = "R" },
    } })
    assert.same({ "b/" .. REGION, "r", "task" }, found(VAULT))
    assert.is_true(recent.has(orders, orders.serial, COPY, "R"))
  end)

  it("a task or record without an id does not belong to a recent order", function()
    recent.add(orders, COPY, { backup_id = "b", destination_region = REGION })
    assert.is_false(recent.has(orders, 1, COPY, nil))
  end)

  it("a recent order with an empty or missing record id does not match a record with such an id", function()
    for _, id in ipairs { "", 7, false } do
      recent.add(orders, COPY, { backup_id = "b", destination_region = REGION, replication_record_id = id })
      for _, entry in ipairs { COPY, VAULT } do
        assert.is_false(recent.has(orders, orders.serial, entry, nil))
        assert.is_false(recent.has(orders, orders.serial, entry, ""))
        assert.is_false(recent.has(orders, orders.serial, entry, id))
      end
    end
  end)

  it("a recent order's backup id and region are kept in lower case, even if the service uses upper case", function()
    recent.add(orders, COPY, { backup_id = "B", destination_region = REGION:upper(), replication_record_id = "r" })
    assert.same({ "b/" .. REGION, "r" }, found(COPY))
  end)

  it("a copy is compared with a replication whose result has the id of its backup in upper case", function()
    recent.add(orders, VAULT, { destination_region = REGION, backups = {
      { backup_id = "B", replication_record_id = "r" },
    } })
    assert.same({ "b/" .. REGION, "r" }, found(COPY))
  end)

  it("a later order can be confused with a copy or replication of unknown outcome, but not with such a sync",
    function()
      local copy = { kind = "copy", params = { backup_id = "b", destination_region = REGION } }
      local mark = "b/" .. REGION
      recent.add_unknown(orders, copy)
      assert.is_true(recent.has_unknown(orders, orders.serial, COPY, mark))
      assert.is_true(recent.has_unknown(orders, orders.serial, VAULT, mark))
      assert.is_false(recent.has_unknown(orders, orders.serial, COPY))
      assert.is_false(recent.has_unknown(orders, orders.serial, VAULT))
      recent.add_unknown(orders, SYNC)
      assert.is_false(recent.has_unknown(orders, orders.serial, VAULT))
      recent.add_unknown(orders, VAULT)
      assert.is_true(recent.has_unknown(orders, orders.serial, VAULT))
      assert.same({}, found(VAULT)) -- an order of unknown outcome has no ids
    end)

  it("a recent order is compared only with orders that began after the recent order had ended", function()
    local first = recent.add(orders, SYNC, { operation_log_id = "task" })[1]
    recent.add(orders, SYNC, { operation_log_id = "later" })
    recent.add(orders, SYNC, { operation_log_id = first }) -- the id keeps the number of its first order
    assert.same({ true, false }, {
      recent.has(orders, 1, SYNC, first), recent.has(orders, 1, SYNC, "later"),
    })
    assert.is_true(recent.has(orders, 2, SYNC, "later"))
  end)

  it("the orders of the previous minute count as recent too", function()
    recent.add(orders, SYNC, { operation_log_id = "task" })
    recent.add_unknown(orders, VAULT)
    orders.before, orders.ids, orders.unknown = { ids = orders.ids, unknown = orders.unknown }, {}, {}
    assert.same({ "task" }, found(SYNC))
    assert.is_true(recent.has_unknown(orders, orders.serial, VAULT))
  end)
end)
