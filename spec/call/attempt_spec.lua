-- One attempt: the client's endpoints are tried in turn as long as nothing was sent.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("an attempt", function()
  local client

  before_each(sandbox.reset)

  after_each(function()
    client:close()
  end)

  it("a call tries the next endpoint when a connection fails, and keeps that endpoint for later calls", function()
    local events = {}
    client = support.client {
      endpoint = { "https://127.0.0.1:1", "https://no-such-host.invalid", sandbox.tls },
      log = function(event) events[#events + 1] = event.event end,
    }
    assert(client:replicate(support.replicate_params()))
    assert.same({ "attempt", "endpoint", "attempt", "endpoint", "attempt" }, events)
    assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(6, #events)
    assert.equal(2, #sandbox.ledger())
  end)

  it("a call tries the next endpoint if a host name is unknown, even if the name reads like another error", function()
    for _, name in ipairs { "chunked-encoding", "unsupported-proxy", "syscall" } do
      client = support.client { endpoint = { ("https://%s.invalid"):format(name), sandbox.tls } }
      assert(client:list_vault {})
    end
  end)

  it("concurrent calls move the client to the next endpoint only once", function()
    client = support.client { endpoint = { "https://127.0.0.1:1", sandbox.tls, "https://127.0.0.1:2" } }
    local results, errors = cbr.map({ 1, 2, 3, 4, 5 }, function()
      return client:list_vault {}
    end)
    assert.same({}, errors)
    assert.equal(5, #results)
    assert.equal(("cbr.client (%s)"):format(sandbox.tls), tostring(client))
  end)

  it("a call does not try the next endpoint after the request was sent", function()
    client = support.single_attempt_client { endpoint = { sandbox.tls, sandbox.plain } }
    sandbox.fault { call = "replicate", fault = "reset_after" }
    local _, err = client:replicate(support.replicate_params())
    assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    sandbox.fault { call = "replicate", fault = "status", status = 504 }
    _, err = client:replicate(support.replicate_params { vault_id = fixtures.vaults.single.id })
    assert.same({ "service", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    assert.equal(2, support.count "replicate")
  end)

  it("a call does not try the next endpoint when the timeout of the call passes after the request was sent", function()
    local events = {}
    client = support.single_attempt_client {
      endpoint = { sandbox.tls, sandbox.plain }, log = function(event) events[#events + 1] = event.event end,
    }
    assert(client:list_vault {}) -- opens the connection, so that the timeout leaves enough time to send the order
    events = {}
    sandbox.fault { call = "replicate", fault = "slow_headers", seconds = 10 }
    local _, err = client:replicate(support.replicate_params(), { timeout = 1.2 })
    assert.same({ "timeout", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    assert.same({ "attempt" }, events)
    assert.equal(("cbr.client (%s)"):format(sandbox.tls), tostring(client))
  end)

  it("the error of a client that is closed after its first request contains nothing about that request", function()
    local function close_at(name)
      return function(event)
        if event.event == name then
          client:close()
        end
      end
    end
    client = support.client { endpoint = { "https://127.0.0.1:1", sandbox.tls }, log = close_at "endpoint" }
    local _, err = client:list_vault {}
    assert.same({ "the client was closed", false }, { err.message, err.retryable })
    sandbox.clock(3600)
    client = support.client { log = close_at "clock" }
    _, err = client:list_vault {}
    assert.equal("the client was closed", err.message)
    assert.is_nil(err.hint) -- a hint about the clock would be about the first request
  end)

  it("the error has a hint about an unknown region only if no request of the call was sent", function()
    client = support.client { retry_pause = 0.001, max_attempts = 2, log = function(event)
      if event.event == "retry" then
        sandbox.fault { fault = "refused" } -- the faults stay until they are cleared
      end
    end }
    client.region_doubt = "is there such a region?" -- as cbr.new sets it for an unknown region
    sandbox.fault { call = "list_vault", fault = "close_before" }
    local _, err = client:list_vault {}
    assert.same({ "connect", 2 }, { err.kind, err.attempts })
    assert.is_nil(err.hint and err.hint:find("such a region", 1, true))
    _, err = client:list_vault({}, { max_attempts = 1 })
    sandbox.clear_faults()
    assert.same({ "connect", "is there such a region?" }, { err.kind, err.hint })
  end)

  it("a call fails with the last endpoint's error when no endpoint can be reached", function()
    client = support.single_attempt_client { endpoint = { "https://127.0.0.1:1", "https://127.0.0.1:2" } }
    local _, err = client:replicate(support.replicate_params())
    assert.same({ "connect", "not_sent", 2 }, { err.kind, err.outcome, err.attempts })
  end)
end)
