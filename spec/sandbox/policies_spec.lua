-- The sandbox's policies: they are stored, applied to vaults, and run when the clock passes their times.

local service = require "spec.helpers.service"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local vaults = fixtures.vaults

local HOUR, DAY = 3600, 86400

-- Every hour, for the first time in half an hour, so that no run is due while a test changes something.
local HOURLY = ("FREQ=HOURLY;BYMINUTE=%02d"):format((os.date("!*t").min + 30) % 60)

-- Makes a policy that runs every hour.
local function new(changes)
  local policy = {
    name = "hourly", operation_type = "backup", operation_definition = { retention_duration_days = 30 },
    trigger = { properties = { pattern = { HOURLY } } },
  }
  support.merge(policy, changes)
  return service.get("create_policy", { body = { policy = policy } }).policy
end

local function replication(changes)
  local definition = { destination_region = "cn-east-3", destination_project_id = fixtures.projects.east.id }
  return new { operation_type = "replication", operation_definition = changes or definition }
end

local function show(id)
  return service.get("show_policy", { policy_id = id }).policy
end

local function apply(policy, vault, destination)
  return service.get("associate_vault_policy", {
    vault_id = vault.id,
    body = { policy_id = policy.id, destination_vault_id = destination and destination.id },
  }).associate_policy
end

local function count(vault, project)
  return service.get("list_backups", { vault_id = vault.id }, project).count
end

