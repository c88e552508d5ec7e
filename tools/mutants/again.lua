-- Prepares the survivors of the last run for a run with the present specs: lua5.4 tools/mutants/again.lua <folder>
-- <folder> has the plan of the last run, and <folder>/0 has the tree of that run.
-- A survivor is a mutation that no spec has noticed. A survivor whose file has changed is not judged again, and stays a
-- survivor.

local source = require "tools.source"
local tiers = require "tools.mutants.tiers"
local equivalents = require "tools.mutants.equivalents"

local folder = arg[1]
local specs = source.files("spec", "_spec.lua")

local function write(name, text)
  local file = assert(io.open(name, "wb"))
  file:write(text)
  file:close()
end

local count = 0
for _, about in ipairs(source.lines(("find %s/plan -name about"):format(folder))) do
  local directory = about:gsub("/about$", "")
  local result = io.open(directory .. "/result")
  local verdict = result and result:read "l"
  if result then
    result:close()
  end
  if not verdict or verdict == "survived" then
    local name = source.read(directory .. "/name"):match "[^\n]+"
    local _, _, before, after = source.read(about):match "^(.-)\t(.-)\t(.-)\t(.-)\n"
    local reason = equivalents.reason(name, before, after)
    if source.read(name) ~= source.read(("%s/0/%s"):format(folder, name)) then
      print(name .. " has changed since the last run, so this survivor is not judged again: " .. before)
    elseif reason then
      write(directory .. "/result", ("equivalent\t%s\n"):format(reason))
    else
      os.remove(directory .. "/taken") -- an interrupted run may have left this file
      count = count + 1
      os.remove(directory .. "/result")
      write(directory .. "/specs", table.concat(tiers.specs(name, specs), "\n") .. "\n")
    end
  end
end
print(count .. " survivors to judge")
