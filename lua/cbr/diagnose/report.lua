--- Collects the checks of a diagnosis.

local json = require "cbr.util.json"
local text = require "cbr.util.text"

local report = {}

local MAX_MESSAGE_BYTES = 600

---@class cbr.DiagnoseState
---@field client cbr.Client
---@field given table options of the diagnosis
---@field deadline number time on core.monotonic's clock
---@field add fun(name: string, verdict: string, message: string, advice?: string): cbr.Check
---@field fail fun(name: string, err: cbr.Error): cbr.Check
---@field result fun(): cbr.Diagnosis

--- Makes an empty report.
---@return cbr.DiagnoseState
function report.new()
  local state, checks, seen = {}, json.list {}, {}

  function state.add(name, verdict, message, advice)
    local check = { name = name, verdict = verdict, message = text.line(message, MAX_MESSAGE_BYTES), advice = advice }
    local key = name .. "\n" .. check.message
    if not seen[key] then -- a source of credentials is asked more than once, but its checks are added once
      seen[key], checks[#checks + 1] = true, check
    end
    return check
  end

  function state.fail(name, err)
    local check = state.add(name, "fault", err.message, err.hint or err.advice)
    check.kind = err.kind
    return check
  end

  function state.result()
    local is_ok = true
    for _, check in ipairs(checks) do
      is_ok = is_ok and check.verdict ~= "fault"
    end
    return { is_ok = is_ok, checks = checks }
  end

  return state
end

return report
