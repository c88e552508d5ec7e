-- The log hook.

local log = require "cbr.util.log"

describe("log.tell", function()
  it("log.tell passes the event to the log hook unchanged", function()
    local given
    local event = { event = "attempt", status = 200 }
    log.tell({ log = function(value) given = value end }, event)
    assert.equal(event, given)
  end)

  it("log.tell does nothing without a log hook", function()
    assert.has_no.errors(function()
      log.tell({}, { event = "attempt" })
    end)
  end)

  it("log.tell ignores an error that the log hook raises", function()
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
