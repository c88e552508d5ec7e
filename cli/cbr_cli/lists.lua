--- The commands vaults and backups.

local capacity = require "cbr.objects.capacity"
local client_of = require "cbr_cli.client"
local exit_status = require "cbr_cli.exit_status"
local json = require "cbr_cli.json"
local output = require "cbr_cli.output"

local function billing(name)
  return function(vault)
    return type(vault.billing) == "table" and vault.billing[name] or nil
  end
end

local NAME_WIDTH = 24 -- names are for the options of other commands, so other columns are dropped before names are cut

local VAULTS = {
  { "ID", function(vault) return vault.id end },
  { "NAME", function(vault) return vault.name end, may_be_cut = true, least = NAME_WIDTH },
  { "TYPE", billing "object_type", is_optional = true }, { "USE", billing "protect_type", is_optional = true },
  { "STATUS", billing "status", is_optional = true },
  {
    "GB", is_optional = true, function(vault)
      local size_gb, used_gb = capacity.of(vault)
      return size_gb and ("%.0f/%.0f"):format(used_gb or 0, size_gb)
    end,
  },
}

local BACKUPS = {
  { "ID", function(backup) return backup.id end },
  { "NAME", function(backup) return backup.name end, may_be_cut = true },
  { "STATUS", function(backup) return backup.status end },
  {
    "CREATED", function(backup)
      return type(backup.created_at) == "string" and backup.created_at:gsub("T", " "):sub(1, 16) or nil
    end,
  },
  { "RESOURCE", function(backup) return backup.resource_name end, is_optional = true, may_be_cut = true },
}

-- Prints the rows of a list. For JSON, this function marks the lists in the rows.
local function write(context, operation, columns, rows)
  if context.args.json then
    local result = client_of.of(context):describe(operation).result
    for _, row in ipairs(rows) do
      json.mark(row, result.fields[1].fields)
    end
  end
  output.list(context, columns, rows)
end

local function vaults(context)
  local args, rows = context.args, {}
  client_of.each_vault(client_of.of(context), {
    name = args.name, object_type = args.object_type, protect_type = args.protect_type, status = args.status,
  }, function(vault)
    rows[#rows + 1] = vault
  end)
  write(context, "list_vault", VAULTS, rows)
end

local function backups(context)
  local args, client, rows = context.args, client_of.of(context), {}
  local params = { name = args.name, status = args.status, resource_name = args.resource_name }
  for backup, err in client:each("list_backups", client_of.name_vault(params, "vault", args.vault)) do
    if not backup then
      exit_status.fail(err)
    end
    rows[#rows + 1] = backup
  end
  write(context, "list_backups", BACKUPS, rows)
end

return {
  {
    name = "vaults", run = vaults, does = "List the vaults of the project.",
    define = function(command)
      command:option("--name", "Only vaults whose names contain this text."):argname "<name>"
      command:option("--object-type", "Only vaults for this type of resource, such as server."):argname "<type>"
      command:option("--protect-type", "Only vaults of this type: backup, replication or hybrid."):argname "<type>"
      command:option("--status", "Only vaults in this state."):argname "<status>"
    end,
  },
  {
    name = "backups", run = backups, does = "List the backups of the project, or of a vault.",
    define = function(command)
      command:option("--vault", "Only backups in this vault: name or id."):argname "<vault>"
      command:option("--name", "Only backups with this name."):argname "<name>"
      command:option("--resource-name", "Only backups of the resource with this name."):argname "<name>"
      command:option("--status", "Only backups in this state."):argname "<status>"
    end,
  },
}
