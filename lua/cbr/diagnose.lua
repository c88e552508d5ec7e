--- `cbr.diagnose`: checks a set-up step by step, and says for each step what was found and what to do. The
-- checks only read. As soon as the service rejects a signature, nothing more is sent with that key: five
-- rejections in a row lock a key.

local connection = require "cbr.diagnose.connection"
local credentials = require "cbr.diagnose.credentials"
local reads = require "cbr.diagnose.reads"
local report = require "cbr.diagnose.report"
local tables = require "cbr.util.tables"

---@class cbr.Check
---@field name string what was checked: `software`, `options`, `credentials`, `profile`, `metadata`, `region`,
-- `endpoint`, `proxy`, `connection`, `tls`, `clock`, `project`, `permission` or `order`
---@field verdict "ok"|"note"|"fault"|"unchecked" with `note`, the service can be used nevertheless; with `unchecked`,
-- the check was not possible
---@field message string what was found; contains no secret
---@field advice? string what to do
---@field kind? cbr.ErrorKind kind of the error that caused a fault
---@field operation? string for a `permission`: the operation that needs it
---@field action? string for a `permission`: its name (IAM action)
---@field offset? number for the `clock`: seconds by which this machine's clock is behind the service's

---@class cbr.Diagnosis
---@field is_ok boolean there is no fault
---@field checks cbr.Check[] in the order in which they were made

local diagnose = {}

-- Returns a copy of the options, with a log function that also adds warnings about credentials to the diagnosis.
local function with_notes(given, state)
  local options, log = tables.copy(given), given.log
  function options.log(event)
    if event.event == "credentials" and event.warning then
      state.add(event.file and "profile" or "credentials", event.file and "note" or "fault", event.warning)
    end
    if log then
      log(event)
    end
  end
  return options
end

--- Checks a set-up.
---@param from { new: function, call_operation: function } functions of cbr.client
---@param versions table result of cbr.versions
---@param given? cbr.Options the options of cbr.new
---@param level integer stack level for raised errors
---@return cbr.Diagnosis
function diagnose.run(from, versions, given, level)
  local state = report.new()
  given = given or {}
  state.add("software", "ok", ("cbr %s, %s, libcurl %s, %s"):format(versions.cbr, versions.lua, versions.libcurl,
    versions.tls))
  local options = type(given) == "table" and with_notes(given, state) or given
  local client, err = from.new(options, level + 1)
  if not client then
    state.fail(err.kind == "credentials" and "credentials" or "options", err)
    return state.result()
  end
  state.client, state.given = client, given
  connection.settings(state)
  local has_credentials = credentials.check(state)
  if connection.check(state) and has_credentials then
    reads.check(state, from.call_operation)
  end
  client:close()
  return state.result()
end

return diagnose
