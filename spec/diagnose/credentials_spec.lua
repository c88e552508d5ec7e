-- Which credentials a diagnosis finds, and where.

local cbr = require "cbr"
local support = require "spec.helpers.support"

describe("the credentials of a diagnosis", function()
  before_each(support.sandbox.reset)

  local function found(changes)
    for _, check in ipairs(cbr.diagnose(support.options(changes)).checks) do
      if check.name == "credentials" then
        return check
      end
    end
  end

  it("a diagnosis says what kind of credentials the options have", function()
    assert.equal("access key SAND…, from the option credentials", found().message)
    assert.matches("^temporary access key SAND…", found { credentials = support.keys "temporary" }.message)
    assert.matches("^a token", found { credentials = { token = support.fixtures.tokens.home.value } }.message)
    assert.matches("^a token", found {
      credentials = function() return { token = support.fixtures.tokens.home.value } end,
    }.message)
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
