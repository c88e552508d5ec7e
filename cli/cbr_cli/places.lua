--- Defines options for several places. A place is a region with its project and its vault. `--region a --project x
-- --region b` gives two places: a project belongs to the region before it. Options that come before the first region
-- belong to the first region.

local exit_status = require "cbr_cli.exit_status"

local places = {}

-- Adds a value to the last place in args[target]. If that place already has the field, a new place begins.
local function adder(target, field)
  return function(args, _, value)
    local list = args[target] or {}
    args[target] = list
    if #list == 0 or list[#list][field] then
      list[#list + 1] = {}
    end
    list[#list][field] = value
  end
end

--- Defines options that together make a list of places.
---@param command table command of argparse
---@param target string the list is args[target]; it is nil if no option was given
---@param options { option: string, field: string, help: string, argname: string, count: string }[]
function places.define(command, target, options)
  for _, option in ipairs(options) do
    command:option(option.option, option.help):argname(option.argname):count(option.count):init(nil)
      :target(target):action(adder(target, option.field))
  end
end

--- Returns the places.
---@param args table
---@param target string
---@param needs? string name of the option for the region, if every place must have a region
---@return { region?: string, project?: string, vault?: string }[] places
function places.of(args, target, needs)
  local list = args[target] or {}
  for _, place in ipairs(list) do
    if needs and not place.region then
      exit_status.usage(("'%s' belongs to no region: give %s before it"):format(place.vault or place.project, needs))
    end
  end
  return list
end

return places
