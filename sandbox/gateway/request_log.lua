-- luacheck: std ngx_lua+luajit
--- The latest requests that reached the API ports or the metadata port, whether accepted or not.

local clock = require "sandbox.clock"
local json = require "sandbox.json"

local request_log = {}

local KEPT_REQUESTS = 5000

local entries, first, last

function request_log.clear()
  entries, first, last = {}, 1, 0
end

--- Adds a request that has just arrived, with a number and the time. → the log entry, which later phases complete
function request_log.add(entry)
  last = last + 1
  entry.n, entry.time = last, clock.now()
  entries[last] = entry
  if last - first >= KEPT_REQUESTS then
    entries[first] = nil
    first = first + 1
  end
  return entry
end

--- The logged requests, oldest first.
function request_log.list()
  local list = json.list()
  for i = first, last do list[#list + 1] = entries[i] end
  return list
end

request_log.clear()

return request_log
