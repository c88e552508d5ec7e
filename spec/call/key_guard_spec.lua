-- The service locks a key after five failed signatures in a row. So a client has at most three signed requests in
-- flight until one of them is accepted, and does not use a rejected key again for a minute.

local cbr = require "cbr"
local key_guard = require "cbr.call.key_guard"
local new_error = require "cbr.errors".new
local set_up = require "spec.helpers.set_up"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("the key guard", function()
  local closed_later = set_up.for_each_test()

  local function make(changes)
    return closed_later(support.client(changes))
  end

  local WRONG = { access_key = fixtures.keys.home.ak, secret_key = "wrong-secret-key" }
  local DELAY = 0.4 -- seconds that each response takes
  local PROBE_SECONDS = 1 -- after this time without a response, another signed request may be sent

  -- Makes concurrent calls. Returns the requests that the sandbox received, in the order of their arrival, and when the
  -- calls began.
  local function call_together(client, count)
    local began = socket.gettime()
    local results, errors = cbr.map(support.list(count, 0), function()
      return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = DELAY } }
    end, { concurrency = count })
    assert.same({}, errors)
    assert.equal(count, #results)
    local requests = sandbox.requests()
    assert.equal(count, #requests)
    return requests, began
  end

  it("a client sends no second signed request before the first one is accepted or one second has passed", function()
    local requests, began = call_together(make(), 6)
    for i = 2, #requests do
      -- On a slow machine, more than one second may pass before the first request is sent. The client may then send
      -- another request.
      local earliest = math.min(requests[1].time + DELAY, began + (i - 1) * PROBE_SECONDS)
      assert.is_true(requests[i].time >= earliest - 0.01, requests[i].time - earliest)
    end
  end)

  it("a client sends signed requests concurrently after one of them was accepted", function()
    local client = make()
    assert(client:list_vault { limit = 1 })
    sandbox.clear_requests()
    call_together(client, 6)
    assert.equal(6, support.connections()) -- sequential requests would share one connection
  end)

  it("a client sends the calls that waited for the first response together after that response", function()
    call_together(make(), 8)
    -- before the first response, at most three requests are sent at a time
    assert.is_true(support.connections() >= 6, support.connections())
  end)

  it("while the first signed request hangs, a client sends a second one, and all others after its response", function()
    sandbox.fault { call = "show_vault", fault = "slow_before", seconds = 6 }
    local client = make { timeout = 5 }
    local results, errors = cbr.map(support.list(20, 0), function(_, i)
      return client:show_vault { vault_id = i == 1 and fixtures.vaults.server.id or fixtures.vaults.hybrid.id }
    end, { concurrency = 20 })
    assert.same({ "timeout", nil }, { errors[1].kind, results[1] })
    for i = 2, 20 do
      assert.is_table(results[i], tostring(errors[i]))
    end
  end)

  it("a client has at most three signed requests in flight while none of them gets a response", function()
    sandbox.fault { call = "list_vault", fault = "slow_before", seconds = 6, times = -1 }
    local client = make { timeout = 4, max_attempts = 1 }
    local _, errors = cbr.map(support.list(8, 0), function()
      return client:list_vault { limit = 1 }
    end, { concurrency = 8 })
    sandbox.clear_faults()
    for i = 1, 8 do
      assert.equal("timeout", errors[i].kind)
    end
    assert.equal(3, support.count "list_vault")
  end)

  it("a client that uses a token sends its first requests concurrently, since they need no probe", function()
    call_together(make { credentials = { token = fixtures.tokens.home.value } }, 6)
    assert.equal(6, support.connections())
  end)

  it("a client sends the next signed request when the first signed request fails without a response", function()
    sandbox.fault { call = "list_vault", fault = "reset_before" }
    local client = make { max_attempts = 1 }
    local results, errors = cbr.map({ 1, 2, 3 }, function()
      return client:list_vault { limit = 1 }
    end)
    local succeeded, failed = 0, 0
    for i = 1, 3 do
      succeeded = succeeded + (results[i] and 1 or 0)
      failed = failed + (errors[i] and errors[i].kind == "network" and 1 or 0)
    end
    assert.same({ 2, 1 }, { succeeded, failed })
  end)

  it("a call ends at its deadline while the client's first signed request waits for its response", function()
    sandbox.fault { call = "replicate", fault = "slow_before", seconds = 2.5 }
    local client = make()
    local clock = require "socket".gettime
    local seconds
    local results, errors = cbr.map({ "replicate", "sync" }, function(operation)
      if operation == "replicate" then
        return client:replicate(support.replicate_params())
      end
      local from = clock()
      local response, err = client:sync({ vault_id = fixtures.vaults.hybrid.id }, { timeout = 0.3 })
      seconds = clock() - from
      return response, err
    end)
    assert.is_table(results[1])
    assert.same({ "timeout", "not_sent", true }, { errors[2].kind, errors[2].outcome, errors[2].retryable })
    assert.is_true(seconds < 2, seconds)
    assert.equal(0, support.count "sync")
  end)

  it("many concurrent calls with a wrong secret key send only one signed request in each second", function()
    local client, began = make { credentials = WRONG }, socket.gettime()
    local results, errors = cbr.map(support.list(20, 0), function()
      return client:replicate(support.replicate_params())
    end, { concurrency = 20 })
    assert.same({}, results)
    local sent = #sandbox.requests()
    -- There are more only if the first response took longer, on a slow machine.
    assert.is_true(sent >= 1 and sent <= 1 + (socket.gettime() - began) / PROBE_SECONDS, sent)
    local outcomes = {}
    for i = 1, 20 do
      assert.equal("unauthorized", errors[i].kind)
      outcomes[errors[i].outcome] = (outcomes[errors[i].outcome] or 0) + 1
    end
    assert.same({ rejected = sent, not_sent = 20 - sent }, outcomes)
  end)

  it("a call with a rejected key gets the rejection of the earlier call, and sends no request", function()
    local client = make { credentials = WRONG }
    local _, first = client:replicate(support.replicate_params())
    assert.same({ "unauthorized", "rejected", 1 }, { first.kind, first.outcome, first.attempts })
    for operation, params in pairs { replicate = support.replicate_params(), list_vault = {} } do
      local response, err = client[operation](client, params)
      assert.is_nil(response)
      assert.same({ "unauthorized", first.code, operation }, { err.kind, err.code, err.operation })
      assert.equal(operation == "replicate" and "not_sent" or nil, err.outcome)
      assert.is_nil(err.attempts)
      assert.is_false(err.retryable)
      assert.matches("not sent again", tostring(err), 1, true)
      assert.are_not.equal(first, err)
    end
    assert.equal(1, #sandbox.requests())
  end)

  it("a key that any prefix of the gateway's code 0301 rejects is not sent again", function()
    for _, prefix in ipairs { "APIGW", "APIG", "APICW", "APIC" } do
      sandbox.reset()
      sandbox.fault { call = "list_vault", fault = "unauthorized", code = prefix .. ".0301", times = -1 }
      local client = make()
      for _ = 1, 5 do
        local _, err = client:list_vault {}
        assert.same({ "unauthorized", prefix .. ".0301" }, { err.kind, err.code })
      end
      assert.equal(1, #sandbox.requests(), prefix)
    end
  end)

  it("a rejected key is used again after a minute, and another key is used at once", function()
    local frozen, client = support.frozen_clock(), {}
    finally(frozen.restore)
    local function enter(keys)
      client.probes = nil
      return (key_guard.enter { client = client, credentials = keys, attempt_deadline = frozen.now + 20 })
    end
    local err = new_error({ kind = "unauthorized", message = "no" }, {})
    key_guard.reject(client, { access_key = "a", secret_key = "s", security_token = "t" }, err)
    assert.is_nil(enter { access_key = "a", secret_key = "s", security_token = "t" })
    for _, other in ipairs {
      { access_key = "b", secret_key = "s", security_token = "t" }, { access_key = "a", secret_key = "s" },
      { access_key = "a", secret_key = "u", security_token = "t" }, { token = "x" },
    } do
      assert.is_true(enter(other))
    end
    frozen.now = frozen.now + 59.75
    assert.is_nil(enter { access_key = "a", secret_key = "s", security_token = "t" })
    frozen.now = frozen.now + 0.25
    assert.is_true(enter { access_key = "a", secret_key = "s", security_token = "t" })
  end)

  it("a key that was rejected for one project can still be used for another project", function()
    local client = make { region = fixtures.projects.home.region }
    local other = assert(client:for_region(fixtures.projects.east.region, fixtures.nowhere.project))
    local result, err = other:list_vault {}
    assert.same({ nil, "unauthorized" }, { result, err.kind })
    assert(client:list_vault {})
  end)

  it("ten calls with a wrong secret key do not lock the key for other clients", function()
    local client = make { credentials = WRONG }
    for _ = 1, 10 do
      assert.is_nil(client:list_vault {})
    end
    assert(make():list_vault {})
  end)
end)
