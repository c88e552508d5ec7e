-- What the codes of the service and of its gateway mean: kind, retryable, outcome, advice. The sandbox rejects some
-- requests by its own rules; the other codes are sent as faults.

local operations = require "cbr.operations"
local service_codes = require "cbr.call.service_codes"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local function id(vault)
  return fixtures.vaults[vault].id
end

describe("a rejection", function()
  before_each(function()
    sandbox.reset()
    sandbox.time_scale(1) -- work in progress must not end before the rejected call, even on a slow machine
  end)

  -- Makes a call that the service rejects. Returns its error.
  local function rejected(changes, call)
    local client = support.single_attempt_client(changes)
    local response, err = call(client)
    client:close()
    assert.is_nil(response)
    assert.equal("rejected", err.outcome)
    assert.equal(1, err.attempts)
    assert.matches("^%x+$", err.request_id)
    assert.same({}, sandbox.ledger())
    return err
  end

  local function replicate(changes)
    return function(client)
      return client:replicate(support.replicate_params(changes))
    end
  end

  local function sync(vault)
    return function(client)
      return client:sync { vault_id = id(vault) }
    end
  end

  local cases = {
    -- { code, kind, retryable, call }
    { "BackupService.0001", "service", false, replicate { vault_id = id "empty" } },
    { "BackupService.1005", "service", false, replicate { destination_region = "cn-south-9" } },
    { "BackupService.1009", "nothing_to_do", false, replicate { vault_id = id "replicated" } },
    { "BackupService.1011", "service", false, replicate {
      destination_project_id = fixtures.projects.no_replicas.id, destination_vault_id = id "no_replicas",
    } },
    { "BackupService.6105", "not_found", false, replicate { vault_id = fixtures.nowhere.id } },
    { "BackupService.6112", "service", false, replicate { vault_id = id "locked" } },
    { "BackupService.6119", "service", false, replicate { destination_vault_id = id "east_backups" } },
    { "BackupService.6120", "not_found", false, replicate { destination_vault_id = fixtures.nowhere.id } },
    { "BackupService.6128", "service", false, replicate { vault_id = id "disk" } },
    { "BackupService.6129", "quota", false, replicate { destination_vault_id = id "replicas_full" } },
    { "BackupService.6130", "busy", true, replicate { vault_id = id "replicating" } },
    { "BackupService.7300", "service", false, sync "server" },
    { "BackupService.7301", "service", false, sync "hybrid_filled" },
    { "BackupService.7302", "busy", true, sync "hybrid_busy" },
  }

  for _, case in ipairs(cases) do
    local code, kind, retryable, call = case[1], case[2], case[3], case[4]
    it(("a rejection with the code %s is an error of kind %s"):format(code, kind), function()
      local err = rejected(nil, call)
      assert.equal(code, err.code)
      assert.equal(kind, err.kind)
      assert.equal(retryable, err.retryable)
      assert.is_true(err.status >= 400 and err.status < 500)
      assert.is_true(#err.message > 0)
      assert.equal(code == "BackupService.0001" and "no_backup" or nil, err.reason)
      assert.matches(code .. ": " .. err.message, tostring(err), 1, true)
    end)
  end

  it("a rejection with the code BackupService.9900 is an error of kind service, also for a custom request", function()
    local err = rejected(nil, function(client)
      local path = "/v3/{project_id}/checkpoints/replicate"
      return client:request { method = "POST", path = path, body = { replicate = {} } }
    end)
    assert.equal("BackupService.9900", err.code)
    assert.equal("service", err.kind)
    assert.equal("request", err.operation)
  end)

  it("a wrong signature causes one request and an error of kind unauthorized, which shows no secret", function()
    local keys = support.keys "temporary"
    keys.secret_key = keys.secret_key .. "x"
    local err = rejected({ credentials = keys }, replicate())
    assert.equal("unauthorized", err.kind)
    assert.equal("APIGW.0301", err.code)
    assert.equal(401, err.status)
    assert.matches("verify aksk signature fail", err.message)
    assert.equal(1, #sandbox.requests())
    for _, secret in ipairs { keys.secret_key, keys.security_token } do
      assert.is_nil(tostring(err):find(secret, 1, true))
      for _, value in pairs(err) do
        assert.is_nil(tostring(value):find(secret, 1, true))
      end
    end
  end)

  it("an unknown key or another account's project causes an error of kind unauthorized", function()
    local err = rejected({ credentials = { access_key = "NOSUCHKEY", secret_key = "nobody-knows-it" } }, replicate())
    assert.same({ "unauthorized", "APIGW.0301" }, { err.kind, err.code })
    assert.matches("not exist", err.message)
    err = rejected({ project_id = fixtures.projects.other.id }, replicate())
    assert.same({ "unauthorized", "APIGW.0301" }, { err.kind, err.code })
    sandbox.clock(14 * 60)
    local client = support.client()
    assert(client:replicate(support.replicate_params()))
    client:close()
  end)

  it("a locked key causes an error of kind unauthorized", function()
    for _ = 1, 5 do
      rejected({ credentials = { access_key = fixtures.keys.home.ak, secret_key = "wrong" } }, replicate())
    end
    local err = rejected(nil, replicate())
    assert.equal("unauthorized", err.kind)
    assert.matches("failed to reach the limit", err.message)
  end)

  it("an unknown or expired token causes an error of kind unauthorized", function()
    local err = rejected({ credentials = { token = "no-such-token" } }, replicate())
    assert.equal("unauthorized", err.kind)
    assert.is_nil(tostring(err):find("no-such-token", 1, true))
    err = rejected({ credentials = { token = fixtures.tokens.expired.value } }, replicate())
    assert.equal("unauthorized", err.kind)
  end)

  it("the error of a throttled request is retryable", function()
    sandbox.fault { call = "replicate", fault = "throttled" }
    local err = rejected(nil, replicate())
    assert.same({ "throttled", "APIGW.0308", 429, true }, { err.kind, err.code, err.status, err.retryable })
  end)

  it("a user or an account without permission causes an error of kind forbidden", function()
    sandbox.fault { call = "replicate", fault = "status", status = 403, code = "APIGW.0802", message = "no entry" }
    local err = rejected(nil, replicate())
    assert.same({ "forbidden", "APIGW.0802", 403, false }, { err.kind, err.code, err.status, err.retryable })
    sandbox.fault { call = "replicate", fault = "status", status = 403, code = "BackupService.8600", message = "m" }
    assert.equal("forbidden", rejected(nil, replicate()).kind)
  end)

  it("the error of a rejected read has no outcome, and has the kind not_found if the id is unknown", function()
    local client = support.client()
    local response, err = client:request { method = "GET", path = "/v3/{project_id}/vaults/" .. fixtures.nowhere.id }
    assert.is_nil(response)
    assert.same({ "not_found", "BackupService.6105", 404 }, { err.kind, err.code, err.status })
    assert.is_nil(err.outcome)
    response, err = client:request { method = "GET", path = "/v3/{project_id}/backups/malformed" }
    assert.is_nil(response)
    -- in an HTTP 401 with OpenStack's form of body, the id is wrong, and not the credentials
    assert.same({ "not_found", 401 }, { err.kind, err.status })
    response, err = client:request { method = "GET", path = "/v3/no/such/path" }
    assert.is_nil(response)
    assert.is_true(err.status >= 400)
    client:close()
  end)
end)

-- The 192 codes of the two API references. R: a transient failure, B: other work is in progress, A: a problem of the
-- account, N: a permanent failure.
local CLASSES = {
  R = "1007 1008 4002 4004 4005 4006 4007 6107 6108 6110 6111 6115 6118 6121 6123 6132 6139 6201 6206 6208 6400 "
    .. "6401 6403 6404 6405 6406 6407 6408 7203 7504 7505 7506 7508 7509 8400",
  B = "0002 2002 2010 6125 6130 6134 6203 6216 7200 7302 7501",
  A = "8600 9998",
  N = "0001 1001 1002 1003 1004 1005 1006 1009 1011 1012 1013 2001 2003 2004 2005 2006 2007 2008 2009 2011 2012 "
    .. "2013 2014 2015 4001 4003 6000 6001 6002 6003 6100 6101 6102 6103 6104 6105 6106 6109 6112 6113 6114 6116 "
    .. "6117 6119 6120 6122 6124 6126 6127 6128 6129 6131 6133 6135 6136 6137 6138 6140 6141 6142 6200 6202 6204 "
    .. "6205 6207 6209 6210 6211 6212 6213 6214 6215 6217 6220 6300 6301 6302 6402 6500 6501 6600 6601 6700 6701 "
    .. "6702 6703 6704 6705 6706 6707 6708 6709 6710 6711 6712 6713 6714 7000 7001 7002 7003 7004 7005 7006 7007 "
    .. "7008 7009 7100 7101 7102 7103 7104 7105 7106 7107 7108 7109 7110 7111 7112 7113 7114 7115 7116 7117 7201 "
    .. "7202 7204 7300 7301 7303 7500 7502 7503 7507 7510 7511 7600 7601 7602 7603 8300 9900 9910",
}

describe("a code", function()
  local client

  set_up.for_all_tests(function()
    client = support.single_attempt_client()
    return client
  end)

  -- The error of an operation that ends with a code and a status.
  local function fail(operation, params, code, status)
    sandbox.fault { call = operation, fault = "status", status = status, code = code, body = not code and "" or nil }
    local response, err = client[operation](client, params)
    assert.is_nil(response)
    assert.same({ code, status }, { err.code, err.status })
    return err
  end

  -- Returns the kind of an error, whether a read with this error is retryable, and the outcome of an order with this
  -- error.
  local function meaning(code, status)
    local read = fail("list_vault", {}, code, status)
    local order = fail("sync", { vault_id = id "hybrid" }, code, status)
    assert.equal(read.kind, order.kind)
    return { read.kind, read.retryable, order.outcome }
  end

  it("a code of the service determines the kind of the error, whatever the HTTP status", function()
    assert.same({ "busy", true, "rejected" }, meaning("BackupService.6130", 500))
    assert.same({ "service", false, "rejected" }, meaning("BackupService.1001", 500))
    assert.same({ "service", true, "rejected" }, meaning("BackupService.6118", 400))
    assert.same({ "service", true, "rejected" }, meaning("BackupService.6118", 500))
  end)

  it("a code with the service's older prefix means the same as with the present prefix", function()
    for number, status in pairs { ["6130"] = 400, ["6105"] = 404, ["6118"] = 500, ["2003"] = 400, ["4242"] = 404 } do
      assert.same(meaning("BackupService." .. number, status), meaning("CSBS." .. number, status))
      assert.equal(fail("list_vault", {}, "BackupService." .. number, status).advice,
        fail("list_vault", {}, "CSBS." .. number, status).advice)
    end
  end)

  it("an error with an unlisted service code is not retryable, and is a rejection only with status 4xx", function()
    assert.same({ "service", false, "rejected" }, meaning("BackupService.4242", 404))
    assert.same({ "service", false, "unknown" }, meaning("BackupService.4242", 500))
  end)

  it("each code of the gateway means the same with each of the gateway's prefixes", function()
    local count = 0
    for words, numbers in pairs {
      ["throttled retryable"] = "0308",
      ["unauthorized final"] = "0301 0303 0305 0307 0311",
      ["forbidden final"] = "0302 0304 0306 0310 0401 0402 0404 0801 0802",
      ["quota final"] = "0501 0502",
      ["not_found final"] = "0101 0103",
      ["service retryable"] = "0601 0605 0606 0608 0610 0613",
      ["service final"] = "0104 0105 0106 0602 0607 0609 0611 0612 0705",
    } do
      for number in numbers:gmatch "%d+" do
        for _, prefix in ipairs { "APIGW", "APIG", "APICW", "APIC" } do
          local code = prefix .. "." .. number
          local known = assert(service_codes.known[code], code)
          assert.equal(words, (known.kind or "service") .. (known.retryable and " retryable" or " final"), code)
          assert.equal(number == "0613" or nil, known.rejected)
          count = count + 1
        end
      end
    end
    for code in pairs(service_codes.known) do
      count = count - (code:find "^API" and 1 or 0)
    end
    assert.equal(0, count)
    assert.same({ "throttled", true, "rejected" }, meaning("APIG.0308", 429))
  end)

  it("each HTTP status with a meaning of its own leads to the expected kind and to the expected `retryable`", function()
    local expected = {
      [401] = "unauthorized final", [403] = "forbidden final", [404] = "not_found final", [409] = "busy retryable",
      [418] = "forbidden final", [429] = "throttled retryable", [500] = "service retryable",
      [502] = "service retryable", [503] = "service retryable", [504] = "service retryable",
    }
    local found = {}
    for status, meant in pairs(service_codes.by_status) do
      found[status] = (meant.kind or "service") .. (meant.retryable and " retryable" or " final")
    end
    assert.same(expected, found)
  end)

  it("a gateway code about the back end has a meaning that depends on the HTTP status", function()
    assert.same({ "service", true, "unknown" }, meaning("APIGW.0201", 504))
    assert.same({ "service", false, "rejected" }, meaning("APIGW.0201", 400))
  end)

  it("an error with the gateway's code for an unreachable IAM has the outcome rejected, and is retryable", function()
    assert.same({ "service", true, "rejected" }, meaning("APIGW.0613", 503))
  end)

  it("the HTTP status determines the kind of an error that has no code", function()
    assert.same({ "service", true, "unknown" }, meaning(nil, 502))
    assert.same({ "not_found", false, "rejected" }, meaning(nil, 404))
    assert.same({ "service", false, "unknown" }, meaning(nil, 408))
    assert.same({ "busy", true, "rejected" }, meaning(nil, 409))
  end)

  it("every code in the references has a kind, an outcome and advice, whatever the HTTP status", function()
    local count = 0
    for class, numbers in pairs(CLASSES) do
      for number in numbers:gmatch "%d+" do
        count = count + 1
        local code = "BackupService." .. number
        for _, status in ipairs { 400, 404, 500 } do -- the meaning of a code does not depend on its status
          local err = fail("sync", { vault_id = id "hybrid" }, code, status)
          assert.equal(class == "R" or class == "B", err.retryable, code)
          assert.is_true(err.kind ~= "busy" or class == "B", code)
          assert.equal(number == "9910" and "unknown" or "rejected", err.outcome, code)
          assert.is_string(err.advice, code)
        end
      end
    end
    assert.equal(192, count)
    assert.matches("the service's support", fail("sync", { vault_id = id "hybrid" }, "BackupService.4242", 400).advice)
  end)

  it("each kind of order has a code that rejects a duplicate, with both of the service's prefixes", function()
    local kinds = {}
    for code, known in pairs(service_codes.known) do
      for kind in pairs(known.duplicate_of or {}) do
        local prefix = code:match "^%a+"
        kinds[kind] = kinds[kind] or {}
        kinds[kind][prefix] = true
      end
    end
    local count = 0
    for name, operation in pairs(operations) do
      if operation.order_kind then
        assert.same({ BackupService = true, CSBS = true }, kinds[operation.order_kind], name)
        count = count + 1
      end
    end
    assert.equal(3, count)
  end)

  it("an error with a known code has advice", function()
    local function advice(code, status)
      return fail("sync", { vault_id = id "hybrid" }, code, status).advice
    end
    assert.matches("show_replication_capabilities", advice("BackupService.1005", 400))
    assert.matches("wait for its end", advice("BackupService.6130", 400))
    assert.matches("the failure is transient", advice("BackupService.6118", 400))
    assert.matches("a retry will be rejected too", advice("BackupService.1002", 400))
    assert.matches("more slowly", advice("APIGW.0308", 429))
    assert.matches("create one first", advice("BackupService.0001", 400))
    assert.matches("nothing to do", advice("BackupService.1009", 400))
  end)

  it("an order is searched for after status 500 with a code that no reference lists", function()
    local searching = support.client { timeout = 8, settle_time = 0.2 }
    support.lose_response("sync", "status", { status = 500, code = "BackupService.9999", after = true })
    assert.is_true(assert(searching:sync { vault_id = id "hybrid" }).reconciled)
    searching:close()
  end)
end)
