-- A finding contains the error that the service would return for the order.

local errors = require "cbr.errors"
local findings = require "cbr.preflight.findings"

describe("a finding", function()
  it("a finding of preflight has the code, kind and reason of an error, and a message with the details", function()
    local list = findings.list()
    findings.add(list, "6102", "destination", "turbo", "server")
    findings.add(list, "1009", "backups", "cn-east-3")
    findings.add(list, "0001", "backups", "it is empty")
    findings.add(list, "6112", "source", nil)
    assert.same({
      { code = "BackupService.6102", kind = "service", about = "destination",
        message = "the source vault holds 'turbo' backups, the destination vault takes only 'server'" },
      { code = "BackupService.1009", kind = "nothing_to_do", about = "backups",
        message = "every backup that could be replicated is in region cn-east-3 already" },
      { code = "BackupService.0001", kind = "service", reason = "no_backup", about = "backups",
        message = "the vault has no backup that can be replicated: it is empty" },
      { code = "BackupService.6112", kind = "service", about = "source",
        message = "the vault is not available: its state is nil" },
    }, list)
    for _, finding in ipairs(list) do
      assert.is_string(errors.kinds[finding.kind])
    end
  end)

  it("the message of a finding of preflight is one line, whatever text the service sends", function()
    local list = findings.list()
    findings.add(list, "6112", "source", "a\n\27[31mb\226\128\174c" .. ("d"):rep(1e6))
    assert.matches("state is a %[31mb\\u{202E}cdd", list[1].message)
    assert.is_true(#list[1].message <= 1000)
  end)
end)
