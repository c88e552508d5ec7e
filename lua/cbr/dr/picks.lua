--- Which backups of one resource are looked at, or kept: rules over a list that is sorted from the newest to the
-- oldest. A list holds no more than the rule needs, however many backups are put into it.

local picks = {}

local DAY = 86400
-- 1970-01-01 was a Thursday: weeks begin on Monday, as in ISO 8601.
local DAYS_BEFORE_MONDAY = 3

--- The day or the week of a moment, as a number that grows with time (UTC).
---@param at number
---@param unit "day"|"week"
---@return integer
function picks.period(at, unit)
  local day = math.floor(at / DAY)
  return unit == "week" and math.floor((day + DAYS_BEFORE_MONDAY) / 7) or day
end

-- Puts a backup into a list, unless it is in it. Returns its position, or nil.
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

-- Drops the oldest backup of a list that has more than `most`. Returns whether there was one.
local function cut(list, most)
  local is_longer = #list > most
  list[most + 1] = nil
  return is_longer
end

--- The newest `count` backups.
---@param count integer
---@return fun(list: table[], backup: table): boolean put puts a backup into a list; whether it dropped one
function picks.newest(count)
  return function(list, backup)
    insert(list, backup)
    return cut(list, count)
  end
end

--- All backups from a moment on; those of an unknown time are among them.
---@param since number
---@return fun(list: table[], backup: table): boolean put
function picks.since(since)
  return function(list, backup)
    if backup.at and backup.at < since then
      return true
    end
    insert(list, backup)
    return false
  end
end

--- The newest backup of each of the last `last` days or weeks that have one.
---@param unit "day"|"week"
---@param last integer
---@return fun(list: table[], backup: table): boolean put
function picks.per(unit, last)
  return function(list, backup)
    if not backup.at then
      return true
    end
    local position = insert(list, backup)
    if not position then
      return false
    end
    local period = picks.period(backup.at, unit)
    local newer, older = list[position - 1], list[position + 1]
    if newer and picks.period(newer.at, unit) == period then
      table.remove(list, position)
      return true
    elseif older and picks.period(older.at, unit) == period then
      table.remove(list, position + 1)
      return true
    end
    return cut(list, last)
  end
end

--- The rule of a selection.
---@param selection? { newest?: integer, per?: "day"|"week", last?: integer, since?: number } default: the newest backup
---@return fun(list: table[], backup: table): boolean put
function picks.rule(selection)
  if selection and selection.per then
    return picks.per(selection.per, selection.last)
  elseif selection and selection.since then
    return picks.since(selection.since)
  end
  return picks.newest(selection and selection.newest or 1)
end

--- Which of a resource's replicas a retention rule keeps: the newest `last`, and the newest of each of the last `days`
-- and `weeks` that have one. The newest replica is always kept.
---@param list { id: string, at: number }[] sorted from the newest to the oldest
---@param keep { last?: integer, days?: integer, weeks?: integer }
---@return table<string, "last"|"day"|"week"> kept id -> why
function picks.kept(list, keep)
  local kept = {}
  for i = 1, math.min(#list, keep.last or 1) do
    kept[list[i].id] = "last"
  end
  for _, row in ipairs { { "day", keep.days or 0 }, { "week", keep.weeks or 0 } } do
    local put, chosen = picks.per(row[1], row[2]), {}
    for _, replica in ipairs(row[2] > 0 and list or {}) do
      put(chosen, replica)
    end
    for _, replica in ipairs(chosen) do
      kept[replica.id] = kept[replica.id] or row[1]
    end
  end
  return kept
end

return picks
