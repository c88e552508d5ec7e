-- An agency gives temporary keys of another account to a user who may use the agency.

local agency = require "cbr.credentials.agency"
local cbr = require "cbr"
local credentials = require "spec.helpers.credentials"
local environment = require "spec.helpers.environment"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local AGENCY, OTHER = fixtures.agencies.other, fixtures.projects.other

describe("an agency", function()
  credentials.for_each_test()

  local function given(changes)
    local all = {
      agency = AGENCY.name, domain_name = fixtures.accounts.other.name, source = support.keys "home",
    }
    for name, value in pairs(changes or {}) do
      all[name] = value or nil
    end
    return all
  end

  -- Asserts that a client with these credentials works in the account of the agency.
  local function work(of, changes)
    local client = credentials.client_without_project(of, changes)
    local vault, err = client:show_vault { vault_id = fixtures.vaults.other_server.id }
    client:close()
    assert.is_nil(err and tostring(err))
    assert.equal(OTHER.id, vault.project_id)
  end

  it("an agency gives the keys of another account, and the project id is looked up in that account", function()
    work(given())
    local requests = sandbox.requests()
    assert.equal("iam_security_token", requests[1].operation)
    assert.same({ "iam_list_projects", "show_vault" }, { requests[2].operation, requests[3].operation })
    assert.matches("Access=" .. fixtures.keys.home.ak, requests[1].headers.authorization)
    assert.is_nil(requests[1].headers["x-project-id"])
    assert.is_string(requests[3].headers["x-security-token"])
  end)

  it("an agency accepts the account's id in place of its name, and every kind of credentials as its source", function()
    work(given { domain_name = false, domain_id = fixtures.accounts.other.id })
    for _, source in ipairs {
      support.keys "temporary", { token = fixtures.tokens.home.value }, credentials.user "home",
      { idp_id = fixtures.identity_providers.home.id, id_token_file = credentials.file(fixtures.id_tokens.home.value) },
      { source = "ecs", endpoint = sandbox.metadata }, "environment",
      { source = "profile", file = credentials.file(credentials.profile(fixtures.keys.home)) },
      function() return support.keys "home" end,
      { agency = fixtures.agencies.own.name, domain_name = fixtures.accounts.home.name, source = support.keys "home" },
    } do
      sandbox.reset()
      work(given { source = source })
    end
    work(given { source = false }) -- with false, the source is the chain of credential sources
  end)

  it("an agency's user is signed in with a project of the user's own account, not with the agency's project", function()
    work(given { source = credentials.user "home" }, { project_id = nil })
    local client = credentials.client(given { source = credentials.user "home" }, { project_id = OTHER.id })
    assert(client:show_vault { vault_id = fixtures.vaults.other_server.id })
    client:close()
  end)

  it("an agency can be set by Terraform's variables, with the credentials of the chain", function()
    local variables = {
      HUAWEICLOUD_SDK_AK = fixtures.keys.home.ak, HUAWEICLOUD_SDK_SK = fixtures.keys.home.sk,
      HW_ASSUME_ROLE_AGENCY_NAME = AGENCY.name, HW_ASSUME_ROLE_DOMAIN_NAME = fixtures.accounts.other.name,
      HW_ASSUME_ROLE_DURATION = "1200",
    }
    environment.with(variables, function() work(nil) end)
    variables.HW_ASSUME_ROLE_DOMAIN_NAME = "is not used"
    variables.HW_ASSUME_ROLE_DOMAIN_ID = fixtures.accounts.other.id
    environment.with(variables, function() work(nil) end)
    local durations = {}
    for _, request in ipairs(sandbox.requests()) do
      durations[#durations + 1] = request.operation == "iam_security_token"
        and request.body:match '"duration_seconds":(%d+)' or nil
    end
    assert.same({ "1200", "1200" }, durations)
    -- Given credentials are used without an agency, although the environment names an agency.
    environment.with(variables, function()
      local client = credentials.client(support.keys "home")
      assert(client:show_vault { vault_id = fixtures.vaults.server.id })
      client:close()
    end)
  end)

  it("an incomplete agency is an error that names the field or the variable", function()
    for words, changes in pairs {
      ["domain_name or domain_id must be given"] = { domain_name = false },
      ["domain_name and domain_id are both given"] = { domain_id = "x" },
      ["agency is empty"] = { agency = "" },
      ["domain_name is empty"] = { domain_name = "" },
      ["duration must be from 900 to 86400 seconds"] = { duration = 899 },
      ["access_key is missing"] = { source = {} },
    } do
      local client, err = cbr.new(support.options { credentials = given(changes) })
      assert.is_nil(client)
      assert.equal("credentials", err.kind)
      assert.matches(words, err.message, 1, true)
    end
    for words, changes in pairs {
      ["HW_ASSUME_ROLE_DOMAIN_NAME or HW_ASSUME_ROLE_DOMAIN_ID must be given"] = {},
      ["HW_ASSUME_ROLE_DURATION must be from 900"] = {
        HW_ASSUME_ROLE_DOMAIN_ID = "d", HW_ASSUME_ROLE_DURATION = "an hour",
      },
    } do
      changes.HW_ASSUME_ROLE_AGENCY_NAME = "a"
      local options = support.options()
      options.credentials = nil
      local made = environment.with(changes, function() return { cbr.new(options) } end)
      assert.is_nil(made[1])
      assert.matches(words, made[2].message, 1, true)
    end
    assert.same({}, sandbox.requests())
  end)

  it("an agency rejects unknown fields, and source credentials with unknown fields", function()
    for words, of in pairs {
      ["unknown field 'agency_nam'"] = { agency = "a", domain_name = "d", agency_nam = "x" },
      ["'username' does not belong to an agency"] = { agency = "a", username = "u" },
      ["unknown field 'ak' (did you mean 'access_key'?)"] = { agency = "a", domain_name = "d", source = { ak = "x" } },
      ["source 'esc' must be"] = { agency = "a", domain_name = "d", source = "esc" },
    } do
      local client, err = cbr.new(support.options { credentials = of })
      assert.is_nil(client)
      assert.equal("config", err.kind)
      assert.matches(words, err.message, 1, true)
    end
  end)

  it("a call fails if the agency is unknown or does not trust the account, or if the source's key is wrong", function()
    for status, changes in pairs {
      [404] = { agency = "another" }, [403] = { agency = fixtures.agencies.own.name,
        domain_name = fixtures.accounts.home.name, source = support.keys "other" },
      [401] = { source = { access_key = fixtures.keys.home.ak, secret_key = "wrong" } },
    } do
      sandbox.reset()
      local err = credentials.fail(given(changes), "iam_agency_key: ")
      assert.equal(status, err.status)
      assert.equal(1, support.count "iam_security_token")
    end
  end)

  it("an agency renews its keys, and gets other keys when the service rejects the first ones", function()
    local client = credentials.client_without_project(given())
    assert(client:list_vault {})
    assert(client:list_vault {})
    assert.equal(1, support.count "iam_security_token")
    sandbox.revoke { access_key = credentials.last_access_key() }
    assert(client:list_vault {})
    assert.equal(2, support.count "iam_security_token")
    client:close()
  end)

  it("an agency asks its source for other credentials once when IAM rejects the first ones", function()
    local calls = {}
    local own = function(_, rejected)
      calls[#calls + 1] = rejected or false
      local keys = support.keys "home"
      keys.secret_key = rejected and keys.secret_key or "expired-meanwhile"
      return keys
    end
    local source = assert(agency.source({ agency = AGENCY.name, domain_name = fixtures.accounts.other.name }, own))
    local client = credentials.client(support.keys "home")
    local deadline = require("cbr.core").monotonic() + 10
    assert(source(client, nil, deadline))
    assert.equal(2, #calls)
    assert.equal("expired-meanwhile", calls[2].secret_key)
    client:close()
  end)

  it("clients of several regions share the keys of an agency, and get these keys only once", function()
    local client = credentials.client_without_project(given {
      agency = fixtures.agencies.own.name, domain_name = fixtures.accounts.home.name,
    })
    for _, region in ipairs { "cn-north-4", "cn-east-3" } do
      assert(assert(client:for_region(region)):list_vault {})
    end
    assert.equal(1, support.count "iam_security_token")
    client:close()
  end)

  it("a client with an agency places an order for another account with cross_account_urn", function()
    local client = credentials.client_without_project(given())
    local copy, err = client:copy_backup {
      backup_id = fixtures.backups.other_server_secret.id, destination_region = fixtures.projects.east.region,
      destination_project_id = fixtures.projects.east.id, destination_vault_id = fixtures.vaults.replicas.id,
      cross_account_urn = "urn:cbr:home:1",
    }
    assert.is_table(copy, tostring(err))
    assert.equal(OTHER.id, sandbox.ledger()[1].project_id)
    client:close()
  end)
end)
