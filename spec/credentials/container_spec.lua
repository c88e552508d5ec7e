-- The credentials endpoint of a container.

local cbr = require "cbr"
local credentials = require "spec.helpers.credentials"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("a container's credentials endpoint", function()
  before_each(function()
    sandbox.reset()
  end)

  after_each(credentials.remove_files)

  local function given(token)
    return { source = "container", uri = sandbox.container, token_file = credentials.file(token) }
  end

  it("gets keys from the container's endpoint with the token from a file", function()
    credentials.work(given(fixtures.container.token))
    assert.equal(1, support.count "container_key")
    local request = sandbox.requests()[1]
    assert.same({ "POST", "{}", fixtures.container.token }, {
      request.method, request.body, request.headers.authorization,
    })
  end)

  it("fails when the container's endpoint rejects the token, and does not show the token", function()
    local err = credentials.fail(given "wrong-token", "container_key: ")
    assert.equal(401, err.status)
    assert.is_nil(tostring(err):find("wrong-token", 1, true))
  end)

  it("fails when the container token's file cannot be read", function()
    credentials.fail({ source = "container", uri = sandbox.container, token_file = "/nowhere/t" },
      "the token: cannot read /nowhere/t")
  end)

  it("fails when the container's endpoint leaves out a key", function()
    for _, body in ipairs {
      '{"credentials":{"accessKeyId":"a","secretAccessKey":"b"}}', '{"credentials":"none"}', "[]", '{"error":1}',
    } do
      sandbox.fault { call = "container_key", fault = "invalid_json", body = body }
      credentials.fail(given(fixtures.container.token), "the container endpoint's keys are incomplete")
      sandbox.clear_requests()
    end
  end)

  it("accepts a container URI only with https, or with http to a loopback or link-local address", function()
    local function new(uri)
      return cbr.new(support.options { credentials = { source = "container", uri = uri, token_file = "/x" } })
    end
    for uri, words in pairs {
      ["http://example.com/v1"] = "is not encrypted", ["http://a.127.example.com/"] = "is not encrypted",
      ["http://localhost.example.com/"] = "is not encrypted", ["file:///etc/passwd"] = "is not http(s)://host/path",
      ["https://"] = "is not http(s)://host/path", ["https://example.com/?a=b"] = "is not http(s)://host/path",
    } do
      local client, err = new(uri)
      assert.is_nil(client, uri)
      assert.equal("credentials", err.kind)
      assert.matches(words, tostring(err), 1, true)
    end
    for _, uri in ipairs {
      "https://example.com/v1", "http://localhost:8080/v1", "http://127.0.0.1", "http://[::1]:80/v1",
      "http://169.254.170.23/v1",
    } do
      assert(new(uri)):close()
    end
  end)
end)
