--- Makes the client of a command, and finds the vaults that its options name.

local cbr = require "cbr"
local exit_status = require "cbr_cli.exit_status"
local places = require "cbr_cli.places"
local tables = require "cbr.util.tables"
local text_forms = require "cbr.util.text_forms"

local client = {}

--- Options of the command line -> options of cbr.new.
local OPTIONS = {
  region = "region", endpoint = "endpoint", project = "project_id", ca_file = "ca_file", proxy = "proxy",
}

--- Returns the options of cbr.new for the options of the command line.
---@param args table
---@return cbr.Options
function client.options(args)
  local options = { user_agent = "cbr-cli" }
  for from, to in pairs(OPTIONS) do
    options[to] = args[from]
  end
  return options
end

-- Whether an error of cbr.new is about an option of the command line, and not about an environment variable.
local function is_about_option(err, args)
  for from, to in pairs(OPTIONS) do
    if err.kind == "config" and args[from] and err.message:find(to:match "^%l+", 1) then
      return true
    end
  end
  return false
end

--- Returns the client of a command. The client is made at the first call.
---@param context table
---@return cbr.Client
function client.of(context)
  if not context.client then
    local made, err = cbr.new(client.options(context.args))
    context.client = made or exit_status.fail(err, is_about_option(err, context.args) and exit_status.USAGE or nil)
  end
  return context.client
end

--- Returns a client for each project that the options --region and --project of a dr command name. The first client is
-- the client of the command, and closing it closes the other clients, too.
---@param context table
---@return cbr.Client[] clients
function client.all_of(context)
  local sources = places.of(context.args, "sources")
  local first = sources[1] or {}
  context.args.region, context.args.project = first.region, first.project
  if #sources > 1 and context.args.endpoint then
    exit_status.usage "'--endpoint' is the URL of one region, and cannot be used with several regions or projects"
  end
  local made = { client.of(context) }
  for i = 2, #sources do
    local region = sources[i].region or made[1].region
    if not region then
      exit_status.usage "several projects need a region: give --region before each --project"
    end
    made[i] = exit_status.result(made[1]:for_region(region, sources[i].project))
  end
  return made
end

--- Makes a client that can only describe operations. Such a client needs no region and no credentials.
---@return cbr.Client
function client.for_descriptions()
  return exit_status.result(cbr.new { endpoint = "https://localhost", credentials = { token = "none" }, proxy = "" })
end

local UUID = text_forms.uuid.pattern

--- Calls `take` for each vault of a client's project. One list holds the vaults of one `cloud_type` only, so this
-- function reads a list for each `cloud_type` that the description of list_vault names.
---@param of cbr.Client
---@param params table parameters of list_vault
---@param take fun(vault: table)
function client.each_vault(of, params, take)
  for _, parameter in ipairs(of:describe("list_vault").parameters) do
    for _, value in ipairs(parameter.name == "cloud_type" and (parameter.values or parameter.known_values) or {}) do
      local page = tables.copy(params)
      page.cloud_type = value
      for vault, err in of:each("list_vault", page) do
        if not vault then
          exit_status.fail(err)
        end
        take(vault)
      end
    end
  end
end

--- Sets the parameter that names a vault: `vault_id` for an id, `vault` for a name, which cbr looks up.
---@param params table
---@param parameter "vault"|"destination_vault"
---@param name_or_id? string nil: nothing is set
---@return table params
function client.name_vault(params, parameter, name_or_id)
  if name_or_id then
    params[name_or_id:find(UUID) and parameter .. "_id" or parameter] = name_or_id
  end
  return params
end

--- Returns the id of a vault that is given by name or id.
---@param of cbr.Client
---@param name_or_id string
---@return string id
function client.vault_id(of, name_or_id)
  if name_or_id:find(UUID) then
    return name_or_id
  end
  return exit_status.result(of:show_vault { vault = name_or_id }).id
end

--- Returns the ids of all vaults with this name in several projects; for an id, only this id.
---@param clients cbr.Client[]
---@param name_or_id string
---@return string[] ids at least one
function client.vault_ids(clients, name_or_id)
  if name_or_id:find(UUID) then
    return { name_or_id }
  end
  local ids, problem = {}, nil
  for _, of in ipairs(clients) do
    local vault, err = of:show_vault { vault = name_or_id }
    if vault then
      ids[#ids + 1] = vault.id
    elseif err.kind ~= "not_found" then
      exit_status.fail(err)
    end
    problem = problem or err
  end
  return #ids > 0 and ids or exit_status.fail(problem)
end

return client
