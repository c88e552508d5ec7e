-- Timers, kept in the order of their times.

local timers = require "cbr.loop.timers"

describe("cbr.loop.timers", function()
  it("returns the timers in the order of their times, whatever the order in which they were added", function()
    local seed = 7
    for size = 0, 40 do
      local heap, times = {}, {}
      for i = 1, size do
        seed = (seed * 16807) % 2147483647
        times[i] = seed % 20 -- some times are equal
        timers.push(heap, { due = times[i] })
      end
      table.sort(times)
      for i = 1, size do
        assert.equal(times[i], heap[1].due)
        assert.equal(times[i], timers.pop(heap).due)
      end
      assert.is_nil(timers.pop(heap))
    end
  end)

  it("returns the tables that were added, not copies, even when additions and removals alternate", function()
    local heap, early, late, later = {}, { due = 1 }, { due = 2 }, { due = 3 }
    timers.push(heap, late)
    timers.push(heap, early)
    assert.equal(early, timers.pop(heap))
    timers.push(heap, later)
    timers.push(heap, early)
    assert.equal(early, timers.pop(heap))
    assert.equal(late, timers.pop(heap))
    assert.equal(later, timers.pop(heap))
    assert.same({}, heap)
  end)
end)
