-- luacheck: std ngx_lua+luajit
--- Backups that expire are deleted, unless the long-term rules of their policy keep them.

local clock = require "sandbox.clock"
local events = require "sandbox.cbr.events"
local retention = require "sandbox.cbr.retention"
local state = require "sandbox.state"

local expiry = {}

local DAY = 86400

--- Sets when a backup expires. `time`: by the server's clock; nil if the backup never expires.
function expiry.set(backup, time)
  backup.expires = time
  if time then
    events.insert(state.expiring, { backup = backup, expires = time, due = time }, "due")
  end
end

events.source(function()
  local entry = state.expiring[1]
  if entry then
    return clock.cloud_time_of(entry.due), function()
      table.remove(state.expiring, 1)
      local backup = entry.backup
      if state.backups[backup.id] ~= backup or backup.expires ~= entry.expires then
        return -- the backup was deleted, or its expiry was changed after this event was planned
      elseif retention.keeps(backup) then
        entry.due = entry.due + DAY
        events.insert(state.expiring, entry, "due")
      else
        state.remove_backup(backup)
      end
    end
  end
end)

return expiry
