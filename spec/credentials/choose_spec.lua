-- Which source of credentials a client gets for the option `credentials`.

local cbr = require "cbr"
local credentials = require "spec.helpers.credentials"
local environment = require "spec.helpers.environment"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("the option `credentials`", function()
  credentials.for_each_test()

  it("the option `credentials` selects a source of credentials by the given fields", function()
    for operation, given in pairs {
      iam_create_token = credentials.user "home",
      iam_id_token = {
        idp_id = fixtures.identity_providers.home.id, id_token_file = credentials.file(fixtures.id_tokens.home.value),
      },
      list_vault = support.keys "home",
    } do
      sandbox.clear_requests()
      local client = credentials.client(given)
      assert(client:list_vault {})
      client:close()
      assert.equal(operation, sandbox.requests()[1].operation)
    end
  end)

  it("the option credentials selects a source of credentials by its name", function()
    for operation, given in pairs {
      metadata_token = { source = "ecs", endpoint = sandbox.metadata },
      container_key = {
        source = "container", uri = sandbox.container, token_file = credentials.file(fixtures.container.token),
      },
      list_vault = { source = "profile", file = credentials.file(credentials.profile(fixtures.keys.home)) },
      list_backups = { source = "environment" },
    } do
      sandbox.clear_requests()
      local client = credentials.client(given)
      assert(client[operation == "list_backups" and operation or "list_vault"](client, {}))
      client:close()
      assert.equal(operation, sandbox.requests()[1].operation)
    end
  end)

  it("cbr.new rejects credentials that are incomplete, empty or swapped", function()
    for words, given in pairs {
      ["domain_name is missing"] = { username = "u", password = "p" },
      ["id_token_file is missing"] = { idp_id = "i" },
      ["access_key is missing"] = { secret_key = "b" },
      ["secret_key is missing"] = { access_key = "a" },
      ["secret_key is empty"] = { access_key = "a", secret_key = "" },
      ["access_key and secret_key are swapped"] = { access_key = ("S"):rep(40), secret_key = ("A"):rep(20) },
      ["a token and an access key are both given"] = { access_key = "a", secret_key = "b", token = "c" },
    } do
      local client, err = cbr.new(support.options { credentials = given })
      assert.is_nil(client, words)
      assert.equal("credentials", err.kind)
      assert.matches(words, tostring(err), 1, true)
    end
  end)

  it("the option credentials is copied, so that a later change of the table has no effect", function()
    local given = credentials.user "home"
    local client = credentials.client(given)
    given.password, given.username = "changed", nil
    assert(client:list_vault {})
    client:close()
  end)

  it("cbr.new rejects source = 'environment' if a variable is missing", function()
    environment.with({ HUAWEICLOUD_SDK_AK = false }, function()
      local client, err = cbr.new(support.options { credentials = { source = "environment" } })
      assert.is_nil(client)
      assert.same({ "credentials", "HUAWEICLOUD_SDK_AK is not set" }, { err.kind, err.message })
    end)
  end)

  it("a client calls a credentials function before each request", function()
    local asked = 0
    local client = credentials.client(function()
      asked = asked + 1
      return asked == 1 and support.keys "home" or { token = fixtures.tokens.home.value }
    end)
    for _ = 1, 2 do
      assert(client:list_vault {})
    end
    client:close()
    assert.equal(2, asked)
    local requests = sandbox.requests()
    assert.is_string(requests[1].headers.authorization)
    assert.equal(fixtures.tokens.home.value, requests[2].headers["x-auth-token"])
  end)

  it("a client reports the reason that a credentials function returns instead of credentials", function()
    for words, source in pairs {
      ["the vault is sealed"] = function() return nil, "the vault is sealed" end,
      ["returned no table"] = function() end,
      ["secret_key is missing"] = function() return { access_key = "a" } end,
      ["returned bad credentials: unknown field 'securty_token' (did you mean 'security_token'?)"] = function()
        return { access_key = "a", secret_key = "b", securty_token = "c" }
      end,
    } do
      credentials.fail(source, words)
    end
  end)
end)