describe("the sandbox's policies #wire", function()
  before_each(function()
    service.reset()
    sandbox.patch { vaults = { single = { size = 100000 } } } -- room for many backups
  end)
  teardown(sandbox.reset)

  it("create_policy stores a policy with the given fields", function()
    local made = new { operation_definition = { max_backups = 5, day_backups = 2, timezone = "UTC+08:00" } }
    local policy = show(made.id)
    assert.same(made, policy)
    assert.same({ "hourly", true, "backup", "time" },
      { policy.name, policy.enabled, policy.operation_type, policy.trigger.type })
    assert.same({ 5, 2, -1, "customer" }, {
      policy.operation_definition.max_backups, policy.operation_definition.day_backups,
      policy.operation_definition.full_backup_interval, policy.operation_definition.created_by,
    })
    assert.same({ HOURLY }, policy.trigger.properties.pattern)
  end)

  it("create_policy allows at most 32 policies of a type", function()
    for _ = 1, 32 do
      new()
    end
    assert.equal("6001", service.rejection("create_policy", { body = { policy = {
      name = "one_more", operation_type = "backup", operation_definition = { max_backups = 1 },
      trigger = { properties = { pattern = { "FREQ=DAILY;BYHOUR=1" } } },
    } } }))
    replication()
  end)

  it("list_policies filters by type and by vault", function()
    local backup, copy = new(), replication()
    apply(backup, vaults.server)
    local function names(params)
      local list = {}
      for i, policy in ipairs(service.get("list_policies", params).policies) do
        list[i] = policy.id
      end
      return list
    end
    assert.same({ backup.id, copy.id }, names())
    assert.same({ copy.id }, names { operation_type = "replication" })
    assert.same({ backup.id }, names { vault_id = vaults.server.id })
    assert.same({}, names { vault_id = vaults.single.id })
  end)

  it("show_policy names the vaults that the policy is applied to", function()
    local policy = replication()
    apply(policy, vaults.server, vaults.replicas)
    assert.same({ { vault_id = vaults.server.id, destination_vault_id = vaults.replicas.id } },
      show(policy.id).associated_vaults)
    assert.equal("6000", service.rejection("show_policy", { policy_id = fixtures.nowhere.id }))
  end)

  it("update_policy changes the fields that the request's body names", function()
    local policy = new()
    service.get("update_policy", { policy_id = policy.id, body = { policy = { name = "renamed", enabled = false } } })
    local after = show(policy.id)
    assert.same({ "renamed", false, 30 },
      { after.name, after.enabled, after.operation_definition.retention_duration_days })
  end)

  it("update_policy rejects another destination for a policy in use", function()
    local policy = replication()
    apply(policy, vaults.server, vaults.replicas)
    assert.equal("6003", service.rejection("update_policy", {
      policy_id = policy.id, body = { policy = { operation_definition = { destination_region = "cn-north-1" } } },
    }))
  end)

  it("delete_policy deletes a policy, and removes the policy from its vaults", function()
    local policy = new()
    apply(policy, vaults.server)
    assert.equal(204, service.call("delete_policy", { policy_id = policy.id }).status)
    assert.equal("6000", service.rejection("show_policy", { policy_id = policy.id }))
    assert.equal("6002", service.rejection("disassociate_vault_policy", {
      vault_id = vaults.server.id, body = { policy_id = policy.id },
    }))
  end)

  it("associate_vault_policy applies a policy to a vault, in place of the vault's policy of the same type", function()
    local first, second, copy = new(), new(), replication()
    apply(first, vaults.server)
    apply(copy, vaults.server, vaults.replicas)
    local applied = apply(second, vaults.server)
    assert.same({ vault_id = vaults.server.id, policy_id = second.id }, applied)
    assert.equal(0, service.get("list_vault", { policy_id = first.id }).count)
    assert.equal(2, service.get("list_policies", { vault_id = vaults.server.id }).count)
  end)

  it("associate_vault_policy rejects a policy that does not match the vault", function()
    local backup, copy = new(), replication()
    for code, case in pairs {
      ["6136"] = { vaults.hybrid, backup }, ["6112"] = { vaults.frozen, backup }, ["6128"] = { vaults.disk, copy },
      ["6120"] = { vaults.server, copy }, ["6119"] = { vaults.server, copy, vaults.east_backups },
      ["6102"] = { vaults.server, copy, vaults.replicas_turbo },
    } do
      assert.equal(code, service.rejection("associate_vault_policy", {
        vault_id = case[1].id, body = { policy_id = case[2].id, destination_vault_id = case[3] and case[3].id },
      }))
    end
  end)

  it("disassociate_vault_policy removes a policy from a vault", function()
    local policy = replication()
    apply(policy, vaults.server, vaults.replicas)
    local body = { policy_id = policy.id }
    local taken = service.get("disassociate_vault_policy", { vault_id = vaults.server.id, body = body })
    assert.equal(vaults.replicas.id, taken.dissociate_policy.destination_vault_id)
    assert.equal(0, service.get("list_policies", { vault_id = vaults.server.id }).count)
  end)

  it("a backup policy backs up its vault when the clock passes the policy's times, and the backups expire", function()
    local policy = new { operation_definition = { retention_duration_days = 1 } }
    apply(policy, vaults.single)
    sandbox.forward(3 * HOUR)
    assert.equal(1 + 3, count(vaults.single))
    local made = service.get("list_backups", { vault_id = vaults.single.id }).backups[2]
    assert.is_true(made.extend_info.auto_trigger)
    assert.is_string(made.expired_at)
    assert.equal(policy.id, service.get("list_op_logs", { operation_type = "backup" }).operation_logs[1].policy_id)
    sandbox.forward(2 * DAY)
    local kept = count(vaults.single)
    assert.is_true(kept >= 24 and kept <= 26, kept) -- a backup for each hour of a day, and one that never expires
  end)

  it("a policy that is disabled makes no backups", function()
    local policy = new { enabled = false }
    apply(policy, vaults.single)
    sandbox.forward(3 * HOUR)
    assert.equal(1, count(vaults.single))
    service.get("update_policy", { policy_id = policy.id, body = { policy = { enabled = true } } })
    sandbox.forward(3 * HOUR)
    assert.equal(1 + 3, count(vaults.single))
  end)

  it("a backup policy leaves out resources whose automatic backup is suspended", function()
    local id = service.get("show_vault", { vault_id = vaults.single.id }).vault.resources[1].id
    service.get("set_vault_resource", {
      vault_id = vaults.single.id, body = { action = "suspend", resource_ids = { id } },
    })
    apply(new(), vaults.single)
    sandbox.forward(3 * HOUR)
    assert.equal(1, count(vaults.single))
  end)

  it("a policy with max_backups and day_backups keeps the newest backups, and each recent day's last one", function()
    local definition = { max_backups = 3, day_backups = 4, timezone = "UTC+00:00" }
    apply(new { operation_definition = definition }, vaults.single)
    sandbox.forward(6 * DAY)
    local days, made = {}, 0
    for _, backup in ipairs(service.get("list_backups", { vault_id = vaults.single.id }).backups) do
      if backup.extend_info.auto_trigger then
        made, days[backup.created_at:sub(1, 10)] = made + 1, true
      end
    end
    local kept = 0
    for _ in pairs(days) do
      kept = kept + 1
    end
    assert.equal(4, kept)
    assert.is_true(made >= 4 and made <= 3 + 4, made)
  end)

  it("a policy with day_backups keeps each recent day's last backup, even after the backup's expiry", function()
    local definition = { retention_duration_days = 1, day_backups = 5, timezone = "UTC+00:00" }
    apply(new { operation_definition = definition }, vaults.single)
    sandbox.forward(10 * DAY)
    local days = {}
    for _, backup in ipairs(service.get("list_backups", { vault_id = vaults.single.id }).backups) do
      if backup.extend_info.auto_trigger then
        days[backup.created_at:sub(1, 10)] = true
      end
    end
    local kept = 0
    for _ in pairs(days) do
      kept = kept + 1
    end
    -- One backup of each of the last five days, and perhaps an older one, since its expiry is checked again only later.
    assert.is_true(kept >= 5 and kept <= 6, kept)
  end)

  it("a replication policy replicates each new backup to the other region once", function()
    apply(replication(), vaults.single, vaults.replicas)
    local before = count(vaults.replicas, "east")
    sandbox.forward(3 * HOUR)
    assert.equal(1, count(vaults.replicas, "east") - before)
    sandbox.patch { fill = { vault_id = "single", size = 1 } }
    sandbox.forward(3 * HOUR)
    assert.equal(2, count(vaults.replicas, "east") - before)
  end)

  it("a policy with a weekly pattern makes backups only on the days of the pattern", function()
    local days = { "SU", "MO", "TU", "WE", "TH", "FR", "SA" }
    local now = service.call "list_policies".headers.date
    local today = { Sun = 1, Mon = 2, Tue = 3, Wed = 4, Thu = 5, Fri = 6, Sat = 7 }
    local in_three_days = days[(today[now:sub(1, 3)] + 2) % 7 + 1]
    local pattern = ("FREQ=WEEKLY;BYDAY=%s;BYHOUR=12;BYMINUTE=30"):format(in_three_days)
    apply(new { trigger = { properties = { pattern = { pattern } } } }, vaults.single)
    sandbox.forward(2 * DAY)
    assert.equal(1, count(vaults.single))
    sandbox.forward(2 * DAY)
    assert.equal(2, count(vaults.single))
  end)
end)
