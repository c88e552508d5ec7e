-- One call: how many attempts it makes, how long it pauses between them, and how it keeps its deadline.

local cbr = require "cbr"
local core = require "cbr.core"
local recorded_retries = require "spec.helpers.recorded_retries"
local support = require "spec.helpers.support"

local sandbox, fixtures, lose_response = support.sandbox, support.fixtures, support.lose_response
local socket = require "socket"

local HYBRID = { vault_id = fixtures.vaults.hybrid.id }

describe("a call", function()
  local make, record = recorded_retries.for_each_test()

  local function throttle(fields)
    lose_response("list_vault", "throttled", fields)
  end

  it("a call makes up to four attempts, unless the call or its client sets max_attempts", function()
    throttle { times = -1 }
    local client = make { retry_pause = 0.001 }
    local function attempts(options, caller)
      local response, err = (caller or client):list_vault({}, options)
      assert.is_nil(response)
      return err.attempts
    end
    assert.same({ 4, 1, 6 }, { attempts(), attempts { max_attempts = 1 }, attempts { max_attempts = 6 } })
    assert.equal(2, attempts(nil, make { retry_pause = 0.001, max_attempts = 2 }))
    assert.equal(13, support.count "list_vault")
  end)

  it("a running call keeps its max_attempts when the caller changes the options table", function()
    throttle { times = -1 }
    local options = { max_attempts = 2 }
    local client = make { retry_pause = 0.001, log = function() options.max_attempts = 4 end }
    local _, err = client:list_vault({}, options)
    assert.equal(2, err.attempts)
  end)

  it("a call does not retry when the pause would end after the deadline, and its error has retry_after", function()
    throttle { retry_after = 30 }
    local from = socket.gettime()
    local _, err = make():list_vault({}, { timeout = 20 })
    assert.is_true(socket.gettime() - from < 10)
    assert.same({ "throttled", 1 }, { err.kind, err.attempts })
    assert.is_true(err.retry_after >= 30 and err.retry_after <= 33)
    assert.matches("not retried: the next attempt is due in %d+%.%d s, after the timeout", tostring(err))
    assert.same({}, record.retries)
  end)

  it("a call does not retry if the service asks for a pause of over ten minutes; its error has retry_after", function()
    throttle { retry_after = 601 }
    local from = socket.gettime()
    local _, err = make():list_vault({}, { timeout = 7200 })
    assert.is_true(socket.gettime() - from < 10)
    assert.same({ "throttled", 1 }, { err.kind, err.attempts })
    assert.is_true(err.retry_after >= 601 and err.retry_after <= 662)
    assert.matches("not retried: the service asks for a pause of %d+ s", tostring(err))
    assert.same({}, record.retries)
  end)

  it("a call does not retry a lost order when the service asks for a pause of more than ten minutes", function()
    lose_response("sync", "status", { status = 503, code = "APIGW.0601", headers = { ["Retry-After"] = "900" } })
    local response, err = make({ settle_time = 0.2 }):sync(HYBRID, { timeout = 7200 })
    assert.is_nil(response)
    assert.same({ "rejected", 1 }, { err.outcome, err.attempts })
    assert.is_true(err.retry_after > 800)
  end)

  it("a call does not retry an order when less than a second would be left for its response", function()
    lose_response("sync", "throttled", { retry_after = 5 })
    local response, err = make():sync(HYBRID, { timeout = 5.9 })
    assert.is_nil(response)
    assert.same({ "throttled", "rejected", 1 }, { err.kind, err.outcome, err.attempts })
    assert.equal(1, support.count "sync")
  end)

  it("a call reserves enough of the timeout to search for an order whose response is late", function()
    lose_response("sync", "slow_headers", { seconds = 20 })
    local from, timeout = socket.gettime(), 2 + 2 * support.patience
    local sync = assert(make({ settle_time = 0.2 }):sync(HYBRID, { timeout = timeout }))
    assert.is_true(socket.gettime() - from < timeout)
    assert.is_true(sync.reconciled)
    assert.equal(1, #sandbox.ledger())
  end)

  it("a call retries an order that is rejected because of other work on the vault, until that work ends", function()
    sandbox.time_scale(1)
    local retries = 0
    local client = make { retry_pause = 0.005, log = function(event)
      retries = retries + (event.event == "retry" and 1 or 0)
      sandbox.time_scale(retries > 0 and 600 or 1) -- the work ends only after a rejection, even on a slow machine
    end }
    assert(client:sync(HYBRID))
    assert(client:sync(HYBRID, { max_attempts = 20 }))
    assert.equal(2, #sandbox.ledger())
    assert.is_true(retries > 0)
  end)

  it("a call stops retrying when a permanent rejection follows a temporary one", function()
    sandbox.time_scale(600)
    local client = make { retry_pause = 0.005 }
    assert(client:replicate(support.replicate_params()))
    local _, err = client:replicate(support.replicate_params(), { max_attempts = 20 })
    assert.same({ "BackupService.1009", "rejected" }, { err.code, err.outcome })
    assert.equal(1, #sandbox.ledger())
  end)

  it("a call sends a retry after the pause that the log event states, even if that pause is short", function()
    throttle { times = 4 }
    assert(make({ retry_pause = 0.1, max_attempts = 5 }):list_vault {})
    local requests = sandbox.requests()
    for i, retry in ipairs(record.retries) do
      assert.is_true(requests[i + 1].time - requests[i].time >= retry.pause - 0.01, retry.pause .. " s")
    end
    assert.equal(4, #record.retries)
  end)

  it("a call lets other calls continue during the pause before a retry", function()
    throttle { retry_after = 1, times = 8 }
    local client, from = make(), socket.gettime()
    local results = cbr.map(support.list(8, 0), function()
      return client:list_vault {}
    end)
    assert.equal(8, #results)
    assert.is_true(socket.gettime() - from < 7)
  end)

  it("a call retries temporary failures of IAM, which come before the first request to the service", function()
    for _, fault in ipairs { "html_502", "throttled", "reset_before" } do
      sandbox.fault { call = "iam_create_token", fault = fault }
    end
    local user = fixtures.users.home
    assert(make({
      retry_pause = 0.01, iam_endpoint = sandbox.tls, credentials = {
        username = user.name, password = user.password, domain_name = fixtures.accounts[user.account].name,
      },
    }):sync(HYBRID))
    assert.equal(1, #sandbox.ledger())
    assert.equal(3, #record.retries)
    assert.equal(0, record.retries[1].attempt)
  end)

  it("an order is accepted once, without a search, if the server has closed the client's idle connection", function()
    local client = make()
    local body = '{"vault":{"id":"%s"}}'
    body = body:format(HYBRID.vault_id)
    for _, fault in ipairs {
      { fault = "reset_later", seconds = 0.02 },
      -- a response, after which the server ends the TLS connection
      { fault = "raw", bytes = 0, body = ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body) },
    } do
      fault.call = "show_vault"
      sandbox.reset()
      sandbox.fault(fault)
      assert(client:show_vault(HYBRID))
      core.poll({ client.pool:fd() }, 1) -- until the end arrives, unless the client has noticed it already
      local replication = assert(client:replicate(support.replicate_params()))
      assert.is_nil(replication.reconciled)
      assert.same({ 1, 0, 0 }, { #sandbox.ledger(), support.count "list_op_logs", #record.retries })
    end
  end)

  it("a call ends when its client is closed during the pause before a retry", function()
    throttle { retry_after = 2 }
    local client = make()
    local _, errors = cbr.map({ 1, 2 }, function(item)
      if item == 1 then
        return client:list_vault({}, { timeout = 30 })
      end
      return client:list_vault {}, client:close()
    end)
    assert.equal("throttled", errors[1].kind)
  end)

  it("a call and cbr.new raise for options of a wrong type", function()
    local client = make()
    for _, options in ipairs { { max_attempts = 0 }, { max_attempts = 1.5 }, { reconcile = "no" } } do
      assert.is_false(pcall(client.list_vault, client, {}, options))
      assert.is_false(pcall(support.client, options))
    end
    assert.is_false(pcall(support.client, { retry_pause = 0 }))
    assert.is_false(pcall(support.client, { settle_time = "1" }))
  end)
end)
