-- luacheck: std ngx_lua+luajit
--- Which backups of a policy are kept: a number of the newest backups, and the last backup of each of a number of days,
-- weeks, months and years.

local state = require "sandbox.state"

local retention = {}

local DAY = 86400

-- The offset of a time zone such as "UTC+08:00", in seconds.
local function offset_of(timezone)
  local sign, hours, minutes = (timezone or ""):match "^UTC([+-])(%d%d):(%d%d)$"
  local seconds = sign and hours * 3600 + minutes * 60 or 0
  return sign == "-" and -seconds or seconds
end

-- For each field of a policy that counts periods: a function that returns the period of a time.
local PERIODS = {
  day_backups = function(time) return math.floor(time / DAY) end,
  week_backups = function(time) return math.floor((time / DAY + 3) / 7) end, -- weeks begin on Monday
  month_backups = function(time) return os.date("!%Y-%m", math.floor(time)) end,
  year_backups = function(time) return os.date("!%Y", math.floor(time)) end,
}

-- The available backups that a policy made of a resource, newest first.
local function made_by(policy_id, vault_id, resource_id)
  local found = {}
  for _, backup in ipairs(state.backups_of[vault_id]) do
    if backup.policy_id == policy_id and backup.resource_id == resource_id and backup.status == "available" then
      found[#found + 1] = backup
    end
  end
  table.sort(found, function(a, b) return a.created > b.created end)
  return found
end

-- The set of the backups in `backups` that the long-term rules of `definition` keep.
local function long_term(backups, definition)
  local kept, offset = {}, offset_of(definition.timezone)
  for field, period_of in pairs(PERIODS) do
    local seen, count = {}, 0
    for _, backup in ipairs(backups) do
      local period = period_of(backup.created + offset)
      if not seen[period] and count < (definition[field] or 0) then
        seen[period], count = true, count + 1
        kept[backup] = true
      end
    end
  end
  return kept
end

local function policy_of(backup)
  for _, policy in ipairs(state.policies) do
    if policy.id == backup.policy_id then
      return policy
    end
  end
end

--- Whether a backup is kept by the long-term rules of its policy.
function retention.keeps(backup)
  local policy = policy_of(backup)
  if not policy then
    return false
  end
  local backups = made_by(policy.id, backup.vault_id, backup.resource_id)
  return long_term(backups, policy.definition)[backup] == true
end

--- To be called when `backup` was made by a policy: deletes the oldest backups, if there are more than the policy
-- keeps.
function retention.apply(backup)
  local policy = policy_of(backup)
  local most = policy and policy.definition.max_backups or -1
  if most < 1 then
    return
  end
  local backups = made_by(policy.id, backup.vault_id, backup.resource_id)
  local kept = long_term(backups, policy.definition)
  for i = most + 1, #backups do
    if not kept[backups[i]] then
      state.remove_backup(backups[i])
    end
  end
end

return retention
