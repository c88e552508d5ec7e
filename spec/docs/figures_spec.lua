-- Figures in the guides that follow from constants of the code.

local follow = require "cbr.follow.follow"
local retry = require "cbr.call.retry"
local retry_budget = require "cbr.call.retry_budget"
local rules = require "cbr.option_rules"
local support = require "spec.helpers.support"
local text = require "cbr.util.text"

-- Seconds as the guides write them.
local function duration(seconds)
  return seconds % 60 == 0 and text.of(seconds / 60) .. " min" or text.of(seconds) .. " s"
end

describe("the figures of the guides", function()
  it("the table of pauses has the figures of cbr.call.retry with the default retry_pause", function()
    local guide, unit = support.read "docs/guides/errors-and-retries.md", rules.defaults.retry_pause
    local quick, slow = retry.PACES.quick, retry.PACES.slow
    local first = unit * slow.first
    assert.same({ 1, 0 }, { quick.first, quick.least }) -- "a random part of retry_pause"
    for _, words in ipairs {
      ("| ordinary | a random part of `retry_pause` | up to twice as long as the one before | %s |\n")
        :format(duration(unit * quick.longest)),
      ("| long | %s to %s | up to twice as long as the one before | %s |\n")
        :format(text.of(first * slow.least), duration(first), duration(unit * slow.longest)),
      ("The figures are for the default `retry_pause` of %s."):format(duration(unit)),
      ("`Retry-After` in a response replaces the pause, up to ten minutes."), -- retry.MAX_ASKED_SECONDS
    } do
      assert.is_truthy(guide:find(words, 1, true), words)
    end
    assert.equal(600, retry.MAX_ASKED_SECONDS)
  end)

  it("the guide to client:wait says by how much the interval between two polls grows", function()
    local guide = support.read "docs/guides/waiting-and-reports.md"
    assert.equal(12, follow.MAX_INTERVAL)
    assert.is_truthy(guide:find("The interval between two polls grows, up to twelve times `interval`.", 1, true))
  end)

  it("the guide to retries has the figures of the retry budget", function()
    local guide, budget, spent = support.read "docs/guides/errors-and-retries.md", retry_budget.new(), 0
    while budget:spend() do
      spent = spent + 1
    end
    assert.is_truthy(guide:find(("Each client has a budget of %d retries."):format(spent), 1, true))
    assert.is_truthy(guide:find("every five calls that need none, refill it", 1, true))
    for _ = 1, 5 do
      assert.is_false(budget:spend())
      budget:earn(0)
    end
    assert.is_true(budget:spend())
  end)
end)
