--- Why a replication leaves out a backup of its vault.

local status = require "cbr.follow.status"
local tables = require "cbr.util.tables"

local left_out = {}

--- Returns the reason why a replication to a region leaves out a backup.
---@param backup table the backup as `list_backups` returns it with `show_replication`
---@param region string
---@return "already_there"|"in_progress"|"is_replica"|"no_system_disk"|"unknown"|string reason `state_…` for a backup in
-- a wrong state; `unknown` if no reason is known
function left_out.reason(backup, region)
  for _, record in ipairs(tables.list(backup.replication_records)) do
    if record.destination_region == region then
      local state = status.of(record.status)
      if state == "success" then
        return "already_there"
      elseif not status.has_ended(state) then
        return "in_progress"
      end
    end
  end
  if backup.image_type == "replication" then
    return "is_replica"
  elseif backup.status ~= "available" then
    return "state_" .. tostring(backup.status)
  elseif tables.of(backup.extend_info).contain_system_disk == false and backup.resource_type == "OS::Nova::Server" then
    return "no_system_disk"
  end
  return "unknown"
end

return left_out
