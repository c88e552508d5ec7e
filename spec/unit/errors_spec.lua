-- The error object, in which every failure is returned.

local cbr = require "cbr"
local errors = require "cbr.errors"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("an error", function()
  local client

  set_up.for_all_tests(function()
    client = support.client()
    return client
  end)

  local function replicate(changes)
    local response, err = client:replicate(support.replicate_params(changes))
    assert.is_nil(response)
    return err
  end

  it("an error has the service's code, message, status and request id", function()
    local err = replicate { vault_id = fixtures.nowhere.id }
    assert.same({ "not_found", "BackupService.6105", 404, "replicate", "rejected", false, 1 }, {
      err.kind, err.code, err.status, err.operation, err.outcome, err.retryable, err.attempts,
    })
    assert.is_true(#err.message > 10)
    assert.matches("^%x+$", err.request_id)
  end)

  it("the text of an error shows operation, code, message, advice and facts in one line", function()
    local err = replicate { vault_id = fixtures.nowhere.id }
    local line = tostring(err)
    assert.equal(("replicate: %s: %s - %s (not_found, HTTP 404, request %s, outcome rejected)"):format(
      err.code, err.message, err.advice, err.request_id), line)
    sandbox.fault { call = "replicate", fault = "status", status = 400, code = "A.1\nB", message = "two\r\nlines\0" }
    line = tostring(replicate())
    assert.is_nil(line:find "[%z\1-\31\127]")
    assert.matches("^replicate: A.1 B: two lines", line)
  end)

  it("the text of an error shows the number of attempts if there were several", function()
    sandbox.fault { call = "list_vault", fault = "html_502", times = -1 }
    local impatient = support.client { retry_pause = 0.001, max_attempts = 3 }
    local _, err = impatient:list_vault {}
    impatient:close()
    assert.equal(3, err.attempts)
    assert.matches(", 3 attempts", tostring(err), 1, true)
  end)

  it("an error lists all problems of bad parameters", function()
    local err = replicate { vault_id = "x", destination_vault_id = "y" }
    assert.same({ "argument", "not_sent", false, 2 }, { err.kind, err.outcome, err.retryable, #err.problems })
    assert.is_nil(err.attempts)
    for _, problem in ipairs(err.problems) do
      assert.matches(problem.parameter .. " " .. problem.problem, err.message, 1, true)
    end
  end)

  it("an error has an outcome for operations that change something, but not for reads", function()
    local _, err = client:show_vault { vault_id = fixtures.nowhere.id }
    assert.equal("not_found", err.kind)
    assert.is_nil(err.outcome)
    _, err = client:show_vault {}
    assert.equal("argument", err.kind)
    assert.is_nil(err.outcome)
    _, err = client:delete_vault {}
    assert.equal("not_sent", err.outcome)
  end)

  it("an error shortens a long message of the service", function()
    sandbox.fault { call = "list_vault", fault = "status", status = 400, code = ("c"):rep(1000),
      message = ("m"):rep(5000) }
    local _, err = client:list_vault({}, { max_attempts = 1 })
    assert.same({ 100, 1000 }, { #err.code, #err.message })
  end)

  it("the text of an error hides the user and the password of a URL", function()
    local err = errors.new({ kind = "config", message = "see ftp://user:password@x.test/a" }, {})
    assert.equal("see ftp://***@x.test/a", err.message)
  end)

  it("every kind of error has a meaning, and has advice that the error's text shows", function()
    for kind, meaning in pairs(errors.kinds) do
      assert.matches("^%l[%l_]+$", kind)
      assert.is_true(#meaning > 10)
      local err = errors.new({ kind = kind, message = "m" }, { operation = "sync" })
      assert.is_true(#err.advice > 10, kind)
      assert.equal(("sync: m - %s (%s)"):format(err.advice, kind), tostring(err))
    end
    assert.is_string(errors.kinds[replicate { vault_id = "x" }.kind])
  end)

  it("an error of every origin has advice or a hint, and shows the advice or the hint in its text", function()
    local function list(changes, fault)
      if fault then
        fault.call, fault.times = "list_vault", -1
        sandbox.fault(fault)
      end
      local one = cbr.new(support.options(changes))
      local _, err = one:list_vault({}, { max_attempts = 1 })
      one:close()
      sandbox.reset()
      return err
    end
    local function coded(code, status)
      return list(nil, { fault = "status", code = code, status = status, message = "m" })
    end
    sandbox.time_scale(6000)
    local failures = {
      argument = select(2, client:show_vault {}), config = select(2, cbr.new { endpoint = "ftp://x" }),
      credentials = list { credentials = function() return nil, "none here" end },
      connect = list { endpoint = "https://127.0.0.1:1" },
      tls = list { ca_file = "/etc/hostname" },
      timeout = list({ timeout = 0.3 }, { fault = "slow_headers", seconds = 5 }),
      network = list(nil, { fault = "reset_before" }),
      throttled = list(nil, { fault = "throttled" }), unauthorized = coded("APIGW.0303", 401),
      forbidden = coded("APIGW.0302", 403), not_found = coded("BackupService.6105", 404),
      busy = coded("BackupService.6130", 400), quota = coded("BackupService.6129", 400),
      nothing_to_do = coded("BackupService.1009", 400), service = coded("X.1", 400),
      protocol = list(nil, { fault = "invalid_json" }),
      task = select(2, client:wait(client:replicate(support.replicate_params { vault_id = fixtures.vaults.mixed.id }),
        { interval = 0.05 })),
    }
    failures.proxy = list { proxy = "http://127.0.0.1:1" }
    failures.password = list {
      region = "cn-north-4", iam_endpoint = sandbox.tls,
      credentials = { username = "nobody", password = "wrong-password", domain_name = "nowhere" },
    }
    for kind, err in pairs(failures) do
      assert.is_true(err.kind == kind or kind == "proxy" or kind == "password", kind .. " is " .. err.kind)
      assert.matches(" - " .. (err.hint or err.advice), tostring(err), 1, true)
      assert.is_nil(tostring(err):find "%c")
    end
  end)

  it("an error of a call that may have been accepted advises to check first, whatever kind the error has", function()
    local one = support.single_attempt_client()
    for _, fault in ipairs { "reset_after", "html_502", "invalid_json", "truncated" } do
      sandbox.fault { call = "sync", fault = fault }
      local _, err = one:sync { vault_id = fixtures.vaults.hybrid.id }
      assert.equal("unknown", err.outcome)
      assert.matches("check before you send it again", err.advice)
    end
    sandbox.fault { call = "sync", fault = "status", status = 500, code = "BackupService.9910" }
    local _, err = one:sync { vault_id = fixtures.vaults.hybrid.id }
    assert.matches("check before you send it again", err.advice)
    one:close()
  end)

  it("an error has the advice for the last response if a search has shown that no attempt was accepted", function()
    local one = support.client { settle_time = 0.2, retry_pause = 0.01 }
    sandbox.fault { call = "sync", fault = "html_502" }
    sandbox.fault { call = "sync", fault = "status", status = 400, code = "BackupService.6112" }
    local _, err = one:sync { vault_id = fixtures.vaults.hybrid.id }
    one:close()
    assert.same({ "BackupService.6112", "rejected" }, { err.code, err.outcome })
    assert.matches("wait until the vault is available", err.advice)
  end)

  it("the text of an error shows the hint in place of the advice, and shortens only the message", function()
    local err = errors.new({ kind = "unauthorized", message = ("m"):rep(900) }, { explanation = "the cause" })
    assert.matches("m%.%.%. %- the cause %(unauthorized%)$", tostring(err))
    assert.is_true(#tostring(err) < 500)
  end)

  it("an error replaces a secret in its texts, but not in its kind or its reason", function()
    for kind in pairs(errors.kinds) do
      local err = errors.new({ kind = kind, message = "m " .. kind }, {}, { kind, kind:sub(1, 6) })
      assert.equal(kind, err.kind)
      assert.matches(#kind >= 6 and "m %*%*%*" or "m " .. kind, err.message)
    end
    local with_reason = errors.new({ kind = "service", reason = "no_backup", message = "m" }, {}, { "backup" })
    assert.equal("no_backup", with_reason.reason)
    for _, password in ipairs { "service", "unauthorized", "author", "credentials" } do
      local one = support.client {
        region = "cn-north-4", iam_endpoint = sandbox.tls, max_attempts = 1,
        credentials = { username = "nobody", password = password, domain_name = "nowhere" },
      }
      local _, err = one:list_vault {}
      one:close()
      assert.is_string(errors.kinds[err.kind])
      sandbox.reset()
    end
  end)

  it("an error cannot be made with an unknown kind", function()
    assert.is_false(pcall(errors.new, { kind = "strange", message = "m" }, {}))
  end)

  it("errors.is is true for errors of cbr, and false for other tables", function()
    assert.is_true(errors.is(replicate { vault_id = "x" }))
    assert.is_false(errors.is {})
    assert.is_false(errors.is(nil))
  end)
end)
