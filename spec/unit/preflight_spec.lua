-- Looking before ordering: every cause is found, and nothing where the order goes through.

local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local function id(vault)
  return fixtures.vaults[vault].id
end

describe("client:preflight", function()
  local client

  before_each(function()
    sandbox.reset()
    sandbox.time_scale(1) -- what is under way stays so, on a slow machine too
    client = support.client { region = "cn-north-4" }
  end)

  after_each(function()
    client:close()
    assert.same({}, sandbox.ledger())
  end)

  local function codes(params)
    local findings = assert(client:preflight(params))
    local found = {}
    for i, finding in ipairs(findings) do
      found[i] = finding.code:match "%d+$"
      assert.is_true(#finding.message > 10)
      assert.is_string(finding.about)
    end
    table.sort(found)
    return found, findings
  end

  local function replicate(changes)
    return (codes(support.replicate_params(changes)))
  end

  it("finds nothing where the order goes through", function()
    local found, findings = codes(support.replicate_params())
    assert.same({}, found)
    assert.same({}, findings.unchecked)
    assert.same({}, replicate { vault_id = id "turbo", destination_vault_id = id "replicas_turbo" })
    assert.same({}, replicate { vault_id = id "hybrid", destination_vault_id = id "replicas_vmware" })
    assert.same({}, (codes { vault_id = id "hybrid" }))
  end)

  it("finds what is wrong with the source", function()
    assert.same({ "6105" }, replicate { vault_id = fixtures.nowhere.id })
    for _, vault in ipairs { "locked", "frozen", "deleting", "error" } do
      local found = replicate { vault_id = id(vault) }
      assert.equal("6112", found[#found])
    end
    assert.same({ "6102", "6128" }, replicate { vault_id = id "disk" })
    assert.same({ "6102", "6122" }, replicate { vault_id = id "workspace" })
  end)

  it("finds what is wrong with the destination", function()
    assert.same({ "6120" }, replicate { destination_vault_id = fixtures.nowhere.id })
    assert.same({ "6119" }, replicate { destination_vault_id = id "east_backups" })
    assert.same({ "6102" }, replicate { destination_vault_id = id "replicas_turbo" })
    assert.same({ "6129" }, replicate { destination_vault_id = id "replicas_full" })
    assert.same({ "6112" }, replicate { destination_vault_id = id "replicas_frozen" })
  end)

  it("finds a region that cannot be reached", function()
    local found = replicate { destination_region = "cn-south-9" }
    assert.equal("1005", found[1])
  end)

  it("finds what is running, and that there is nothing to do", function()
    assert.same({ "6130" }, replicate { vault_id = id "replicating" })
    assert.same({ "1009" }, replicate { vault_id = id "replicated" })
    assert.same({ "0001" }, replicate { vault_id = id "empty" })
    assert.same({ "0001" }, replicate { vault_id = id "unready" })
  end)

  it("finds several things at once", function()
    assert.same({ "0001", "6112", "6119" }, replicate {
      vault_id = id "frozen", destination_vault_id = id "east_backups",
    })
  end)

  it("finds what is wrong with a sync", function()
    assert.same({ "6105" }, (codes { vault_id = fixtures.nowhere.id }))
    assert.same({ "7300" }, (codes { vault_id = id "server" }))
    assert.same({ "7302" }, (codes { vault_id = id "hybrid_busy" }))
    assert.same({ "6112" }, (codes { vault_id = id "hybrid_frozen" }))
  end)

  it("asks the destination's own region where the cloud has no list of other regions' vaults", function()
    local one = support.client {
      project_id = fixtures.projects.de.id, region = "eu-de", endpoint = sandbox.tls, credentials = support.keys "home",
    }
    local params = {
      vault_id = id "de_server", destination_vault_id = id "nl_replicas",
      destination_project_id = fixtures.projects.nl.id, destination_region = "eu-nl",
    }
    local findings = assert(one:preflight(params))
    assert.same({}, findings.unchecked)
    assert.equal(0, #findings)
    params.destination_vault_id = fixtures.nowhere.id
    findings = assert(one:preflight(params))
    assert.equal("BackupService.6120", findings[1].code)
    one:close()
    -- a token is good for one project: the other region's stays an open question, and is no finding
    one = support.client {
      project_id = fixtures.projects.de.id, region = "eu-de", credentials = { token = fixtures.tokens.de.value },
    }
    params.destination_vault_id = id "nl_replicas"
    findings = assert(one:preflight(params))
    assert.equal(0, #findings)
    assert.matches("^the destination vault: ", findings.unchecked[1])
    one:close()
  end)

  it("signs for the destination's own region where it asks there", function()
    local one = support.client { region = "cn-north-4", algorithm = "V11-HMAC-SHA256" }
    sandbox.fault { call = "list_external_vault", fault = "status", status = 404, code = "APIGW.0101" }
    assert(one:preflight(support.replicate_params { destination_project_id = fixtures.projects.home.id }))
    local scopes = {}
    for i, request in ipairs(sandbox.requests()) do
      scopes[i] = request.headers.authorization:match "/([%w-]+)/cbr"
    end
    assert.equal("cn-north-4", scopes[1])
    assert.equal("cn-east-3", scopes[#scopes])
    one:close()
  end)

  it("says what could not be read, and what is no parameter", function()
    sandbox.fault { call = "list_backups", fault = "html_502" }
    local findings, err = client:preflight(support.replicate_params(), { max_attempts = 1 })
    assert.is_nil(findings)
    assert.equal("service", err.kind)
    assert.equal("preflight", err.operation)
    findings, err = client:preflight { vault_id = "x", destination_vault_id = "y" }
    assert.is_nil(findings)
    assert.equal("argument", err.kind)
    assert.equal(4, #err.problems)
    assert.is_false(pcall(client.preflight, client))
  end)
end)
