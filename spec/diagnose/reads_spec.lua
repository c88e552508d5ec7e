-- The reads by which a diagnosis checks permissions.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("the reads of a diagnosis", function()
  before_each(sandbox.reset)

  local function permissions()
    local list = {}
    for _, check in ipairs(cbr.diagnose(support.options()).checks) do
      if check.name == "permission" then
        list[#list + 1] = check.verdict
      end
    end
    return list
  end

  it("a diagnosis checks its other reads although the permission for one read is missing", function()
    assert.same({ "ok", "ok", "ok", "ok", "ok" }, permissions())
    sandbox.fault { call = "list_backups", fault = "status", status = 403, code = "APIGW.0302", times = -1 }
    assert.same({ "ok", "fault", "ok", "ok", "ok" }, permissions())
  end)

  it("a rejected signature ends the reads of a diagnosis", function()
    sandbox.fault { call = "list_backups", fault = "status", status = 401, code = "APIGW.0301", times = -1 }
    sandbox.clear_requests()
    assert.same({ "ok", "unchecked" }, permissions())
    assert.equal(1, support.count "list_backups")
    assert.equal(0, support.count "list_op_logs")
  end)

  it("a diagnosis orders nothing and changes nothing", function()
    permissions()
    assert.same({}, sandbox.ledger())
    for _, request in ipairs(sandbox.requests()) do
      assert.equal("GET", request.method)
    end
  end)
end)
