-- The requests to the identity service (IAM), and how its responses are read.

local credentials = require "spec.helpers.credentials"
local environment = require "spec.helpers.environment"
local iam = require "cbr.credentials.iam"
local json = require "cbr.util.json"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("IAM", function()
  credentials.for_each_test()

  local function request_of(operation)
    for _, request in ipairs(sandbox.requests()) do
      if request.operation == operation then
        return request
      end
    end
  end

  it("cbr signs a user in to IAM with the project's id as scope", function()
    local user = fixtures.users.home
    credentials.work(credentials.user "home")
    assert.same({ auth = {
      identity = { methods = { "password" }, password = { user = {
        name = user.name, password = user.password, domain = { name = fixtures.accounts.home.name },
      } } },
      scope = { project = { id = fixtures.projects.home.id } },
    } }, json.decode(request_of "iam_create_token".body))
  end)

  it("cbr signs a user in to IAM with the region's name as scope when no project id is known", function()
    local client = credentials.client_without_project(credentials.user "home")
    assert(client:list_vault {})
    client:close()
    assert.same({ project = { name = "cn-north-4" } },
      json.decode(request_of "iam_create_token".body).auth.scope)
  end)

  it("cbr asks IAM for temporary keys that last six hours", function()
    credentials.work {
      idp_id = fixtures.identity_providers.home.id, id_token_file = credentials.file(fixtures.id_tokens.home.value),
    }
    assert.equal(fixtures.identity_providers.home.id, request_of "iam_id_token".headers["x-idp-id"])
    local identity = json.decode(request_of "iam_security_token".body).auth.identity
    assert.same({ "token" }, identity.methods)
    assert.equal(21600, identity.token.duration_seconds)
  end)

  it("cbr signs requests to IAM with SDK-HMAC-SHA256 whatever the option algorithm is", function()
    local client = credentials.client_without_project(support.keys "home", { algorithm = "V11-HMAC-SHA256" })
    assert(client:list_vault {})
    client:close()
    assert.matches("^SDK%-HMAC%-SHA256 ", request_of "iam_list_projects".headers.authorization)
    assert.matches("/cn%-north%-4/cbr", request_of "list_vault".headers.authorization)
  end)

  it("cbr repeats a request to IAM that was rejected because of a wrong clock, once the clock is corrected", function()
    sandbox.clock(3600)
    local client = credentials.client_without_project(support.keys "home")
    local list, err = client:list_vault {}
    client:close()
    assert.is_table(list, tostring(err))
    assert.equal(2, support.count "iam_list_projects")
    assert.equal(1, support.count "list_vault") -- this request is signed with the corrected clock
  end)

  it("cbr uses only the project that has exactly the region's name", function()
    sandbox.fault { call = "iam_list_projects", fault = "invalid_json", body = json.encode { projects = {
      { name = "cn-north-4_sub", id = fixtures.projects.east.id },
      { name = "cn-north-4", id = fixtures.projects.home.id },
      { name = "cn-north-4" }, "nothing",
    } } }
    local client = credentials.client_without_project(support.keys "home")
    assert(client:list_vault {})
    client:close()
    assert.equal(fixtures.projects.home.id, request_of "list_vault".headers["x-project-id"])
  end)

  it("cbr remembers the Date header of the service's responses, but not the one of IAM's responses", function()
    local client = credentials.client_without_project(support.keys "home", { max_attempts = 1 })
    -- libcurl itself sends a failed read once more
    sandbox.fault { call = "list_vault", fault = "reset_before", times = 2 }
    assert.is_nil((client:list_vault {}))
    assert.equal("iam_list_projects", sandbox.requests()[1].operation)
    assert.is_nil(client.date_header)
    assert(client:list_vault {})
    assert.is_string(client.date_header.text)
    client:close()
  end)

  it("an error of IAM has IAM's trace id as request id", function()
    local err = credentials.fail(credentials.user("home", { password = "wrong" }), "iam_create_token")
    assert.matches("^%S+$", err.request_id)
  end)

  it("a call fails when IAM's response lacks the token, the keys, the projects or the account", function()
    local id_token = {
      idp_id = fixtures.identity_providers.home.id, id_token_file = credentials.file(fixtures.id_tokens.home.value),
    }
    for operation, given in pairs {
      iam_create_token = credentials.user "home", iam_id_token = id_token, iam_security_token = id_token,
    } do
      for _, body in ipairs { "{}", "" } do
        sandbox.reset()
        sandbox.fault { call = operation, fault = "status", status = 201, body = body }
        credentials.fail(given, operation .. ": ")
      end
    end
    for operation, changes in pairs { iam_list_projects = {}, iam_auth_domains = { domain_id = true } } do
      for _, body in ipairs { "{}", "" } do
        sandbox.reset()
        sandbox.fault { call = operation, fault = "status", status = 200, body = body }
        local client = credentials.client_without_project(support.keys "home", changes)
        local _, err = client:replicate(support.replicate_params(), { max_attempts = 1 })
        client:close()
        assert.same({ "protocol", "not_sent" }, { err.kind, err.outcome }, operation)
        assert.same({}, sandbox.ledger())
      end
    end
  end)

  it("cbr signs a user in when IAM sends the token in the header and no body", function()
    local user = credentials.user "home"
    sandbox.fault { call = "iam_create_token", fault = "status", status = 201, body = "", headers = {
      ["X-Subject-Token"] = fixtures.tokens.home.value,
    } }
    credentials.work(user)
  end)

  it("a call fails for a bad IAM endpoint in the environment only when IAM is needed", function()
    local variables = { HUAWEICLOUD_SDK_IAM_ENDPOINT = "ftp://nowhere", HUAWEICLOUD_SDK_PROJECT_ID = false }
    environment.with(variables, function()
      local client = credentials.client(support.keys "home", { iam_endpoint = false })
      assert(client:list_vault {})
      client:close()
      client = credentials.client_without_project(support.keys "home", { iam_endpoint = false })
      local _, err = client:list_vault {}
      client:close()
      assert.equal("config", err.kind)
      assert.matches("ftp://nowhere", err.message, 1, true)
    end)
  end)

  it("cbr computes the life of keys from the response's Date header, or else from this machine's clock", function()
    local function life_of(expires_at, date)
      return select(2, iam.temporary_keys({
        access = "ak", secret = "sk", securitytoken = "st", expires_at = expires_at,
      }, { headers = { date = date } }))
    end
    assert.equal(3599, life_of("2021-12-07T07:06:40.000000Z", "Tue, 07 Dec 2021 06:06:40 GMT"))
    local life = life_of(os.date("!%Y-%m-%dT%H:%M:%SZ", os.time() + 600))
    assert.is_true(life >= 500 and life <= 599, tostring(life))
    assert.is_nil(life_of(nil, "Tue, 07 Dec 2021 06:06:40 GMT"))
  end)
end)
