-- The sources that are tried in turn when no credentials are given.

local chain = require "cbr.credentials.chain"
local credentials = require "spec.helpers.credentials"
local environment = require "spec.helpers.environment"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local file = credentials.file

describe("the chain of credential sources", function()
  credentials.for_each_test()

  local function source(variables)
    return chain.source(function(name) return variables[name] end)
  end

  it("cbr tries the environment's key before the profile file's", function()
    local variables = {
      HUAWEICLOUD_SDK_AK = "of-environment", HUAWEICLOUD_SDK_SK = "secret-key",
      HUAWEICLOUD_SDK_CREDENTIALS_FILE = file "[basic]\nak=of-file\nsk=secret-key\n",
    }
    assert.equal("of-environment", source(variables)({}, nil, 0).access_key)
    variables.HUAWEICLOUD_SDK_SK = nil
    assert.equal("of-file", source(variables)({}, nil, 0).access_key)
  end)

  it("cbr reads no source of credentials before the first call", function()
    assert.has_no.errors(function()
      chain.source(function() error "a variable was read" end)
    end)
  end)

  it("cbr keeps the first source that had credentials", function()
    local variables = { HUAWEICLOUD_SDK_CREDENTIALS_FILE = file "[basic]\nak=of-file\nsk=secret-key\n" }
    local ask = source(variables)
    local first = ask({}, nil, 0)
    variables.HUAWEICLOUD_SDK_AK, variables.HUAWEICLOUD_SDK_SK = "of-environment", "secret-key"
    assert.equal(first, ask({}, nil, 0))
  end)

  -- Makes a client without credentials, and calls `fn` while the environment holds only `variables`.
  local function client_with(variables, fn)
    local changes = {
      HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false, HOME = "/nowhere",
      CBR_METADATA_ENDPOINT = "http://127.0.0.1:1",
    }
    support.merge(changes, variables)
    return environment.with(changes, function()
      local client = credentials.client(nil)
      fn(client)
      client:close()
    end)
  end

  it("cbr tries the container's endpoint when neither environment nor profile file has keys", function()
    client_with({
      HC_CONTAINER_CREDENTIALS_FULL_URI = sandbox.container,
      HC_CONTAINER_AUTHORIZATION_TOKEN_FILE = file(fixtures.container.token), CBR_METADATA_ENDPOINT = sandbox.metadata,
    }, function(client)
      assert(client:list_vault {})
    end)
    assert.same({ 1, 0 }, { support.count "container_key", support.count "metadata_key" })
  end)

  it("cbr tries the metadata service as the last source of credentials", function()
    client_with({ CBR_METADATA_ENDPOINT = sandbox.metadata }, function(client)
      assert(client:list_vault {})
    end)
    assert.equal(1, support.count "metadata_key")
  end)

  it("cbr tries every source of credentials again in the next call when no source had any credentials", function()
    client_with({ CBR_METADATA_ENDPOINT = sandbox.metadata }, function(client)
      sandbox.metadata_mode { mode = "no_agency", times = 1, call = "metadata_key" }
      local _, err = client:list_vault({}, { max_attempts = 1 })
      assert.equal("credentials", err.kind)
      assert(client:list_vault {})
    end)
  end)

  it("a process synchronizes a vault with the keys of a container, an ECS or a profile file #process", function()
    for _, variables in ipairs {
      { CBR_REGION = "cn-north-4", HC_CONTAINER_CREDENTIALS_FULL_URI = sandbox.container,
        HC_CONTAINER_AUTHORIZATION_TOKEN_FILE = file(fixtures.container.token), HOME = "/nowhere",
        HUAWEICLOUD_SDK_PROJECT_ID = fixtures.projects.home.id },
      { CBR_REGION = "cn-north-4", CBR_METADATA_ENDPOINT = sandbox.metadata, HOME = "/nowhere",
        HUAWEICLOUD_SDK_IAM_ENDPOINT = sandbox.tls },
      { CBR_REGION = "cn-north-4", HUAWEICLOUD_SDK_IAM_ENDPOINT = sandbox.tls,
        HUAWEICLOUD_SDK_CREDENTIALS_FILE = file(credentials.profile(fixtures.keys.home)) },
    } do
      credentials.synchronize(variables)
    end
  end)

  -- Runs a process that has no credentials except `variables`. Returns what it prints about a sync.
  local function output_of(variables)
    local all = { HUAWEICLOUD_SDK_PROJECT_ID = fixtures.projects.home.id, CBR_REGION = "eu-de", HOME = "/nowhere",
      CBR_METADATA_ENDPOINT = "http://127.0.0.1:1" }
    support.merge(all, variables)
    return environment.run(all, ([[
      local client = assert(require "cbr".new {
        log = function(e) print("log", e.event, e.source, e.warning) end, endpoint = "https://127.0.0.1:1", proxy = "",
        max_attempts = 1,
      })
      print(select(2, client:sync { vault_id = "%s" }))
    ]]):format(fixtures.vaults.hybrid.id))
  end

  it("a source that is set up but cannot be used ends the chain, so that no other account is used #process", function()
    local other = file "[basic]\nak=of-file\nsk=secret-key\n"
    local key = { HUAWEICLOUD_SDK_AK = "AK", HUAWEICLOUD_SDK_SK = "very-secret" }
    local function changed(changes)
      local all = { HUAWEICLOUD_SDK_CREDENTIALS_FILE = other }
      support.merge(all, key)
      for name, value in pairs(changes) do
        all[name] = value or nil
      end
      return all
    end
    local broken = file "[basic]\nak='of-file'\nsk=very-secret\n"
    local container = { HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false,
    HUAWEICLOUD_SDK_CREDENTIALS_FILE = false }
    container.HC_CONTAINER_CREDENTIALS_FULL_URI = "http://127.0.0.1@evil.test/x"
    container.HC_CONTAINER_AUTHORIZATION_TOKEN_FILE = other
    for words, variables in pairs {
      ["sync: HUAWEICLOUD_SDK_SK contains a space or a control character at position 12"] =
        changed { HUAWEICLOUD_SDK_SK = "very-secret " },
      ["sync: HUAWEICLOUD_SDK_AK contains a quote at position 1"] = changed {
        HUAWEICLOUD_SDK_AK = '"AK"',
      },
      [": line 2: ak contains a quote at position 1"] = changed {
        HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false, HUAWEICLOUD_SDK_CREDENTIALS_FILE = broken,
      },
      ["sync: cannot read /: not a regular file"] = changed {
        HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false, HUAWEICLOUD_SDK_CREDENTIALS_FILE = "/",
      },
      ["environment: the id token: cannot read /nowhere"] = changed {
        HUAWEICLOUD_SDK_IDP_ID = "i", HUAWEICLOUD_SDK_ID_TOKEN_FILE = "/nowhere",
      },
      ["sync: HC_CONTAINER_CREDENTIALS_FULL_URI must not contain a user or a password"] = changed(container),
      ["sync: CBR_METADATA_ENDPOINT '127.0.0.1:1' must be http(s)://host or http(s)://host:port"] = changed {
        HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false, HUAWEICLOUD_SDK_CREDENTIALS_FILE = false,
        CBR_METADATA_ENDPOINT = "127.0.0.1:1",
      },
    } do
      local output = output_of(variables)
      assert.matches(words, output, 1, true)
      local kind = words:find "must" and "config" or "credentials"
      assert.matches(("(%s, outcome not_sent)"):format(kind), output, 1, true)
      assert.is_nil(output:find("very-secret", 1, true))
      assert.is_nil(output:find "log%s+attempt")
    end
  end)

  it("the chain tells the log hook about a partly configured source when another source is used #process", function()
    local other = file "[basic]\nak=of-file\nsk=secret-key\n"
    for words, variables in pairs {
      ["environment HUAWEICLOUD_SDK_AK is set, but not used, because HUAWEICLOUD_SDK_SK is not set"] = {
        HUAWEICLOUD_SDK_AK = "AK",
      },
      ["environment HUAWEICLOUD_SDK_SK is set, but not used, because HUAWEICLOUD_SDK_AK is not set"] = {
        HUAWEICLOUD_SDK_AK = "", HUAWEICLOUD_SDK_SK = "very-secret",
      },
      ["environment HUAWEICLOUD_SDK_SECURITY_TOKEN is set, but not used, because HUAWEICLOUD_SDK_AK is not set"] = {
        HUAWEICLOUD_SDK_SECURITY_TOKEN = "very-secret",
      },
      ["environment OS_USERNAME is set, but not used, because OS_PASSWORD is not set"] = { OS_USERNAME = "me" },
      ["environment HUAWEICLOUD_SDK_IDP_ID is set, but not used, because HUAWEICLOUD_SDK_ID_TOKEN_FILE is not set"] = {
        HUAWEICLOUD_SDK_IDP_ID = "i", HUAWEICLOUD_SDK_AK = "AK", HUAWEICLOUD_SDK_SK = "very-secret",
      },
    } do
      variables.HUAWEICLOUD_SDK_CREDENTIALS_FILE = other
      local output = output_of(variables):gsub("\t", " ")
      assert.matches("log credentials " .. words, output, 1, true)
      assert.is_nil(output:find("very-secret", 1, true))
      assert.equal(1, select(2, output:gsub("log credentials", "")))
    end
    assert.is_nil(output_of({ HUAWEICLOUD_SDK_CREDENTIALS_FILE = other }):find "log%s+credentials")
    -- an incomplete profile is skipped if the container has credentials
    local container = sandbox.container
    for words, profile in pairs {
      ["section [basic] has no 'sk'"] = file "[basic]\nak=of-file\n",
      ["has no section [basic], only [x]"] = file "[x]\n",
      ["cannot read /nowhere/profile: No such file"] = "/nowhere/profile",
    } do
      local output = output_of {
        HUAWEICLOUD_SDK_CREDENTIALS_FILE = profile, HC_CONTAINER_CREDENTIALS_FULL_URI = container,
        HC_CONTAINER_AUTHORIZATION_TOKEN_FILE = file(fixtures.container.token),
      }
      assert.matches("log\tcredentials\tprofile\t", output, 1, true)
      assert.matches(words, output, 1, true)
    end
  end)

  it("the error lists the reason of every source when no source has credentials, without a secret #process", function()
    local none = { HUAWEICLOUD_SDK_AK = "", HUAWEICLOUD_SDK_SK = "" }
    for words, changes in pairs {
      ["environment: HUAWEICLOUD_SDK_AK is not set; "] = none,
      ["environment: HUAWEICLOUD_SDK_SK is not set; "] = { HUAWEICLOUD_SDK_SK = "" },
      ["environment: HUAWEICLOUD_SDK_ID_TOKEN_FILE is not set; "] = {
        HUAWEICLOUD_SDK_AK = "", HUAWEICLOUD_SDK_SK = "", HUAWEICLOUD_SDK_IDP_ID = "idp",
      },
      ["environment: OS_PASSWORD is not set; "] = {
        HUAWEICLOUD_SDK_AK = "", HUAWEICLOUD_SDK_SK = "", OS_USERNAME = "me",
      },
    } do
      local variables = {
        HUAWEICLOUD_SDK_AK = "AK", HUAWEICLOUD_SDK_SK = "very-secret",
        HUAWEICLOUD_SDK_PROJECT_ID = fixtures.projects.home.id, CBR_REGION = "eu-de", HOME = "/nowhere",
        CBR_METADATA_ENDPOINT = "http://127.0.0.1:1",
      }
      support.merge(variables, changes)
      local output = environment.run(variables, ([[print(select(2, require "cbr".sync { vault_id = "%s" }))]]):format(
        fixtures.vaults.hybrid.id))
      assert.matches("^sync: no credentials found: " .. words, output)
      assert.matches("; profile: cannot read /nowhere/.huaweicloud/credentials: No such file", output, 1, true)
      assert.matches("; container: HC_CONTAINER_CREDENTIALS_FULL_URI is not set; ", output, 1, true)
      assert.matches("; ecs: no metadata service at http://127.0.0.1:1: ", output, 1, true)
      assert.matches("%(credentials, outcome not_sent%)\n$", output)
      assert.is_nil(output:find("very-secret", 1, true))
    end
  end)
end)
