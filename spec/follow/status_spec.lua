-- The service's words for the status of work, and the totals of several items.

local status = require "cbr.follow.status"

describe("the status of work", function()
  it("maps the service's status words in records and tasks to five", function()
    for word, expected in pairs {
      waiting = "waiting", waiting_replicate = "waiting", running = "running", replicating = "running",
      success = "success", failed = "failed", fail = "failed", timeout = "failed", skipped = "skipped",
      skip = "skipped",
    } do
      assert.equal(expected, status.of(word), word)
    end
  end)

  it("treats an unknown or missing status word as running", function()
    for _, word in ipairs { "new_word", "", 5, true } do
      assert.equal("running", status.of(word))
    end
    assert.equal("running", status.of(nil))
  end)

  it("treats only success, failed and skipped as the end of work", function()
    for word, ended in pairs { success = true, failed = true, skipped = true, waiting = false, running = false } do
      assert.equal(ended, status.has_ended(word), word)
    end
  end)

  it("the total of several items has their average progress", function()
    local sum = status.sum {
      { status = "success", progress = 100 }, { status = "failed", progress = 40 },
      { status = "skipped", progress = 0 }, { status = "running", progress = 50 }, { status = "waiting", progress = 0 },
    }
    assert.same({ total = 5, done = 3, succeeded = 1, failed = 1, skipped = 1, percent = 70 }, sum)
  end)

  it("the total of no items is 100 percent", function()
    assert.same({ total = 0, done = 0, succeeded = 0, failed = 0, skipped = 0, percent = 100 }, status.sum {})
  end)
end)
