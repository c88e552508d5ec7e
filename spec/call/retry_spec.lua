-- What goes out again, when, and how often at most.

local cbr = require "cbr"
local retry = require "cbr.call.retry"
local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures
local now = require "socket".gettime

describe("a call that fails and can pass", function()
  local events, clients

  before_each(function()
    sandbox.reset()
    events, clients = {}, {}
  end)

  after_each(function()
    sandbox.clear_faults()
    for _, client in ipairs(clients) do
      client:close()
    end
  end)

  local function make(changes)
    local client = support.client(changes)
    client.log = function(event)
      if event.event == "retry" then
        events[#events + 1] = event
      end
    end
    clients[#clients + 1] = client
    return client
  end

  local function throttle(fields)
    local fault = { call = "list_vault", fault = "throttled" }
    for name, value in pairs(fields or {}) do
      fault[name] = value
    end
    sandbox.fault(fault)
  end

  it("goes out again, and says so to the log hook", function()
    throttle { times = 2 }
    assert(make({ retry_pause = 0.01 }):list_vault {})
    assert.equal(3, support.count "list_vault")
    assert.equal(2, #events)
    for i, event in ipairs(events) do
      assert.same({ "retry", "list_vault", i, "throttled", "APIGW.0308" },
        { event.event, event.operation, event.attempt, event.kind, event.code })
      assert.is_number(event.pause)
    end
  end)

  it("goes out four times at most, or as often as the client or the call says", function()
    throttle { times = -1 }
    local client = make { retry_pause = 0.001 }
    local function attempts(options, one)
      local answer, err = (one or client):list_vault({}, options)
      assert.is_nil(answer)
      return err.attempts
    end
    assert.same({ 4, 1, 6 }, { attempts(), attempts { max_attempts = 1 }, attempts { max_attempts = 6 } })
    assert.equal(2, attempts(nil, make { retry_pause = 0.001, max_attempts = 2 }))
    assert.equal(13, support.count "list_vault")
  end)

  it("goes out as often as the call said when it began", function()
    throttle { times = -1 }
    local options = { max_attempts = 2 }
    local client = make { retry_pause = 0.001 }
    client.log = function() options.max_attempts = 4 end
    local _, err = client:list_vault({}, options)
    assert.equal(2, err.attempts)
  end)

  it("waits longer each time, a random part of it", function()
    throttle { times = -1 }
    make({ retry_pause = 0.01, max_attempts = 8 }):list_vault {}
    local sum, seen = 0, {}
    for i, event in ipairs(events) do
      assert.is_true(event.pause >= 0 and event.pause <= 0.01 * math.min(2 ^ (i - 1), 40))
      assert.is_nil(seen[event.pause])
      sum, seen[event.pause] = sum + event.pause, true
    end
    assert.is_true(sum > 0)
  end)

  it("waits much longer for other work on the vault, and never next to nothing", function()
    sandbox.fault { call = "sync", fault = "status", status = 400, code = "BackupService.7302", times = 2 }
    assert(make({ retry_pause = 0.002 }):sync { vault_id = world.vaults.hybrid.id })
    assert.is_true(events[1].pause >= 0.03 and events[1].pause <= 0.06)
    assert.is_true(events[2].pause >= 0.06 and events[2].pause <= 0.12)
    sandbox.reset()
    sandbox.time_scale(1) -- the other work goes on, on a slow machine too
    local _, err = make():sync({ vault_id = world.vaults.hybrid_busy.id }, { timeout = 5 })
    assert.same({ "busy", "rejected", 1 }, { err.kind, err.outcome, err.attempts })
    assert.is_true(err.retry_after >= 7.5 and err.retry_after <= 15) -- which does not fit into five seconds
  end)

  it("is an order that waits until the other work is through", function()
    sandbox.time_scale(600)
    local client = make { retry_pause = 0.005 }
    assert(client:sync { vault_id = world.vaults.hybrid.id })
    assert(client:sync({ vault_id = world.vaults.hybrid.id }, { max_attempts = 20 }))
    assert.equal(2, #sandbox.ledger())
    assert.is_true(#events > 0)
    assert(client:replicate(support.replicate_params()))
    local _, err = client:replicate(support.replicate_params(), { max_attempts = 20 })
    assert.same({ "BackupService.1009", "rejected" }, { err.code, err.outcome }) -- a refusal that stays
    assert.equal(3, #sandbox.ledger())
  end)

  it("waits as long as Retry-After says, in seconds or until a date", function()
    throttle { retry_after = 1 }
    local from = now()
    local client = make { retry_pause = 0.001 }
    assert(client:list_vault {})
    assert.is_true(now() - from >= 1)
    assert.is_true(events[1].pause >= 1 and events[1].pause <= 1.1)
    throttle {
      fault = "status", status = 503, headers = {
        Date = "Mon, 02 Jan 2034 10:20:30 GMT", ["Retry-After"] = "Mon, 02 Jan 2034 10:20:31 GMT",
      },
    }
    assert(client:list_vault {})
    assert.is_true(events[2].pause >= 1 and events[2].pause <= 1.1)
    throttle { retry_after = 0 }
    assert(client:list_vault {})
    assert.equal(0, events[3].pause)
  end)

  it("does not wait beyond its deadline, nor for longer than ten minutes, but says when to come back", function()
    local client = make()
    for seconds, timeout in pairs { [30] = 20, [601] = 7200 } do
      throttle { retry_after = seconds }
      local from = now()
      local _, err = client:list_vault({}, { timeout = timeout })
      assert.is_true(now() - from < 10)
      assert.same({ "throttled", 1 }, { err.kind, err.attempts })
      assert.is_true(err.retry_after >= seconds and err.retry_after <= seconds * 1.1)
      assert.matches("not repeated: a pause of %d+%.%d s does not fit in", tostring(err))
    end
    assert.same({}, events)
  end)

  it("takes what makes no sense as a Retry-After for none", function()
    throttle { retry_after = "soon" }
    assert(make({ retry_pause = 0.01 }):list_vault {})
    assert.is_true(events[1].pause <= 0.01)
  end)

  it("lets others go on while it waits", function()
    throttle { retry_after = 1, times = 8 }
    local client, from = make(), now()
    local results = cbr.map(support.list(8, 0), function()
      return client:list_vault {}
    end)
    assert.equal(8, #results)
    assert.is_true(now() - from < 7)
  end)

  it("is a call that outlives a hiccup of IAM", function()
    local user = world.users.home or world.users[next(world.users)]
    for _, fault in ipairs { "html_502", "throttled", "reset_before" } do
      sandbox.fault { call = "iam_create_token", fault = fault }
    end
    assert(make({
      retry_pause = 0.01, iam_endpoint = sandbox.tls, credentials = {
        username = user.name, password = user.password, domain_name = world.accounts[user.account].name,
      },
    }):sync { vault_id = world.vaults.hybrid.id })
    assert.equal(1, #sandbox.ledger())
    assert.equal(3, #events)
    assert.equal(0, events[1].attempt) -- no request of the order's own had gone out
  end)

  it("does not hammer a service that is broken for good", function()
    throttle { fault = "html_502", times = -1 }
    local client = make { retry_pause = 0.0001 }
    local spent = 0
    local _, errors = cbr.map(support.list(80, 0), function()
      return client:list_vault {}
    end)
    for i = 1, 80 do
      spent = spent + (tostring(errors[i]):find("were in vain", 1, true) and 1 or 0)
    end
    assert.equal(180, support.count "list_vault") -- and not 320
    assert.equal(180, #events + 80)
    assert.is_true(spent > 0)
    sandbox.clear_faults()
    for _ = 1, 5 do
      assert(client:list_vault {})
    end
    throttle()
    assert(client:list_vault {}) -- one repeat is earned again by five calls that went well
    throttle { times = 2 }
    local _, err = client:list_vault {}
    assert.equal(2, err.attempts) -- and the one that helped was given back
  end)

  it("ends when the client is closed while it waits", function()
    throttle { retry_after = 1 }
    local client = make()
    local _, errors = cbr.map({ 1, 2 }, function(item)
      if item == 1 then
        return client:list_vault {}
      end
      return client:list_vault {}, client:close()
    end)
    assert.equal("throttled", errors[1].kind)
  end)

  it("is repeated as what it is: by kind, code and how far it came", function()
    local answers = require "cbr.call.response"
    local function verdict(what, answer)
      answer.headers, answer.body = {}, answer.body or ""
      local _, reason = answers.read(answer)
      return retry.verdict(what, answers.error(answer, reason, what.order, {}), answer)
    end
    local READ, ORDER, TRACED = { order = false }, { order = true }, { order = true, trace = "sync" }
    local HARMLESS = { order = true, repeatable = true }
    local broken = { result = "network", reach = "sent", reason = "r", status = 0 }
    assert.same({ "retry", "stop", "search", "retry" },
      { (verdict(READ, broken)), verdict(ORDER, broken), verdict(TRACED, broken), (verdict(HARMLESS, broken)) })
    local unsent = { result = "connect", reach = "not_sent", reason = "r", status = 0 }
    local untrusted = { result = "tls", reach = "not_sent", reason = "r", status = 0 }
    for _, what in ipairs { READ, ORDER, TRACED, HARMLESS } do
      assert.same({ "retry", "quick" }, { verdict(what, unsent) })
      assert.equal("stop", (verdict(what, untrusted)))
    end
    local function refusal(status, code)
      local body = ('{"error_code":"%s","error_msg":"m"}'):format(code)
      return { result = "ok", reach = "answered", status = status, body = body }
    end
    assert.same({ "retry", "slow" }, { verdict(TRACED, refusal(400, "BackupService.6130")) })
    assert.same({ "retry", "slow" }, { verdict(ORDER, refusal(400, "BackupService.6118")) })
    assert.same({ "retry", "slow" }, { verdict(ORDER, refusal(409, "")) })
    assert.same({ "retry", "quick" }, { verdict(ORDER, refusal(429, "APIGW.0308")) })
    assert.same({ "stop" }, { verdict(TRACED, refusal(500, "BackupService.1001")) })
    assert.equal("stop", (retry.verdict(READ, { kind = "credentials", retryable = false }, nil)))
    assert.same({ "retry", "quick" }, { retry.verdict(ORDER, { kind = "credentials", retryable = true }, nil) })
  end)

  it("leaves math.random alone, and is random all the same #process", function()
    local script = [[
      package.path, package.cpath = os.getenv "LUA_PATH" or package.path, os.getenv "LUA_CPATH" or package.cpath
      math.randomseed(7)
      local expected = math.random(1e9)
      math.randomseed(7)
      local pause = require "cbr.call.retry".pause(1, "quick", 1, { headers = {} })
      assert(expected == math.random(1e9))
      print(("%.12f"):format(pause))
    ]]
    local file = support.file(script)
    local seen, command = {}, (os.getenv "CBR_LUA" or "lua") .. " " .. file
    for _ = 1, 5 do
      local output, ok = support.run(command)
      assert.is_true(ok, output)
      assert.is_nil(seen[output])
      seen[output] = true
    end
    os.remove(file)
  end)

  it("raises for options of a wrong type", function()
    local client = make()
    for _, options in ipairs { { max_attempts = 0 }, { max_attempts = 1.5 }, { reconcile = "no" } } do
      assert.is_false(pcall(client.list_vault, client, {}, options))
      assert.is_false(pcall(support.client, options))
    end
    assert.is_false(pcall(support.client, { retry_pause = 0 }))
    assert.is_false(pcall(support.client, { settle_time = "1" }))
  end)
end)
