-- Renewal, refusals, the clock, and what is looked up once.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("freshness", function()
  before_each(function()
    sandbox.reset()
  end)

  local function client(changes)
    local options = support.options {
      region = "cn-north-4", iam_endpoint = sandbox.tls, credentials = { source = "ecs", endpoint = sandbox.metadata },
    }
    for name, value in pairs(changes or {}) do
      options[name] = value
    end
    return assert(cbr.new(options))
  end

  local function vaults(one)
    return one:request { method = "GET", path = "/v3/{project_id}/vaults", query = { limit = 1 } }
  end

  it("goes through renewals with 64 calls in flight, asks once for each, and loses no call", function()
    local clock = require "socket".gettime
    local renewals, calls, lanes = 0, 0, {}
    for i = 1, 64 do
      lanes[i] = i
    end
    local one = client { timeout = 60, log = function(event)
      renewals = renewals + (event.event == "credentials" and event.renewed and 1 or 0)
    end }
    local function call(seconds)
      assert(one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } })
      calls = calls + 1
      return true
    end
    local function round()
      return cbr.map(lanes, function() return call(0.1) end, { concurrency = 64 })
    end
    assert.equal(64, #round()) -- every lane has its connection
    -- Keys live long enough for a machine as slow as this one: a round takes half of the quarter in which they are
    -- renewed, at most.
    local from = clock()
    assert.equal(64, #round())
    local life = math.max(3, math.ceil(8 * (clock() - from)))
    sandbox.lifetimes { key = life }
    local seen = sandbox.requests()
    sandbox.revoke { access_key = seen[#seen].headers.authorization:match "Access=([^,]+)" }
    assert(vaults(one)) -- the first of the new keys
    sandbox.clear_requests()

    from, renewals, calls = clock(), 0, 0
    local results, errors = cbr.map(lanes, function()
      repeat
        call(life / 25) -- which keeps them fewer than the sandbox remembers
      until renewals >= 3 or clock() - from > 5 * life
      return true
    end, { concurrency = 64 })
    assert.same({}, errors)
    assert.equal(64, #results)
    assert.is_true(calls > 64 * 8, calls .. " calls") -- all lanes went on, on a slow machine too
    assert.is_true(renewals >= 3, renewals .. " renewals")
    assert.equal(renewals, support.count "metadata_key")
    for _, request in ipairs(sandbox.requests()) do
      assert.equal(200, request.status) -- signed with a mix, or with what has expired, it would be 401
    end
    one:close()
  end)

  it("renews once and repeats once when the service refuses a key that was good", function()
    local one = client()
    assert(vaults(one))
    local first = sandbox.requests()
    local key = first[#first].headers.authorization:match "Access=([^,]+)"
    sandbox.clear_requests()
    sandbox.revoke { access_key = key }
    local replication, err = one:replicate(support.replicate_params())
    assert.is_nil(err)
    assert.is_table(replication)
    assert.equal(1, #sandbox.ledger())
    assert.equal(1, support.count "metadata_key")
    one:close()
  end)

  it("repeats no more than once, whatever the service says", function()
    local one = client()
    sandbox.fault { call = "replicate", fault = "unauthorized", times = -1 }
    local _, err = one:replicate(support.replicate_params())
    assert.equal("unauthorized", err.kind)
    assert.equal("rejected", err.outcome)
    assert.equal(2, err.attempts)
    assert.equal(2, support.count "replicate")
    one:close()
  end)

  it("does not take an unknown id for refused credentials", function()
    local one = client()
    local _, err = one:request { method = "GET", path = "/v3/{project_id}/backups/malformed" }
    assert.same({ "not_found", 401, 1 }, { err.kind, err.status, err.attempts })
    assert.equal(1, support.count "metadata_key")
    one:close()
  end)

  it("sends one signed request with a wrong secret key, and locks nothing", function()
    local one = client { credentials = { access_key = fixtures.keys.home.ak, secret_key = "wrong-secret-key" } }
    local _, err = one:replicate(support.replicate_params())
    assert.same({ "unauthorized", "rejected", 1 }, { err.kind, err.outcome, err.attempts })
    assert.equal(1, #sandbox.requests())
    one:close()
    for _ = 1, 3 do
      local good = client { credentials = support.keys "home" }
      assert(vaults(good))
      good:close()
    end
  end)

  it("sends one signed request with a wrong secret key, however many calls there are", function()
    local one = client { credentials = { access_key = fixtures.keys.home.ak, secret_key = "wrong-secret-key" } }
    local list = {}
    for i = 1, 20 do
      list[i] = i
    end
    local results, errors = cbr.map(list, function()
      return one:replicate(support.replicate_params())
    end, { concurrency = 20 })
    assert.same({}, results)
    assert.equal(1, #sandbox.requests())
    local outcomes = {}
    for i = 1, 20 do
      assert.equal("unauthorized", errors[i].kind)
      outcomes[errors[i].outcome] = (outcomes[errors[i].outcome] or 0) + 1
    end
    assert.same({ rejected = 1, not_sent = 19 }, outcomes)
    one:close()
    assert(vaults(client { credentials = support.keys "home" }))
  end)

  it("signs a user in once with a wrong password, however many calls there are", function()
    local one = client { credentials = {
      username = fixtures.users.home.name, password = "not-the-password", domain_name = fixtures.accounts.home.name,
    } }
    local _, errors = cbr.map({ 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 }, function()
      return one:replicate(support.replicate_params())
    end)
    assert.equal(10, #errors)
    assert.equal(1, support.count "iam_create_token")
    for i = 1, 9 do
      assert.are_not.equal(errors[i], errors[i + 1]) -- each has an error of its own
    end
    one:close()
  end)

  it("exchanges an id token of a profile once for many calls", function()
    local token = support.file(fixtures.id_tokens.home.value)
    local profile = support.file(("[basic]\nidp_id=%s\nid_token_file=%s\n"):format(
      fixtures.identity_providers.home.id, token))
    local one = client { credentials = { source = "profile", file = profile } }
    assert(vaults(one))
    local requests = sandbox.requests()
    sandbox.revoke { access_key = requests[#requests].headers.authorization:match "Access=([^,]+)" }
    sandbox.clear_requests()
    local list = {}
    for i = 1, 32 do
      list[i] = i
    end
    local _, errors = cbr.map(list, function() return vaults(one) end, { concurrency = 32 })
    assert.same({}, errors)
    assert.equal(1, support.count "iam_security_token")
    os.remove(profile)
    os.remove(token)
    one:close()
  end)

  it("lets no call with little time spoil another's", function()
    sandbox.metadata_mode { mode = "slow", seconds = 0.6 }
    local one = client()
    local results, errors = cbr.map({ 0.3, 10, 10 }, function(timeout)
      return one:request({ method = "GET", path = "/v3/{project_id}/vaults" }, { timeout = timeout })
    end)
    assert.is_nil(results[1])
    assert.is_table(results[2])
    assert.is_table(results[3])
    assert.is_string(errors[1].kind)
    one:close()
  end)

  it("does not give up valid keys for a renewal ahead of time that hangs", function()
    sandbox.lifetimes { key = 6 * support.patience }
    local one = client()
    assert(vaults(one))
    sandbox.metadata_mode { mode = "silent" }
    require "socket".sleep(4.3 * support.patience)
    assert(one:request({ method = "GET", path = "/v3/{project_id}/vaults" }, { timeout = support.patience }))
    one:close()
  end)

  it("goes on after a fetch that raised", function()
    local calls = 0
    local one = client { credentials = function()
      calls = calls + 1
      if calls == 1 then
        error "the vault is sealed"
      end
      return support.keys "home"
    end }
    local ok, message = pcall(vaults, one)
    assert.is_false(ok)
    assert.matches("the vault is sealed", message)
    assert(vaults(one))
    one:close()
  end)

  it("uses another token when one has expired between two calls", function()
    sandbox.lifetimes { token = 1 }
    local user = fixtures.users.home
    local one = client { credentials = {
      username = user.name, password = user.password, domain_name = fixtures.accounts.home.name,
    } }
    assert(vaults(one))
    require "socket".sleep(1.2)
    assert(vaults(one))
    assert.equal(2, support.count "iam_create_token")
    one:close()
  end)

  it("keeps what is valid when a renewal fails, and says so to the hook", function()
    sandbox.lifetimes { key = 6 }
    local failures = 0
    local one = client { log = function(event)
      failures = failures + (event.event == "credentials" and event.renewed == false and 1 or 0)
    end }
    assert(vaults(one))
    sandbox.metadata_mode { mode = "error_500" }
    require "socket".sleep(4.7) -- in the last quarter of its life
    assert(vaults(one))
    assert.equal(1, failures)
    assert(vaults(one)) -- a renewal that failed is not tried again at once
    assert.equal(1, failures)
    one:close()
  end)

  it("asks a user's function again when what it gave was refused", function()
    local asked = 0
    local one = client { credentials = function()
      asked = asked + 1
      return asked == 1 and { access_key = fixtures.keys.home.ak, secret_key = "out-of-date-key" } or support.keys "home"
    end }
    assert(one:replicate(support.replicate_params()))
    assert.equal(2, asked)
    assert.equal(1, #sandbox.ledger())
    one:close()
  end)
end)

describe("a clock that is off", function()
  before_each(function()
    sandbox.reset()
  end)

  for _, offset in ipairs { 3600, -3600 } do
    it(("by %d seconds costs two requests for the first call, and one for the next"):format(offset), function()
      sandbox.clock(offset)
      local events = {}
      local one = support.client { log = function(event) events[#events + 1] = event end }
      assert(one:replicate(support.replicate_params()))
      assert.equal(2, #sandbox.requests())
      assert.equal(1, #sandbox.ledger())
      assert(one:sync { vault_id = fixtures.vaults.hybrid.id })
      assert.equal(3, #sandbox.requests())
      local told
      for _, event in ipairs(events) do
        told = told or event.event == "clock" and event.offset
      end
      assert.is_true(math.abs(told - offset) <= 2)
      one:close()
    end)
  end

  it("costs many calls at once no more than one of them, and no lock", function()
    sandbox.clock(3600)
    local one = support.client()
    local list = {}
    for i = 1, 20 do
      list[i] = i
    end
    local results, errors = cbr.map(list, function()
      return one:request { method = "GET", path = "/v3/{project_id}/vaults", query = { limit = 1 } }
    end, { concurrency = 20 })
    assert.same({}, errors)
    assert.equal(20, #results)
    assert.equal(21, #sandbox.requests())
    one:close()
  end)

  it("is corrected for the look-up of a project too", function()
    sandbox.clock(-3600)
    local one = support.client { region = "cn-north-4", iam_endpoint = sandbox.tls }
    one.project_id = nil
    assert(one:replicate(support.replicate_params()))
    assert.equal(3, #sandbox.requests()) -- the look-up twice, and the order
    one:close()
  end)

  it("is not taken for what an expired key is refused for", function()
    sandbox.lifetimes { key = 1 }
    local keys
    local source = support.client { credentials = { source = "ecs", endpoint = sandbox.metadata } }
    keys = assert(source.source(source, nil, require "cbr.core".monotonic() + 5))
    source:close()
    require "socket".sleep(1.2)
    sandbox.clock(600) -- within what the gateway allows
    sandbox.clear_requests()
    local events = {}
    local one = support.client { credentials = {
      access_key = keys.access_key, secret_key = keys.secret_key, security_token = keys.security_token,
    }, log = function(event) events[#events + 1] = event.event end }
    local _, err = one:replicate(support.replicate_params())
    assert.equal("the temporary key has expired", err.hint)
    assert.same({ "attempt" }, events)
    one:close()
  end)

  it("is corrected once for a call", function()
    sandbox.fault { call = "replicate", fault = "unauthorized", times = -1, code = "APIGW.0301",
      message = "Incorrect IAM authentication information: signature expired, signature time:20211217T064303Z,"
        .. "server time:20211217T065804Z" }
    local one = support.client()
    local _, err = one:replicate(support.replicate_params())
    assert.same({ "unauthorized", 2 }, { err.kind, err.attempts })
    assert.equal("this machine's clock is off by more than 15 minutes", err.hint)
    one:close()
  end)
end)

describe("a project id", function()
  before_each(function()
    sandbox.reset()
  end)

  -- a client that has none, though the sandbox's environment names one
  local function client(changes)
    local one = support.client(changes)
    one.project_id = nil
    return one
  end

  it("is looked up once, by the region's name", function()
    local one = client { region = "cn-north-4", iam_endpoint = sandbox.tls }
    local results, errors = cbr.map({ 1, 2, 3, 4, 5, 6, 7, 8 }, function()
      return one:request { method = "GET", path = "/v3/{project_id}/vaults" }
    end)
    assert.same({}, errors)
    assert.equal(8, #results)
    assert(one:replicate(support.replicate_params()))
    assert.equal(1, support.count "iam_list_projects")
    for _, request in ipairs(sandbox.requests()) do
      if request.operation == "iam_list_projects" then
        assert.equal("/v3/projects?name=cn-north-4", request.uri)
        assert.is_nil(request.headers["x-project-id"])
      end
    end
    one:close()
  end)

  it("is no guess where there is none, or more than one", function()
    local one = client { region = "cn-south-1", iam_endpoint = sandbox.tls }
    local _, err = one:replicate(support.replicate_params())
    assert.same({ "config", "not_sent" }, { err.kind, err.outcome })
    assert.matches("^no project of this account in region cn%-south%-1 %(X%-IAM%-Trace%-Id %S+%): set project_id",
      err.message)
    one:close()
    one = client { region = "cn-north-1", iam_endpoint = sandbox.tls }
    _, err = one:replicate(support.replicate_params())
    assert.equal("config", err.kind)
    assert.matches("several projects in region cn%-north%-1 %(.-%): %x+, %x+: set project_id", err.message)
    one:close()
    one = client { endpoint = sandbox.tls }
    one.region = nil
    _, err = one:replicate(support.replicate_params())
    assert.matches("without a region it cannot be looked up", err.message)
    one:close()
    assert.same({}, sandbox.ledger())
  end)

  it("is looked up again after a failure", function()
    sandbox.fault { call = "iam_list_projects", fault = "html_502" }
    local one = client { region = "cn-north-4", iam_endpoint = sandbox.tls }
    local _, err = one:replicate(support.replicate_params(), { max_attempts = 1 })
    assert.equal("not_sent", err.outcome)
    assert.matches("project id of region cn%-north%-4: HTTP 502", err.message)
    assert(one:replicate(support.replicate_params()))
    one:close()
  end)

  it("has a domain id beside it where that is asked for", function()
    local one = support.client { region = "cn-north-4", iam_endpoint = sandbox.tls, domain_id = true }
    assert(one:replicate(support.replicate_params()))
    local requests = sandbox.requests()
    assert.equal(fixtures.accounts.home.id, requests[#requests].headers["x-domain-id"])
    assert.matches("x%-domain%-id;", requests[#requests].headers.authorization)
    assert(one:sync { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(1, support.count "iam_auth_domains")
    one:close()
  end)
end)

describe("a 401", function()
  before_each(function()
    sandbox.reset()
  end)

  local function hint(changes, fault)
    if fault then
      sandbox.fault(fault)
    end
    local one = support.client(changes)
    local _, err = one:replicate(support.replicate_params())
    one:close()
    assert.equal("unauthorized", err.kind)
    assert.matches(err.hint, tostring(err), 1, true)
    return err.hint
  end

  it("says in plain words what it is about", function()
    assert.matches("the access key is not known", hint {
      credentials = { access_key = "AK", secret_key = "secret-key" },
    })
    assert.matches("the secret key does not belong to the access key", hint {
      credentials = { access_key = fixtures.keys.home.ak, secret_key = "wrong-secret-key" },
    })
    assert.matches("the project id is not one of these credentials", hint { project_id = fixtures.projects.other.id })
    assert.matches("the token is not valid", hint { credentials = { token = "no-such-token" } })
    assert.matches("the token has expired", hint { credentials = { token = fixtures.tokens.expired.value } })
    for _ = 1, 5 do
      hint { credentials = { access_key = fixtures.keys.home.ak, secret_key = "wrong-secret-key" } }
    end
    assert.matches("locked for five minutes", hint())
  end)

  -- The gateway's echo, as a proxy's change would make it.
  local function echo(change)
    sandbox.clear_faults()
    local keys = support.keys "temporary"
    local seen
    local one = support.client { credentials = keys, log = function(event) seen = event end }
    sandbox.fault { call = "replicate", fault = "unauthorized", message = "placeholder" }
    one:replicate(support.replicate_params())
    assert.equal(401, seen.status)
    local requests = sandbox.requests()
    local request = requests[#requests]
    local headers = request.headers
    local canonical = table.concat({
      "POST", request.uri .. "/", "", "content-type:" .. headers["content-type"], "host:" .. headers.host,
      "x-project-id:" .. headers["x-project-id"], "x-sdk-date:" .. headers["x-sdk-date"],
      "x-security-token:" .. headers["x-security-token"], "",
      "content-type;host;x-project-id;x-sdk-date;x-security-token", ("0"):rep(64),
    }, "|")
    one:close()
    sandbox.clear_requests()
    local found = hint({ credentials = keys }, {
      call = "replicate", fault = "unauthorized", times = -1,
      message = "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:"
        .. change(canonical),
    })
    assert.is_nil(found:find(keys.security_token, 1, true))
    assert.is_nil(found:find(keys.secret_key, 1, true))
    return found
  end

  it("shows no part of a long security token, nor anybody else's", function()
    local explain = require "cbr.call.unauthorized"
    local token = ("0123456789abcdef"):rep(60)
    local ours = "POST\n/\n\nx-security-token:" .. token .. "\n\nx-security-token\nhash"
    for _, theirs in ipairs { "***", ("fedcba9876543210"):rep(60) } do
      local words = explain.unauthorized("verify fail, canonicalRequest:POST|/||x-security-token:" .. theirs
        .. "||x-security-token|hash", function() return ours end, { token })
      assert.equal("the gateway saw another header x-security-token", words)
    end
    local words = explain.unauthorized("canonicalRequest:POST|/" .. token .. "|", function() return ours end, { token })
    assert.is_nil(words:find(token:sub(1, 16), 1, true))
  end)

  it("names the first line that the gateway saw otherwise", function()
    assert.matches("another header content%-type: 'content%-type:text/plain' where 'content%-type:application/json'",
      echo(function(c) return (c:gsub("application/json", "text/plain")) end))
    assert.matches("another header host: 'host:inner.proxy' where 'host:localhost",
      echo(function(c) return (c:gsub("host:[^|]+", "host:inner.proxy", 1)) end))
    assert.matches("another path: '/other/' where", echo(function(c) return (c:gsub("/v3/[^|]+", "/other/", 1)) end))
    assert.matches("another method: 'GET' where 'POST' was sent", echo(function(c) return (c:gsub("^POST", "GET")) end))
  end)
end)

describe("several endpoints", function()
  before_each(function()
    sandbox.reset()
  end)

  it("are tried in turn where nothing was sent, and the good one is kept", function()
    local events = {}
    local one = support.client {
      endpoint = { "https://127.0.0.1:1", "https://no-such-host.invalid", sandbox.tls },
      log = function(event) events[#events + 1] = event.event end,
    }
    assert(one:replicate(support.replicate_params()))
    assert.same({ "attempt", "endpoint", "attempt", "endpoint", "attempt" }, events)
    assert(one:sync { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(6, #events)
    assert.equal(2, #sandbox.ledger())
    one:close()
  end)

  it("are changed once for many calls at once", function()
    local one = support.client { endpoint = { "https://127.0.0.1:1", sandbox.tls } }
    local results, errors = cbr.map({ 1, 2, 3, 4, 5 }, function()
      return one:request { method = "GET", path = "/v3/{project_id}/vaults" }
    end)
    assert.same({}, errors)
    assert.equal(5, #results)
    assert.equal(2, one.origin_index)
    one:close()
  end)

  it("are not tried where something was sent", function()
    local one = support.single { endpoint = { sandbox.tls, sandbox.plain } }
    sandbox.fault { call = "replicate", fault = "reset_after" }
    local _, err = one:replicate(support.replicate_params())
    assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    sandbox.fault { call = "replicate", fault = "status", status = 504 }
    _, err = one:replicate(support.replicate_params { vault_id = fixtures.vaults.single.id })
    assert.same({ "service", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    assert.equal(2, support.count "replicate")
    one:close()
  end)

  it("fail with the last one's error when none can be reached", function()
    local one = support.single { endpoint = { "https://127.0.0.1:1", "https://127.0.0.1:2" } }
    local _, err = one:replicate(support.replicate_params())
    assert.same({ "connect", "not_sent", 2 }, { err.kind, err.outcome, err.attempts })
    one:close()
  end)
end)
