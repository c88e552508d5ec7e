-- What a client does when the service or IAM rejects its credentials: it renews keys and tokens that can be renewed,
-- retries once, and never sends a wrong password again.

local cbr = require "cbr"
local credentials = require "spec.helpers.credentials"
local lost_orders = require "spec.helpers.lost_orders"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("rejected credentials", function()
  local make = credentials.for_each_test()

  local ECS = { source = "ecs", endpoint = sandbox.metadata }

  local function list_one(client)
    return client:list_vault { limit = 1 }
  end

  it("a call retries when the service has rejected a token and IAM then fails for a moment", function()
    local client = make(credentials.user "home", { retry_pause = 0.01 })
    assert(list_one(client))
    for _, name in ipairs { "html_502", "throttled", "close_before" } do
      sandbox.fault { call = "list_vault", fault = "unauthorized" }
      sandbox.fault { call = "iam_create_token", fault = name }
      assert(list_one(client))
    end
  end)

  it("a call renews credentials and retries once when the service rejects a key that was accepted before", function()
    local client = make(ECS)
    assert(list_one(client))
    sandbox.revoke { access_key = credentials.last_access_key() }
    sandbox.clear_requests()
    local replication, err = client:replicate(support.replicate_params())
    assert.is_nil(err)
    assert.is_table(replication)
    assert.equal(1, #sandbox.ledger())
    assert.equal(1, support.count "metadata_key")
  end)

  it("an order that may have been accepted is searched for if its response states rejected credentials", function()
    for code, body in pairs {
      ["401"] = '{"error":{"code":401,"message":"no"}}', ["IAM.0101"] = '{"error_code":"IAM.0101","error_msg":"no"}',
      ["APIGW.0301"] = '{"error_code":"APIGW.0301","error_msg":"no"}',
    } do
      for _, status in ipairs { 200, 500 } do
        sandbox.reset()
        sandbox.time_scale(lost_orders.FAST) -- otherwise the service rejects the second sync while the first one runs
        local asked = 0
        local client = make(function()
          asked = asked + 1
          return support.keys(asked > 1 and "temporary" or "home")
        end, { settle_time = 0.2 })
        sandbox.fault { call = "sync", fault = "status", status = status, body = body, after = true }
        local sync, err = client:sync(lost_orders.HYBRID)
        assert.is_true(sync and sync.reconciled, ("%s %d: %s"):format(code, status, tostring(err)))
        assert.equal(1, #sandbox.ledger())
      end
    end
  end)

  -- Makes a call with a function as credentials. Returns whether the call succeeded, and how often the function was
  -- called.
  local function call_after(fault)
    local asked = 0
    local client = make(function()
      asked = asked + 1
      return support.keys(asked == 2 and "temporary" or "home")
    end)
    assert(list_one(client))
    asked = 0
    fault.call, fault.fault = "list_vault", "unauthorized"
    sandbox.fault(fault)
    return list_one(client) ~= nil, asked
  end

  it("a client asks a credentials function again only after a 401 whose code is about the keys", function()
    for _, code in ipairs {
      "401", "IAM.0101", "APIGW.0301", "APIGW.0307", "APIG.0301", "APIG.0307", "APIC.0301", "APIC.0307",
    } do
      assert.same({ true, 2 }, { call_after { code = code } }, code)
    end
    for _, code in ipairs { "APIGW.0306", "E.1" } do
      assert.same({ false, 1 }, { call_after { code = code } }, code)
    end
  end)

  it("a call retries only once after a 401", function()
    sandbox.fault { call = "replicate", fault = "unauthorized", times = -1 }
    local _, err = make(ECS):replicate(support.replicate_params())
    assert.equal("unauthorized", err.kind)
    assert.equal("rejected", err.outcome)
    assert.equal(2, err.attempts)
    assert.equal(2, support.count "replicate")
  end)

  it("a client renews a user's token once, and then retries, after each form of a token's rejection", function()
    for i, way in ipairs {
      { status = 401, body = "" },
      { status = 401, body = "Authentication required", content_type = "text/plain" },
      { status = 401, body = '{"error_code":"IAM.0101","error_msg":"The token is invalid"}' },
      { status = 400, body = '{"error_code":"IAM.0101","error_msg":"The token is invalid"}' },
      { status = 401, body = '{"message":"no"}' },
      { status = 403, body = '{"error":{"code":403,"message":"X-Auth-Token is invalid in the request"}}' },
      { status = 403, body = '{"code":"DNS.0013","message":"Invalid auth token"}' },
      { status = 403, body = "the token has expired", content_type = "text/plain" },
    } do
      sandbox.reset()
      way.call, way.fault = "list_vault", "status"
      sandbox.fault(way)
      local client = make(credentials.user "home")
      assert(client:list_vault {})
      client:close()
      assert.same({ 2, 2 }, { support.count "iam_create_token", support.count "list_vault" }, i)
      way.times = -1
      sandbox.reset()
      sandbox.fault(way)
      client = make(credentials.user "home")
      local _, err = client:list_vault {}
      client:close()
      assert.same({ "unauthorized", 2, false }, { err.kind, err.attempts, err.retryable }, i)
    end
  end)

  it("a client does not renew a token after a 403 that is not about the token", function()
    sandbox.fault { call = "list_vault", fault = "status", status = 403, code = "APIGW.0802", message = "no entry" }
    local _, err = make(credentials.user "home"):list_vault {}
    assert.same({ "forbidden", 1 }, { err.kind, err.attempts })
    assert.equal(1, support.count "iam_create_token")
  end)

  it("a client does not renew credentials after a 401 that is about an unknown id", function()
    local _, err = make(ECS):request { method = "GET", path = "/v3/{project_id}/backups/malformed" }
    assert.same({ "not_found", 401, 1 }, { err.kind, err.status, err.attempts })
    assert.equal(1, support.count "metadata_key")
  end)

  it("a client sends a wrong password once for concurrent calls, and gives each call its own error", function()
    local client = make(credentials.user("home", { password = "not-the-password" }))
    local _, errors = cbr.map(support.list(10, true), function()
      return client:replicate(support.replicate_params())
    end)
    assert.equal(10, #errors)
    assert.equal(1, support.count "iam_create_token")
    for i = 1, 9 do
      assert.are_not.equal(errors[i], errors[i + 1])
    end
  end)

  it("a client does not send a wrong password again for later calls, since that would lock the user", function()
    local client = make(credentials.user("home", { password = "not-the-password" }))
    for _ = 1, 3 do
      local _, err = client:replicate(support.replicate_params())
      assert.same({ "credentials", 401, "not_sent" }, { err.kind, err.status, err.outcome })
    end
    assert.equal(1, support.count "iam_create_token")
  end)

  it("a client calls a credentials function again when the service rejected its keys", function()
    local asked = 0
    local client = make(function()
      asked = asked + 1
      return asked == 1 and { access_key = fixtures.keys.home.ak, secret_key = "out-of-date-key" }
        or support.keys "home"
    end)
    assert(client:replicate(support.replicate_params()))
    assert.equal(2, asked)
    assert.equal(1, #sandbox.ledger())
  end)
end)
