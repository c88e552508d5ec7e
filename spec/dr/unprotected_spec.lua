-- dr.unprotected: resources that are not backed up, or whose protection has a problem.

local dr = require "cbr.dr"
local json = require "cbr.util.json"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local vaults = fixtures.vaults

local DAILY = { properties = { pattern = { support.daily_pattern() } } }

describe("dr.unprotected", function()
  local client

  recovery.for_each_test(function(made)
    client = made
  end)

  local function find(params, by)
    params = params or {}
    params.at = math.floor(recovery.now())
    return assert(dr.unprotected(by or client, params))
  end

  -- Returns the findings of each resource as one text, keyed by the resource's name.
  local function findings(report)
    local list = {}
    for _, row in ipairs(report.rows) do
      list[row.resource_name] = table.concat(row.findings, " ")
    end
    return list
  end

  local function policy(vault_id, operation_type, enabled)
    local definition = { max_backups = 5, timezone = "UTC+00:00" }
    if operation_type == "replication" then
      definition.destination_project_id = recovery.destination.project_id
      definition.destination_region = recovery.destination.region
    end
    local made = assert(client:create_policy {
      name = operation_type, operation_type = operation_type, enabled = enabled, trigger = DAILY,
      operation_definition = definition,
    })
    assert(client:associate_vault_policy {
      vault_id = vault_id, policy_id = made.id,
      destination_vault_id = operation_type == "replication" and recovery.destination.vault_id or nil,
    })
  end

  it("dr.unprotected reports resources that are in no vault", function()
    local list = findings(find())
    assert.same({ "no_vault", "no_vault", "no_vault", "no_vault", nil },
      { list.spare_server, list.spare_server_2, list.spare_disk, list.spare_turbo, list.spare_desktop })
    list = findings(find { types = { "workspace" } })
    assert.equal("no_vault", list.spare_desktop)
    assert.is_nil(list.spare_server)
  end)

  it("dr.unprotected reports resources whose vault has no policy, or only a disabled policy", function()
    assert.equal("no_backup_policy no_replication_policy", findings(find()).only)
    policy(vaults.single.id, "backup", false)
    assert.equal("backup_policy_disabled no_replication_policy", findings(find()).only)
    policy(vaults.single.id, "replication", false)
    assert.equal("backup_policy_disabled replication_policy_disabled", findings(find()).only)
    policy(vaults.single.id, "replication", true)
    policy(vaults.single.id, "backup", true)
    assert.is_nil(findings(find()).only)
  end)

  it("dr.unprotected reports resources whose last backup failed or was skipped", function()
    policy(vaults.single.id, "backup", true)
    policy(vaults.single.id, "replication", true)
    sandbox.patch { vaults = { single = { backup_result = { status = "fail", code = "BackupService.0002" } } } }
    assert(client:create_checkpoint { vault_id = vaults.single.id })
    recovery.forward(300)
    assert.equal("last_run_failed", findings(find()).only)
    sandbox.patch { vaults = { single = { backup_result = { status = "skip" } } } }
    assert(client:create_checkpoint { vault_id = vaults.single.id })
    recovery.forward(300)
    assert.equal("last_run_skipped", findings(find()).only)
    recovery.forward(2 * recovery.HOUR)
    assert.is_nil(findings(find { since = "1h" }).only)
  end)

  it("dr.unprotected reports servers without the agent that their vault needs", function()
    sandbox.patch { vaults = { single = { consistent_level = "app_consistent" } } }
    assert.equal("no_backup_policy no_replication_policy agent_missing", findings(find()).only)
    sandbox.patch { resources = { [fixtures.backups.single_only.id:sub(1, 24) .. "e00000000001"] = {
      agent = { version = "1.2.0", is_old = false },
    } } }
    assert.equal("no_backup_policy no_replication_policy", findings(find()).only)
  end)

  it("dr.unprotected names the lists that it cannot read in `unread`, and is then not green", function()
    for operation, reason in pairs { list_policies = "policies", list_op_logs = "tasks", list_vault = "vaults",
      list_protectable = "resources" } do
      sandbox.fault { call = operation, fault = "status", status = 403, code = "APIGW.0302", times = -1 }
      local report = find { types = { "server" } }
      assert.equal(reason, report.unread[1].reason)
      assert.is_false(report.is_green)
      assert.matches(("The %s could not be read: "):format(reason), dr.text(report), 1, true)
      sandbox.clear_faults()
    end
  end)

  it("the report of dr.unprotected is green only if it has resources, no findings, and nothing unread", function()
    local only
    for _, row in ipairs(find().rows) do
      only = row.resource_name == "only" and row.resource_id or only
    end
    policy(vaults.single.id, "backup", true)
    policy(vaults.single.id, "replication", true)
    -- Returns whether the report is green if the service lists these resources.
    local function is_green(...)
      local body = json.encode { instances = json.list { ... }, count = select("#", ...) }
      sandbox.fault { call = "list_protectable", fault = "status", status = 200, body = body, times = -1 }
      local report = find { types = { "server" } }
      sandbox.clear_faults()
      return report.is_green
    end
    assert.is_true(is_green { id = only })
    assert.is_false(is_green())
    assert.is_false(is_green({ id = only }, { id = fixtures.nowhere.id }))
    sandbox.fault { call = "list_op_logs", fault = "status", status = 403, code = "APIGW.0302", times = -1 }
    assert.is_false(is_green { id = only })
  end)

  it("dr.unprotected takes a list of clients, and returns one report of plain data", function()
    local there = recovery.client_there()
    local report = find({ types = { "server" } }, { client, there })
    there:close()
    local list = findings(report)
    assert.same({ "no_vault", "no_vault" }, { list.spare_server, list.spare_server_east })
    assert.equal(report.totals.rows, #json.decode(assert(json.encode(report))).rows)
    assert.is_true(report.totals.resources >= report.totals.rows)
    assert.matches("RESOURCE +TYPE +VAULT +FINDINGS", dr.text(report))
  end)
end)
