-- Credentials from the environment variables of the official SDKs and of OpenStack's tools.

local credentials = require "spec.helpers.credentials"
local environment = require "cbr.credentials.environment"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("credentials from the environment", function()
  credentials.for_each_test()

  -- Returns the credentials of the environment, or nil and the reason.
  local function read(variables)
    local source, reason = environment.source({}, function(name) return variables[name] end)
    if not source then
      return nil, reason
    end
    return source({}, nil, 0)
  end

  it("cbr uses the official SDKs' key variables, with a security token if one is set", function()
    assert.same({ access_key = "AK", secret_key = "a-secret" },
      read { HUAWEICLOUD_SDK_AK = "AK", HUAWEICLOUD_SDK_SK = "a-secret" })
    assert.same({ access_key = "AK", secret_key = "a-secret", security_token = "st" }, read {
      HUAWEICLOUD_SDK_AK = "AK", HUAWEICLOUD_SDK_SK = "a-secret", HUAWEICLOUD_SDK_SECURITY_TOKEN = "st",
    })
  end)

  it("cbr uses OpenStack's key or token variables when the official SDKs' are not set", function()
    assert.same({ access_key = "AK", secret_key = "a-secret", security_token = "st" }, read {
      OS_ACCESS_KEY = "AK", OS_SECRET_KEY = "a-secret", OS_SECURITY_TOKEN = "st",
    })
    assert.same({ token = "one" }, read { OS_TOKEN = "one", OS_AUTH_TOKEN = "two" })
    assert.same({ token = "two" }, read { OS_AUTH_TOKEN = "two" })
  end)

  it("cbr prefers the official SDKs' key over OpenStack's, and a key over a token", function()
    local all = {
      HUAWEICLOUD_SDK_AK = "first", HUAWEICLOUD_SDK_SK = "a-secret", OS_ACCESS_KEY = "second",
      OS_SECRET_KEY = "a-secret", OS_TOKEN = "third",
    }
    assert.equal("first", read(all).access_key)
    all.HUAWEICLOUD_SDK_AK, all.HUAWEICLOUD_SDK_SK = nil, nil
    assert.equal("second", read(all).access_key)
    all.OS_ACCESS_KEY, all.OS_SECRET_KEY = nil, nil
    assert.equal("third", read(all).token)
  end)

  it("cbr needs both variables of a federated identity, and uses the access key if one of them is missing", function()
    assert.equal("AK", read {
      HUAWEICLOUD_SDK_IDP_ID = "idp", HUAWEICLOUD_SDK_AK = "AK", HUAWEICLOUD_SDK_SK = "a-secret",
    }.access_key)
  end)

  it("the error names the environment variable that is missing", function()
    for missing, variables in pairs {
      HUAWEICLOUD_SDK_AK = {},
      HUAWEICLOUD_SDK_SK = { HUAWEICLOUD_SDK_AK = "AK" },
      HUAWEICLOUD_SDK_ID_TOKEN_FILE = { HUAWEICLOUD_SDK_IDP_ID = "idp" },
      OS_SECRET_KEY = { OS_ACCESS_KEY = "AK" },
      OS_PASSWORD = { OS_USERNAME = "me" },
      OS_USER_DOMAIN_NAME = { OS_USERNAME = "me", OS_PASSWORD = "a-secret", OS_PROJECT_NAME = "p" },
    } do
      local keys, reason = read(variables)
      assert.is_nil(keys)
      assert.equal(missing .. " is not set", reason)
    end
  end)

  it("the error notes every set of environment variables that is not complete", function()
    local variables = { HUAWEICLOUD_SDK_IDP_ID = "i", HUAWEICLOUD_SDK_SECURITY_TOKEN = "t", OS_SECRET_KEY = "s" }
    local _, reason, note = environment.source({}, function(name) return variables[name] end)
    assert.equal("OS_ACCESS_KEY is not set", reason)
    assert.equal("HUAWEICLOUD_SDK_IDP_ID is set, but not used, because HUAWEICLOUD_SDK_ID_TOKEN_FILE is not set; "
      .. "HUAWEICLOUD_SDK_SECURITY_TOKEN is set, but not used, because HUAWEICLOUD_SDK_AK is not set; "
      .. "OS_SECRET_KEY is set, but not used, because OS_ACCESS_KEY is not set", note)
    variables = { OS_PROJECT_ID = "p" }
    _, _, note = environment.source({}, function(name) return variables[name] end)
    assert.is_nil(note)
  end)

  it("cbr tells the log hook once about an incomplete set of variables if cbr uses another set", function()
    local variables = { HUAWEICLOUD_SDK_IDP_ID = "i", OS_TOKEN = "a-token" }
    local events = {}
    local client = { log = function(event) events[#events + 1] = event end }
    local source = environment.source({}, function(name) return variables[name] end)
    for _ = 1, 2 do
      assert.same({ token = "a-token" }, source(client, nil, 0))
    end
    assert.same({ {
      event = "credentials", source = "environment",
      warning = "HUAWEICLOUD_SDK_IDP_ID is set, but not used, because HUAWEICLOUD_SDK_ID_TOKEN_FILE is not set",
    } }, events)
  end)

  it("the error names a variable whose value cannot be used, and does not show the value", function()
    for words, variables in pairs {
      ["HUAWEICLOUD_SDK_SK contains a space or a control character at position 9"] = {
        HUAWEICLOUD_SDK_AK = "AK", HUAWEICLOUD_SDK_SK = "a-secret\n",
      },
      ["OS_ACCESS_KEY contains a quote at position 1"] = { OS_ACCESS_KEY = "'AK'", OS_SECRET_KEY = "a-secret" },
      ["OS_AUTH_TOKEN contains the invisible character U+200B at position 9"] = {
        OS_AUTH_TOKEN = "a-secret\226\128\139",
      },
      ["OS_ACCESS_KEY and OS_SECRET_KEY are swapped: an access key has 20 characters, a secret key has 40"] = {
        OS_ACCESS_KEY = ("s"):rep(40), OS_SECRET_KEY = ("a"):rep(20),
      },
    } do
      local keys, reason = read(variables)
      assert.is_nil(keys)
      assert.same({ "credentials", words }, { reason.kind, reason.message })
    end
  end)

  it("a process synchronizes a vault with credentials that are all in variables #process", function()
    local key, user = fixtures.keys.temporary, fixtures.users.home
    for _, variables in ipairs {
      { CBR_REGION = "cn-north-4", HUAWEICLOUD_SDK_AK = key.ak, HUAWEICLOUD_SDK_SK = key.sk,
        HUAWEICLOUD_SDK_SECURITY_TOKEN = key.security_token, HUAWEICLOUD_SDK_IAM_ENDPOINT = sandbox.tls },
      { CBR_REGION = "cn-north-4", HUAWEICLOUD_SDK_IDP_ID = fixtures.identity_providers.home.id,
        HUAWEICLOUD_SDK_ID_TOKEN_FILE = credentials.file(fixtures.id_tokens.home.value), HUAWEICLOUD_SDK_AK = "loses",
        HUAWEICLOUD_SDK_SK = "loses", HUAWEICLOUD_SDK_IAM_ENDPOINT = sandbox.tls },
      { OS_REGION_NAME = "cn-north-4", OS_ACCESS_KEY = key.ak, OS_SECRET_KEY = key.sk,
        OS_SECURITY_TOKEN = key.security_token, OS_PROJECT_ID = fixtures.projects.home.id },
      { OS_REGION_NAME = "cn-north-4", OS_TOKEN = fixtures.tokens.home.value,
        OS_TENANT_ID = fixtures.projects.home.id },
      { OS_REGION_NAME = "cn-north-4", OS_USERNAME = user.name, OS_PASSWORD = user.password,
        OS_USER_DOMAIN_NAME = fixtures.accounts.home.name, OS_AUTH_URL = sandbox.tls .. "/v3" },
    } do
      credentials.synchronize(variables)
    end
  end)
end)
