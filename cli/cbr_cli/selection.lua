--- The vaults and the destinations of the dr commands: their options, and the parameters of cbr.dr.

local client_of = require "cbr_cli.client"
local exit_status = require "cbr_cli.exit_status"
local options = require "cbr_cli.options"
local places = require "cbr_cli.places"

local selection = {}

local function destination_options(vault_help, region_count)
  return {
    { option = "--destination-region", field = "region", argname = "<region>", count = region_count,
      help = "Region of the copies. With several regions, the two options below belong to the region before them." },
    { option = "--destination-vault", field = "vault", argname = "<vault>", count = "*", help = vault_help },
    { option = "--destination-project", field = "project", argname = "<id>", count = "*",
      help = "Id of the destination project. Default: looked up." },
  }
end

--- Defines the options that select vaults and destinations.
---@param command table of argparse
---@param vault_help string help of --destination-vault
function selection.add(command, vault_help)
  command:option("--vault", "Vault: name or id. The option can be repeated."):argname "<vault>":count "*"
  command:option("--name-prefix", "All vaults whose names begin with this text."):argname "<text>"
  command:option("--tag", "All vaults with this tag: key=value, or key. The option can be repeated.")
    :argname "<tag>":count "*":convert(options.tag)
  command:flag("--all", "All vaults of the project.")
  places.define(command, "destinations", destination_options(vault_help, "+"))
end

-- Returns the destinations of a command.
local function destinations_of(context, client, needs_vault)
  local list = {}
  for i, place in ipairs(places.of(context.args, "destinations", "--destination-region")) do
    local destination = { region = place.region, project_id = place.project }
    if place.vault then
      local there = exit_status.result(client:for_region(place.region, place.project))
      destination.vault_id = client_of.vault_id(there, place.vault)
    elseif needs_vault then
      exit_status.usage(("region %s has no vault: give --destination-vault after it"):format(place.region))
    end
    list[i] = destination
  end
  return list
end

-- Checks that exactly one of the ways to select vaults is used.
local function check_selection(args)
  local count = (#args.vault > 0 and 1 or 0) + (#args.tag > 0 and 1 or 0) + (args.name_prefix and 1 or 0)
    + (args.all and 1 or 0)
  if count ~= 1 then
    exit_status.usage "give one of '--vault', '--name-prefix', '--tag' and '--all'"
  end
end

--- Reads the options that select vaults and destinations.
---@param context table
---@param needs_vault? boolean each destination needs a vault
---@return cbr.Client[] clients of the projects that hold the vaults
---@return table params `vault_ids`, `name_prefix`, `tags` or `all`; `destinations`
function selection.read(context, needs_vault)
  check_selection(context.args)
  local args, clients = context.args, client_of.all_of(context)
  local ids, tags = {}, {}
  local destinations = destinations_of(context, clients[1], needs_vault)
  for _, vault in ipairs(args.vault) do
    for _, id in ipairs(client_of.vault_ids(clients, vault)) do
      ids[#ids + 1] = id
    end
  end
  for _, tag in ipairs(args.tag) do
    tags[tag.key] = tag.value
  end
  return clients, {
    vault_ids = #ids > 0 and ids or nil, name_prefix = args.name_prefix, all = args.all,
    tags = next(tags) and tags or nil, destinations = destinations,
  }
end

return selection
