-- The status and the progress of items, and the totals of several items.

local progress = require "cbr.follow.progress"

describe("the progress of work", function()
  it("a record sets the status, the progress and the destination backup of its item", function()
    local item = { status = "waiting", progress = 0 }
    progress.from_record(item, {
      status = "replicating", extra_info = { progress = "40" }, destination_backup_id = "d",
    })
    assert.same({ status = "running", progress = 40, destination_backup_id = "d" }, item)
    progress.from_record(item, { status = "rehearsing" })
    assert.same({
      status = "running", unknown_status = "rehearsing", progress = 40, destination_backup_id = "d",
    }, item)
    progress.from_record(item, { status = "success", extra_info = { progress = 70, fail_code = "old" } })
    assert.same({ status = "success", progress = 100, destination_backup_id = "d" }, item)
  end)

  it("a record gives the reason of a failed and of a skipped item", function()
    for word, expected in pairs { fail = "failed", skip = "skipped" } do
      local item = {}
      progress.from_record(item, { status = word, extra_info = { fail_code = 6406, fail_reason = "no room" } })
      assert.same({ status = expected, progress = 0, fail_code = "6406", fail_reason = "no room" }, item)
    end
  end)

  it("a reason of the service becomes one line without control characters", function()
    local item = {}
    progress.from_record(item, { status = "fail", extra_info = { fail_code = "a\27[2Jb", fail_reason = "one\ntwo" } })
    assert.same({ "a [2Jb", "one two" }, { item.fail_code, item.fail_reason })
  end)

  it("a task sets the status, the progress, the ids and the failure of its item", function()
    local item = { status = "waiting", progress = 0 }
    progress.from_task(item, { id = "t", status = "running", error_info = { code = "old" }, extra_info = {
      common = { progress = 30 }, replication = { destination_backup_id = "d" },
    } })
    assert.same({ status = "running", progress = 30, task_id = "t", destination_backup_id = "d" }, item)
    progress.from_task(item, { status = "skipped", error_info = { code = "6010", message = "" } })
    assert.same({
      status = "skipped", progress = 30, task_id = "t", destination_backup_id = "d", fail_code = "6010",
    }, item)
    progress.from_task(item, { status = "failed", error_info = { message = "no room" } })
    assert.same({ nil, "no room" }, { item.fail_code, item.fail_reason })
  end)

  it("a task that timed out has failed, with a reason even if the service gives none", function()
    for given, reason in pairs { [""] = "the task timed out at the service", ["no answer"] = "no answer" } do
      local item = {}
      progress.from_task(item, { status = "timeout", error_info = { message = given } })
      assert.same({ "failed", reason }, { item.status, item.fail_reason })
    end
    local item = {}
    progress.from_task(item, { status = "failed" })
    assert.is_nil(item.fail_reason)
  end)

  it("a progress that is not a percentage is ignored", function()
    for _, value in ipairs { -1, 101, "many", true } do
      local item = { progress = 20 }
      progress.from_record(item, { status = "replicating", extra_info = { progress = value } })
      assert.equal(20, item.progress, tostring(value))
    end
    for _, value in ipairs { 0, 100 } do
      local item = { progress = 20 }
      progress.from_record(item, { status = "replicating", extra_info = { progress = value } })
      assert.equal(value, item.progress)
    end
  end)

  it("the total of several items has their average progress", function()
    local sum = progress.sum {
      { status = "success", progress = 100 }, { status = "failed", progress = 40 },
      { status = "skipped", progress = 0 }, { status = "running", progress = 50 }, { status = "waiting", progress = 0 },
    }
    assert.same({ total = 5, done = 3, succeeded = 1, failed = 1, skipped = 1, percent = 70 }, sum)
  end)

  it("the total of an empty list is 100 percent done", function()
    assert.same({ total = 0, done = 0, succeeded = 0, failed = 0, skipped = 0, percent = 100 }, progress.sum {})
  end)
end)
