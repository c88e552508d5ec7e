-- The credentials endpoint of a container.

local cbr = require "cbr"
local container = require "cbr.credentials.container"
local credentials = require "spec.helpers.credentials"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("a container's credentials endpoint", function()
  credentials.for_each_test()

  local function given(token)
    return { source = "container", uri = sandbox.container, token_file = credentials.file(token) }
  end

  it("cbr gets keys from the container's endpoint with the token from a file", function()
    credentials.work(given(fixtures.container.token))
    assert.equal(1, support.count "container_key")
    local request = sandbox.requests()[1]
    assert.same({ "POST", "{}", fixtures.container.token }, {
      request.method, request.body, request.headers.authorization,
    })
  end)

  it("a call fails when the container's endpoint rejects the token, and the error contains no token", function()
    local err = credentials.fail(given "wrong-token", "container_key: ")
    assert.equal(401, err.status)
    assert.is_nil(tostring(err):find("wrong-token", 1, true))
  end)

  it("a call fails when the container token's file cannot be read", function()
    credentials.fail({ source = "container", uri = sandbox.container, token_file = "/nowhere/t" },
      "the token: cannot read /nowhere/t")
  end)

  it("a call fails when the container's endpoint leaves out a key", function()
    for _, body in ipairs {
      '{"credentials":{"accessKeyId":"a","secretAccessKey":"b"}}', '{"credentials":"none"}', "[]", '{"error":1}',
    } do
      sandbox.fault { call = "container_key", fault = "invalid_json", body = body }
      credentials.fail(given(fixtures.container.token), "the container endpoint's keys are incomplete")
      sandbox.clear_requests()
    end
  end)

  it("cbr accepts a container URI only with https, or with http to a loopback or link-local host", function()
    local function new(uri, changes)
      changes = changes or {}
      changes.credentials = { source = "container", uri = uri, token_file = "/x" }
      return cbr.new(support.options(changes))
    end
    for uri, words in pairs {
      ["http://example.com/v1"] = "is not encrypted", ["http://a.127.example.com/"] = "is not encrypted",
      ["http://localhost.example.com/"] = "is not encrypted", ["http://127.0.0.1.evil.test/x"] = "is not encrypted",
      ["http://169.254.1.1.evil.test/x"] = "is not encrypted",
      ["http://[::1].evil.test/x"] = "must be http(s)://host/path",
      ["http://127.0.0.1@evil.test/x"] = "must not contain a user",
      ["http://127.0.0.1:80@evil.test/"] = "must not contain",
      ["http://127.0.0.1\\@evil.test/"] = "must not contain a user",
      ["http://127.0.0.1\\x/y"] = "must be http(s)://host/path",
      ["http://127.0.0.1:99999/"] = "must be http(s)://host/path",
      ["http://127.0.0.1:x/"] = "must be http(s)://host/path",
      ["http://127.0.0.1:/x"] = "must be http(s)://host/path", ["https://a b/"] = "must be http(s)://host/path",
      ["file:///etc/passwd"] = "is neither https nor http", ["127.0.0.1/x"] = "must be http(s)://host/path",
      ["https://"] = "must be http(s)://host/path", ["https://example.com/?a=b"] = "must be http(s)://host/path",
      ["http://127.0.0.1/a%0d%0ab"] = "contains a control character",
    } do
      local client, err = new(uri)
      assert.is_nil(client, uri)
      assert.equal("config", err.kind)
      assert.matches("^credentials.uri ", err.message)
      assert.matches(words, err.message, 1, true)
    end
    for _, uri in ipairs {
      "https://example.com/v1", "http://localhost:8080/v1", "http://127.0.0.1", "http://[::1]:80/v1",
      "http://169.254.170.23/v1", "http://127.0.0.1/@evil.test",
    } do
      assert(new(uri)):close()
    end
    assert(new("http://example.com/v1", { allow_http = true })):close()
  end)

  it("if only one of a container's two variables is set, the error names the missing variable", function()
    for missing, variables in pairs {
      HC_CONTAINER_CREDENTIALS_FULL_URI = { HC_CONTAINER_AUTHORIZATION_TOKEN_FILE = "/x" },
      HC_CONTAINER_AUTHORIZATION_TOKEN_FILE = { HC_CONTAINER_CREDENTIALS_FULL_URI = "http://127.0.0.1/" },
    } do
      local source, reason, note = container.source({}, function(name) return variables[name] end)
      assert.is_nil(source)
      assert.equal(missing .. " is not set", reason)
      assert.equal(("%s is set, but not used, because %s is not set"):format(next(variables), missing), note)
    end
    local _, _, note = container.source({}, function() end)
    assert.is_nil(note)
  end)
end)
