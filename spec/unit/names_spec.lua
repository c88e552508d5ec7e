-- What is looked up before a request is built: a destination's project, and vaults that are given by name.

local cbr = require "cbr"
local credentials = require "spec.helpers.credentials"
local lost_orders = require "spec.helpers.lost_orders"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local EAST = fixtures.projects.east

describe("the project of a destination", function()
  local client

  set_up.for_each_test(function()
    client = support.client { region = "cn-north-4" }
    return client
  end)

  -- Returns parameters without the destination's project.
  local function params_of(operation, changes)
    local params = {}
    for name, value in pairs(lost_orders.PARAMS[operation]) do
      params[name] = name ~= "destination_project_id" and value or nil
    end
    return support.merge(params, changes)
  end

  it("a destination project is looked up by the region's name, once for each region", function()
    local copy = assert(client:copy_backup(params_of "copy_backup"))
    assert.equal(EAST.id, copy.destination_project_id)
    assert(client:copy_backup(params_of("copy_backup", { backup_id = fixtures.backups.single_only.id })))
    assert.equal(EAST.id, assert(client:replicate(params_of("replicate", {
      vault_id = fixtures.vaults.turbo.id, destination_vault_id = fixtures.vaults.replicas_turbo.id,
    }))).destination_project_id)
    assert.equal(1, support.count "iam_list_projects")
    for _, request in ipairs(sandbox.requests()) do
      if request.operation == "iam_list_projects" then
        assert.equal("/v3/projects?name=cn-east-3", request.uri)
      end
    end
    assert.equal(3, #sandbox.ledger())
    for _, order in ipairs(sandbox.ledger()) do
      assert.equal(EAST.id, order.request.replicate.destination_project_id)
    end
  end)

  it("replicate uses a given destination project, and does not look up another project", function()
    local _, err = client:replicate(support.replicate_params {
      destination_project_id = fixtures.projects.no_replicas.id,
    })
    assert.equal("BackupService.1011", err.code)
    assert.equal(0, support.count "iam_list_projects")
  end)

  it("a client with a password looks up a destination project with the token for the source project", function()
    local home = credentials.client_without_project(credentials.user "home")
    assert.equal(EAST.id, assert(home:replicate(params_of "replicate")).destination_project_id)
    home:close()
  end)

  it("replicate looks up no destination project if a parameter has a problem, and reports all problems", function()
    local _, err = client:replicate(params_of("replicate", { vault_id = "", auto_trigger = 1, timeout = 5 }))
    assert.same({ "argument", "not_sent" }, { err.kind, err.outcome })
    local found = {}
    for i, problem in ipairs(err.problems) do
      found[i] = problem.parameter
    end
    assert.same({ "vault_id", "auto_trigger", "timeout" }, found)
    assert.matches("timeout is unknown: it is an option of the call", err.message, 1, true)
    assert.same(err.problems, client:problems("replicate", params_of("replicate", {
      vault_id = "", auto_trigger = 1, timeout = 5,
    })))
    assert.same({}, client:problems("replicate", params_of "replicate"))
    assert.same({}, sandbox.requests())
  end)

  it("replicate looks up no destination project in another account, and requires the project's id", function()
    local params = params_of("replicate", { cross_account_urn = "urn:cbr:other:1" })
    local _, err = client:replicate(params)
    assert.equal("destination_project_id is missing", err.message)
    assert.same({}, sandbox.requests())
    assert.equal("destination_project_id", client:problems("replicate", params)[1].parameter)
  end)

  it("copy_backup places no order if the region has no project or several, or may be of another cloud", function()
    for region, words in pairs {
      ["cn-south-1"] = "this account has no project in region cn-south-1",
      ["cn-north-1"] = "several projects in region cn-north-1",
      ["af-south-1"] = "may belong to another cloud",
    } do
      local _, err = client:copy_backup(params_of("copy_backup", { destination_region = region }))
      assert.same({ "copy_backup", "config", "not_sent", false },
        { err.operation, err.kind, err.outcome, err.retryable })
      assert.matches("^destination_project_id is not given, and its look%-up failed: ", err.message)
      assert.matches(words, err.message, 1, true)
    end
    assert.same({}, sandbox.ledger())
    assert.equal(0, support.count "copy_backup")
  end)

  it("the look-up of a destination project is retried, and ends within the timeout of the call", function()
    sandbox.fault { call = "iam_list_projects", fault = "html_502" }
    local quick = support.client { region = "cn-north-4", retry_pause = 0.01 }
    assert(quick:copy_backup(params_of "copy_backup"))
    assert.equal(2, support.count "iam_list_projects")
    quick:close()
    sandbox.fault { call = "iam_list_projects", fault = "silent", seconds = 20 }
    local _, err = client:replicate(params_of "replicate", { timeout = 0.5 })
    assert.same({ "timeout", "not_sent" }, { err.kind, err.outcome })
    assert.equal(0, support.count "replicate")
  end)

  it("a destination project is looked up once for several concurrent orders", function()
    local results, errors = cbr.map({ "server_web", "server_db", "server_cache" }, function(name)
      return client:copy_backup(params_of("copy_backup", { backup_id = fixtures.backups[name].id }))
    end)
    assert.same({}, errors)
    assert.equal(3, #results)
    assert.equal(1, support.count "iam_list_projects")
  end)

  it("find_order and preflight look up the destination project, as the order does", function()
    local since = os.time()
    support.lose_response "copy_backup"
    client:copy_backup(params_of "copy_backup", { reconcile = false })
    local found = assert(client:find_order("copy_backup", params_of "copy_backup", { since = since }))
    assert.equal(EAST.id, found.destination_project_id)
    sandbox.reset()
    assert.same({}, assert(client:preflight(params_of "replicate")))
  end)

  it("client:describe says that the destination project is optional", function()
    for _, parameter in ipairs(client:describe "replicate".parameters) do
      if parameter.name == "destination_project_id" then
        assert.is_false(parameter.required)
        assert.matches("looked up", parameter.meaning)
      end
    end
  end)
end)

describe("a vault that is given by name", function()
  local client, vaults = nil, fixtures.vaults

  set_up.for_each_test(function()
    client = support.client { region = "cn-north-4" }
    return client
  end)

  -- Gives a vault the name of another vault.
  local function rename(vault, name)
    sandbox.patch { vaults = { [vault] = { name = name } } }
  end

  it("replicate finds the source vault by name, and finds the destination vault by name in the other region", function()
    local order = assert(client:replicate {
      vault = "server", destination_region = "cn-east-3", destination_vault = "replicas",
    })
    assert.same({ vaults.server.id, vaults.replicas.id, EAST.id },
      { order.vault_id, order.destination_vault_id, order.destination_project_id })
    local sent = sandbox.ledger()[1].request.replicate
    assert.same({ vaults.server.id, vaults.replicas.id, nil, nil },
      { sent.vault_id, sent.destination_vault_id, sent.vault, sent.destination_vault })
    -- two lists for the source vault (public and hybrid vaults), and one list for the destination vault
    assert.equal(3, support.count "list_vault")
  end)

  it("a vault's name is accepted in place of a vault's id that is sent in a path, a query or a body", function()
    assert.equal(vaults.server.id, assert(client:show_vault { vault = "server" }).id)
    assert.equal(vaults.hybrid.id, assert(client:show_vault { vault = "hybrid" }).id)
    for _, backup in ipairs(assert(client:list_backups { vault = "single" }).backups) do
      assert.equal(vaults.single.id, backup.vault_id)
    end
    assert.equal(vaults.server.id, assert(client:create_checkpoint { vault = "server" }).vault.id)
    sandbox.clear_requests()
    assert.equal(vaults.hybrid.id, assert(client:sync { vault = "hybrid" }).vault_id)
    assert.equal(1, support.count "list_vault") -- only a hybrid vault can be meant
    assert.equal(vaults.replicas.id, assert(client:copy_backup {
      backup_id = fixtures.backups.single_only.id, destination_region = "cn-east-3", destination_vault = "replicas",
    }).destination_vault_id)
  end)

  it("the name of a vault is looked up again for each call, because names can change", function()
    assert.equal(vaults.single.id, assert(client:show_vault { vault = "single" }).id)
    rename("single", "old")
    rename("mixed", "single")
    assert.equal(vaults.mixed.id, assert(client:show_vault { vault = "single" }).id)
  end)

  it("replicate and sync place no order if no vault has exactly the given name", function()
    for _, name in ipairs { "serve", "Server", "nowhere" } do
      local _, err = client:sync { vault = name }
      assert.same({ "not_found", "not_sent" }, { err.kind, err.outcome })
      assert.equal(("vault: this project has no vault named '%s'"):format(name), err.message)
      assert.matches("named '" .. name .. "' - check the name, the project and the region (", tostring(err), 1, true)
    end
    local _, err = client:replicate { vault = "server", destination_region = "cn-east-3", destination_vault = "server" }
    assert.equal("destination_vault: the destination project has no vault named 'server'", err.message)
    assert.same({}, sandbox.ledger())
    assert.equal(0, support.count "sync" + support.count "replicate")
  end)

  it("a vault's name is rejected if several vaults of a type that the operation accepts have this name", function()
    rename("single", "server")
    rename("hybrid", "server")
    local _, err = client:replicate(support.replicate_params { vault_id = false, vault = "server" })
    assert.equal("argument", err.kind)
    local params = support.replicate_params { vault = "server" }
    params.vault_id = nil
    _, err = client:replicate(params)
    assert.same({ "argument", "not_sent", "vault" }, { err.kind, err.outcome, err.problems[1].parameter })
    for _, vault in ipairs { "server", "single", "hybrid" } do
      assert.matches(vaults[vault].id, err.message, 1, true)
    end
    assert.same({}, sandbox.ledger())
    assert.is_table(assert(client:sync { vault = "server" })) -- only one of the three vaults is hybrid
  end)

  it("a vault's name is rejected if it is invalid, if an id is given too, or if the operation lists vaults", function()
    for problem, params in pairs {
      ["cannot be given together with vault_id"] = { vault = "server", vault_id = vaults.server.id },
      ["must be a string, not a number"] = { vault = 1 }, ["is empty"] = { vault = "" },
      ["must be letters (of any script), digits, '_' and '-'"] = { vault = "a b" },
    } do
      local _, err = client:show_vault(params)
      assert.same({ { parameter = "vault", problem = problem } }, err.problems)
      assert.same(err.problems, client:problems("show_vault", params))
    end
    local _, err = client:replicate(support.replicate_params {
      destination_vault_id = nil, destination_vault = "x", cross_account_urn = "urn",
    })
    assert.matches("destination_vault cannot be given together with", err.message)
    _, err = client:list_external_vault {
      external_project_id = EAST.id, region_id = "cn-east-3", vault = "replicas",
    }
    assert.matches("vault is unknown", err.message, 1, true)
    _, err = client:list_vault { vault = "x" }
    assert.matches("vault is unknown", err.message, 1, true)
    assert.same({}, client:problems("show_vault", { vault = "anything" }))
    assert.same({}, sandbox.requests())
  end)

  it("client:each looks up a vault's name once for all pages, and yields an error if no vault has the name", function()
    local count = 0
    for backup, err in client:each("list_backups", { vault = "server", limit = 2 }) do
      assert(backup, err)
      assert.equal(vaults.server.id, backup.vault_id)
      count = count + 1
    end
    assert.equal(6, count)
    assert.equal(2, support.count "list_vault")
    for backup, err in client:each("list_backups", { vault = "nowhere" }) do
      assert.is_false(backup)
      assert.equal("not_found", err.kind)
    end
  end)

  it("preflight and find_order look up the name of a vault, as the order does", function()
    assert.same({}, assert(client:preflight {
      vault = "server", destination_region = "cn-east-3", destination_vault = "replicas",
    }))
    assert.same({}, assert(client:preflight { vault = "hybrid" }))
    local quick = support.client { region = "cn-north-4", settle_time = 0.2 }
    assert.is_false(quick:find_order("sync", { vault = "hybrid" }, { since = os.time() }))
    quick:close()
  end)

  it("a call fails, and is not sent, if the look-up of the vault's name fails", function()
    sandbox.fault { call = "list_vault", fault = "html_502", times = -1 }
    local _, err = client:sync({ vault = "hybrid" }, { max_attempts = 1 })
    assert.same({ "sync", "service", "not_sent", 502 }, { err.operation, err.kind, err.outcome, err.status })
    assert.matches("^the look%-up of vault failed: ", err.message)
  end)

  it("a vault is found by its name although the cloud rejects the list of hybrid vaults", function()
    sandbox.fault { call = "cloud_type=hybrid", fault = "status", status = 400, code = "BackupService.9900" }
    assert.equal(vaults.server.id, assert(client:show_vault { vault = "server" }).id)
  end)
end)
