-- Figures in the guides that follow from constants of the code.

local retry = require "cbr.call.retry"
local rules = require "cbr.option_rules"
local support = require "spec.helpers.support"

-- Seconds as the guides write them.
local function duration(seconds)
  return seconds % 60 == 0 and ("%d min"):format(seconds / 60) or ("%.14g s"):format(seconds)
end

describe("the figures of the guides", function()
  it("the table of pauses has the figures of cbr.call.retry with the default retry_pause", function()
    local guide, unit = support.read "docs/guides/errors-and-retries.md", rules.defaults.retry_pause
    local quick, slow = retry.PACES.quick, retry.PACES.slow
    local first = unit * slow.first
    assert.same({ 1, 0 }, { quick.first, quick.least }) -- "a random part of retry_pause"
    for _, text in ipairs {
      ("| ordinary | a random part of `retry_pause` | up to twice as long as the one before | %s |\n")
        :format(duration(unit * quick.longest)),
      ("| long | %.14g to %s | up to twice as long as the one before | %s |\n")
        :format(first * slow.least, duration(first), duration(unit * slow.longest)),
      ("The figures are for the default `retry_pause` of %s."):format(duration(unit)),
      ("`Retry-After` in a response replaces the pause, up to ten minutes."), -- retry.MAX_ASKED_SECONDS
    } do
      assert.is_truthy(guide:find(text, 1, true), text)
    end
    assert.equal(600, retry.MAX_ASKED_SECONDS)
  end)
end)
