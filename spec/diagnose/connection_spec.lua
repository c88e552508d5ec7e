-- How a diagnosis reaches the service.

local cbr = require "cbr"
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("the connection of a diagnosis", function()
  before_each(sandbox.reset)

  local function checks(changes)
    local by_name = {}
    for _, check in ipairs(cbr.diagnose(support.options(changes)).checks) do
      by_name[check.name] = by_name[check.name] or check
    end
    return by_name
  end

  it("a diagnosis first sends an unsigned request, and sends no signed request if the unsigned one fails", function()
    checks()
    local first = sandbox.requests()[1]
    assert.same({ "GET", "/" }, { first.method, first.uri })
    assert.is_nil(first.headers.authorization)
    sandbox.clear_requests()
    local found = checks { endpoint = sandbox.tls_expired }
    assert.equal("fault", found.tls.verdict)
    assert.is_nil(found.permission)
    assert.same({}, sandbox.requests())
  end)

  it("a diagnosis reaches a host in no_proxy without the proxy, and does not name the proxy", function()
    local proxy = ("http://127.0.0.1:%d"):format(servers.free_port())
    local found = checks { proxy = proxy }
    assert.same({ proxy, nil }, { found.proxy.message, found.connection })
    found = checks { proxy = proxy, no_proxy = "example.org,localhost" }
    assert.same({ "none", "ok" }, { found.proxy.message, found.connection.verdict })
  end)

  it("a diagnosis has a note if certificates are not checked", function()
    assert.equal("note", checks { verify_tls = false }.tls.verdict)
  end)

  it("a small offset of the clock is a note in a diagnosis, and a large offset is a fault", function()
    sandbox.clock(60)
    assert.equal("note", checks().clock.verdict)
    sandbox.clock(-3600)
    local clock = checks().clock
    assert.same({ "fault", true }, { clock.verdict, clock.offset < -3500 })
  end)
end)
