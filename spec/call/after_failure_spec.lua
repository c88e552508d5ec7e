-- What follows a failed attempt. spec/call/retry_spec.lua tests which failures are retried,
-- spec/call/retry_pause_spec.lua after which pauses;
-- spec/lost_orders tests the searches.

local after_failure = require "cbr.call.after_failure"
local errors = require "cbr.errors"
local retry_budget = require "cbr.call.retry_budget"

describe("after a failed attempt", function()
  local function context(changes)
    local made = {
      client = { retry_pause = 0.001, budget = retry_budget.new(), log = false },
      operation = "list_vault", options = {}, is_write = false, attempts = 1, retries = 0, max_attempts = 4,
      deadline = math.huge, transient = true,
    }
    for name, value in pairs(changes or {}) do
      made[name] = value
    end
    return made
  end

  local err = errors.new({ kind = "connect", message = "m" }, {})

  it("a call makes no second attempt if the client is closed during the pause after the first attempt", function()
    local result, may_go_on = after_failure.handle(context(), err)
    assert.same({ nil, false }, { result, may_go_on })
  end)

  it("a permanent failure is not followed by another attempt", function()
    local result, may_go_on = after_failure.handle(context { transient = false }, err)
    assert.same({ nil, nil }, { result, may_go_on })
  end)

  it("the last attempt that max_attempts allows is not followed by another attempt", function()
    local last = context { retries = 3 }
    assert.same({ nil, false }, { after_failure.handle(last, err) })
    assert.equal(3, last.retries)
  end)

  it("a call makes no second attempt if the pause after the first attempt would end after the deadline", function()
    local asked = context { asked_pause = 60, deadline = require("cbr.core").monotonic() + 10 }
    assert.same({ nil, false }, { after_failure.handle(asked, err) })
    assert.matches("^not retried: the next attempt is due in %d+%.%d s, after the timeout", asked.not_retried)
  end)
end)
