-- The hint of a 401: what is wrong with key, token, project, clock or request.

local support = require "spec.helpers.support"
local unauthorized = require "cbr.call.unauthorized"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("the hint of a 401", function()
  before_each(sandbox.reset)

  -- Returns the hint of a replicate that gets a 401.
  local function hint(changes, fault)
    if fault then
      sandbox.fault(fault)
    end
    local client = support.client(changes)
    local _, err = client:replicate(support.replicate_params())
    client:close()
    assert.equal("unauthorized", err.kind)
    assert.matches(err.hint, tostring(err), 1, true)
    return err.hint
  end

  it("the hint of a 401 names the cause: key, secret key, project, token, or a locked key", function()
    assert.matches("the access key is unknown", hint {
      credentials = { access_key = "AK", secret_key = "secret-key" },
    })
    local wrong = { credentials = { access_key = fixtures.keys.home.ak, secret_key = "wrong-secret-key" } }
    assert.matches("the secret key does not belong to the access key", hint(wrong))
    assert.matches("the project id does not belong to these credentials",
      hint { project_id = fixtures.projects.other.id })
    assert.matches("the token is not valid", hint { credentials = { token = "no-such-token" } })
    assert.matches("the token has expired", hint { credentials = { token = fixtures.tokens.expired.value } })
    for _ = 1, 5 do
      hint(wrong)
    end
    assert.matches("locked for five minutes", hint())
  end)

  it("the hint of a 401 is correct for the gateway's present messages and for those of earlier years", function()
    local prefix = "Incorrect IAM authentication information: "
    for words, pattern in pairs {
      ["ak QTWAOYTTINDUT2QVKYUC not exist"] = "the access key is unknown",
      ["Get secretKey failed,ak:QTWAOYTTINDUT2QVKYUC,err:ak not exist"] = "the access key is unknown",
      ["Unauthorized"] = "the gateway does not say what is wrong: check the access key",
    } do
      assert.matches(pattern, unauthorized.explain(prefix .. words, error, {}))
      assert.matches(pattern, hint(nil, {
        call = "replicate", fault = "unauthorized", message = prefix .. words, times = -1,
      }))
      sandbox.reset()
    end
    assert.is_nil(unauthorized.explain("the break does not exist", error, {}))
  end)

  -- The hint for a 401 in which the gateway sends back our canonical request, changed by `change`.
  local function hint_after(change)
    sandbox.clear_faults()
    local keys = support.keys "temporary"
    local last
    local client = support.client { credentials = keys, log = function(event) last = event end }
    sandbox.fault { call = "replicate", fault = "unauthorized", message = "placeholder" }
    client:replicate(support.replicate_params())
    assert.equal(401, last.status)
    local requests = sandbox.requests()
    local request = requests[#requests]
    local headers = request.headers
    local canonical = table.concat({
      "POST", request.uri .. "/", "", "content-type:" .. headers["content-type"], "host:" .. headers.host,
      "x-project-id:" .. headers["x-project-id"], "x-sdk-date:" .. headers["x-sdk-date"],
      "x-security-token:" .. headers["x-security-token"], "",
      "content-type;host;x-project-id;x-sdk-date;x-security-token", ("0"):rep(64),
    }, "|")
    client:close()
    sandbox.clear_requests()
    local words = hint({ credentials = keys }, {
      call = "replicate", fault = "unauthorized", times = -1,
      message = "Incorrect IAM authentication information: verify aksk signature fail, canonicalRequest:"
        .. change(canonical),
    })
    assert.is_nil(words:find(keys.security_token, 1, true))
    assert.is_nil(words:find(keys.secret_key, 1, true))
    return words
  end

  it("the text of the error for a wrong signature shows the hint, but not the canonical request", function()
    local client = support.client {
      credentials = { access_key = fixtures.keys.home.ak, secret_key = "wrong-secret-key" },
    }
    local _, err = client:replicate(support.replicate_params())
    client:close()
    assert.equal("Incorrect IAM authentication information: verify aksk signature fail", err.message)
    assert.matches("signature fail - the secret key does not belong to the access key", tostring(err), 1, true)
    assert.is_nil(tostring(err):find "canonicalRequest")
  end)

  it("the hint of a 401 shows the first line in which the gateway's canonical request differs from ours", function()
    assert.matches("another header content%-type: 'content%-type:text/plain' instead of 'content%-type:application",
      hint_after(function(canonical) return (canonical:gsub("application/json", "text/plain")) end))
    assert.matches("another header host: 'host:inner.proxy' instead of 'host:localhost",
      hint_after(function(canonical) return (canonical:gsub("host:[^|]+", "host:inner.proxy", 1)) end))
    assert.matches("another path: '/other/' instead of",
      hint_after(function(canonical) return (canonical:gsub("/v3/[^|]+", "/other/", 1)) end))
    assert.matches("another method: 'GET' instead of 'POST'",
      hint_after(function(canonical) return (canonical:gsub("^POST", "GET")) end))
  end)

  it("the hint of a 401 contains no part of our security token or of the one that the gateway received", function()
    local token = ("0123456789abcdef"):rep(60)
    local ours = "POST\n/\n\nx-security-token:" .. token .. "\n\nx-security-token\nhash"
    local function canonical() return ours end
    for _, theirs in ipairs { "***", ("fedcba9876543210"):rep(60) } do
      local words = unauthorized.explain("verify fail, canonicalRequest:POST|/||x-security-token:" .. theirs
        .. "||x-security-token|hash", canonical, { token })
      assert.equal("the gateway received another header x-security-token", words)
    end
    local words = unauthorized.explain("canonicalRequest:POST|/" .. token .. "|", canonical, { token })
    assert.is_nil(words:find(token:sub(1, 16), 1, true))
  end)
end)
