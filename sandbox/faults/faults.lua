-- luacheck: std ngx_lua+luajit
--- The faults that tests have armed, and the calls that they affect. sandbox/faults/kinds.lua has the effect of each
-- fault.

local fault_kinds = require "sandbox.faults.kinds"
local json = require "sandbox.json"
local quirks = require "sandbox.faults.quirks"
local rate_limit = require "sandbox.gateway.rate_limit"
local responses = require "sandbox.gateway.responses"

local faults = {}

local armed -- the armed faults, oldest first

-- The type of each field of a fault. The field retry_after may be a number of seconds or a date.
local FIELDS = {
  fault = "string", label = "string", call = "string", times = "number", chance = "number", after = "boolean",
  skip = "number",
  seconds = "number", interval = "number", bytes = "number", length = "boolean", body = "string", again = "string",
  tail = "string", at = "number", value = "string", status = "number", code = "string", message = "string",
  headers = "table", content_type = "string", location = "string", fields = "table", limit = "number", time = "string",
  policy = "string", quirks = "table", without_headers = "boolean", retry_after = "any",
}

function faults.reset()
  armed = json.list()
  fault_kinds.finish()
end

local function problem_with(fault)
  for name, value in pairs(fault) do
    local wanted = FIELDS[name]
    if not wanted then
      return "no such field of a fault: " .. tostring(name)
    end
    if wanted ~= "any" and type(value) ~= wanted then
      return ("%s must be a %s"):format(name, wanted)
    end
  end
  return rate_limit.problem_with(fault) or quirks.problem_with(fault.quirks or {})
end

--- Arms a fault for coming calls. "refused" without a `call` begins at once. → true, or nil and what is wrong
function faults.add(fault)
  local kind = fault_kinds.get(fault.fault)
  if not kind then
    return nil, "no such fault: " .. tostring(fault.fault)
  end
  for name, value in pairs(fault) do
    if value == json.null then
      fault[name] = nil
    end
  end
  local problem = problem_with(fault)
  if problem then
    return nil, problem
  end
  if fault.fault == "refused" and fault.call == nil then
    fault_kinds.refuse(fault)
    return true
  end
  fault.call, fault.times, fault.skip = fault.call or "*", fault.times or kind.times or 1, fault.skip or 0
  armed[#armed + 1] = fault
  return true
end

function faults.list()
  return armed
end

-- Whether a fault affects this call. A fault leaves out the first `skip` calls, which this function counts.
local function strikes(fault, operation, line)
  if fault.call ~= "*" and fault.call ~= operation and not line:find(fault.call) then
    return false
  end
  if fault.skip > 0 then
    fault.skip = fault.skip - 1
    return false
  end
  local kind = fault_kinds.get(fault.fault)
  return math.random() < (fault.chance or 1) and (not kind.strikes or kind.strikes(fault))
end

--- Takes the oldest fault that affects this call, and subtracts one from its remaining times. → the fault, or nil
function faults.take(operation, line)
  for i, fault in ipairs(armed) do
    if strikes(fault, operation, line) then
      fault.times = fault.times - 1
      if fault.times == 0 then
        table.remove(armed, i)
      end
      return fault
    end
  end
end

--- Carries out a fault on the current call. The function `process` processes the call and returns the response.
function faults.play(fault, process)
  if fault.quirks then
    local process_plainly = process
    function process() return quirks.during(fault.quirks, process_plainly) end
  end
  local kind = fault_kinds.get(fault.fault)
  local after = fault.after
  if after == nil then
    after = kind.after
    if type(after) == "function" then
      after = after(fault)
    end
  end
  local response = after and process() or responses.ok {}
  return kind.play(fault, response, process)
end

faults.reset()

return faults
