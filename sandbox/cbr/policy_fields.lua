-- luacheck: std ngx_lua+luajit
--- What policies and organization policies have in common: their definition, their trigger, and when they are valid.

local json = require "sandbox.json"
local schedule = require "sandbox.cbr.schedule"

local policy_fields = {}

--- The rules of a policy's definition, for sandbox.rules. Each line is indented by `indent`. The field
-- cross_account_urn is in the SDKs, but not on the API pages.
function policy_fields.definition(indent)
  local rows = [[
day_backups integer 0..100
destination_project_id project
destination_region region
enable_acceleration boolean
cross_account_urn text 0..255
full_backup_interval integer -1..100
max_backups integer -1..99999
month_backups integer 0..100
retention_duration_days integer -1..99999
timezone text
week_backups integer 0..100
year_backups integer 0..100
]]
  return (rows:gsub("[^\n]+", (" "):rep(indent) .. "%0"))
end

--- The rules for the list of patterns in a policy's trigger, to be put below the line of the trigger.
function policy_fields.trigger(indent)
  return ("%sproperties!\n%s  pattern! [1..24 text]\n"):format((" "):rep(indent), (" "):rep(indent))
end

--- Returns what is wrong with a definition and a list of patterns, each of which may be nil; nil if both are valid.
function policy_fields.problem_with(definition, patterns, operation_type)
  for _, pattern in ipairs(patterns or {}) do
    if not schedule.parse(pattern) then
      return "invalid value for pattern: " .. pattern
    end
  end
  definition = definition or {}
  if definition.timezone and not definition.timezone:find "^UTC[+-]%d%d:%d%d$" then
    return "invalid value for timezone: " .. definition.timezone
  end
  for _, name in ipairs { "day_backups", "week_backups", "month_backups", "year_backups" } do
    if (definition[name] or 0) > 0 and not definition.timezone then
      return "'timezone' is a required property with " .. name
    end
  end
  for _, name in ipairs { "destination_region", "destination_project_id" } do
    if operation_type == "replication" and next(definition) and not definition[name] then
      return "'" .. name .. "' is a required property"
    end
  end
end

--- A definition in the form that responses have. Recordings show full_backup_interval only for backup policies.
function policy_fields.view(definition, operation_type)
  local view = { full_backup_interval = operation_type == "backup" and -1 or nil }
  for field, value in pairs(definition) do view[field] = value end
  return view
end

--- A list of patterns in the form that responses have.
function policy_fields.patterns(patterns)
  local list = json.list()
  for i, pattern in ipairs(patterns) do list[i] = pattern end
  return list
end

return policy_fields
