-- Every form of error that services and gateways send, and invalid responses.

local json = require "cbr.util.json"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("a response", function()
  local client, keys

  setup(function()
    keys = support.keys "temporary"
    client = support.single_attempt_client { credentials = keys }
  end)

  teardown(function()
    client:close()
    sandbox.reset()
  end)

  before_each(function()
    sandbox.reset()
  end)

  -- The error of a read whose response has this status, body and headers, and no other header.
  local function read(status, body, headers)
    sandbox.fault {
      call = "list_vault", fault = "raw",
      body = ("HTTP/1.1 %d No\r\nContent-Length: %d\r\n%s\r\n%s"):format(status, #body, headers or "", body),
    }
    local answer, err = client:list_vault {}
    assert.is_nil(answer)
    assert.equal(status, err.status)
    return err
  end

  it("is an error when it is about another thing than the one that was asked for", function()
    sandbox.fault { call = "show_vault", fault = "status", status = 200, body = '{"vault":{"id":"another"}}' }
    local vault, err = client:show_vault { vault_id = support.fixtures.vaults.server.id }
    assert.is_nil(vault)
    assert.same({ "protocol", "the response has another 'id' than the request" }, { err.kind, err.message })
  end)

  it("leaves the outcome of an order unknown when it names another vault or destination", function()
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

  it("yields code and message for every form of error body", function()
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

  it("the message names the content type of an error body that is not JSON", function()
    local err = read(502, "<html>no</html>", "Content-Type: text/html\r\n")
    assert.equal("HTTP 502 with a body of type text/html", err.message)
  end)

  it("the request id comes from the header, or else from the body", function()
    local body = '{"error_code":"E","error_msg":"m","request_id":"from-body"}'
    assert.equal("from-body", read(400, body).request_id)
    assert.equal("from-header", read(400, body, "X-Request-Id: from-header\r\n").request_id)
  end)

  it("the error holds encoded_authorization_message, which only the account's administrator can decode", function()
    local err = read(403, '{"error_code":"E","error_msg":"m","encoded_authorization_message":"abc"}')
    assert.equal("abc", err.encoded_authorization_message)
  end)

  it("an error message is one line without the client's secrets, whatever the service sends", function()
    local err = read(400, ('{"error_code":"E","error_msg":"x-security-token:%s|\\nline two\\u0000 %s"}'):format(
      keys.security_token, keys.secret_key))
    assert.equal("x-security-token:***| line two ***", err.message)
    assert.is_nil(tostring(err):find "[%c]")
    assert.is_true(#tostring(read(400, ('{"message":"%s"}'):format(("m"):rep(1e4)))) < 1200)
  end)

  it("no field of an error contains a secret, even if the service sends a secret back", function()
    local body = ('{"error_code":"bad SECRET","error_msg":"m","request_id":"SECRET",'
      .. '"encoded_authorization_message":"a\\nSECRET"}'):gsub("SECRET", keys.secret_key)
    local err = read(403, body)
    assert.equal("bad ***", err.code)
    for _, value in pairs(err) do
      assert.is_nil(tostring(value):find(keys.secret_key, 1, true))
      assert.is_nil(tostring(value):find "%c")
    end
  end)

  -- Makes a replicate under a fault. Returns its error.
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
