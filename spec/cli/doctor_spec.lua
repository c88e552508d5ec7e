-- cbr doctor: the fault of each broken set-up, and notes.

local command = require "spec.helpers.command"
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("cbr doctor #process", function()
  local keys = support.keys "home"
  local NO_KEYS = { HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false }

  before_each(sandbox.reset)

  -- Runs cbr doctor. Returns the checks that have the given verdict (by default `fault`), by name, and the exit
  -- status. No secret may be in the output.
  local function examine(variables, verdict, arguments)
    local diagnosis, status, output = command.json("doctor " .. (arguments or ""), variables)
    assert.is_nil(output:find(keys.secret_key, 1, true))
    assert.equal(status == 0, diagnosis.is_ok)
    local found = {}
    for _, check in ipairs(diagnosis.checks) do
      if check.verdict == (verdict or "fault") then
        found[check.name] = check
        assert.is_truthy(check.advice or verdict ~= "fault")
      end
    end
    return found, status
  end

  -- Asserts that only the check with this name has failed. Returns this check.
  local function assert_fault(name, variables, arguments)
    local found, status = examine(variables, "fault", arguments)
    assert.equal(1, status)
    assert.equal(name, next(found))
    assert.is_nil(next(found, name))
    return found[name]
  end

  local function signed_requests()
    local count = 0
    for _, request in ipairs(sandbox.requests()) do
      count = count + (request.headers.authorization and 1 or 0)
    end
    return count
  end

  it("cbr doctor reports no fault for a working set-up, and does not check the permission to place orders", function()
    sandbox.clear_requests()
    local found, status = examine(nil, "fault")
    assert.same({ {}, 0 }, { found, status })
    assert.matches("cbr:vaults:replicate", examine(nil, "unchecked").order.message, 1, true)
    assert.same({}, sandbox.ledger())
    for _, name in ipairs { "credentials", "region", "endpoint", "proxy", "connection", "tls", "clock", "project",
      "permission" } do
      assert.is_truthy(examine(nil, "ok")[name], name)
    end
  end)

  it("cbr doctor reports missing keys as a fault, and a missing metadata service as a note", function()
    assert.matches("no credentials found: environment: HUAWEICLOUD_SDK_AK is not set", assert_fault("credentials",
      NO_KEYS).message, 1, true)
    assert.matches("no metadata service at http://127.0.0.1:9", examine(NO_KEYS, "note").metadata.message, 1, true)
  end)

  it("cbr doctor reports one key without the other as a fault, and names the missing variable", function()
    local check = assert_fault("credentials", { HUAWEICLOUD_SDK_SK = false })
    assert.matches("HUAWEICLOUD_SDK_SK is not set", check.message, 1, true)
    check = assert_fault("credentials", { HUAWEICLOUD_SDK_AK = false })
    assert.matches("HUAWEICLOUD_SDK_AK is not set", check.message, 1, true)
  end)

  it("cbr doctor reports swapped keys as a fault, and sends no signed request", function()
    sandbox.clear_requests()
    local check = assert_fault("credentials", {
      HUAWEICLOUD_SDK_AK = keys.secret_key, HUAWEICLOUD_SDK_SK = keys.access_key,
    })
    assert.matches("are swapped", check.message, 1, true)
    assert.equal(0, signed_requests())
  end)

  it("cbr doctor reports a wrong secret key as a fault, and signs nothing else after the first rejection", function()
    sandbox.clear_requests()
    local check = assert_fault("credentials", { HUAWEICLOUD_SDK_SK = keys.secret_key:reverse() })
    assert.matches("does not belong to the access key", check.advice, 1, true)
    assert.equal(1, signed_requests())
  end)

  it("cbr doctor reports a wrong region as a fault, and names a similar region or the missing project", function()
    local check = assert_fault("region", { CBR_REGION = "cn-nort-4" })
    assert.matches("did you mean 'cn-north-4'?", check.advice, 1, true)
    check = assert_fault("project", { CBR_REGION = fixtures.regions.none, HUAWEICLOUD_SDK_PROJECT_ID = false })
    assert.matches("no project in region " .. fixtures.regions.none, check.message, 1, true)
  end)

  it("cbr doctor reports a host name that cannot be resolved as a fault of the connection", function()
    assert.matches("resolve host", assert_fault("connection", nil, "--endpoint https://no.such.host.invalid").message)
  end)

  it("cbr doctor reports a certificate of an unknown CA as a fault of TLS", function()
    assert.matches("certificate", assert_fault("tls", nil, "--endpoint " .. sandbox.tls_unknown_ca).message)
  end)

  it("cbr doctor reports a wrong clock as a fault, and no signature is rejected because of the wrong clock", function()
    sandbox.clock(3600)
    sandbox.clear_requests()
    local check = assert_fault "clock"
    assert.matches("behind the service", check.message, 1, true)
    assert.is_true(check.offset > 3500 and check.offset < 3700)
    for _, request in ipairs(sandbox.requests()) do
      assert.is_true(request.status == 200 or not request.headers.authorization)
    end
  end)

  it("cbr doctor reports a proxy that is down as a fault, without the user and the password of the proxy", function()
    local port = servers.free_port()
    local variables = { https_proxy = ("http://user:pass-word@127.0.0.1:%d"):format(port), no_proxy = "" }
    local check = assert_fault("proxy", variables)
    assert.matches(("check the proxy http://127.0.0.1:%d"):format(port), check.advice, 1, true)
    assert.is_nil((command.run("doctor", variables)):find("pass-word", 1, true))
  end)

  it("cbr doctor reports a project of another account as a fault", function()
    sandbox.clear_requests()
    assert.matches("does not belong to these credentials", assert_fault("project", {
      HUAWEICLOUD_SDK_PROJECT_ID = fixtures.projects.other.id,
    }).advice, 1, true)
    assert.equal(1, signed_requests())
  end)

  it("cbr doctor reports a key that lacks a permission as a fault, and names the permission", function()
    sandbox.fault {
      call = "list_op_logs", fault = "status", status = 403, code = "APIGW.0302", message = "m", times = -1,
    }
    local check = assert_fault "permission"
    assert.same({ "list_op_logs", "ask for cbr:tasks:list" }, { check.operation, check.advice })
  end)

  it("cbr doctor has a note about a profile that other users can read, and uses the keys of that profile", function()
    local name = support.file(("[basic]\nak=%s\nsk=%s\n"):format(keys.access_key, keys.secret_key), "644")
    local variables = {
      HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false, HUAWEICLOUD_SDK_CREDENTIALS_FILE = name,
    }
    local found, status = examine(variables, "note")
    local place = examine(variables, "ok").credentials.message
    os.remove(name)
    assert.equal(0, status)
    assert.matches("others can read this file: chmod 600", found.profile.message, 1, true)
    assert.matches("from the profile " .. name, place, 1, true)
  end)

  it("cbr doctor prints a line for each check, and with --quiet the faults only", function()
    local output, status = command.run "doctor"
    assert.equal(0, status)
    assert.matches("\nregion\tok\tcn%-north%-4\t%-\n", output)
    assert.equal("", (command.run "doctor --quiet"))
    local quiet = command.run("doctor --quiet", { HUAWEICLOUD_SDK_SK = keys.secret_key:reverse() })
    assert.equal(1, select(2, quiet:gsub("\n", "")))
  end)
end)
