-- A federated identity: an id token in a file.

local cbr = require "cbr"
local credentials = require "spec.helpers.credentials"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("a federated identity", function()
  credentials.for_each_test()

  local idp = fixtures.identity_providers.home.id

  it("cbr exchanges the id token in a file for temporary keys", function()
    credentials.work { idp_id = idp, id_token_file = credentials.file(fixtures.id_tokens.home.value .. "\n") }
    assert.equal(1, support.count "iam_id_token")
    assert.equal(1, support.count "iam_security_token")
  end)

  it("cbr reads the id token's file again at each renewal", function()
    local name = credentials.file(fixtures.id_tokens.home.value)
    local client = credentials.client { idp_id = idp, id_token_file = name }
    assert(client:list_vault {})
    sandbox.revoke { access_key = credentials.last_access_key() }
    local file = assert(io.open(name, "w"))
    file:write(fixtures.id_tokens.expired.value)
    file:close()
    local _, err = client:list_vault {}
    client:close()
    assert.equal("unauthorized", err.kind)
    assert.equal(2, support.count "iam_id_token") -- the second request sends the new text of the file
    assert.equal(1, support.count "iam_security_token")
  end)

  it("a call fails when the id token's file cannot be read or holds more than one word", function()
    credentials.fail({ idp_id = idp, id_token_file = "/nowhere/token" }, "the id token: cannot read /nowhere/token")
    credentials.fail({ idp_id = idp, id_token_file = credentials.file "two words" }, "must hold exactly one word")
  end)

  it("a call fails with IAM's status for an expired id token, and does not show the token", function()
    local err = credentials.fail({ idp_id = idp, id_token_file = credentials.file(fixtures.id_tokens.expired.value) },
      "iam_id_token: ")
    assert.equal(401, err.status)
    assert.is_nil(tostring(err):find(fixtures.id_tokens.expired.value, 1, true))
  end)

  it("a call fails with IAM's status for an unknown identity provider", function()
    local err = credentials.fail({ idp_id = "nobody", id_token_file = credentials.file(fixtures.id_tokens.home.value) },
      "iam_id_token: ")
    assert.equal(404, err.status)
  end)

  it("cbr sends the id token to another machine only over https, unless http is allowed", function()
    for iam_endpoint, words in pairs {
      ["http://iam.example.com"] = "is not encrypted", ["http://127.0.0.1.example.com"] = "is not encrypted",
      ["http://127.0.0.1@iam.example.com"] = "must not contain a user", ["ftp://x"] = "is neither https nor http",
      ["https://iam.example.com/v3"] = "must be https://host", ["https://iam\\x"] = "must be https://host",
    } do
      local given = { idp_id = idp, id_token_file = "/nowhere", iam_endpoint = iam_endpoint }
      local client, err = cbr.new(support.options { credentials = given })
      assert.is_nil(client, iam_endpoint)
      assert.equal("config", err.kind)
      assert.matches("^credentials.iam_endpoint ", err.message)
      assert.matches(words, err.message, 1, true)
    end
    for iam_endpoint, allow_http in pairs { ["http://iam.example.com"] = true, ["iam.example.com"] = false,
      ["http://127.0.0.1:1/"] = false } do
      assert(cbr.new(support.options {
        credentials = { idp_id = idp, id_token_file = "/nowhere", iam_endpoint = iam_endpoint },
        allow_http = allow_http,
      })):close()
    end
  end)

  it("cbr uses the IAM endpoint of the credentials", function()
    local given = {
      idp_id = idp, id_token_file = credentials.file(fixtures.id_tokens.home.value), iam_endpoint = sandbox.tls .. "/",
    }
    credentials.work(given, { iam_endpoint = false })
  end)

  it("a call fails before sending when idp_id or id_token_file is missing", function()
    for field, given in pairs { id_token_file = { idp_id = idp }, idp_id = { id_token_file = "/nowhere" } } do
      local client, err = cbr.new(support.options { credentials = given })
      assert.is_nil(client)
      assert.same({ "credentials", field .. " is missing" }, { err.kind, err.message })
    end
  end)
end)
