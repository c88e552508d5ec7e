-- Temporary keys and tokens: fetched once, shared by concurrent calls, renewed before they expire.

local await = require "cbr.loop.await"
local cbr = require "cbr"
local clock = require "socket".gettime
local core = require "cbr.core"
local credentials = require "spec.helpers.credentials"
local new_error = require "cbr.errors".new
local renewed = require "cbr.credentials.renewed"
local sleep = require "socket".sleep
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("renewal of credentials", function()
  local make = credentials.for_each_test()

  local ECS = { source = "ecs", endpoint = sandbox.metadata }

  local function list_one(client)
    return client:list_vault { limit = 1 }
  end

  -- Lets the client's keys and tokens age at once. At the service they stay young, so a slow test still has valid ones.
  local function let_pass(seconds)
    local shifted = support.shifted_clock()
    shifted.ahead = seconds
    finally(shifted.restore)
  end

  it("a client does not use a flawed key or token that a service issued, and names the flaw", function()
    local client = { log = false, pool = nil }
    for flaw, issued in pairs {
      ["secret_key is empty"] = { access_key = "AK", secret_key = "", security_token = "token" },
      ["access_key contains a space or a control character at position 3"] = {
        access_key = "AK\r\nX: y", secret_key = "s" },
      ["security_token contains the character U+00E9 at position 4"] = {
        access_key = "AK", secret_key = "sk", security_token = "tok\195\169n" },
      ["token contains a space or a control character at position 4"] = { token = "tok en" },
    } do
      local source = renewed.source("test", function() return issued, 100 end)
      local keys, reason = source(client, nil, core.monotonic() + 1)
      assert.is_nil(keys)
      assert.equal("the issued credentials cannot be used: " .. flaw, reason)
    end
  end)

  it("a client does not use a token of the metadata service that cannot be sent", function()
    sandbox.fault { fault = "status", status = 200, call = "metadata_token", body = "to\0ken", times = -1 }
    local _, err = list_one(make(ECS))
    assert.same({ "credentials", 0 }, { err.kind, support.count "metadata_key" })
    assert.matches("the metadata service's token contains a space or a control character at position 3", err.message)
  end)

  it("a client renews expiring keys only once while 64 calls are in flight, and no call fails #descriptors", function()
    local renewals, calls, items = 0, 0, support.list(64, true)
    local client = make(ECS, { timeout = 60, log = function(event)
      renewals = renewals + (event.event == "credentials" and event.renewed and 1 or 0)
    end })
    local function call(seconds)
      assert(client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } })
      calls = calls + 1
      return true
    end
    local function round()
      return cbr.map(items, function() return call(0.1) end, { concurrency = 64 })
    end
    assert.equal(64, #round()) -- from here on, every coroutine has a connection
    -- Keys live long enough for this machine: a round takes at most half of the last quarter of their life, in which
    -- they are renewed.
    local from = clock()
    assert.equal(64, #round())
    local life = math.max(3, math.ceil(8 * (clock() - from)))
    sandbox.lifetimes { key = life }
    sandbox.revoke { access_key = credentials.last_access_key() }
    assert(list_one(client)) -- signed with the first of the new keys
    sandbox.clear_requests()

    from, renewals, calls = clock(), 0, 0
    local results, errors = cbr.map(items, function()
      repeat
        call(life / 25) -- so few calls that the request log of the sandbox holds all of them
      until renewals >= 3 or clock() - from > 5 * life
      return true
    end, { concurrency = 64 })
    assert.same({}, errors)
    assert.equal(64, #results)
    assert.is_true(calls > 64 * 8, calls .. " calls") -- no coroutine stalled, even on a slow machine
    assert.is_true(renewals >= 3, renewals .. " renewals")
    assert.equal(renewals, support.count "metadata_key")
    for _, request in ipairs(sandbox.requests()) do
      assert.equal(200, request.status) -- a request signed with mixed or expired keys gets a 401
    end
  end)

  it("a client exchanges a profile's id token once for concurrent calls", function()
    local token = credentials.file(fixtures.id_tokens.home.value)
    local client = make { source = "profile", file = credentials.file(("[basic]\nidp_id=%s\nid_token_file=%s\n"):format(
      fixtures.identity_providers.home.id, token)) }
    assert(list_one(client))
    sandbox.revoke { access_key = credentials.last_access_key() }
    sandbox.clear_requests()
    local _, errors = cbr.map(support.list(32, true), function() return list_one(client) end, { concurrency = 32 })
    assert.same({}, errors)
    assert.equal(1, support.count "iam_security_token")
  end)

  it("a call with a long timeout succeeds although a call with a short timeout could not renew credentials", function()
    sandbox.metadata_mode { mode = "slow", seconds = 0.6 }
    local client = make(ECS)
    local results, errors = cbr.map({ 0.3, 10, 10 }, function(timeout)
      return client:list_vault({ limit = 1 }, { timeout = timeout })
    end)
    assert.is_nil(results[1])
    assert.is_table(results[2])
    assert.is_table(results[3])
    assert.is_string(errors[1].kind)
  end)

  it("a client uses keys that are still valid when an early renewal hangs", function()
    sandbox.lifetimes { key = 600 }
    local client = make(ECS)
    assert(list_one(client))
    sandbox.metadata_mode { mode = "silent" }
    sandbox.clear_requests()
    let_pass(500) -- until the last quarter of the keys' life
    assert(list_one(client))
    assert.is_true(support.count "metadata_token" + support.count "metadata_key" > 0)
  end)

  it("a client uses keys that are still valid when an early renewal fails, and logs the failure once", function()
    sandbox.lifetimes { key = 600 }
    local failures = 0
    local client = make(ECS, { log = function(event)
      failures = failures + (event.event == "credentials" and event.renewed == false and 1 or 0)
    end })
    assert(list_one(client))
    sandbox.metadata_mode { mode = "error_500" }
    let_pass(500) -- until the last quarter of the keys' life
    assert(list_one(client))
    assert.equal(1, failures)
    assert(list_one(client)) -- a failed renewal is not retried at once
    assert.equal(1, failures)
  end)

  it("a client gets a new token when the last one expired between two calls", function()
    sandbox.lifetimes { token = 600 }
    local client = make(credentials.user "home")
    assert(list_one(client))
    let_pass(600)
    assert(list_one(client))
    assert.equal(2, support.count "iam_create_token")
  end)

  it("a call waits for the new credentials while another call renews credentials that have expired", function()
    local client, deadline = { pool = core.pool { max_body = 1e6, proxy = "" } }, core.monotonic() + 20
    local fetched = 0
    local source = renewed.source("test", function()
      fetched = fetched + 1
      if fetched > 1 then
        await.sleep(client, 0.05)
      end
      return "value " .. fetched, fetched == 1 and 0.01 or 1000
    end)
    assert.equal("value 1", (source(client, nil, deadline)))
    sleep(0.02)
    local values = cbr.map({ 1, 2, 3 }, function()
      return (source(client, nil, deadline))
    end)
    assert.same({ "value 2", "value 2", "value 2" }, values)
    assert.equal(2, fetched)
    client.pool:close()
  end)

  -- Two calls share a source. The first one begins a renewal that may take 20 s, and the renewal fails after `age`
  -- seconds; the other call waits for it. Returns the result of the other call, and how often the value was fetched.
  local function result_of_waiting_call(age, closes_client)
    local frozen, fetched = support.frozen_clock(), 0
    local pool = core.pool { max_body = 1e6, proxy = "" }
    local first, other = { pool = pool }, { pool = pool }
    first.loop = { -- this function resumes the loop's coroutines itself
      is_running = function() return true end, spawn = function() return true end,
      park = coroutine.yield, unpark = function() end,
    }
    other.loop = first.loop
    local source = renewed.source("test", function()
      fetched = fetched + 1
      if fetched == 1 then
        coroutine.yield()
        return nil, "no route"
      end
      return "value"
    end)
    local value, reason
    local renewing = coroutine.create(function() source(first, nil, frozen.now + 20) end)
    local waiting = coroutine.create(function() value, reason = source(other, nil, frozen.now + 40) end)
    coroutine.resume(renewing)
    coroutine.resume(waiting)
    frozen.now = frozen.now + age
    first.pool = not closes_client and pool or nil
    coroutine.resume(renewing)
    coroutine.resume(waiting)
    frozen.restore()
    pool:close()
    assert.equal("dead", coroutine.status(waiting))
    return { value or reason, fetched }
  end

  it("a failed renewal fails the waiting calls too, unless it ran out of time or its client was closed", function()
    assert.same({ "no route", 1 }, result_of_waiting_call(19.875))
    -- A renewal that fails less than 0.1 s before its deadline, here 20 s, counts as one that ran out of time.
    assert.same({ "value", 2 }, result_of_waiting_call(19.9375))
    assert.same({ "value", 2 }, result_of_waiting_call(5, true))
  end)

  it("a renewal may take half of a call's time (at most 3 s), or all of that time for expired credentials", function()
    local frozen, fetched_by = support.frozen_clock(), nil
    finally(frozen.restore)
    local source = renewed.source("test", function(_, deadline)
      fetched_by = deadline - frozen.now
      return "value", 8
    end)
    local function time_to_renew(age, timeout)
      frozen.now, fetched_by = frozen.now + age, nil
      assert.equal("value", (source({}, nil, frozen.now + timeout)))
      return fetched_by
    end
    assert.equal(20, time_to_renew(0, 20)) -- there is no value yet
    assert.is_nil(time_to_renew(5.75, 20)) -- the value is young enough
    assert.equal(3, time_to_renew(0.25, 20)) -- the value is in the last quarter of its life
    assert.equal(2, time_to_renew(7.75, 4))
    assert.equal(4, time_to_renew(8, 4)) -- the value has expired
  end)

  it("a failed early renewal is retried after five seconds, or when the old credentials have expired", function()
    local frozen, fetched, fails = support.frozen_clock(), 0, false
    finally(frozen.restore)
    local source = renewed.source("test", function()
      fetched = fetched + 1
      if fails then
        return nil, "no route"
      end
      return "value", 80
    end)
    local function ask(age)
      frozen.now = frozen.now + age
      local value, reason = source({}, nil, frozen.now + 20)
      return { value or reason, fetched }
    end
    assert.same({ "value", 1 }, ask(0))
    fails = true
    assert.same({ "value", 2 }, ask(60))
    assert.same({ "value", 2 }, ask(4.75))
    assert.same({ "value", 3 }, ask(0.25))
    assert.same({ "no route", 4 }, ask(15))
    assert.same({ "no route", 5 }, ask(0))
  end)

  it("long-lived credentials are renewed 40 minutes before they expire, and endless credentials never", function()
    local frozen, fetched = support.frozen_clock(), 0
    finally(frozen.restore)
    local life = 86400
    local source = renewed.source("test", function()
      fetched = fetched + 1
      return "value", life
    end)
    local function count_after(age)
      frozen.now = frozen.now + age
      source({}, nil, frozen.now + 20)
      return fetched
    end
    assert.same({ 1, 1 }, { count_after(0), count_after(86400 - 2400 - 0.25) })
    life = nil
    assert.same({ 2, 2 }, { count_after(0.25), count_after(1e9) })
  end)

  it("a client remembers a rejection of credentials for 30 seconds, but no other failure or failed look-up", function()
    local frozen, fetched = support.frozen_clock(), 0
    finally(frozen.restore)
    local function source_of(status, is_lookup)
      local err = new_error({ kind = "unauthorized", message = "no", status = status }, {})
      fetched = 0
      return renewed.source("test", function()
        fetched = fetched + 1
        return nil, err
      end, is_lookup), err
    end
    local function count_after(source, age, expected)
      frozen.now = frozen.now + age
      local value, reason = source({}, nil, frozen.now + 20)
      assert.is_nil(value)
      assert.equal(expected, reason)
      return fetched
    end
    local source, err = source_of(401)
    assert.equal(1, count_after(source, 0, err))
    assert.equal(1, count_after(source, 29.75, err))
    assert.equal(2, count_after(source, 0.25, err))
    source, err = source_of(503)
    assert.same({ 1, 2 }, { count_after(source, 0, err), count_after(source, 0, err) })
    source, err = source_of(401, true)
    assert.same({ 1, 2 }, { count_after(source, 0, err), count_after(source, 0, err) })
  end)

  it("a client calls a credentials function again after the function has raised an error", function()
    local calls = 0
    local client = make(function()
      calls = calls + 1
      if calls == 1 then
        error "the vault is sealed"
      end
      return support.keys "home"
    end)
    local ok, message = pcall(list_one, client)
    assert.is_false(ok)
    assert.matches("the vault is sealed", message)
    assert(list_one(client))
  end)
end)
