-- Properties of cbr.dr with random vaults, runs, prunes and faults. The name of a test has the seed.

local dr = require "cbr.dr"
local replica_source = require "cbr.dr.replica_source"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

local sandbox = support.sandbox
local HOUR, DAY = recovery.HOUR, recovery.DAY

local function any(list)
  return list[math.random(#list)]
end

-- Functions that make a resource in a known situation. Each returns the verdict and the reason that dr.copies must
-- report for an RPO of 26 hours. `home` is a client of the source project, and `there` is a client of the destination.
local SITUATIONS = {}

function SITUATIONS.recent(vault, name, home)
  recovery.copy(home, recovery.backup(vault, name, math.random(1, 10) * HOUR))
  return "compliant"
end

function SITUATIONS.marked(vault, name, home)
  local age = math.random(1, 10) * HOUR
  local id = recovery.backup(vault, name, age)
  recovery.copy(home, id, { description = replica_source.mark(id, recovery.now() - age) })
  recovery.delete(home, id)
  return "compliant"
end

function SITUATIONS.unmarked(vault, name, home)
  local id = recovery.backup(vault, name, HOUR)
  recovery.copy(home, id)
  recovery.delete(home, id)
  return "unknown_age unknown_source"
end

function SITUATIONS.old(vault, name, home)
  recovery.copy(home, recovery.backup(vault, name, math.random(3, 9) * DAY))
  for _ = 1, math.random(1, 12) do
    recovery.backup(vault, name, math.random(1, 20) * HOUR)
  end
  return "stale old_copy"
end

function SITUATIONS.idle(vault, name, home)
  recovery.copy(home, recovery.backup(vault, name, math.random(3, 9) * DAY))
  return "stale no_recent_backup"
end

function SITUATIONS.deleted(vault, name, home, there)
  recovery.delete(there, recovery.copy(home, recovery.backup(vault, name, HOUR)))
  return "uncopied replica_is_gone"
end

function SITUATIONS.damaged(vault, name, home)
  local replica = recovery.copy(home, recovery.backup(vault, name, HOUR))
  sandbox.patch { backups = { [replica] = { status = "error" } } }
  return "uncopied replica_is_gone"
end

function SITUATIONS.failed(vault, name, home)
  recovery.copy(home, recovery.backup(vault, name, HOUR, { replication_result = { status = "fail" } }))
  return "uncopied never_copied"
end

function SITUATIONS.missing(vault, name)
  recovery.backup(vault, name, HOUR)
  return "uncopied never_copied"
end

function SITUATIONS.impossible(vault, name)
  recovery.backup(vault, name, HOUR, { contain_system_disk = false })
  return "not_replicable no_system_disk"
end

local KINDS = {}
for kind in pairs(SITUATIONS) do
  KINDS[#KINDS + 1] = kind
end
table.sort(KINDS)

describe("disaster recovery #many", function()
  local home, there

  recovery.for_each_test(function(made, made_there)
    home, there = made, made_there
  end)

  for seed, stamps in ipairs(recovery.stamps) do
    it("dr.copies reports the correct verdict for every resource, if replica_stamps is " .. stamps, function()
      math.randomseed(seed)
      sandbox.quirks { replica_stamps = stamps }
      local vaults, expected, unread = { recovery.vault "one", recovery.vault "two" }, {}, recovery.vault "unread"
      for n = 1, 40 do
        local kind = n <= #KINDS and KINDS[n] or any(KINDS)
        local name = ("%s_%d"):format(kind, n)
        expected[name] = SITUATIONS[kind](any(vaults), name, home, there)
      end
      recovery.backup(unread, "hidden", HOUR)
      expected.hidden = "unread backups"
      for _, shows_records in ipairs { true, false } do
        sandbox.quirks { records = shows_records }
        sandbox.fault { call = "list_backups", fault = "status", status = 403, code = "APIGW.0302" }
        local report = assert(dr.copies(home, {
          vault_ids = { unread, vaults[1], vaults[2] }, destinations = { recovery.destination }, rpo = "26h",
          at = math.floor(recovery.now()), concurrency = 1,
        }))
        assert.same(expected, recovery.verdicts(report))
        assert.is_false(report.is_green)
      end
    end)
  end

  it("the variants of the service's responses do not change the verdicts of dr.copies", function()
    math.randomseed(4)
    local vault, expected = recovery.vault "one", {}
    for n, kind in ipairs(KINDS) do
      expected[kind .. n] = SITUATIONS[kind](vault, kind .. n, home, there)
    end
    for _, quirks in ipairs { { nulls = true }, { numbers_as_text = true }, { extra_info_text = true },
      { old_names = true }, { page_size = 2 }, { stamps = "z" },
      { stamps = "offset" }, { ignored_parameters = { "vault_id", "image_type", "start_time" } } } do
      sandbox.clear_quirks()
      sandbox.quirks(quirks)
      local report = assert(dr.copies(home, {
        vault_ids = { vault }, destinations = { recovery.destination }, rpo = "26h", at = math.floor(recovery.now()),
      }))
      local verdicts = recovery.verdicts(report)
      for name, verdict in pairs(expected) do
        -- Without a description there is no mark, so the age is unknown.
        local is_unmarked = quirks.nulls and name:find "^marked"
        assert.equal(is_unmarked and "unknown_age unknown_source" or verdict, verdicts[name],
          name .. " " .. next(quirks))
      end
    end
  end)

  -- Fails if a backup was ordered more than once since the last check, or was ordered although it has a copy. `seen.n`
  -- is the number of orders that were checked before. `seen.copied` has the copies: id of the backup -> id of the
  -- replica.
  local function check_orders(seen, words)
    local fresh = {}
    local ledger = sandbox.ledger()
    for n = seen.n + 1, #ledger do
      local id = ledger[n].made[1].backup_id
      fresh[id] = (fresh[id] or 0) + 1
    end
    seen.n = #ledger
    for id, count in pairs(fresh) do
      assert.equal(1, count, words .. ": more than one order for " .. id)
      assert.is_nil(seen.copied[id], words .. ": an order for a backup that has its copy, " .. id)
    end
    return fresh
  end

  local RESULTS = { { status = "success" }, { status = "success" }, { status = "fail" }, { status = "skip" } }
  local FAULTS = { "reset_after", "reset_before", "html_502", "truncated", "invalid_json" }

  -- Sets some faults in the sandbox, each of which happens once.
  local function arm()
    for _ = 1, math.random(0, 4) do
      sandbox.fault {
        call = any { "copy_backup", "copy_backup", "list_backups", "list_op_logs", "show_vault" }, fault = any(FAULTS),
        skip = math.random(0, 3),
      }
    end
  end

  -- Deletes some copies, and adds backups.
  local function change(vault, seen)
    for id, replica in pairs(seen.copied) do
      if math.random(4) == 1 then
        recovery.delete(there, replica)
        seen.copied[id] = nil
      end
    end
    for n = 1, math.random(0, 3) do
      recovery.backup(vault, "r" .. n, math.random(1, 50) * HOUR, { replication_result = any(RESULTS) })
    end
  end

  for seed = 1, 6 do
    it("dr.replicate orders no copy twice despite faults, seed " .. seed, function()
      math.randomseed(seed)
      sandbox.time_scale(6000)
      local vault = recovery.vault "prod"
      sandbox.quirks {
        accepts_duplicates = true, vault_once_per_region = seed % 2 == 0, records = seed % 3 ~= 0,
        replica_stamps = recovery.stamps[seed % 3 + 1],
      }
      local store = seed % 2 == 0 and recovery.store() or nil
      local seen = { n = 0, copied = {} }
      local function run()
        local report, err = dr.replicate(home, {
          vault_ids = { vault }, destinations = { recovery.destination }, interval = 0.02, store = store,
          at = math.floor(recovery.now()), select = { newest = 3 },
        })
        return assert(report, tostring(err))
      end
      for step = 1, 6 do
        change(vault, seen)
        arm()
        local report = run()
        check_orders(seen, ("seed %d, step %d"):format(seed, step))
        for _, row in ipairs(report.rows) do
          if row.status == "success" or row.status == "there" then
            seen.copied[row.backup_id] = row.replica_id
          end
        end
      end
      sandbox.clear_faults()
      recovery.forward(DAY)
      for _, row in ipairs(run().rows) do
        if row.backup_id then
          sandbox.patch { backups = { [row.backup_id] = { replication_result = { status = "success" } } } }
        end
      end
      local report = run()
      assert.is_true(report.is_green, dr.text(report))
      local orders = #sandbox.ledger()
      assert.is_true(orders > 3)
      assert.is_true(run().is_green)
      assert.equal(orders, #sandbox.ledger()) -- after a run in which all orders succeeded, the next run placed no order
    end)
  end

  for seed = 1, 4 do
    it("dr.prune never deletes a resource's newest good copy or a copy of unknown source, seed " .. seed, function()
      math.randomseed(seed)
      local replicas = recovery.vault("dr", { kind = "replicas", project = "east" })
      local newest, unknown = {}, {}
      for n = 1, 60 do
        local resource, age = "r" .. math.random(6), math.random(1, 60 * 24) * HOUR
        local is_marked = math.random(5) > 1
        local is_good = math.random(6) > 1
        local mark = replica_source.mark(("0bac0bac-0000-4000-8000-%012d"):format(n), recovery.now() - age)
        local id = recovery.backup(replicas, resource, age, {
          image_type = "replication", status = is_good and "available" or "error",
          description = is_marked and mark or "",
        })
        local best = newest[resource]
        if is_marked and is_good then
          newest[resource] = best and best.age < age and best or { id = id, age = age }
        elseif not is_marked then
          unknown[#unknown + 1] = id
        end
      end
      for _ = 1, 6 do
        local keep = { [any { "last", "days", "weeks" }] = math.random(1, 4) }
        assert(dr.prune(there, {
          vault_id = replicas, keep = keep, dry_run = false, at = math.floor(recovery.now()),
        }))
        recovery.forward(math.random(1, 5) * HOUR)
        for resource, replica in pairs(newest) do
          assert.equal("available", (there:show_backup { backup_id = replica.id } or {}).status, resource)
        end
        for _, id in ipairs(unknown) do
          assert.is_table((there:show_backup { backup_id = id }))
        end
      end
    end)
  end
end)
