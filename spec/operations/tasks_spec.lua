-- Tasks: the operations, compared with the API reference.

local documented = require "spec.helpers.documented"

describe("operations: tasks", function()
  it("cbr.operations.tasks has exactly the two operations of its group in the reference", function()
    documented.is_complete("tasks", 2)
  end)

  for _, known in ipairs(documented.group "tasks") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("list_op_logs lists the tasks of one operation type since a given time", function()
    local request, response = documented.sent("list_op_logs", {
      operation_type = "sync", start_time = "2024-01-02T03:04:05Z",
    })
    assert.equal("/operation-logs?operation_type=sync&start_time=2024-01-02T03%3A04%3A05Z", request.path)
    assert.is_table(response.operation_logs)
  end)
end)
