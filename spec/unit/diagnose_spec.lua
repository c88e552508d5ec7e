-- cbr.diagnose returns plain data for every set-up. spec/cli/doctor_spec.lua tests broken set-ups.

local cbr = require "cbr"
local cjson = require "cjson"
local support = require "spec.helpers.support"

describe("cbr.diagnose", function()
  before_each(support.sandbox.reset)

  local function verdicts(diagnosis)
    local found = {}
    for _, check in ipairs(diagnosis.checks) do
      found[check.name] = found[check.name] or check.verdict
    end
    return found
  end

  it("the report of cbr.diagnose is plain data without secrets", function()
    local diagnosis = cbr.diagnose(support.options { region = "cn-north-4" })
    assert.is_true(diagnosis.is_ok)
    local encoded = cjson.encode(diagnosis)
    assert.is_nil(encoded:find(support.fixtures.keys.home.sk, 1, true))
    assert.is_nil(encoded:find(support.fixtures.keys.home.ak, 1, true))
    assert.equal("ok", verdicts(diagnosis).credentials)
  end)

  it("cbr.diagnose reports unusable options as a fault, but raises an error for misuse", function()
    local diagnosis = cbr.diagnose(support.options { ca_file = "/no/such/file" })
    assert.same({ false, "fault" }, { diagnosis.is_ok, verdicts(diagnosis).options })
    diagnosis = cbr.diagnose(support.options { credentials = { access_key = "a" } })
    assert.equal("fault", verdicts(diagnosis).credentials)
    assert.has_error(function() cbr.diagnose { no_such = true } end)
    assert.has_error(function() cbr:diagnose {} end)
  end)

  it("cbr.diagnose passes events to the log function in the options, and does not change the options", function()
    local events = 0
    local options = support.options { log = function() events = events + 1 end }
    local log = options.log
    cbr.diagnose(options)
    assert.is_true(events > 0)
    assert.equal(log, options.log)
  end)
end)
