-- luacheck: std ngx_lua+luajit
--- The capacity that the backups of each resource use, and the metadata that were recorded with the backup of a server.

local calls = require "sandbox.cbr.calls"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local parameters = require "sandbox.cbr.parameters"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"

local usage = {}

-- The capacity that the backups of each resource use. The resources are sorted by their first backups.
local function by_resource(project, query)
  local list, by_id = {}, {}
  for _, vault in ipairs(state.vault_list) do
    for _, backup in ipairs(vault.project_id == project.id and state.backups_of[vault.id] or {}) do
      if (not query.resource_id or backup.resource_id == query.resource_id)
        and (not query.resource_type or backup.resource_type == query.resource_type) and backup.counted then
        local row = by_id[backup.resource_id]
        if not row then
          row = { resource_id = backup.resource_id, resource_name = backup.resource_name,
            resource_type = backup.resource_type, backup_count = 0, backup_size = 0, backup_size_multiaz = 0 }
          by_id[backup.resource_id], list[#list + 1] = row, row
        end
        row.backup_count, row.backup_size = row.backup_count + 1, row.backup_size + backup.size * 1024
      end
    end
  end
  return list
end

--- GET …/storage_usage
usage.show_storage_usage = calls.with_query({
  limit = "limit", offset = "offset", resource_id = "text",
  resource_type = calls.set("OS::Nova::Server", "OS::Ironic::BareMetalServer"),
}, function(query, project)
  local found = by_resource(project, query)
  return responses.ok { storage_usage = parameters.page(found, query), resource_count = #found }
end)

--- GET …/backups/{backup_id}/metadata. Every field that is not a list contains JSON text.
function usage.show_metadata(_, project, id)
  if not ids.is_uuid(id) then
    return responses.malformed_url()
  end
  local backup = state.backup(project, id)
  if not backup then
    return responses.reject "BackupService.6200"
  elseif backup.status ~= "available" then
    return responses.reject "BackupService.6206"
  end
  local server = { id = backup.resource_id, name = backup.resource_name, status = "ACTIVE" }
  local volume = { size = backup.size, bootable = backup.contain_system_disk }
  return responses.ok {
    backup_id = id, backups = json.encode { id = id, name = backup.name }, server = json.encode(server),
    flavor = json.encode { id = "s6.large.2", vcpus = "2", ram = "4096" }, interface = "[]", floatingips = json.list(),
    ports = json.list(), volumes = json.list { json.encode(volume) },
  }
end

return usage
