-- luacheck: std ngx_lua+luajit
--- The events that time causes: tasks end, policies run, backups expire. Nothing runs in the background: events that
-- have become due happen before the next read or change, in the order of their due times.

local clock = require "sandbox.clock"

local events = {}

local sources = {}

--- Adds a source of events. `due()` returns the time of the next event in cloud time (see clock.lua), which may be
-- in the future, and a function that makes this event happen; or nothing. After the event, `due` must no longer return
-- the event.
function events.source(due)
  sources[#sources + 1] = due
end

--- Inserts an item into a list that is sorted by the field `key`, behind the items with the same value.
function events.insert(list, item, key)
  local i = #list
  while i > 0 and list[i][key] > item[key] do
    i = i - 1
  end
  table.insert(list, i + 1, item)
end

--- Makes every event happen that is due.
function events.settle()
  local now = clock.cloud_time()
  local earliest, happen
  repeat
    earliest, happen = now, nil
    for _, due in ipairs(sources) do
      local time, process = due()
      if process and time <= earliest then
        earliest, happen = time, process
      end
    end
    if happen then
      clock.at(earliest, happen)
    end
  until not happen
end

return events
