--- The client of a command, and the vaults that its options name.

local cbr = require "cbr"
local exit_status = require "cbr_cli.exit_status"

local client = {}

--- Options of the command line -> options of cbr.new.
local OPTIONS = {
  region = "region", endpoint = "endpoint", project = "project_id", ca_file = "ca_file", proxy = "proxy",
}

--- The options of cbr.new that the command line has.
---@param args table
---@return cbr.Options
function client.options(args)
  local options = { user_agent = "cbr-cli" }
  for from, to in pairs(OPTIONS) do
    options[to] = args[from]
  end
  return options
end

--- The client of a command, which is made once.
---@param context table
---@return cbr.Client
function client.of(context)
  if not context.client then
    local made, err = cbr.new(client.options(context.args))
    context.client = exit_status.result(made, err)
  end
  return context.client
end

--- A client that only describes operations: it needs no region and no credentials.
---@return cbr.Client
function client.for_descriptions()
  return exit_status.result(cbr.new { endpoint = "https://localhost", credentials = { token = "none" }, proxy = "" })
end

local HEX = "%x"
local UUID = "^" .. HEX:rep(8) .. ("%-" .. HEX:rep(4)):rep(3) .. "%-" .. HEX:rep(12) .. "$"

--- Calls `take` for each vault of a client's project. The service lists hybrid-cloud vaults apart: `cloud_type` selects
-- them. Its values come from the description of the operation.
---@param of cbr.Client
---@param params table of list_vault
---@param take fun(vault: table)
function client.each_vault(of, params, take)
  for _, parameter in ipairs(of:describe("list_vault").parameters) do
    for _, value in ipairs(parameter.name == "cloud_type" and (parameter.values or parameter.known_values) or {}) do
      local page = { cloud_type = value }
      for name, given in pairs(params) do
        page[name] = given
      end
      for vault, err in of:each("list_vault", page) do
        if not vault then
          exit_status.fail(err)
        end
        take(vault)
      end
    end
  end
end

--- The vault with a name; ends the command if there is none, or more than one.
---@param of cbr.Client
---@param name string
---@return table vault
local function vault_by_name(of, name)
  local found = {}
  client.each_vault(of, { name = name }, function(vault)
    found[#found + 1] = vault.name == name and vault or nil
  end)
  if #found == 1 then
    return found[1]
  end
  local ids = {}
  for i, vault in ipairs(found) do
    ids[i] = vault.id
  end
  exit_status.usage(#found == 0 and ("this project has no vault '%s'"):format(name)
    or ("several vaults have the name '%s': use one of the ids %s"):format(name, table.concat(ids, ", ")))
end

--- The id of a vault, given as a name or as an id.
---@param of cbr.Client
---@param name_or_id string
---@return string id
function client.vault_id(of, name_or_id)
  return name_or_id:find(UUID) and name_or_id or vault_by_name(of, name_or_id).id
end

--- A vault in another region, given as a name or as an id, with the project that it is in.
---@param of cbr.Client
---@param destination { region: string, project_id?: string, vault: string }
---@return string id
---@return string project_id
function client.destination(of, destination)
  local is_id = destination.vault:find(UUID)
  if is_id and destination.project_id then
    return destination.vault, destination.project_id
  end
  local there = exit_status.result(of:for_region(destination.region, destination.project_id))
  local vault = is_id and exit_status.result(there:show_vault { vault_id = destination.vault })
    or vault_by_name(there, destination.vault)
  return vault.id, destination.project_id or vault.project_id
end

return client
