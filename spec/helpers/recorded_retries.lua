--- Clients that record their retries, and their searches for lost orders.

local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local recorded_retries = {}

--- Begins a new record for each test of the `describe` that calls this function, and closes the clients after the test.
---@return fun(options?: table): cbr.Client make makes a client that writes to the record
---@return { retries: table[], verdicts: string[] } record the log events of the retries, the results of the searches
function recorded_retries.for_each_test()
  local record = {}

  local closed_later = set_up.for_each_test(function()
    record.retries, record.verdicts = {}, {}
  end)

  local function log(event)
    if event.event == "retry" then
      table.insert(record.retries, event)
    elseif event.event == "search" then
      table.insert(record.verdicts, event.verdict)
    end
  end

  return function(changes)
    local options = { log = log }
    support.merge(options, changes)
    return closed_later(support.client(options))
  end, record
end

return recorded_retries
