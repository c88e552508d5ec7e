-- Every form of error that services and gateways send, and invalid responses.

local failure = require "cbr.call.failure"
local http = require "cbr.call.http"
local json = require "cbr.util.json"
local operations = require "cbr.operations"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("a response", function()
  local client, keys

  set_up.for_all_tests(function()
    keys = support.keys "temporary"
    client = support.single_attempt_client { credentials = keys }
    return client
  end)

  -- Returns the error of a read whose response has this status and body, and only these headers.
  local function read(status, body, headers)
    sandbox.fault {
      call = "list_vault", fault = "raw",
      body = ("HTTP/1.1 %d No\r\nContent-Length: %d\r\n%s\r\n"):format(status, #body, headers or "") .. body,
    }
    local response, err = client:list_vault {}
    assert.is_nil(response)
    assert.equal(status, err.status)
    return err
  end

  it("a response about another object than the requested one is an error", function()
    sandbox.fault { call = "show_vault", fault = "status", status = 200, body = '{"vault":{"id":"another"}}' }
    local vault, err = client:show_vault { vault_id = support.fixtures.vaults.server.id }
    assert.is_nil(vault)
    assert.same({ "protocol", "the response has another 'id' than the request" }, { err.kind, err.message })
  end)

  it("a response of status 200 whose body states an error causes an error even if it is over 64 KiB long", function()
    local body = json.encode { error_code = "X.1", error_msg = "m", filler = ("x"):rep(70000) }
    sandbox.fault { fault = "raw", body = ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"):format(#body) .. body }
    local response, err = client:request { method = "GET", path = "/v3/{project_id}/vaults" }
    assert.is_nil(response)
    assert.same({ "protocol", "the response states an error" }, { err.kind, err.message })
  end)

  it("a response to an order raises no Lua error, whatever the types of its fields are", function()
    local id = support.fixtures.vaults.hybrid.id
    for _, backups in ipairs { "5", "[1]", "true", '"text"', "{}" } do
      sandbox.fault { call = "sync", fault = "status", status = 200,
        body = ('{"sync":{"vault_id":"%s","operation_log_id":"%s","backups":%s}}'):format(id, id, backups) }
      local response = client:sync { vault_id = id }
      assert.equal(id, response and response.operation_log_id, backups)
      sandbox.reset()
    end
  end)

  it("an error response whose message has a long row of spaces is read in a short time #many", function()
    local before = os.clock()
    local message = "a limit, time:" .. (" "):rep(60000) .. "x"
    local err = read(429, json.encode { error_code = "APIGW.0308", error_msg = message })
    assert.same({ "throttled", "a limit, time: x" }, { err.kind, err.message })
    assert.is_true(os.clock() - before < 5) -- quadratic work would take more than a minute
  end)

  it("a response that names another vault or destination than the order leaves the order's outcome unknown", function()
    for field, value in pairs { vault_id = support.fixtures.nowhere.id, destination_region = "xx" } do
      local replication = { backups = { { backup_id = "a" } }, [field] = value }
      sandbox.fault {
        call = "replicate", fault = "status", status = 200, body = json.encode { replication = replication },
      }
      local result, err = client:replicate(support.replicate_params())
      assert.is_nil(result)
      assert.same({ "protocol", "unknown" }, { err.kind, err.outcome })
      assert.matches(("another '%s'"):format(field), err.message, 1, true)
    end
  end)

  it("if a response lacks vault and destination, the result has those of the request, for client:wait", function()
    local params, id = support.replicate_params(), support.fixtures.nowhere.id
    local expected = { backups = { { backup_id = id, replication_record_id = id } } }
    support.merge(expected, params)
    for _, vault_id in ipairs { params.vault_id, 7, false, {} } do -- a value of any type but string counts as missing
      sandbox.fault { call = "replicate", fault = "status", status = 200, body = json.encode { replication = {
        backups = { { backup_id = id, replication_record_id = id } }, vault_id = vault_id,
      } } }
      assert.same(expected, client:replicate(params))
    end
  end)

  it("a code and a message are found up to three levels deep in a response, and no deeper", function()
    local body = '{"code":"E","message":"m"}'
    for level = 1, 4 do
      body = ('{"part":%s}'):format(body)
      local err = read(400, body)
      assert.equal(level <= 3 and "E" or nil, err.code, level)
      assert.equal(level <= 3 and "m" or "HTTP 400", err.message:match "^HTTP %d+" or err.message)
    end
  end)

  it("every form of error body yields its code and its message", function()
    for body, expected in pairs {
      ['{"error_code":"E","error_msg":"m"}'] = { "E", "m" },
      ['{"code":"E","message":"m"}'] = { "E", "m" },
      ['{"errorCode":"E","errorMsg":"m"}'] = { "E", "m" },
      ['{"errorCode":"E","message":"m"}'] = { "E", "m" },
      ['{"error":{"code":"E","message":"m"}}'] = { "E", "m" },
      ['{"error":{"error_code":"E","error_msg":"m"}}'] = { "E", "m" },
      ['{"error":{"code":401,"message":"m","title":"t"}}'] = { "401", "m" },
      ['{"badRequest":{"code":400,"message":"m"}}'] = { "400", "m" },
      ['{"a":{"b":{"code":"E","message":"m"}}}'] = { "E", "m" },
      ['{"code":404,"message":"m"}'] = { "404", "m" },
      ['{"error_msg":"m"}'] = { nil, "m" },
      ['{"message":"m"}'] = { nil, "m" },
      ['{"error":"m"}'] = { nil, "m" },
      ['{"errors":[{"code":"E","message":"m"}]}'] = { "E", "m" },
      ['{"error_code":"E","error_msg":"m","details":[{"error_code":"F","error_msg":"n"}]}'] = { "E", "m" },
      ['{"error_code":null,"error_msg":null}'] = { nil, "HTTP 400 with a body of type unknown" },
      ['{"error_code":"E","error_msg":""}'] = { "E", "HTTP 400 with a body of type unknown" },
      ['"text"'] = { nil, "HTTP 400 with a body of type unknown" },
      ["[1,2]"] = { nil, "HTTP 400 with a body of type unknown" },
      ["<html>no</html>"] = { nil, "HTTP 400 with a body of type unknown" },
      [""] = { nil, "HTTP 400" },
    } do
      local err = read(400, body)
      assert.same({ expected[1], expected[2] }, { err.code, err.message }, body)
    end
  end)

  -- Reads the response to an operation, with this body and status. `name` is nil for a custom request.
  local function receive(name, body, status)
    local context = { is_write = true, params = {}, definition = name and assert(operations[name]) }
    return http.read(context, {
      result = "ok", reach = "answered", status = status or 200, headers = {}, body = body,
    }, {})
  end

  it("an error's body with status 200 is an error", function()
    for body, expected in pairs {
      ['{"error_code":"BackupService.6105","error_msg":"m"}'] = { "BackupService.6105", "not_found", "rejected" },
      ['{"errorCode":"BackupService.6105","errorMsg":"m"}'] = { "BackupService.6105", "not_found", "rejected" },
      ['{"error":{"code":"BackupService.6105","message":"m"}}'] = { "BackupService.6105", "not_found", "rejected" },
      ['{"code":"BackupService.6105","message":"m"}'] = { "BackupService.6105", "not_found", "rejected" },
      ['{"error_code":"CSBS.6105","error_msg":"m"}'] = { "CSBS.6105", "not_found", "rejected" },
      ['{"error_code":"X.1","error_msg":"m"}'] = { "X.1", "service", "unknown" },
    } do
      for _, name in ipairs { "delete_backup", "list_vault", "show_vault", "create_vault", "copy_checkpoint", false } do
        local response, err = receive(name, body)
        assert.is_nil(response, body)
        assert.same({ expected[1], expected[2], expected[3], "m", 200 },
          { err.code, err.kind, err.outcome, err.message, err.status }, body)
      end
    end
    local _, err = receive("delete_backup", '{"error_code":"E","error_msg":"m","request_id":"r"}')
    assert.equal("r", err.request_id)
  end)

  it("a response is a result, not an error, if one of its fields only looks like the field of an error", function()
    for _, body in ipairs {
      '{"error_code":"","a":1}', '{"error_code":"0","error_msg":"success","a":1}', '{"error_code":null,"a":1}',
      '{"code":"ok","message":"m","a":1}', '{"message":"m","a":1}', '{"tasks":[{"error_code":"E"}],"a":1}',
      '{"code":200,"message":"m","a":1}', '{"error":{},"a":1}', '{"vault":{"id":"i"},"error_code":"E","a":1}',
    } do
      local response, err = receive(nil, body)
      assert.equal(1, response and response.a, body .. tostring(err))
    end
  end)

  it("the error message about a redirect names its target without query, user and password", function()
    for location, shown in pairs {
      ["https://portal.example/login?to=SECRET#SECRET"] = " to https://portal.example/login",
      ["https://user:SECRET@other.example/"] = " to https://***@other.example/",
      ["/login"] = " to /login",
      [""] = "",
    } do
      local err = read(302, "", ("Location: %s\r\n"):format(location))
      local words = "HTTP 302: the response is a redirect%s, and redirects are not followed"
      assert.equal(words:format(shown), err.message)
    end
    assert.equal("HTTP 308: the response is a redirect, and redirects are not followed", read(308, "").message)
  end)

  it("the error message describes a web page that comes instead of the service's response", function()
    local page = "<!DOCTYPE html><html><head><title>WAF</title></head><body><p>Event ID: 09-0000-1312</p></body></html>"
    local html = "Content-Type: text/html\r\n"
    for status, kind in pairs { [403] = "forbidden", [405] = "service", [418] = "forbidden", [503] = "service" } do
      local err = read(status, page, html)
      assert.equal(kind, err.kind)
      assert.equal(("HTTP %d with a body of type text/html: 'WAF', event id 09-0000-1312"):format(status), err.message)
      assert.equal(status ~= 503, err.advice:find "a web page came instead of the service's response" ~= nil)
    end
    local err = read(200, page, html)
    assert.equal("protocol", err.kind)
    assert.matches("(a body of type text/html: 'WAF', event id 09-0000-1312)", err.message, 1, true)
  end)

  it("a compressed response is read although the request did not accept compression", function()
    local name = support.file '{"error_code":"BackupService.6112","error_msg":"the vault is locked"}'
    local pipe = io.popen("gzip -c " .. name, "r")
    local err = read(400, pipe:read "*a", "Content-Encoding: gzip\r\n")
    pipe:close()
    os.remove(name)
    assert.same({ "BackupService.6112", "the vault is locked" }, { err.code, err.message })
  end)

  it("an error that is caused by a lack of memory has a kind of its own, and is not retryable", function()
    for outcome, reach in pairs { not_sent = "not_sent", unknown = "answered" } do
      local _, err = http.read({ is_write = true }, {
        result = "no_memory", reason = "not enough memory", reach = reach, headers = {}, body = "",
      }, {})
      assert.same({ "no_memory", "not enough memory", outcome, false },
        { err.kind, err.message, err.outcome, err.retryable })
    end
  end)

  it("the error message names the content type of an error body that is not JSON", function()
    local err = read(502, "<html>no</html>", "Content-Type: text/html\r\n")
    assert.equal("HTTP 502 with a body of type text/html", err.message)
  end)

  it("the request id of an error comes from the response's header, or else from the response's body", function()
    local body = '{"error_code":"E","error_msg":"m","request_id":"from-body"}'
    assert.equal("from-body", read(400, body).request_id)
    assert.equal("from-header", read(400, body, "X-Request-Id: from-header\r\n").request_id)
  end)

  it("the error holds encoded_authorization_message, which only the account's administrator can decode", function()
    local err = read(403, '{"error_code":"E","error_msg":"m","encoded_authorization_message":"abc"}')
    assert.equal("abc", err.encoded_authorization_message)
    for _, body in ipairs {
      '{"error":{"code":"E","message":"m","encoded_authorization_message":"abc"}}',
      '{"error":{"code":"E","message":"m"},"encoded_authorization_message":"abc"}',
      '{"error_code":"E","error_msg":"m","details":{"encoded_authorization_message":"abc"}}',
      '{"forbidden":{"code":"E","message":"m","details":[{"encoded_authorization_message":"abc"}]}}',
    } do
      err = read(403, body)
      assert.same({ "E", "m", "abc" }, { err.code, err.message, err.encoded_authorization_message })
    end
  end)

  it("without a request id header, the error takes the request id from any object in the response's body", function()
    assert.equal("r1", read(400, '{"error_code":"E","error_msg":"m","request_id":"r1"}').request_id)
    assert.equal("r2", read(400, '{"error":{"code":"E","message":"m","request_id":"r2"}}').request_id)
  end)

  it("an error message is one line without the client's secrets, whatever the service sends", function()
    local err = read(400, ('{"error_code":"E","error_msg":"x-security-token:%s|\\nline two\\u0000 %s"}'):format(
      keys.security_token, keys.secret_key))
    assert.equal("x-security-token:***| line two ***", err.message)
    assert.is_nil(tostring(err):find "[%z\1-\31\127]")
    assert.is_true(#tostring(read(400, ('{"message":"%s"}'):format(("m"):rep(1e4)))) < 1200)
  end)

  it("no field of an error contains a secret, even if the service sends a secret back", function()
    local body = ('{"error_code":"bad SECRET","error_msg":"m","request_id":"SECRET",'
      .. '"encoded_authorization_message":"a\\nSECRET"}'):gsub("SECRET", keys.secret_key)
    local err = read(403, body)
    assert.equal("bad ***", err.code)
    for _, value in pairs(err) do
      assert.is_nil(tostring(value):find(keys.secret_key, 1, true))
      assert.is_nil(tostring(value):find "[%z\1-\31\127]")
    end
  end)

  -- Calls `replicate` under a fault of the sandbox. Returns the error.
  local function replicate(fault)
    fault.call = "replicate"
    sandbox.fault(fault)
    local replication, err = client:replicate(support.replicate_params())
    assert.is_nil(replication)
    return err
  end

  local function expect(err, kind, outcome, retryable)
    assert.same({ kind, outcome, retryable }, { err.kind, err.outcome, err.retryable })
  end

  it("a response of status 200 that is not JSON leaves the outcome unknown", function()
    for _, fault in ipairs { "invalid_json", "wrong_type" } do
      sandbox.reset()
      local err = replicate { fault = fault }
      expect(err, "protocol", "unknown", false)
      assert.equal(200, err.status)
      assert.matches("not JSON", err.message)
    end
  end)

  it("a response of status 200 without the expected object leaves the outcome unknown", function()
    local err = replicate { fault = "empty" }
    expect(err, "protocol", "unknown", false)
    assert.matches("has no 'replication'", err.message)
    sandbox.reset()
    err = replicate { fault = "status", status = 200, body = '{"replication":null}' }
    expect(err, "protocol", "unknown", false)
    assert.matches("has no 'replication'", err.message)
  end)

  it("a gateway's response of status 500, 502, 503 or 504 leaves the outcome unknown", function()
    local err = replicate { fault = "html_502" }
    expect(err, "service", "unknown", false)
    assert.equal(502, err.status)
    for _, status in ipairs { 500, 503, 504 } do
      sandbox.reset()
      err = replicate { fault = "status", status = status, code = "APIGW.0201", message = "Backend timeout" }
      expect(err, "service", "unknown", false)
      assert.same({ "APIGW.0201", status }, { err.code, err.status })
    end
  end)

  it("status 408 leaves the outcome unknown, and every other 4xx status means a rejection", function()
    assert.equal("unknown", replicate { fault = "status", status = 408, body = "" }.outcome)
    for status = 400, 429 do
      if status ~= 401 and status ~= 408 then -- after a 401 the client would not send its key again
        assert.equal("rejected", replicate { fault = "status", status = status, body = "" }.outcome, status)
      end
    end
  end)
end)

describe("a body with status 2xx", function()
  it("a body with status 2xx states an error if the body has the code of an error", function()
    for _, body in ipairs {
      { error_code = "BackupService.6001", error_msg = "m" }, { errorCode = "APIGW.0301" },
      { error = { code = "IAM.0101", message = "m" } }, { code = "BackupService.6001", message = "m" },
      { error_code = 6001 },
    } do
      assert.is_true(failure.states_error(body))
    end
  end)

  it("a body with status 2xx states no error if its code means success, or if its fields belong to a result", function()
    for _, body in ipairs {
      {}, { error_code = "0" }, { error_code = "" }, { errorCode = "OK", error = "none" }, { error = {} },
      { error_code = "CBC.1", vault = {} }, { error_code = "CBC.1", orders = {} }, { code = "a", message = "m" },
      { code = "BackupService.6001" }, { error = { code = "0", message = "m" } }, { error = { code = "IAM.0101" } },
    } do
      assert.is_false(failure.states_error(body))
    end
  end)
end)
