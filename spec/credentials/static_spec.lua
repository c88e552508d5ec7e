-- An access key or a token that is given directly.

local credentials = require "spec.helpers.credentials"
local static = require "cbr.credentials.static"
local support = require "spec.helpers.support"

describe("static credentials", function()
  credentials.for_each_test()

  it("a client authenticates with an access key, a temporary key or a token", function()
    for _, given in ipairs {
      support.keys "home", support.keys "temporary", { token = support.fixtures.tokens.home.value },
    } do
      support.sandbox.reset()
      credentials.work(given)
      assert.equal(1, #support.sandbox.requests())
    end
  end)

  it("a client copies given credentials, so that a later change of the table has no effect", function()
    local given = { access_key = "AK", secret_key = "a-secret", security_token = "st", comment = "not kept" }
    local source = static.source(given)
    given.secret_key = "changed"
    assert.same({ access_key = "AK", secret_key = "a-secret", security_token = "st" }, source({}, nil, 0))
  end)

  it("a client uses static credentials again after the service rejected them", function()
    local source = static.source { token = "a-token" }
    local first = source({}, nil, 0)
    assert.equal(first, source({}, first, 0))
  end)

  it("cbr.new checks given credentials, and its error does not show the secret", function()
    for words, given in pairs {
      ["access_key is missing"] = { secret_key = "a-secret" },
      ["secret_key is missing"] = { access_key = "AK" },
      ["secret_key must be a string, not a number"] = { access_key = "AK", secret_key = 12345 },
      ["access_key is empty"] = { access_key = "", secret_key = "a-secret" },
      ["secret_key contains a space or a control character at position 9"] = { access_key = "AK",
      secret_key = "a-secret\n" },
      ["access_key contains a quote at position 1"] = { access_key = '"AK"', secret_key = "a-secret" },
      ["secret_key contains the invisible character U+200B at position 9"] = {
        access_key = "AK", secret_key = "a-secret\226\128\139",
      },
      ["access_key contains the character U+00A0 at position 3"] = { access_key = "AK\194\160",
      secret_key = "a-secret" },
      ["access_key contains the invisible character U+FEFF at position 1"] = {
        access_key = "\239\187\191AK", secret_key = "a-secret",
      },
      ["token contains a space or a control character at position 9"] = { token = "a-secret token" },
      ["a token and an access key are both given: give one of them"] = {
        access_key = "AK", secret_key = "a-secret", token = "t",
      },
    } do
      local source, reason = static.source(given)
      assert.is_nil(source)
      assert.equal(words, reason)
      assert.is_nil(reason:find("a-secret", 1, true))
    end
  end)

  it("cbr.new rejects swapped keys, by their lengths, and the error shows neither key", function()
    local access_key, secret_key = ("AKIDEXAMPLE"):rep(2):sub(1, 20), ("secretvalue"):rep(4):sub(1, 40)
    local source, reason = static.source { access_key = secret_key, secret_key = access_key }
    assert.is_nil(source)
    assert.equal("access_key and secret_key are swapped: an access key has 20 characters, a secret key has 40", reason)
    for _, given in ipairs {
      { access_key = access_key, secret_key = secret_key }, { access_key = secret_key, secret_key = access_key .. "x" },
      { access_key = secret_key .. "x", secret_key = access_key }, { access_key = secret_key, secret_key = secret_key },
      { access_key = access_key, secret_key = access_key },
    } do
      assert.is_function(static.source(given))
    end
  end)
end)
