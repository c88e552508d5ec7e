-- client:preflight finds every reason why a replicate or a sync would fail, and none if it would be accepted.

local errors = require "cbr.errors"
local servers = require "spec.helpers.servers"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local function id(vault)
  return fixtures.vaults[vault].id
end

describe("client:preflight", function()
  local client

  set_up.for_each_test(function()
    sandbox.time_scale(1) -- running tasks must not end, even on a slow machine
    client = support.client { region = "cn-north-4" }
    return client
  end)

  after_each(function()
    assert.same({}, sandbox.ledger())
  end)

  -- Returns the sorted numbers of the findings' codes, the findings, and what could not be read.
  local function codes(params)
    local findings, err, unchecked = client:preflight(params)
    assert.is_nil(err)
    local sorted = {}
    for i, finding in ipairs(findings) do
      sorted[i] = finding.code:match "%d+$"
      assert.is_true(#finding.message > 10)
      assert.is_string(finding.about)
      assert.is_string(errors.kinds[finding.kind])
    end
    table.sort(sorted)
    return sorted, findings, unchecked
  end

  local function replicate(changes)
    return (codes(support.replicate_params(changes)))
  end

  it("preflight has no findings if the replicate or the sync would be accepted", function()
    local numbers, findings, unchecked = codes(support.replicate_params())
    assert.same({ {}, {}, {} }, { numbers, findings, unchecked })
    assert.same({}, replicate { vault_id = id "turbo", destination_vault_id = id "replicas_turbo" })
    assert.same({}, replicate { vault_id = id "hybrid", destination_vault_id = id "replicas_vmware" })
    assert.same({}, (codes { vault_id = id "hybrid" }))
  end)

  it("preflight ends within its timeout, which covers all of its requests together", function()
    sandbox.fault { fault = "slow_before", call = "GET", seconds = 0.2, times = -1 }
    local findings, err = client:preflight(support.replicate_params(), { timeout = 0.5 })
    assert.is_nil(findings)
    assert.same({ "timeout", "preflight" }, { err.kind, err.operation })
    assert.is_true(#sandbox.requests() <= 3, #sandbox.requests() .. " requests")
  end)

  it("preflight ends at its timeout although a list never ends", function()
    local call, frozen = require "cbr.call.call", support.frozen_clock()
    local read, pages = call.read, 0
    finally(function()
      call.read = read
      frozen.restore()
    end)
    call.read = function(_, name, _, options)
      if options.timeout <= 0 then
        return nil, errors.new({ kind = "timeout", message = "late" }, { operation = "preflight" })
      elseif name == "show_vault" then
        return { billing = { status = "available", protect_type = "backup", object_type = "server" } }
      end
      frozen.now, pages = frozen.now + 1, pages + 1
      assert(pages < 100, "it reads on")
      return { operation_logs = {}, backups = { { id = "b" .. pages } }, count = name == "list_backups" and 1e9 or 0 }
    end
    local _, err = client:preflight(support.replicate_params(), { timeout = 10 })
    assert.same({ "timeout", 10 }, { err.kind, pages })
  end)

  it("preflight reports a source vault that is missing, unavailable or of a type that is never replicated", function()
    assert.same({ "6105" }, replicate { vault_id = fixtures.nowhere.id })
    for _, vault in ipairs { "locked", "frozen", "deleting", "error" } do
      local numbers = replicate { vault_id = id(vault) }
      assert.equal("6112", numbers[#numbers])
    end
    assert.same({ "6102", "6128" }, replicate { vault_id = id "disk" })
    assert.same({ "6102", "6122" }, replicate { vault_id = id "workspace" })
  end)

  it("preflight reports a destination vault that is missing, unavailable, full, or of the wrong type", function()
    assert.same({ "6120" }, replicate { destination_vault_id = fixtures.nowhere.id })
    assert.same({ "6119" }, replicate { destination_vault_id = id "east_backups" })
    assert.same({ "6102" }, replicate { destination_vault_id = id "replicas_turbo" })
    assert.same({ "6129" }, replicate { destination_vault_id = id "replicas_full" })
    assert.same({ "6112" }, replicate { destination_vault_id = id "replicas_frozen" })
  end)

  it("preflight reports that the free capacity of the destination vault is one megabyte too small", function()
    local params = support.replicate_params() -- the backups of this vault have 200 GB
    for used_mb, expected in pairs { [100 * 1024] = {}, [100 * 1024 + 1] = { "6129" } } do
      sandbox.fault { call = "list_external_vault", fault = "status", status = 200, body = ([[{"vaults":[{"id":"%s",
        "billing":{"status":"available","protect_type":"replication","object_type":"server","size":300,"used":%d}}]}]])
        :format(params.destination_vault_id, used_mb) }
      assert.same(expected, (codes(params)))
    end
  end)

  it("preflight reports a destination region that is not connected to the source region", function()
    local numbers = replicate { destination_region = "cn-south-9" }
    assert.equal("1005", numbers[1])
  end)

  it("preflight recognizes regions and vaults that the service writes in upper case", function()
    local params = support.replicate_params()
    sandbox.fault { call = "show_replication_capabilities", fault = "status", status = 200,
      body = [[{"regions":[{"name":"CN-NORTH-4","replication_destinations":["CN-EAST-3"]}]}]] }
    sandbox.fault { call = "list_external_vault", fault = "status", status = 200, body = ([[{"vaults":[{"id":"%s",
      "billing":{"status":"available","protect_type":"replication","object_type":"server","size":300,"used":0}}]}]])
      :format(params.destination_vault_id:upper()) }
    assert.same({}, (codes(params)))
  end)

  it("preflight reports a running replication, and a vault without backups to replicate", function()
    assert.same({ "6130" }, replicate { vault_id = id "replicating" })
    assert.same({ "1009" }, replicate { vault_id = id "replicated" })
    assert.same({ "0001" }, replicate { vault_id = id "empty" })
    assert.same({ "0001" }, replicate { vault_id = id "unready" })
  end)

  it("a finding of preflight has the kind and the reason of the error that the order returns", function()
    local expected = { replicated = { "nothing_to_do" }, empty = { "service", "no_backup" }, replicating = { "busy" } }
    for vault, fields in pairs(expected) do
      local params = support.replicate_params { vault_id = id(vault) }
      local _, findings = codes(params)
      assert.same(fields, { findings[1].kind, findings[1].reason })
      local _, err = client:replicate(params, { max_attempts = 1 })
      assert.same({ findings[1].code, fields[1], fields[2] }, { err.code, err.kind, err.reason })
    end
  end)

  it("a finding of preflight names its vault or region, and the state, type or task that is the reason", function()
    local function running(vault, task_type)
      for _, task in ipairs(assert(client:list_op_logs { vault_id = id(vault) }).operation_logs) do
        if task.operation_type == task_type and (task.status == "running" or task.status == "waiting") then
          return task.id
        end
      end
    end
    local nowhere, east = fixtures.nowhere.id, fixtures.projects.east.region
    for _, case in ipairs {
      { { vault_id = nowhere }, "source: this project has no vault " .. nowhere },
      { { vault_id = id "frozen" }, "source: the vault is not available: its state is frozen" },
      { { vault_id = id "disk" }, "source: vaults of type disk cannot be replicated" },
      { { vault_id = id "workspace" }, "source: vaults of type workspace cannot be replicated" },
      { { vault_id = id "disk" },
        "destination: the source vault holds 'disk' backups, the destination vault takes only 'server'" },
      { { destination_vault_id = nowhere }, "destination: the destination project has no vault " .. nowhere },
      { { destination_vault_id = id "east_backups" },
        "destination: the destination vault is for backup, not for replicas" },
      { { destination_vault_id = id "replicas_frozen" },
        "destination: the vault is not available: its state is frozen" },
      { { destination_vault_id = id "replicas_full" },
        "destination: the destination vault has not enough room: 200 GB are needed, 0 GB are left" },
      { { destination_region = "cn-south-9" },
        "route: backups of this region cannot be replicated to region cn-south-9" },
      { { vault_id = id "replicated" },
        "backups: every backup that could be replicated is in region " .. east .. " already" },
      { { vault_id = id "empty" }, "backups: the vault has no backup that can be replicated: the vault is empty" },
      { { vault_id = id "unready" }, "backups: the vault has no backup that can be replicated: none of its 2 backups "
        .. "is complete and has a system disk" },
      { { vault_id = id "replicating" },
        "tasks: a replication of the vault is in progress: task " .. running("replicating", "replication") },
      { { vault_id = id "server", is_sync = true },
        "source: the vault is not a hybrid-cloud vault, but of type backup" },
      { { vault_id = id "hybrid_busy", is_sync = true },
        "tasks: a sync of the vault is in progress: task " .. running("hybrid_busy", "sync") },
    } do
      local changes, expected = case[1], case[2]
      local params = changes.is_sync and { vault_id = changes.vault_id } or support.replicate_params(changes)
      local words = {}
      for i, finding in ipairs(assert(client:preflight(params))) do
        words[i] = finding.about .. ": " .. finding.message
      end
      assert.matches(expected, table.concat(words, "\n"), 1, true)
    end
  end)

  it("preflight reports several reasons for a rejection at once", function()
    assert.same({ "0001", "6112", "6119" }, replicate {
      vault_id = id "frozen", destination_vault_id = id "east_backups",
    })
  end)

  it("preflight reports a vault that cannot be synchronized, and a running sync", function()
    assert.same({ "6105" }, (codes { vault_id = fixtures.nowhere.id }))
    assert.same({ "7300" }, (codes { vault_id = id "server" }))
    assert.same({ "7302" }, (codes { vault_id = id "hybrid_busy" }))
    assert.same({ "6112" }, (codes { vault_id = id "hybrid_frozen" }))
  end)

  it("preflight reads the destination vault in its own region if the cloud lists no other regions' vaults", function()
    local other = support.client {
      project_id = fixtures.projects.de.id, region = "eu-de", endpoint = sandbox.tls, credentials = support.keys "home",
    }
    local params = {
      vault_id = id "de_server", destination_vault_id = id "nl_replicas",
      destination_project_id = fixtures.projects.nl.id, destination_region = "eu-nl",
    }
    local findings, _, unchecked = other:preflight(params)
    assert.same({ {}, {} }, { findings, unchecked })
    params.destination_vault_id = fixtures.nowhere.id
    findings = assert(other:preflight(params))
    assert.equal("BackupService.6120", findings[1].code)
    other:close()
    -- a token is valid for one project, so the vault in the other region cannot be checked
    other = support.client {
      project_id = fixtures.projects.de.id, region = "eu-de", credentials = { token = fixtures.tokens.de.value },
    }
    params.destination_vault_id = id "nl_replicas"
    findings, _, unchecked = other:preflight(params)
    assert.equal(0, #findings)
    assert.matches("^the destination vault: ", unchecked[1])
    other:close()
  end)

  it("preflight reads the destination vault in its own region if listing other regions' vaults is denied", function()
    for status, code in pairs { [401] = "APIGW.0307", [403] = "APIGW.0302", [404] = "APIGW.0101" } do
      sandbox.clear_requests()
      sandbox.fault { call = "list_external_vault", fault = "status", status = status, code = code }
      local findings = assert(client:preflight(support.replicate_params()))
      assert.equal(0, #findings)
      assert.equal(2, support.count "show_vault") -- one for the source, and one for the destination
    end
  end)

  it("preflight fails if the list of other regions' vaults cannot be read for another reason than missing permission",
    function()
      sandbox.fault { call = "list_external_vault", fault = "status", status = 500, code = "APIGW.0601", times = -1 }
      local findings, err = client:preflight(support.replicate_params(), { max_attempts = 1 })
      assert.is_nil(findings)
      assert.same({ "service", 500 }, { err.kind, err.status })
    end)

  it("preflight sends no credentials to the public host of a region that may belong to another cloud", function()
    local other = support.client {
      region = "cn-north-4", proxy = "http://127.0.0.1:" .. servers.free_port(), no_proxy = "localhost,127.0.0.1",
    }
    sandbox.fault { call = "list_external_vault", fault = "status", status = 404, code = "APIGW.0101" }
    local findings, _, unchecked = other:preflight(support.replicate_params { destination_region = "af-south-1" })
    assert.equal("BackupService.1005", findings[1].code)
    assert.matches("https://cbr.af-south-1.myhuaweicloud.com may belong to another cloud", unchecked[1], 1, true)
    assert.matches("HUAWEICLOUD_SDK_REGION_CBR_AF_SOUTH_1 can name", unchecked[1], 1, true)
    other:close()
  end)

  it("preflight signs for the destination region when preflight reads the destination vault in that region", function()
    local other = support.client { region = "cn-north-4", algorithm = "V11-HMAC-SHA256" }
    sandbox.fault { call = "list_external_vault", fault = "status", status = 404, code = "APIGW.0101" }
    assert(other:preflight(support.replicate_params { destination_project_id = fixtures.projects.home.id }))
    local scopes = {}
    for i, request in ipairs(sandbox.requests()) do
      scopes[i] = request.headers.authorization:match "/([%w-]+)/cbr"
    end
    assert.equal("cn-north-4", scopes[1])
    assert.equal("cn-east-3", scopes[#scopes])
    other:close()
  end)

  it("preflight fails when one of its requests fails, and for bad parameters", function()
    sandbox.fault { call = "list_backups", fault = "html_502" }
    local findings, err = client:preflight(support.replicate_params(), { max_attempts = 1 })
    assert.is_nil(findings)
    assert.equal("service", err.kind)
    assert.equal("preflight", err.operation)
    findings, err = client:preflight { vault_id = "x", destination_vault_id = "y" }
    assert.is_nil(findings)
    assert.equal("argument", err.kind)
    assert.equal(3, #err.problems)
    assert.is_false(pcall(client.preflight, client))
  end)
end)
