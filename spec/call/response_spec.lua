-- Every shape in which services and gateways say what went wrong.

local answers = require "cbr.call.response"
local codes = require "cbr.call.service_codes"
local errors = require "cbr.errors"

local function read(status, body, headers)
  local answer = { result = "ok", reach = "answered", status = status, body = body, headers = headers or {} }
  local _, reason = answers.read(answer)
  return answers.error(answer, reason, true, { "SECRET" })
end

-- The classes of the 192 codes of the two references: to be repeated later, something else runs, account, final.
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

describe("an error", function()
  it("is read from every shape of body", function()
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
      assert.equal(400, err.status)
    end
  end)

  it("takes the request id from the header, else from the body", function()
    local body = '{"error_code":"E","error_msg":"m","request_id":"from-body"}'
    assert.equal("from-body", read(400, body).request_id)
    assert.equal("from-header", read(400, body, { ["x-request-id"] = "from-header" }).request_id)
  end)

  it("keeps the message that only the administrator can decode", function()
    local err = read(403, '{"error_code":"E","error_msg":"m","encoded_authorization_message":"abc"}')
    assert.equal("abc", err.encoded_authorization_message)
  end)

  it("is one line without secrets, however the service words it", function()
    local err = read(401, '{"error_code":"APIGW.0301","error_msg":"x-security-token:SECRET|\\nline two\\u0000 SECRET"}')
    assert.equal("x-security-token:***| line two ***", err.message)
    assert.is_nil(tostring(err):find "[%c]")
    assert.is_true(#tostring(read(400, ('{"message":"%s"}'):format(("m"):rep(1e5)))) < 1200)
  end)

  it("shows no secret in any of its fields, nor the password of a URL", function()
    local err = read(403, '{"error_code":"bad SECRET","error_msg":"m","request_id":"SECRET",'
      .. '"encoded_authorization_message":"a\\nSECRET"}')
    for _, value in pairs(err) do
      assert.is_nil(tostring(value):find("SECRET", 1, true))
      assert.is_nil(tostring(value):find "%c")
    end
    local url = errors.new { kind = "config", message = "endpoint 'https://me:pass@x.test/' is none" }
    assert.equal("endpoint 'https://***@x.test/' is none", url.message)
  end)

  it("says in one line all that matters", function()
    local err = errors.new {
      kind = "busy", operation = "replicate", code = "BackupService.6130", message = "The vault is being replicated.",
      status = 400, request_id = "abc", attempts = 3, outcome = "rejected",
    }
    assert.equal("replicate: BackupService.6130: The vault is being replicated. "
      .. "(busy, HTTP 400, request abc, 3 attempts, outcome rejected)", tostring(err))
    assert.is_true(errors.is(err))
    assert.is_false(errors.is {})
  end)

  it("is decided by the code before the status", function()
    local function meaning(code, status)
      return { codes.meaning(code, status) }
    end
    assert.same({ "busy", true, true }, meaning("BackupService.6130", 500))
    assert.same({ "service", false, true }, meaning("BackupService.1001", 500))
    assert.same({ "service", true, true }, meaning("BackupService.6118", 400))
    assert.same({ "service", false, true }, meaning("BackupService.4242", 404))
    assert.same({ "throttled", true, true }, meaning("APIGW.0308", 429))
    assert.same({ "throttled", true, true }, meaning("APIG.0308", 429))
    assert.same({ "throttled", true, true }, meaning("APIC.0308", 429))
    assert.same({ "service", true, false }, meaning("APIGW.0201", 504))
    assert.same({ "service", false, true }, meaning("APIGW.0201", 400))
    assert.same({ "service", true, true }, meaning("APIGW.0613", 503))
    assert.same({ "service", true, false }, meaning(nil, 502))
    assert.same({ "not_found", false, true }, meaning(nil, 404))
    assert.same({ "service", false, false }, meaning(nil, 408))
    assert.same({ "busy", true, true }, meaning(nil, 409))
  end)

  it("has a kind, a verdict and advice for every code that the references list", function()
    local count = 0
    for class, numbers in pairs(CLASSES) do
      for number in numbers:gmatch "%d+" do
        count = count + 1
        local code = "BackupService." .. number
        assert.is_true(codes.is_known(code), code)
        for _, status in ipairs { 400, 404, 500 } do -- statuses change; what a code means does not
          local kind, retryable = codes.meaning(code, status)
          assert.equal(class == "R" or class == "B", retryable, code)
          assert.is_true(kind ~= "busy" or class == "B", code)
          assert.is_string(codes.advice(code, kind, retryable))
        end
      end
    end
    assert.equal(192, count)
    assert.is_false(codes.is_known "BackupService.4242")
  end)

  it("says what to do about it", function()
    assert.matches("show_replication_capabilities", codes.advice("BackupService.1005", "service", false))
    assert.matches("wait for that to end", codes.advice("BackupService.6130", "busy", true))
    assert.matches("can pass by itself", codes.advice("BackupService.6118", "service", true))
    assert.matches("refused again", codes.advice("BackupService.1002", "service", false))
    assert.is_nil(codes.advice("BackupService.4242", "service", false))
    assert.matches("more slowly", read(429, '{"error_code":"APIGW.0308","error_msg":"m"}').advice)
  end)

  it("has a kind that is known", function()
    assert.is_false(pcall(errors.new, { kind = "strange", message = "m" }))
  end)
end)
