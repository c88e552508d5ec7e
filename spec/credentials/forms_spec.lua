-- Which fields the option `credentials` can have together.

local cbr = require "cbr"
local forms = require "cbr.credentials.forms"
local support = require "spec.helpers.support"

describe("the fields of credentials", function()
  it("the fields of credentials are accepted in every combination that the documentation shows", function()
    for _, given in ipairs {
      { access_key = "a", secret_key = "b", security_token = "c" }, { token = "t" },
      { username = "u", password = "p", domain_name = "d", project_id = "i", project_name = "n" },
      { idp_id = "i", id_token_file = "f", iam_endpoint = "e" }, { source = "environment" },
      { source = "profile", file = "f" }, { source = "container", uri = "u", token_file = "f" },
      { source = "ecs", endpoint = "e" }, {},
    } do
      assert.is_nil(forms.problem(given))
    end
  end)

  it("an unknown field of credentials is rejected, and the error names the field that was meant", function()
    for words, given in pairs {
      ["unknown field 'securty_token' (did you mean 'security_token'?)"] = {
        access_key = "a", secret_key = "b", securty_token = "c",
      },
      ["unknown field 'ak' (did you mean 'access_key'?)"] = { ak = "a" },
      ["unknown field 'SK' (did you mean 'secret_key'?)"] = { access_key = "a", SK = "b" },
      ["unknown field 'fil' (did you mean 'file'?)"] = { source = "profile", fil = "x" },
      ["unknown field 'domain' (did you mean 'domain_name'?)"] = { username = "u", password = "p", domain = "d" },
      ["unknown field 'usrname' (did you mean 'username'?)"] = { usrname = "u", password = "p", domain_name = "d" },
      ["unknown field 'sorce' (did you mean 'source'?)"] = { sorce = "ecs" },
      ["unknown field 'idp' (did you mean 'idp_id'?)"] = { idp = "i", id_token_file = "f" },
      ["unknown field 'entirely_different_thing'"] = { token = "t", entirely_different_thing = 1 },
      ["unknown field '1'"] = { "a", "b" },
    } do
      assert.equal("credentials: " .. words, forms.problem(given))
    end
  end)

  it("a field of credentials is rejected if it belongs to another kind of credentials than the other fields", function()
    for words, given in pairs {
      ["'access_key' does not belong to source 'ecs'"] = { source = "ecs", access_key = "a" },
      ["'endpoint' does not belong to source 'profile'"] = { source = "profile", endpoint = "http://x" },
      ["'token' does not belong to a username and a password"] = { username = "u", password = "p", token = "t" },
      ["'file' does not belong to an access key or a token"] = { access_key = "a", file = "f" },
      ["'secret_key' does not belong to a federated identity"] = { idp_id = "i", id_token_file = "f",
      secret_key = "s" },
    } do
      assert.equal("credentials: " .. words, forms.problem(given))
    end
  end)

  it("a field of credentials is rejected if it has the wrong type, is empty, or names an unknown source", function()
    for words, given in pairs {
      ["secret_key must be a string, not a number"] = { access_key = "a", secret_key = 1 },
      ["token must be a string, not a table"] = { token = {} },
      ["uri must be a string, not a number"] = { source = "container", uri = 42, token_file = "f" },
      ["file must be a string, not a table"] = { source = "profile", file = {} },
      ["endpoint is empty"] = { source = "ecs", endpoint = "" },
      ["file must be without control characters"] = { source = "profile", file = "a\0b" },
      ["iam_endpoint must be a string, not a boolean"] = { idp_id = "i", id_token_file = "f", iam_endpoint = true },
      ["username must be a string, not a number"] = { username = 5 },
      ["source 'enviroment' must be environment, profile, container or ecs (did you mean 'environment'?)"] = {
        source = "enviroment",
      },
      ["source 'true' must be environment, profile, container or ecs"] = { source = true },
    } do
      assert.equal("credentials: " .. words, forms.problem(given))
    end
  end)

  it("a wrong field of credentials makes cbr.new fail with kind config, and the error shows no value", function()
    for _, given in ipairs {
      { ak = "a-secret-value", sk = "a-secret-value" }, { access_key = "a", secret_key = "b",
      securty_token = "a-secret-value" },
      { source = "container", uri = 42, token_file = "a-secret-value" }, { source = "profile", file = {} },
    } do
      local client, err = cbr.new(support.options { credentials = given })
      assert.is_nil(client)
      assert.equal("config", err.kind)
      assert.is_nil(tostring(err):find("a-secret-value", 1, true))
    end
  end)

  it("forms.field returns the name that cbr gives to a field of another tool, and nil for other names", function()
    for name, field in pairs { ak = "access_key", SecretKey = "secret_key", token = "token", user_name = "username" } do
      assert.equal(field, forms.field(name))
    end
    for _, name in ipairs { "region", "acces_key", 5, {} } do
      assert.is_nil(forms.field(name))
    end
  end)
end)
