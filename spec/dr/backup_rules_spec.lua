-- cbr.dr.backup_rules: which backups of a resource are selected, and which replicas a retention rule keeps.

local backup_rules = require "cbr.dr.backup_rules"

local DAY = 86400

local function ids(list)
  local names = {}
  for i, entry in ipairs(list) do
    names[i] = entry.id
  end
  return table.concat(names, " ")
end

-- Puts backups into a list in a random order. `ages` are days.
local function put_all(rule, ages)
  local list, order = {}, {}
  for i, age in ipairs(ages) do
    table.insert(order, math.random(#order + 1), { id = tostring(i), at = 1000 * DAY - age * DAY })
  end
  for _, backup in ipairs(order) do
    rule(list, backup)
    rule(list, backup) -- a page can show a backup twice
  end
  return list
end

describe("cbr.dr.backup_rules", function()
  before_each(function()
    math.randomseed(3)
  end)

  it("backup_rules.newest selects and sorts the newest backups, whatever the order in which backups arrive", function()
    for _ = 1, 20 do
      assert.equal("2 3 1", ids(put_all(backup_rules.newest(3), { 5, 1, 2, 9, 8 })))
    end
    assert.equal("1", ids(put_all(backup_rules.of_selection(), { 1, 2, 3 })))
  end)

  it("backup_rules.since selects all backups since a time", function()
    assert.equal("2 3 1", ids(put_all(backup_rules.since(995 * DAY), { 5, 1, 2, 9, 8 })))
    assert.equal("2 3 1", ids(put_all(backup_rules.of_selection { since = 995 * DAY }, { 5, 1, 2, 9, 8 })))
  end)

  it("backup_rules.per selects the newest backup of each of the last days or weeks", function()
    for _ = 1, 20 do
      local rule = backup_rules.of_selection { per = "day", last = 3 }
      assert.equal("1 4 6", ids(put_all(rule, { 0.1, 0.2, 0.3, 1.1, 1.2, 4.5, 7 })))
    end
    local list = {}
    local put = backup_rules.per("week", 2)
    for day = 0, 27 do -- four weeks from a Monday, 1970-01-05
      put(list, { id = tostring(day), at = (day + 4) * DAY })
    end
    assert.equal("27 20", ids(list))
  end)

  it("a rule of cbr.dr.backup_rules returns whether the rule has dropped a backup", function()
    local put, list = backup_rules.newest(1), {}
    assert.is_false(put(list, { id = "a", at = 1 }))
    assert.is_true(put(list, { id = "b", at = 2 }))
    assert.is_true(backup_rules.per("day", 1)({}, { id = "c" })) -- a backup without a time has no day
  end)

  it("backups without a time are sorted to the end", function()
    local put, list = backup_rules.newest(3), {}
    put(list, { id = "a" })
    put(list, { id = "b", at = 5 })
    assert.equal("b a", ids(list))
  end)

  it("backup_rules.kept follows the retention rule, and always keeps the newest replica", function()
    local list = {}
    for day = 1, 30 do
      list[day] = { id = tostring(day), at = (100 - day) * DAY }
    end
    local function kept(keep)
      local names = {}
      for id in pairs(backup_rules.kept(list, keep)) do
        names[#names + 1] = id
      end
      table.sort(names, function(a, b) return tonumber(a) < tonumber(b) end)
      return table.concat(names, " ")
    end
    assert.equal("1", kept {})
    assert.equal("1 2 3", kept { last = 3 })
    assert.equal("1 2 3 4", kept { days = 4 })
    assert.equal("1 2 6 13", kept { last = 2, weeks = 3 }) -- the newest replica is of a Friday
    assert.same({}, backup_rules.kept({}, { last = 3 }))
  end)
end)
