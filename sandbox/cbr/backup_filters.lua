-- luacheck: std ngx_lua+luajit
--- Filters and sorts the list of backups.

local calls = require "sandbox.cbr.calls"
local listing = require "sandbox.cbr.listing"
local state = require "sandbox.state"

local filters = {}

local has, set = listing.has, calls.set

--- The rules of the query, for parameters.query.
filters.QUERY = {
  limit = "limit", offset = "offset", marker = "text", sort = "text", dec = "boolean", vault_id = "text",
  show_replication = "boolean", status = "list", image_type = set("backup", "replication"), name = "text",
  checkpoint_id = "text", parent_id = "text", resource_id = "text", resource_name = "text", resource_type = "text",
  resource_az = "text", enterprise_project_id = "text", own_type = set("private", "all_granted", "shared"),
  member_status = set("pending", "accepted", "rejected"), used_percent = "percent", incremental = "boolean",
  start_time = "moment", end_time = "moment",
}

-- The query parameters that are compared with the field of the same name of a backup.
local FIELDS = {
  "image_type", "name", "checkpoint_id", "parent_id", "resource_id", "resource_name", "resource_type", "resource_az",
}

-- A time as text, in the form of the parameters start_time and end_time. Times in this form can be compared as text.
local function moment(time)
  return os.date("!%Y-%m-%dT%H:%M:%SZ", math.floor(time))
end

local function matches(backup, query)
  for _, field in ipairs(FIELDS) do
    if query[field] and backup[field] ~= query[field] then
      return false
    end
  end
  local created = moment(backup.created)
  return (not query.status or has(query.status, backup.status))
    and (query.incremental == nil or query.incremental == (backup.incremental or false))
    and (not query.start_time or created >= query.start_time)
    and (not query.end_time or created <= query.end_time)
end

-- Whether the query matches nothing: the sandbox has no backup in a dedicated cloud, or in an enterprise project other
-- than the default one.
local function excludes_all(query)
  return query.dec or query.enterprise_project_id
    and not has({ "0", "all_granted_eps" }, query.enterprise_project_id)
end

-- The backups of other projects that are shared with `project`, oldest first.
local function shared_with(project, query)
  local selected = {}
  for _, backup in pairs(state.backups) do
    for _, member in ipairs(backup.members) do
      if member.dest_project_id == project.id and (not query.member_status or member.status == query.member_status)
        and (not query.vault_id or member.vault_id == query.vault_id) and matches(backup, query) then
        selected[#selected + 1] = backup
      end
    end
  end
  table.sort(selected, function(a, b)
    if a.created ~= b.created then
      return a.created < b.created
    end
    return a.id < b.id
  end)
  return selected
end

local function is_used_enough(vault, percent)
  return not percent or vault.used * 100 >= percent * vault.size * 1024
end

-- The project's own backups, sorted by vault, and oldest first within each vault.
local function own(project, query, selected)
  for _, vault in ipairs(state.vault_list) do
    if vault.project_id == project.id and (not query.vault_id or vault.id == query.vault_id)
      and is_used_enough(vault, query.used_percent) then
      for _, backup in ipairs(state.backups_of[vault.id]) do
        if matches(backup, query) then
          selected[#selected + 1] = backup
        end
      end
    end
  end
  return selected
end

--- The backups that match the query: the project's own backups, the backups that are shared with the project
-- (own_type=shared, member_status), or both (own_type=all_granted).
function filters.find(project, query)
  if excludes_all(query) then
    return {}
  elseif query.own_type == "shared" or query.member_status then
    return shared_with(project, query)
  end
  local selected = query.own_type == "all_granted" and shared_with(project, query) or {}
  return own(project, query, selected)
end

-- The field of a backup by which each sort key sorts.
local SORT_KEYS = {
  created_at = "created", updated_at = "created", protected_at = "created", name = "name", status = "status", id = "id",
}

--- Sorts by "key[:asc|desc],…", in descending order by default. → true, or nil and what is wrong
function filters.sort(selected, order)
  local keys, position = {}, {}
  for piece in (order or ""):gmatch "[^,]+" do
    local key, direction = piece:match "^([%w_]+):?(%a*)$"
    if not SORT_KEYS[key] or not has({ "", "asc", "desc" }, direction) then
      return nil, "invalid value for sort: " .. order
    end
    keys[#keys + 1] = { field = SORT_KEYS[key], ascending = direction == "asc" }
  end
  -- A stable sort, so that pages neither repeat nor skip a backup.
  for i, backup in ipairs(selected) do position[backup] = i end
  table.sort(selected, function(a, b)
    for _, key in ipairs(keys) do
      local one, other = a[key.field], b[key.field]
      if one ~= other then
        return (one < other) == key.ascending
      end
    end
    return position[a] < position[b]
  end)
  return true
end

return filters
