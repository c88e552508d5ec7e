-- luacheck: std ngx_lua+luajit
--- Backups that are shared with other projects of the region. A request names a member by its id, or by the id of the
-- project with which the backup is shared.

local calls = require "sandbox.cbr.calls"
local clock = require "sandbox.clock"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local listing = require "sandbox.cbr.listing"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"

local members = {}

local MAX_MEMBERS = 10

--- The member of a backup for the project with this id; nil if the backup is not shared with the project.
function members.of_project(backup, project_id)
  for _, member in ipairs(backup.members) do
    if member.dest_project_id == project_id then
      return member
    end
  end
end

local function view(project)
  return function(member)
    return {
      id = member.id, backup_id = member.backup_id, dest_project_id = member.dest_project_id, status = member.status,
      vault_id = member.vault_id,
      created_at = clock.stamp(member.created, project.cloud), updated_at = clock.stamp(member.updated, project.cloud),
    }
  end
end

-- The backup with this id, if it belongs to the project or is shared with the project; else nil.
local function backup_for(project, id)
  local backup = state.backups[id]
  if backup and (backup.project_id == project.id or members.of_project(backup, project.id)) then
    return backup
  end
end

-- Finds a member of a backup. → the member and its position in the list; or nil and an error response
local function find(project, backup_id, member_id)
  local backup = backup_for(project, backup_id)
  if not backup then
    return nil, responses.reject "BackupService.6200"
  end
  for i, member in ipairs(backup.members) do
    local is_visible = backup.project_id == project.id or member.dest_project_id == project.id
    if is_visible and (member.id == member_id or member.dest_project_id == member_id) then
      return member, i
    end
  end
  return nil, responses.reject "BackupService.6705"
end

-- → an error code and a detail, or nil if the backup can be shared
local function problem_of(backup, wanted)
  local vault = state.vaults[backup.vault_id]
  -- The newest API page allows disks too, while the text of the error code names only servers.
  if vault.object_type ~= "server" and vault.object_type ~= "disk" then
    return "BackupService.6700"
  elseif backup.status ~= "available" then
    return "BackupService.6702"
  elseif vault.status ~= "available" then
    return "BackupService.6712"
  elseif #backup.members + #wanted > MAX_MEMBERS then
    return "BackupService.6701"
  end
end

-- → an error code and a detail, or nil if the project can get the backup
local function problem_of_target(backup, project, target_id)
  local target = state.projects[target_id]
  if not target or target == project or target.region ~= project.region or target.cloud ~= project.cloud then
    return "BackupService.6704", target_id
  elseif members.of_project(backup, target_id) then
    return "BackupService.6714", target_id
  end
end

--- POST …/backups/{backup_id}/members
members.add = calls.with_body([[
  members [1..10 project]
  domains [text]
]], function(body, project, id)
  local backup, wanted = state.backup(project, id), body.members or {}
  if not backup then
    return responses.reject "BackupService.6200"
  elseif #wanted == 0 then
    return responses.reject("BackupService.9900", "'members' is a required property")
  end
  local code, detail = problem_of(backup, wanted)
  for _, target_id in ipairs(wanted) do
    if not code then
      code, detail = problem_of_target(backup, project, target_id)
    end
  end
  if code then
    return responses.reject(code, detail)
  end
  local added = json.list()
  for i, target_id in ipairs(wanted) do
    local member = {
      id = ids.uuid(), backup_id = id, dest_project_id = target_id, status = "pending", created = clock.now(),
      updated = clock.now(),
    }
    table.insert(backup.members, member)
    added[i] = view(project)(member)
  end
  return responses.ok { members = added, count = #added }
end)

--- GET …/backups/{backup_id}/members. A project that the backup is shared with sees only itself.
members.list = calls.with_query({
  dest_project_id = "text", image_id = "text", status = calls.set("pending", "accepted", "rejected"), vault_id = "text",
  limit = "limit", marker = "text", offset = "offset", sort = "text",
}, function(query, project, id)
  local backup, found = backup_for(project, id), {}
  if not backup then
    return responses.reject "BackupService.6200"
  end
  for _, member in ipairs(backup.members) do
    if (backup.project_id == project.id or member.dest_project_id == project.id)
      and (not query.dest_project_id or member.dest_project_id == query.dest_project_id)
      and (not query.status or member.status == query.status)
      and (not query.vault_id or member.vault_id == query.vault_id) and not query.image_id then
      found[#found + 1] = member
    end
  end
  local response = listing.respond("members", found, query, view(project))
  response.body.limit, response.body.offset = nil, nil -- the API page documents neither limit nor offset
  return response
end)

--- GET …/backups/{backup_id}/members/{member_id}
function members.show(_, project, id, member_id)
  local member, rejection = find(project, id, member_id)
  return member and responses.ok { member = view(project)(member) } or rejection
end

-- → an error code, or nil if the vault can take a shared backup from `source`
local function problem_of_vault(vault, source)
  if not vault then
    return "BackupService.6105"
  elseif vault.object_type ~= source.object_type or vault.protect_type ~= "backup" then
    return "BackupService.6713"
  elseif vault.status ~= "available" then
    return "BackupService.6712"
  end
end

--- PUT …/backups/{backup_id}/members/{member_id}, by the project that the backup is shared with.
members.update = calls.with_body([[
  status! accepted|pending|rejected
  vault_id uuid
]], function(body, project, id, member_id)
  local member, rejection = find(project, id, member_id)
  if not member then
    return rejection
  elseif member.dest_project_id ~= project.id then
    return responses.reject "BackupService.6707"
  end
  local source = state.vaults[state.backups[id].vault_id]
  local code = body.status == "accepted" and problem_of_vault(state.vault(project, body.vault_id or ""), source)
  if code then
    return responses.reject(code)
  end
  member.status, member.updated = body.status, clock.now()
  member.vault_id = body.status == "accepted" and body.vault_id or nil
  return responses.ok { member = view(project)(member) }
end)

--- DELETE …/backups/{backup_id}/members/{member_id}, by the project that owns the backup.
function members.delete(_, project, id, member_id)
  local backup = state.backup(project, id)
  if not backup then
    return responses.reject "BackupService.6200"
  end
  local member, position = find(project, id, member_id)
  if not member then
    return position -- without a member, `position` is an error response
  end
  table.remove(backup.members, position)
  return calls.no_content()
end

return members
