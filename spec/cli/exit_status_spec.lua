-- cbr_cli.exit_status: the exit status for an error, or for the findings of the check of an order.

require "spec.helpers.command"
local exit_status = require "cbr_cli.exit_status"

describe("the exit status", function()
  it("the exit status of an error depends on its outcome first, then on its kind and its reason", function()
    for expected, list in pairs {
      [0] = { { kind = "nothing_to_do" } },
      [1] = { { kind = "busy" }, { kind = "config" }, { kind = "service" } },
      [2] = { { kind = "argument" } },
      [4] = { { kind = "network", outcome = "unknown" }, { kind = "nothing_to_do", outcome = "unknown" } },
      [5] = { { kind = "service", reason = "no_backup" } },
    } do
      for _, err in ipairs(list) do
        assert.equal(expected, exit_status.of_error(err))
      end
    end
  end)

  it("the exit status for an error of client:wait is 6 if the error is retryable, and otherwise 1", function()
    assert.equal(6, exit_status.of_wait { kind = "timeout", retryable = true })
    assert.equal(6, exit_status.of_wait { kind = "network", retryable = true })
    assert.equal(1, exit_status.of_wait { kind = "task", retryable = false })
    assert.equal(1, exit_status.of_wait { kind = "unauthorized", retryable = false })
  end)

  it("the exit status of a check is 0 if it finds at most nothing_to_do, 5 if only no_backup, and else 3", function()
    local nothing, none = { kind = "nothing_to_do" }, { kind = "service", reason = "no_backup" }
    local other = { kind = "busy" }
    assert.same({ 0, 0, 5, 3, 3 }, { exit_status.of_findings {}, exit_status.of_findings { nothing },
      exit_status.of_findings { none }, exit_status.of_findings { other }, exit_status.of_findings { nothing, other } })
  end)
end)
