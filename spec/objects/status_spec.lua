-- The service's words for the status of work.

local status = require "cbr.objects.status"

describe("cbr.objects.status", function()
  it("the service's status words in records and tasks are mapped to five words", function()
    for word, expected in pairs {
      waiting = "waiting", waiting_replicate = "waiting", running = "running", replicating = "running",
      success = "success", failed = "failed", fail = "failed", timeout = "failed", skipped = "skipped",
      skip = "skipped",
    } do
      assert.same({ expected, true }, { status.of(word) }, word)
    end
  end)

  it("an unknown or missing status word is treated as running", function()
    for _, word in ipairs { "new_word", "", 5, true } do
      assert.same({ "running", false }, { status.of(word) })
    end
    assert.same({ "running", false }, { status.of(nil) })
  end)

  it("only success, failed and skipped are treated as the end of work", function()
    for word, ended in pairs { success = true, failed = true, skipped = true, waiting = false, running = false } do
      assert.equal(ended, status.has_ended(word), word)
    end
  end)
end)
