--- Runs specs with busted inside an nginx worker, in the nginx phase of the caller.

local run = {}

---@param files string[]
---@param tags_excluded string[]
---@return string report the counts in busted's form, then one line for each failure
function run.files(files, tags_excluded)
  for name in pairs(package.loaded) do
    if name:find "^busted" then
      package.loaded[name] = nil -- otherwise, a second run would find the state of the first run
    end
  end
  local busted = require "busted.core" ()
  require "busted" (busted)
  require "busted.modules.filter_loader" () (busted, {
    tags = {}, excludeTags = tags_excluded, filter = {}, filterOut = {}, list = false, nokeepgoing = false,
    suppressPending = true,
  })
  local counts, lines = { success = 0, failure = 0, error = 0, pending = 0 }, {}
  local function note(element, _, message)
    lines[#lines + 1] = ("%s: %s"):format(busted.getFullName and busted.getFullName(element) or element.name or "?",
      type(message) == "table" and (message.message or tostring(message)) or tostring(message))
  end
  busted.subscribe({ "test", "end" }, function(_, _, status)
    counts[status] = counts[status] + 1
  end)
  busted.subscribe({ "failure" }, note)
  busted.subscribe({ "error" }, function(element, parent, message)
    counts.error = counts.error + 1
    note(element, parent, message)
  end)
  require "busted.modules.test_file_loader" (busted, { "lua" }) (files, { "_spec" }, {
    excludes = {}, verbose = true, recursive = false, seed = 1, shuffle = false, sort = false,
  })
  require "busted.execute" (busted) (1, { seed = 1, shuffle = false, sort = false })
  return ("%d successes / %d failures / %d errors\n%s\n"):format(counts.success, counts.failure, counts.error,
    table.concat(lines, "\n"))
end

return run
