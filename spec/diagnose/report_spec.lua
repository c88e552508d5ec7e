-- The report of a diagnosis, which consists of checks.

local errors = require "cbr.errors"
local report = require "cbr.diagnose.report"

describe("the report of a diagnosis", function()
  it("the report of a diagnosis is ok unless a check has failed, and lists equal checks once", function()
    local state = report.new()
    state.add("a", "ok", "fine")
    state.add("b", "note", "odd")
    state.add("b", "note", "odd")
    assert.same({ true, 2 }, { state.result().is_ok, #state.result().checks })
    local check = state.fail("c", errors.new({ kind = "tls", message = "line\nbreak" }, {}))
    assert.same({ "fault", "tls", errors.advice.tls }, { check.verdict, check.kind, check.advice })
    assert.is_nil(check.message:find "\n")
    assert.is_false(state.result().is_ok)
  end)
end)
