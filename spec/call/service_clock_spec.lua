-- A machine whose clock is wrong: the gateway rejects signatures that are more than 15 minutes off, and sends its time.

local cbr = require "cbr"
local credentials = require "spec.helpers.credentials"
local http = require "socket.http"
local json = require "cbr.util.json"
local service_clock = require "cbr.call.service_clock"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("a wrong clock", function()
  before_each(sandbox.reset)

  for _, offset in ipairs { 3600, -3600 } do
    it(("the first call corrects a clock that is %d seconds off, and later calls do not"):format(offset), function()
      sandbox.clock(offset)
      local events = {}
      local client = support.client { log = function(event) events[#events + 1] = event end }
      assert(client:replicate(support.replicate_params()))
      assert.equal(2, #sandbox.requests())
      assert.equal(1, #sandbox.ledger())
      assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
      assert.equal(3, #sandbox.requests())
      local logged
      for _, event in ipairs(events) do
        logged = logged or event.event == "clock" and event.offset
      end
      assert.is_true(math.abs(logged - offset) <= 30)
      client:close()
    end)
  end

  it("20 concurrent calls need only one rejected request to correct the clock", function()
    sandbox.clock(3600)
    local client, began = support.client(), socket.gettime()
    local results, errors = cbr.map(support.list(20, true), function()
      return client:list_vault { limit = 1 }
    end, { concurrency = 20 })
    assert.same({}, errors)
    assert.equal(20, #results)
    -- A client sends another signed request after each second in which the first one gets no response.
    local rejected = #sandbox.requests() - 20
    assert.is_true(rejected >= 1 and rejected <= 1 + (socket.gettime() - began), rejected)
    client:close()
  end)

  it("cbr corrects the clock during the look-up of the project id", function()
    sandbox.clock(-3600)
    local client = credentials.client_without_project(support.keys "home")
    assert(client:replicate(support.replicate_params()))
    assert.equal(3, #sandbox.requests()) -- two requests for the look-up, one for the replicate
    client:close()
  end)

  it("cbr does not correct the clock when the service rejects an expired key", function()
    sandbox.lifetimes { key = 1 }
    local keys = assert(json.decode((http.request(sandbox.metadata .. "/openstack/latest/securitykey")))).credential
    socket.sleep(1.2)
    sandbox.clock(600) -- an offset that the gateway accepts
    sandbox.clear_requests()
    local events = {}
    local client = support.client { credentials = {
      access_key = keys.access, secret_key = keys.secret, security_token = keys.securitytoken,
    }, log = function(event) events[#events + 1] = event.event end }
    local _, err = client:replicate(support.replicate_params())
    assert.equal("the temporary key has expired", err.hint)
    assert.same({ "attempt" }, events)
    client:close()
  end)

  it("cbr does not correct the clock if the service's time in the error message is impossible", function()
    sandbox.fault { call = "list_vault", fault = "unauthorized", code = "APIGW.0303",
      message = "signature expired, signature time:20211217T064303Z,server time:99991299T000000Z" }
    local client = support.client()
    local _, err = client:list_vault {}
    assert.same({ "unauthorized", 1 }, { err.kind, err.attempts })
    assert(client:list_vault {})
    client:close()
  end)

  it("cbr corrects the clock at most once per call, and returns a hint if the retry is rejected too", function()
    sandbox.fault { call = "replicate", fault = "unauthorized", times = -1, code = "APIGW.0301",
      message = "Incorrect IAM authentication information: signature expired, signature time:20211217T064303Z,"
        .. "server time:20211217T065804Z" }
    local client = support.client()
    local _, err = client:replicate(support.replicate_params())
    assert.same({ "unauthorized", 2 }, { err.kind, err.attempts })
    assert.equal("this machine's clock is off by more than 15 minutes", err.hint)
    client:close()
  end)

  -- Corrects the clock after the response to a request that was signed with the offset 0. Returns the result of
  -- `service_clock.correct`, and the client's offset.
  local function correct(seconds, changes)
    local client = { clock_offset = 0 }
    local context = {
      client = client, credentials = { access_key = "ak" }, raw_message = "signature expired",
      response = { clock_offset = 0, headers = { date = support.http_date(os.time() + seconds) } },
    }
    support.merge(context, changes)
    client.clock_offset = context.offset_now or 0
    return service_clock.correct(context), client.clock_offset
  end

  it("cbr corrects only a clock that is over five minutes off, since less cannot cause a rejection", function()
    for _, sign in ipairs { 1, -1 } do
      local corrected, offset = correct(sign * 290)
      assert.same({ false, 0 }, { corrected, offset })
      corrected, offset = correct(sign * 310)
      assert.is_true(corrected)
      assert.is_true(math.abs(offset - sign * 310) <= 30)
    end
  end)

  it("cbr keeps a clock offset that another call has set since this call's request was signed", function()
    local corrected, offset = correct(3600, { offset_now = 3000 })
    assert.same({ true, 3000 }, { corrected, offset })
  end)

  it("cbr corrects the clock only if a key's signature was rejected as expired", function()
    assert.is_false((correct(3600, { credentials = { token = "t" } })))
    assert.is_false((correct(3600, { raw_message = "verify aksk signature fail" })))
    assert.is_true((correct(3600, { raw_message = "Signature Expired" })))
  end)
end)
