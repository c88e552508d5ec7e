-- Which credentials a diagnosis finds, and where.

local cbr = require "cbr"
local environment = require "spec.helpers.environment"
local sources = require "cbr.credentials.sources"
local support = require "spec.helpers.support"

describe("the credentials of a diagnosis", function()
  before_each(support.sandbox.reset)

  -- Returns the check of the credentials.
  local function check_with(options)
    for _, check in ipairs(cbr.diagnose(options).checks) do
      if check.name == "credentials" then
        return check
      end
    end
  end

  local function found(changes)
    return check_with(support.options(changes))
  end

  it("a diagnosis says what kind of credentials the options have", function()
    assert.equal("access key SAND…, from the option credentials", found().message)
    assert.matches("^temporary access key SAND…", found { credentials = support.keys "temporary" }.message)
    assert.matches("^a token", found { credentials = { token = support.fixtures.tokens.home.value } }.message)
    assert.matches("^a token", found {
      credentials = function() return { token = support.fixtures.tokens.home.value } end,
    }.message)
  end)

  it("a diagnosis names the source in which it finds credentials, or says why each source has none", function()
    local changes = {
      HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false, HOME = "/nowhere",
      CBR_METADATA_ENDPOINT = support.sandbox.metadata,
    }
    local function checks_of(name)
      return environment.with(changes, function()
        local options, list = support.options(), {}
        options.credentials = nil
        for _, check in ipairs(cbr.diagnose(options).checks) do
          if check.name == name then
            list[#list + 1] = check
          end
        end
        return list
      end)
    end
    assert.matches("^temporary access key %w+…, from the metadata service of this ECS$",
      checks_of "credentials"[1].message)
    changes.CBR_METADATA_ENDPOINT = "http://127.0.0.1:9"
    local check = checks_of "credentials"[1]
    assert.equal("fault", check.verdict)
    assert.matches("^no credentials found: environment: .*; profile: .*; container: .*; ecs: ", check.message)
    assert.equal("note", checks_of "metadata"[1].verdict)
    changes.HUAWEICLOUD_SDK_AK = "AK"
    check = checks_of "credentials"[1]
    assert.same({ "fault", "HUAWEICLOUD_SDK_AK is set, but not used, because HUAWEICLOUD_SDK_SK is not set" },
      { check.verdict, check.message })
  end)

  it("a diagnosis names a new source of the chain, which needs only a row and a module", function()
    table.insert(sources, 1, { name = "safe", fields = {}, module = {
      source = function() return function() return support.keys "home" end end,
      place = function() return "the safe" end,
    } })
    finally(function() table.remove(sources, 1) end)
    local options = support.options()
    options.credentials = nil
    local check = check_with(options)
    assert.same({ "ok", "access key SAND…, from the safe" }, { check.verdict, check.message })
  end)

  it("a credentials function that returns no credentials is a fault in a diagnosis", function()
    local check = found { credentials = function() return nil, "no vault today" end }
    assert.same({ "fault", "no vault today" }, { check.verdict, check.message })
  end)

  it("a password that IAM rejects is a fault in a diagnosis", function()
    local fixtures = support.fixtures
    local check = found {
      region = "cn-north-4", iam_endpoint = support.sandbox.tls, credentials = {
        username = fixtures.users.home.name, password = "wrong", domain_name = fixtures.accounts.home.name,
      },
    }
    assert.equal("fault", check.verdict)
  end)
end)
