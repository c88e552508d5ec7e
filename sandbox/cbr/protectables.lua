-- luacheck: std ngx_lua+luajit
--- The calls that list the cloud's resources, and say which resources can be protected.

local calls = require "sandbox.cbr.calls"
local codes = require "sandbox.gateway.codes"
local json = require "sandbox.json"
local listing = require "sandbox.cbr.listing"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"
local views = require "sandbox.cbr.views"

local protectables = {}

-- For each protectable_type in the path: the type of the resources, and the error code for a resource whose state does
-- not allow a backup.
local TYPES = {
  server = { "OS::Nova::Server", "BackupService.7101" }, disk = { "OS::Cinder::Volume", "BackupService.7003" },
  turbo = { "OS::Sfs::Turbo", "BackupService.7502" },
  workspace = { "OS::Workspace::DesktopV2", "BackupService.7602" },
  workspace_v2 = { "OS::Workspace::DesktopV2", "BackupService.7602" },
}

local function tag_texts(tags)
  local list = json.list()
  for key, value in pairs(tags) do list[#list + 1] = key .. "=" .. value end
  table.sort(list)
  return list
end

-- The disks of a server. Each server of the sandbox has one disk.
local function children(resource)
  if resource.type ~= "OS::Nova::Server" then
    return json.list()
  end
  return json.list {
    {
      id = resource.id:sub(1, 24) .. "d" .. resource.id:sub(26), name = resource.name, size = resource.size,
      status = "in-use", type = "OS::Cinder::Volume", children = json.list(),
      detail = { name = resource.name, size = resource.size, bootable = "true", status = "in-use" },
    },
  }
end

-- Returns a function that makes the object for a resource. As in a recording, resources that are already in a vault are
-- listed too: the field `vault` names the vault.
local function view(code, project)
  return function(resource)
    local vault, is_active = state.vault_of_resource(resource.id), resource.status == "active"
    local status = is_active and "ACTIVE" or resource.status -- a recording of the service shows "ACTIVE"
    return {
      id = resource.id, name = resource.name, type = resource.type, size = resource.size, status = status,
      children = children(resource),
      detail = {
        id = resource.id, name = resource.name, status = status, tags = tag_texts(resource.tags),
        enterprise_project_id = "0",
      },
      protectable = {
        result = is_active, code = is_active and "" or code, reason = is_active and "" or codes[code][2],
        vault = vault and views.vault(vault, project) or json.null,
      },
    }
  end
end

--- GET …/protectables/{protectable_type}/instances
protectables.list = calls.with_query({
  id = "text", limit = "limit", marker = "text", name = "text", offset = "offset", server_id = "text", status = "text",
}, function(query, project, kind)
  local row, found = TYPES[kind], {}
  if not row then
    return responses.reject("BackupService.9900", "invalid value for protectable_type: " .. kind)
  end
  for _, resource in ipairs(state.resource_list) do
    if resource.project_id == project.id and resource.type == row[1]
      and (not query.id or resource.id == query.id) and (not query.name or resource.name == query.name)
      and (not query.status or resource.status:upper() == query.status:upper())
      and (not query.server_id or resource.server_id == query.server_id) then
      found[#found + 1] = resource
    end
  end
  local response = listing.respond("instances", found, query, view(row[2], project))
  response.body.limit, response.body.offset = nil, nil -- a recording of the service shows neither
  return response
end)

--- GET …/protectables/{protectable_type}/instances/{instance_id}: servers and disks only.
function protectables.show(_, project, kind, id)
  if kind ~= "server" and kind ~= "disk" then
    return responses.reject("BackupService.9900", "invalid value for protectable_type: " .. kind)
  end
  local resource = state.resources[id]
  if not resource or resource.project_id ~= project.id or resource.type ~= TYPES[kind][1] then
    return responses.reject(codes.of_missing_resource(TYPES[kind][1]))
  end
  return responses.ok { instance = view(TYPES[kind][2], project)(resource) }
end

return protectables
