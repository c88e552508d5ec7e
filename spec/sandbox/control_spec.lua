-- The control interface: what users' tests read from it and change with it.

local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("the sandbox's control interface", function()
  local client

  set_up.for_each_test(function()
    client = support.single_attempt_client()
    return client
  end)

  it("the sandbox rejects unknown faults, quirks, modes, lifetimes and statuses by name", function()
    for problem, call in pairs {
      ["no such fault: nonsense"] = function() sandbox.fault { fault = "nonsense" } end,
      ["no such quirk: nonsense"] = function() sandbox.quirks { nonsense = true } end,
      ["stamps must be one of micro, offset, z"] = function() sandbox.quirks { stamps = "nonsense" } end,
      ["no such field of a fault: secnds"] = function() sandbox.fault { fault = "silent", secnds = 1 } end,
      ["bytes must be a number"] = function() sandbox.fault { fault = "oversized", bytes = "many" } end,
      ["time must be a number of seconds"] = function() sandbox.fault { fault = "rate_limit", time = "soon" } end,
      ["no such mode: nonsense"] = function() sandbox.metadata_mode { mode = "nonsense" } end,
      ["no such lifetime: nonsense"] = function() sandbox.lifetimes { nonsense = 1 } end,
      ["key must be a number of seconds"] = function() sandbox.lifetimes { key = "long" } end,
      ["no such access_key"] = function() sandbox.revoke { access_key = "nonsense" } end,
      ["offset must be a number"] = function() sandbox.clock "late" end,
      ["forward must be a number"] = function() sandbox.forward "late" end,
      ["forward must not be negative"] = function() sandbox.forward(-1) end,
      ["age must be a number of seconds"] = function() sandbox.patch { backups = { server_web = { age = "old" } } } end,
      ["no such status of a backup_result: nonsense"] = function()
        sandbox.patch { resources = { spare_server = { backup_result = { status = "nonsense" } } } }
      end,
      ["no such status of a replication_result: nonsense"] = function()
        sandbox.patch { backups = { server_web = { replication_result = { status = "nonsense" } } } }
      end,
      ["only calls of the service can change the resources and policies of a vault"] = function()
        sandbox.patch { vaults = { server = { resources = {} } } }
      end,
      ["no such vault: nonsense"] = function() sandbox.patch { fill = { vault_id = "nonsense" } } end,
    } do
      local ok, message = pcall(call)
      assert.is_false(ok)
      assert.is_truthy(message:find(problem, 1, true), message)
    end
  end)

  it("sandbox.reset restores the initial state, and clears the ledger, the request log and the faults", function()
    assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    sandbox.fault { fault = "html_502" }
    sandbox.quirks { stamps = "z" }
    sandbox.patch { vaults = { server = { status = "frozen" } } }
    sandbox.revoke { access_key = fixtures.keys.home.ak }
    sandbox.clock(-5000)
    sandbox.reset()
    assert.same({ {}, {}, {} }, { sandbox.ledger(), sandbox.requests(), sandbox.faults() })
    local vault = assert(client:show_vault { vault_id = fixtures.vaults.server.id })
    assert.equal("available", vault.billing.status)
    assert.is_nil(vault.created_at:find "Z$")
  end)

  it("sandbox.patch adds new vaults, backups and projects", function()
    local id = fixtures.nowhere.id
    local added = sandbox.patch {
      projects = { second = { region = "cn-north-4" } },
      vaults = { [id] = { kind = "server", project = "home", size = 100 } },
    }
    assert.equal(32, #added.projects[1])
    assert.same({ id }, added.vaults)
    sandbox.patch { backups = { [fixtures.backup_id(id, 1)] = { vault_id = id, size = 10 } } }
    sandbox.patch { fill = { vault_id = id, count = 2, name = "more" } }
    local names = {}
    for i, backup in ipairs(assert(client:list_backups { vault_id = id }).backups) do names[i] = backup.name end
    table.sort(names)
    assert.same({ "autobk_0001", "more_00001", "more_00002" }, names)
  end)

  it("sandbox.patch sets how replications and syncs end", function()
    sandbox.time_scale(1e6)
    sandbox.patch {
      backups = { single_only = { replication_result = { status = "fail", code = "BackupService.1001" } } },
      vaults = { hybrid = { on_premises = { imported = 4, removed = 1, failed = 2 } } },
    }
    assert(client:replicate(support.replicate_params { vault_id = fixtures.vaults.single.id }))
    assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    support.run "sleep 0.1"
    local function task_of(vault)
      return assert(client:list_op_logs { vault_id = fixtures.vaults[vault].id }).operation_logs[1]
    end
    local failed = task_of "single"
    assert.same({ "failed", "BackupService.1001" }, { failed.status, failed.error_info.code })
    assert.same({ sync_backup_num = 4, delete_backup_num = 1, err_sync_backup_num = 2 },
      task_of("hybrid").extra_info.sync)
  end)

  it("the sandbox's request log names the fault, and the field whose value the fault replaced", function()
    sandbox.fault { fault = "replaced_value", call = "show_vault", at = 2, value = "7" }
    client:show_vault { vault_id = fixtures.vaults.server.id }
    local request = sandbox.requests()[1]
    assert.same({ "show_vault", "replaced_value", ".vault.auto_bind", 200 },
      { request.operation, request.fault, request.replaced, request.status })
  end)

  it("the sandbox counts the remaining uses of a fault, and lists the faults that are still armed", function()
    sandbox.fault { fault = "html_502", call = "list_vault", times = 2 }
    client:list_vault {}
    assert.equal(1, sandbox.faults()[1].times)
    client:list_vault {}
    assert.same({}, sandbox.faults())
    assert(client:list_vault {})
  end)

  it("the sandbox reports an error of its own Lua code as JSON with status 500", function()
    sandbox.fault { fault = "sandbox_error", call = "list_vault" }
    local _, err = client:list_vault {}
    assert.same({ 500, "Sandbox.500" }, { err.status, err.code })
    assert.matches("asked for by the fault sandbox_error", err.message)
  end)
end)
