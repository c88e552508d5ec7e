-- The event that the log hook gets for each request.

local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("the log event of an attempt", function()
  set_up.for_each_test()

  it("the log event of an attempt describes the request and its response, and contains no secret", function()
    local events, keys = {}, support.keys "temporary"
    local logging = support.single_attempt_client { credentials = keys, log = function(event)
      events[#events + 1] = event
    end }
    assert(logging:list_vault { limit = 1 })
    sandbox.fault { call = "replicate", fault = "status", status = 400, code = "BackupService.6130" }
    local _, err = logging:replicate(support.replicate_params())
    assert.equal(2, #events)
    local read, order = events[1], events[2]
    local path = "/v3/" .. fixtures.projects.home.id
    assert.same({ "attempt", "list_vault", 1, "GET", path .. "/vaults", 200, false }, {
      read.event, read.operation, read.attempt, read.method, read.path, read.status, read.reused,
    })
    assert.equal(sandbox.tls:match "//(.*)", read.host)
    assert.is_nil(read.kind or read.code or read.outcome)
    assert.is_true(read.received > 0 and read.seconds > 0)
    assert.matches("^%x+$", read.request_id)
    assert.same({
      "attempt", "replicate", 1, "POST", path .. "/checkpoints/replicate", 400, not support.has_old_gnutls, "busy",
      "BackupService.6130", "rejected", err.request_id,
    }, {
      order.event, order.operation, order.attempt, order.method, order.path, order.status, order.reused, order.kind,
      order.code, order.outcome, order.request_id,
    })
    for _, event in ipairs(events) do
      for _, value in pairs(event) do
        for _, secret in pairs(keys) do
          assert.is_nil(tostring(value):find(secret, 1, true))
        end
      end
    end
    logging:close()
  end)

  it("the request id in an attempt's log event is one line without secrets, whatever the service sends", function()
    local events, keys = {}, support.keys "temporary"
    local logging = support.single_attempt_client { credentials = keys, log = function(event)
      events[#events + 1] = event
    end }
    for _, status in ipairs { 200, 400 } do
      for _, name in ipairs { "X-Request-Id", "X-IAM-Trace-Id" } do
        local body = status == 200 and '{"vaults":[],"count":0}' or "{}"
        sandbox.fault { call = "list_vault", fault = "raw", body = ("HTTP/1.1 %d X\r\n%s: %s \27[31m\7%s\r\n"
          .. "Content-Length: %d\r\n\r\n%s"):format(status, name, keys.security_token, ("y"):rep(5000), #body, body) }
        local _, err = logging:list_vault {}
        local id = events[#events].request_id
        assert.matches("^%*%*%* ", id)
        assert.is_true(#id <= 100)
        assert.is_nil(id:find "%c")
        assert.equal(err and err.request_id or id, id)
      end
    end
    logging:close()
  end)
end)
