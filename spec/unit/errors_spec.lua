-- The error object that every failure is returned as.

local errors = require "cbr.errors"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("an error", function()
  local client

  setup(function()
    client = support.client()
  end)

  teardown(function()
    client:close()
  end)

  before_each(function()
    sandbox.reset()
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

  it("the text of an error shows operation, code, message and facts in one line", function()
    local err = replicate { vault_id = fixtures.nowhere.id }
    local line = tostring(err)
    assert.equal(("replicate: %s: %s (not_found, HTTP 404, request %s, outcome rejected)"):format(
      err.code, err.message, err.request_id), line)
    sandbox.fault { call = "replicate", fault = "status", status = 400, code = "A.1\nB", message = "two\r\nlines\0" }
    line = tostring(replicate())
    assert.is_nil(line:find "%c")
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

  it("shortens a long message of the service", function()
    sandbox.fault { call = "list_vault", fault = "status", status = 400, code = ("c"):rep(1000),
      message = ("m"):rep(5000) }
    local _, err = client:list_vault({}, { max_attempts = 1 })
    assert.same({ 100, 1000 }, { #err.code, #err.message })
  end)

  it("hides user and password of a URL", function()
    local err = errors.new({ kind = "config", message = "see ftp://user:password@x.test/a" }, {})
    assert.equal("see ftp://***@x.test/a", err.message)
  end)

  it("there are 16 kinds of errors, each with a meaning", function()
    local count = 0
    for kind, meaning in pairs(errors.kinds) do
      count = count + 1
      assert.matches("^%l[%l_]+$", kind)
      assert.is_true(#meaning > 10)
    end
    assert.equal(16, count)
    assert.is_string(errors.kinds[replicate { vault_id = "x" }.kind])
  end)

  it("an error cannot be made with an unknown kind", function()
    assert.is_false(pcall(errors.new, { kind = "strange", message = "m" }, {}))
  end)

  it("errors.is tells errors from other tables", function()
    assert.is_true(errors.is(replicate { vault_id = "x" }))
    assert.is_false(errors.is {})
    assert.is_false(errors.is(nil))
  end)
end)
