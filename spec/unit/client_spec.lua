-- A client's replicate and sync over verified TLS: every field that they return, and every field that arrives.

local json = require "cbr.util.json"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"
local text = require "cbr.util.text"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("a client", function()
  local client

  set_up.for_all_tests(function()
    client = support.client()
    return client
  end)

  it("a client replicates a vault, and returns the ids of its backups", function()
    local params = support.replicate_params { auto_trigger = false, enable_acceleration = true }
    local replication, err = client:replicate(params)
    assert.is_nil(err)
    assert.equal(fixtures.vaults.server.id, replication.vault_id)
    assert.equal(fixtures.vaults.replicas.id, replication.destination_vault_id)
    assert.equal(fixtures.projects.home.id, replication.project_id)
    assert.equal(fixtures.projects.east.id, replication.destination_project_id)
    assert.equal("cn-north-4", replication.source_region)
    assert.equal("cn-east-3", replication.destination_region)
    assert.equal(fixtures.kinds.server.provider_id, replication.provider_id)
    assert.equal(3, #replication.backups) -- the vault holds three other backups, which cannot be replicated
    for _, backup in ipairs(replication.backups) do
      assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", backup.backup_id)
      assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", backup.replication_record_id)
    end

    local ledger = sandbox.ledger()
    assert.equal(1, #ledger)
    assert.equal("replicate", ledger[1].operation)
    assert.same({ replicate = params }, ledger[1].request)
  end)

  it("a client sends no optional parameter that was not given", function()
    assert(client:replicate(support.replicate_params()))
    assert.same({ replicate = support.replicate_params() }, sandbox.ledger()[1].request)
  end)

  it("a client sends every optional parameter that was given", function()
    local params = support.replicate_params {
      auto_trigger = true, enable_acceleration = false, cross_account_urn = "urn:cbr:other:1",
    }
    client:replicate(params)
    assert.same({ replicate = params }, json.decode(sandbox.requests()[1].body))
  end)

  it("a client synchronizes a hybrid-cloud vault, with auto_trigger = false unless the caller sets it", function()
    local sync = assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(fixtures.vaults.hybrid.id, sync.vault_id)
    assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", sync.operation_log_id)
    local ledger = sandbox.ledger()
    assert.equal(1, #ledger)
    assert.same({ sync = { vault_id = fixtures.vaults.hybrid.id, auto_trigger = false } }, ledger[1].request)

    sandbox.reset()
    assert(client:sync { vault_id = fixtures.vaults.hybrid.id, auto_trigger = true })
    assert.is_true(sandbox.ledger()[1].request.sync.auto_trigger)
  end)

  it("a client also has the official names of replicate and sync: copy_checkpoint and import_checkpoint", function()
    assert(client:copy_checkpoint(support.replicate_params()))
    assert(client:import_checkpoint { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(2, #sandbox.ledger())
  end)

  it("a client signs the host, the content type and every x- header, and sends a User-Agent", function()
    assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    local request = sandbox.requests()[1]
    local headers = {}
    for name, value in pairs(request.headers) do
      headers[text.lower(name)] = value
    end
    assert.matches("SignedHeaders=content%-type;host;x%-project%-id;x%-sdk%-date,", headers.authorization)
    assert.equal(sandbox.tls:match "//(.*)", headers.host)
    assert.equal(fixtures.projects.home.id, headers["x-project-id"])
    assert.matches("^cbr/%d+%.%d+%.%d+ %(Lua.*libcurl/", headers["user-agent"])
    assert.is_nil(headers.expect)
    assert.is_nil(headers["x-auth-token"])
    assert.equal(request.uri, ("/v3/%s/checkpoints/sync"):format(fixtures.projects.home.id))
  end)

  it("a client adds the option user_agent to the User-Agent, and sends domain_id in a signed header", function()
    local other = support.client { user_agent = "backup-robot/7", domain_id = fixtures.accounts.home.id }
    assert(other:sync { vault_id = fixtures.vaults.hybrid.id })
    local headers = sandbox.requests()[1].headers
    assert.matches("^cbr/.* backup%-robot/7$", headers["user-agent"])
    assert.equal(fixtures.accounts.home.id, headers["x-domain-id"])
    assert.matches("x%-domain%-id;", headers.authorization)
    other:close()
  end)

  it("a client can replicate with each kind of given credentials, with each algorithm, and over plain http", function()
    local ways = {
      temporary = { credentials = support.keys "temporary" },
      token = { credentials = { token = fixtures.tokens.home.value } },
      call = { credentials = function() return support.keys "home" end },
      sm3 = { algorithm = "SDK-HMAC-SM3" },
      v11 = { algorithm = "V11-HMAC-SHA256", region = "cn-north-4" },
      plain = { endpoint = sandbox.plain },
    }
    for name, changes in pairs(ways) do
      sandbox.reset()
      local other = support.client(changes)
      assert.is_table(assert(other:replicate(support.replicate_params()), name))
      assert.equal(1, #sandbox.ledger())
      other:close()
    end
  end)

  it("a client sends successive calls over the same connection", function()
    local other = support.client()
    for _ = 1, 5 do
      assert(other:request { method = "GET", path = "/v3/{project_id}/vaults" })
    end
    other:close()
    assert.equal(5, #sandbox.requests())
    assert.equal(1, support.connections())
  end)

  it("tostring shows the client's endpoint, or that the client is closed", function()
    local other = support.client()
    assert.equal(("cbr.client (%s)"):format(sandbox.tls), tostring(other))
    other:close()
    assert.equal("cbr.client (closed)", tostring(other))
  end)

  it("a client can be closed several times without an error", function()
    local other = support.client()
    other:close()
    assert.has_no.errors(function()
      other:close()
    end)
  end)
end)
