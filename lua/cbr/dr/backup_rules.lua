--- Rules that select backups of one resource, and retention rules. A selected list is sorted from the newest backup to
-- the oldest. The list never holds more backups than the rule selects, however many are put into it.

local backup_rules = {}

local DAY = 86400
-- Weeks begin on Monday, as in ISO 8601. 1970-01-01 was a Thursday.
local DAYS_BEFORE_MONDAY = 3

--- Returns the number of the day or week of a time, counted from 1970 (UTC).
---@param at number seconds since 1970
---@param unit "day"|"week"
---@return integer
function backup_rules.period(at, unit)
  local day = math.floor(at / DAY)
  return unit == "week" and math.floor((day + DAYS_BEFORE_MONDAY) / 7) or day
end

-- Inserts a backup into a sorted list, unless it is already in the list. Returns the position of the backup, or nil.
local function insert(list, backup)
  local position = #list + 1
  for i = #list, 1, -1 do
    if list[i].id == backup.id then
      return nil
    elseif (list[i].at or 0) < (backup.at or 0) then
      position = i
    end
  end
  table.insert(list, position, backup)
  return position
end

-- Removes the last backup of a list if the list has more than `most`. Returns whether a backup was removed.
local function cut(list, most)
  local is_longer = #list > most
  list[most + 1] = nil
  return is_longer
end

--- Makes a rule that selects the newest `count` backups.
---@param count integer
---@return fun(list: table[], backup: table): boolean put a function that puts a backup into a list, and
-- returns whether a backup was dropped
function backup_rules.newest(count)
  return function(list, backup)
    insert(list, backup)
    return cut(list, count)
  end
end

--- Makes a rule that selects all backups since a time, and all backups without a time.
---@param since number seconds since 1970
---@return fun(list: table[], backup: table): boolean put
function backup_rules.since(since)
  return function(list, backup)
    if backup.at and backup.at < since then
      return true
    end
    insert(list, backup)
    return false
  end
end

--- Makes a rule that selects the newest backup of each of the last `last` days or weeks that have one. A backup
-- without a time is dropped.
---@param unit "day"|"week"
---@param last integer
---@return fun(list: table[], backup: table): boolean put
function backup_rules.per(unit, last)
  return function(list, backup)
    if not backup.at then
      return true
    end
    local position = insert(list, backup)
    if not position then
      return false
    end
    local period = backup_rules.period(backup.at, unit)
    local newer, older = list[position - 1], list[position + 1]
    if newer and backup_rules.period(newer.at, unit) == period then
      table.remove(list, position)
      return true
    elseif older and backup_rules.period(older.at, unit) == period then
      table.remove(list, position + 1)
      return true
    end
    return cut(list, last)
  end
end

--- Returns the rule for the parameter `select` of dr.replicate.
---@param selection? { newest?: integer, per?: "day"|"week", last?: integer, since?: number } default: the newest backup
---@return fun(list: table[], backup: table): boolean put
function backup_rules.of_selection(selection)
  if selection and selection.per then
    return backup_rules.per(selection.per, selection.last)
  elseif selection and selection.since then
    return backup_rules.since(selection.since)
  end
  return backup_rules.newest(selection and selection.newest or 1)
end

--- Returns which replicas of a resource a retention rule keeps: the newest `last` replicas, and the newest replica of
-- each of the last `days` days and `weeks` weeks that have one. The newest replica is always kept.
---@param list { id: string, at: number }[] sorted from the newest to the oldest
---@param keep { last?: integer, days?: integer, weeks?: integer }
---@return table<string, "last"|"day"|"week"> kept id of a kept replica -> the part of the rule that keeps it
function backup_rules.kept(list, keep)
  local kept = {}
  for i = 1, math.min(#list, keep.last or 1) do
    kept[list[i].id] = "last"
  end
  for _, row in ipairs { { "day", keep.days or 0 }, { "week", keep.weeks or 0 } } do
    local put, chosen = backup_rules.per(row[1], row[2]), {}
    for _, replica in ipairs(row[2] > 0 and list or {}) do
      put(chosen, replica)
    end
    for _, replica in ipairs(chosen) do
      kept[replica.id] = kept[replica.id] or row[1]
    end
  end
  return kept
end

return backup_rules
