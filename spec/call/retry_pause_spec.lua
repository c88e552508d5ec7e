-- The pause before a retry: how it grows, and what Retry-After and the windows of rate limits say about it.

local recorded_retries = require "spec.helpers.recorded_retries"
local retry = require "cbr.call.retry"
local support = require "spec.helpers.support"

local sandbox, fixtures, lose_response = support.sandbox, support.fixtures, support.lose_response
local now = require "socket".gettime

describe("the pause before a retry", function()
  local make, record = recorded_retries.for_each_test()

  local function throttle(fields)
    lose_response("list_vault", "throttled", fields)
  end

  it("a retry comes after a random part of a pause that doubles each time", function()
    throttle { times = -1 }
    make({ retry_pause = 0.01, max_attempts = 8 }):list_vault {}
    assert.equal(7, #record.retries)
    local sum, seen = 0, {}
    for i, event in ipairs(record.retries) do
      assert.is_true(event.pause >= 0 and event.pause <= 0.01 * math.min(2 ^ (i - 1), 40))
      assert.is_nil(seen[event.pause])
      sum, seen[event.pause] = sum + event.pause, true
    end
    assert.is_true(sum > 0)
  end)

  it("the first pause is 15 to 30 times `retry_pause` when other work on the vault is in progress", function()
    lose_response("sync", "status", { status = 400, code = "BackupService.7302", times = 2 })
    assert(make({ retry_pause = 0.002 }):sync { vault_id = fixtures.vaults.hybrid.id })
    assert.is_true(record.retries[1].pause >= 0.03 and record.retries[1].pause <= 0.06)
    assert.is_true(record.retries[2].pause >= 0.06 and record.retries[2].pause <= 0.12)
    sandbox.reset()
    sandbox.time_scale(1) -- the other work must not end, even on a slow machine
    local _, err = make():sync({ vault_id = fixtures.vaults.hybrid_busy.id }, { timeout = 5 })
    assert.same({ "busy", "rejected", 1 }, { err.kind, err.outcome, err.attempts })
    assert.is_true(err.retry_after >= 7.5 and err.retry_after <= 15) -- the pause is longer than the timeout
  end)

  it("a retry waits for the number of seconds in Retry-After", function()
    throttle { retry_after = 1 }
    local from = now()
    assert(make({ retry_pause = 0.001 }):list_vault {})
    assert.is_true(now() - from >= 1)
    assert.is_true(record.retries[1].pause >= 1 and record.retries[1].pause <= 1.1)
  end)

  it("pauses double from 1 to 40 times `retry_pause`, or from 30 to 240 times while the vault is busy", function()
    local random, part = retry.random, 0
    retry.random = function() return part end
    finally(function() retry.random = random end)
    local function pauses(pace)
      local list = {}
      for nth = 1, 8 do
        list[nth] = retry.pause(nth, pace, 0.5)
      end
      return list
    end
    assert.same({ 0, 0, 0, 0, 0, 0, 0, 0 }, pauses "quick")
    assert.same({ 7.5, 15, 30, 60, 60, 60, 60, 60 }, pauses "slow") -- only half of each pause is random
    part = 1
    assert.same({ 0.5, 1, 2, 4, 8, 16, 20, 20 }, pauses "quick")
    assert.same({ 15, 30, 60, 120, 120, 120, 120, 120 }, pauses "slow")
  end)

  it("a requested pause is lengthened at random, by up to a tenth or up to `retry_pause` if that is longer", function()
    for asked, most in pairs { [600] = 60, [2] = 0.5 } do
      local pauses = {}
      for i = 1, 200 do
        pauses[i] = retry.pause(1, "slow", 0.5, asked) - asked
      end
      table.sort(pauses)
      assert.is_true(pauses[1] >= 0 and pauses[1] < most / 6 and pauses[200] > most * 5 / 6 and pauses[200] <= most)
    end
  end)

  it("a retry waits until the date in Retry-After, in each of HTTP's three forms of a date", function()
    local client = make { retry_pause = 0.001 }
    for i, date in ipairs {
      "Mon, 02 Jan 2034 10:20:31 GMT", "Monday, 02-Jan-34 10:20:31 GMT", "Mon Jan  2 10:20:31 2034",
    } do
      throttle {
        fault = "status", status = 503, headers = { Date = "Mon, 02 Jan 2034 10:20:30 GMT", ["Retry-After"] = date },
      }
      assert(client:list_vault {})
      assert.is_true(record.retries[i].pause >= 1 and record.retries[i].pause <= 1.1, date)
    end
  end)

  it("a date in Retry-After is compared with the corrected clock of this machine if there is no Date header", function()
    local date = support.http_date(os.time() + 130)
    local pause = retry.asked_pause { headers = { ["retry-after"] = date }, clock_offset = 100 }
    assert.is_true(pause > 20 and pause <= 31, pause)
  end)

  it("a retry comes after the ordinary pause when Retry-After is 0 or a date in the past", function()
    local client = make { retry_pause = 0.01, max_attempts = 8 }
    for _, after in ipairs { "0", "000", "Mon, 02 Jan 2006 10:20:31 GMT" } do
      record.retries = {}
      throttle { retry_after = after, times = 7 }
      assert(client:list_vault {})
      local sum = 0
      for i, event in ipairs(record.retries) do
        assert.is_true(event.pause <= 0.01 * 2 ^ (i - 1))
        sum = sum + event.pause
      end
      assert.is_true(sum > 0.01, sum)
    end
  end)

  it("a retry waits until the window of an exceeded rate limit has ended", function()
    local client = make { retry_pause = 0.001 }
    for i, case in ipairs {
      { message = "The throttling threshold has been reached: policy user over ratelimit,limit:5,time:1 second" },
      { message = "policy api over ratelimit, limit: 5, time: 1 SECONDS" },
      { message = "limit reached at this time: now. limit: 5, time: second" },
      { message = "too many requests", headers = { ["X-Apig-RateLimit-User"] = "remain:0,limit:5,time:1 second" } },
      { message = "m", headers = {
        ["X-Apig-RateLimit-Api"] = "remain:9,limit:100,time:1 day",
        ["X-Apig-RateLimit-Api-Allenv"] = "remain:0,limit:5,time:1 second",
      } },
    } do
      throttle {
        fault = "status", status = 429, code = "APIGW.0308", message = case.message, headers = case.headers,
      }
      assert(client:list_vault {})
      assert.is_true(record.retries[i].pause >= 1 and record.retries[i].pause <= 1.1, case.message)
    end
  end)

  it("a retry comes after the ordinary pause if the window of a rate limit may end after the timeout", function()
    for words, seconds in pairs { ["1 minute"] = 60, ["120 second"] = 120, ["1 hour"] = 3600, ["1 day"] = 86400 } do
      local client = make { retry_pause = 0.001 }
      throttle {
        fault = "status", status = 429, code = "APIGW.0308", times = 4,
        message = "policy user over ratelimit,limit:5,time:" .. words,
      }
      local _, err = client:list_vault({}, { timeout = 30 })
      assert.same({ "throttled", 4, true }, { err.kind, err.attempts, err.retryable })
      assert.equal(seconds, err.retry_after)
      local hint = "the service limits the number of requests in %d s: wait until this time has passed"
      assert.equal(hint:format(seconds), err.hint)
    end
  end)

  it("Retry-After has precedence over the window of a rate limit", function()
    throttle {
      fault = "status", status = 429, code = "APIGW.0308", message = "over ratelimit,limit:5,time:1 hour",
      headers = { ["Retry-After"] = "1" },
    }
    assert(make({ retry_pause = 0.001 }):list_vault {})
    assert.is_true(record.retries[1].pause >= 1 and record.retries[1].pause <= 1.1)
  end)

  it("the hint of an error gives the pause that the service asks for", function()
    throttle { retry_after = 700 }
    local _, err = make():list_vault({}, { timeout = 3600 })
    assert.equal("not retried: the service asks for a pause of 700 s", err.hint)
    throttle { retry_after = ("9"):rep(400) }
    _, err = make():list_vault({}, { timeout = 3600 })
    assert.is_true(err.retry_after < 1e9)
  end)

  it("only a retryable error has retry_after", function()
    local client = make { settle_time = 0.1 }
    for status, code in pairs { [400] = "BackupService.6112", [403] = "APIGW.0302", [404] = "BackupService.6105" } do
      throttle { fault = "status", status = status, code = code, headers = { ["Retry-After"] = "5" } }
      local _, err = client:list_vault {}
      assert.same({ false, nil }, { err.retryable, err.retry_after })
    end
    lose_response("sync", "status", { status = 503, headers = { ["Retry-After"] = "5" } })
    local _, err = client:request {
      method = "POST", path = "/v3/{project_id}/checkpoints/sync",
      body = { sync = { vault_id = fixtures.vaults.hybrid.id, auto_trigger = false } },
    }
    assert.same({ "unknown", false, nil }, { err.outcome, err.retryable, err.retry_after })
  end)

  it("a retry waits as long as IAM asks when credentials cannot be fetched", function()
    local user = fixtures.users.home
    lose_response("iam_create_token", "throttled", { retry_after = 1 })
    assert(make({
      retry_pause = 0.001, iam_endpoint = sandbox.tls, credentials = {
        username = user.name, password = user.password, domain_name = fixtures.accounts[user.account].name,
      },
    }):list_vault {})
    assert.is_true(record.retries[1].pause >= 1)
  end)

  it("a retry ignores a Retry-After that is neither a number nor a date", function()
    throttle { retry_after = "soon" }
    assert(make({ retry_pause = 0.01 }):list_vault {})
    assert.is_true(record.retries[1].pause <= 0.01)
  end)

  it("the random pause before a retry does not change the state of math.random #process", function()
    local script = support.file [[
      local support = require "spec.helpers.support"
      math.randomseed(7)
      local expected = math.random(1e9)
      math.randomseed(7)
      local pause
      local client = support.client { retry_pause = 0.01, log = function(event) pause = event.pause or pause end }
      support.sandbox.fault { call = "list_vault", fault = "throttled" }
      assert(client:list_vault {})
      assert(expected == math.random(1e9))
      print(("%.0f"):format(pause * 1e12))
    ]]
    local seen, command = {}, (os.getenv "CBR_LUA" or "lua") .. " " .. script
    for _ = 1, 5 do
      local output, ok = support.run(command)
      assert.is_true(ok, output)
      assert.matches("^%d+\n$", output)
      assert.is_nil(seen[output])
      seen[output] = true
    end
    os.remove(script)
  end)
end)
