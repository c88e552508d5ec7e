-- The log hook.

local log = require "cbr.util.log"

describe("log.tell", function()
  it("gives the event to the hook as it is", function()
    local given
    local event = { event = "attempt", status = 200 }
    log.tell({ log = function(value) given = value end }, event)
    assert.equal(event, given)
  end)

  it("does nothing without a hook", function()
    assert.has_no.errors(function()
      log.tell({}, { event = "attempt" })
    end)
  end)

  it("survives a hook that raises", function()
    local calls = 0
    assert.has_no.errors(function()
      log.tell({ log = function()
        calls = calls + 1
        error "a broken hook"
      end }, { event = "attempt" })
    end)
    assert.equal(1, calls)
  end)
end)
