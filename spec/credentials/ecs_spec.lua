-- The agency of an ECS: keys from the metadata service.

local cbr = require "cbr"
local clock = require "socket".gettime
local credentials = require "spec.helpers.credentials"
local environment = require "spec.helpers.environment"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("an ECS's agency", function()
  credentials.for_each_test()

  local ecs = { source = "ecs", endpoint = sandbox.metadata }

  it("cbr gets keys from the metadata service with a token", function()
    credentials.work(ecs)
    assert.equal(1, support.count "metadata_token")
    assert.equal(1, support.count "metadata_key")
    local requests = sandbox.requests()
    assert.same({ "PUT", "/meta-data/latest/api/token" }, { requests[1].method, requests[1].uri })
    assert.same({ "GET", "/openstack/latest/securitykey" }, { requests[2].method, requests[2].uri })
    assert.is_string(requests[2].headers["x-metadata-token"])
  end)

  it("cbr gets keys from a metadata service that has no token step", function()
    for _, status in ipairs { 404, 405, 503 } do
      sandbox.reset()
      sandbox.metadata_mode { mode = "no_token_step", status = status }
      credentials.work(ecs)
    end
  end)

  it("cbr gets a new metadata token once when the first one is rejected", function()
    sandbox.metadata_mode { mode = "token_revoked" }
    credentials.work(ecs)
    assert.equal(2, support.count "metadata_token")
    assert.equal(2, support.count "metadata_key")
  end)

  it("a call fails when the second metadata token is rejected too", function()
    sandbox.metadata_mode { mode = "token_revoked", times = -1 }
    credentials.fail(ecs, "HTTP 401")
    assert.equal(2, support.count "metadata_token")
    assert.equal(2, support.count "metadata_key")
  end)

  it("the error says why the metadata service has no usable keys", function()
    for mode, words in pairs {
      no_agency = "this ECS has no agency", broken_json = "the metadata service's keys are incomplete",
      no_security_token = "the metadata service's keys are incomplete",
      error_500 = "the metadata service gave no token: HTTP 500",
    } do
      sandbox.reset()
      sandbox.metadata_mode { mode = mode }
      credentials.fail(ecs, words)
    end
  end)

  it("a call fails within a few seconds when no metadata service responds", function()
    local from = clock()
    sandbox.metadata_mode { mode = "silent" }
    credentials.fail(ecs, "no metadata service at " .. sandbox.metadata)
    assert.is_true(clock() - from < 8) -- the call itself may take ten seconds
    assert.equal(1, support.count "metadata_token")
    credentials.fail({ source = "ecs", endpoint = "http://127.0.0.1:1" }, "no metadata service at http://127.0.0.1:1")
  end)

  it("cbr accepts a slash at the end of the metadata service's URL", function()
    credentials.work { source = "ecs", endpoint = sandbox.metadata .. "/" }
  end)

  it("a call fails with kind config if the metadata service's URL is unusable, and names the setting", function()
    for endpoint, words in pairs {
      ["169.254.169.254"] = "must be http(s)://host", ["127.0.0.1:1"] = "must be http(s)://host",
      ["ftp://127.0.0.1:1"] = "is neither https nor http", ["http://10.0.0.1"] = "is not encrypted",
      ["http://127.0.0.1:1/latest"] = "must be http(s)://host",
      ["http://169.254.169.254.evil.test"] = "is not encrypted",
      ["http://169.254.169.254@evil.test"] = "must not contain a user",
      ["http://127.0.0.1\\x"] = "must be http(s)://host",
    } do
      local client, err = cbr.new(support.options { credentials = { source = "ecs", endpoint = endpoint } })
      assert.is_nil(client, endpoint)
      assert.equal("config", err.kind)
      assert.matches("^credentials.endpoint ", err.message)
      assert.matches(words, err.message, 1, true)
      environment.with({ CBR_METADATA_ENDPOINT = endpoint }, function()
        client, err = cbr.new(support.options { credentials = { source = "ecs" } })
        assert.is_nil(client)
        assert.matches("^CBR_METADATA_ENDPOINT ", err.message)
      end)
    end
    for _, given in ipairs { { endpoint = "http://169.254.1.1:80/" }, { endpoint = "https://a.test" }, {} } do
      given.source = "ecs"
      assert(cbr.new(support.options { credentials = given })):close()
    end
  end)

  it("a call waits for the metadata service no longer than the call's timeout", function()
    local from = clock()
    sandbox.metadata_mode { mode = "silent" }
    credentials.fail(ecs, "no metadata service at", { timeout = 0.3 })
    assert.is_true(clock() - from < 2.5) -- without the call's timeout, the wait lasts three seconds
  end)
end)
