-- Prints the result of a run: lua5.4 tools/mutants/report.lua <folder of the plan>

local source = require "tools.source"

local MAX_EQUIVALENTS = 0.05

local totals = { killed = 0, survived = 0, equivalent = 0, unjudged = 0 }
local operators, names, survivors, equivalents = {}, {}, {}, {}

for _, about in ipairs(source.lines(("find %s -name about"):format(arg[1]))) do
  local place, operator, before, after = source.read(about):match "^(.-)\t(.-)\t(.-)\t(.-)\n"
  local file = io.open((about:gsub("about$", "result")))
  local result, words = "unjudged", ""
  if file then
    result, words = file:read "a":match "^(%a+)\t?([^\n]*)"
    file:close()
  end
  totals[result] = totals[result] + 1
  if not operators[operator] then
    operators[operator] = { killed = 0, survived = 0, equivalent = 0, unjudged = 0 }
    names[#names + 1] = operator
  end
  operators[operator][result] = operators[operator][result] + 1
  local lines = ("%s: %s\n  - %s\n  + %s"):format(place, operator, before, after)
  if result == "survived" then
    survivors[#survivors + 1] = lines
  elseif result == "equivalent" then
    equivalents[#equivalents + 1] = ("%s\n  %s"):format(lines, words)
  end
end

print(("%-20s %6s %8s %10s"):format("operator", "killed", "survived", "equivalent"))
table.sort(names)
for _, name in ipairs(names) do
  local counts = operators[name]
  print(("%-20s %6d %8d %10d"):format(name, counts.killed, counts.survived, counts.equivalent))
end
for _, list in ipairs { { "survived", survivors }, { "equivalent", equivalents } } do
  if #list[2] > 0 then
    print(("\n%s:\n%s"):format(list[1], table.concat(list[2], "\n")))
  end
end

local count = totals.killed + totals.survived
local all = count + totals.equivalent + totals.unjudged
print(("\n%d of %d mutations noticed by a spec: %.1f %%; %d equivalent, %d not judged"):format(totals.killed, count,
  100 * totals.killed / math.max(count, 1), totals.equivalent, totals.unjudged))
if totals.equivalent > MAX_EQUIVALENTS * all then
  print(("tools/mutants/equivalents.lua contains more than %d %% of these mutations"):format(MAX_EQUIVALENTS * 100))
  os.exit(false)
end
