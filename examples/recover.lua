-- Shows which resources lack a recent copy in another region, makes the missing copies, and shows the result.
--
-- Keys, project and region come from the environment (HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK, CBR_REGION …), and so do
-- the parameters:
local prefix = os.getenv "VAULT_PREFIX" -- the beginning of the vaults' names; default: all vaults
local destination = {
  region = os.getenv "DESTINATION_REGION", project_id = os.getenv "DESTINATION_PROJECT_ID",
  vault_id = os.getenv "DESTINATION_VAULT_ID",
}
local rpo = os.getenv "RPO" or "26h" -- maximum age of the newest copy
local directory = os.getenv "STATE_DIRECTORY" -- directory of a file store, for resuming a killed run; default: no store
local interval = tonumber(os.getenv "INTERVAL") -- seconds between two polls
--
-- Exit status: 0: every resource has a recent copy; 1: the parameters are not valid; 2: a resource has no recent copy.

package.path = (arg[0]:match "^(.*/)" or "./") .. "?.lua;" .. package.path
local cbr = require "cbr"
local dr = require "cbr.dr"
local show = require "show"

local client = show.result(cbr.new())

local function params_with(more)
  local params = { name_prefix = prefix, all = not prefix or nil, destinations = { destination } }
  for name, value in pairs(more) do
    params[name] = value
  end
  return params
end

local function print_report(report)
  print(dr.text(report))
  return report
end

print(("Which resources have a copy in %s that is not older than %s?\n"):format(tostring(destination.region), rpo))
local copies = print_report(show.result(dr.copies(client, params_with { rpo = rpo })))
if not copies.is_green then
  print "Making the missing copies.\n"
  local report = show.result(dr.replicate(client, params_with {
    interval = interval, store = directory and require "stores.file" (directory) or nil,
    on_progress = function(progress)
      local row = progress.row
      if row then
        print(("  %d of %d done: %s of %s: %s%s"):format(progress.done, progress.total, row.backup_name,
          row.resource_name, row.status, row.status == "in_progress" and (" %.0f %%"):format(row.progress or 0) or ""))
      end
    end,
  }))
  print ""
  print_report(report)
  copies = print_report(show.result(dr.copies(client, params_with { rpo = rpo })))
end

client:close()
os.exit(copies.is_green and 0 or 2)
