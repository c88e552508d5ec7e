-- luacheck: std ngx_lua+luajit
--- POST …/vault/resource_instances/action: finds or counts vaults by their tags.

local calls = require "sandbox.cbr.calls"
local json = require "sandbox.json"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"
local views = require "sandbox.cbr.views"

local tag_filter = {}

local MAX_LIMIT = 1000 -- the maximum of the parameters limit and offset

-- Whether a vault has a tag with the wanted key and, if values are wanted, with one of these values.
local function has(vault, wanted)
  for _, tag in ipairs(vault.tags) do
    if tag.key == wanted.key then
      for _, value in ipairs(wanted.values) do
        if value == tag.value then
          return true
        end
      end
      return #wanted.values == 0
    end
  end
  return false
end

local function has_all(vault, list)
  for _, wanted in ipairs(list) do
    if not has(vault, wanted) then
      return false
    end
  end
  return true
end

local function has_any(vault, list)
  for _, wanted in ipairs(list) do
    if has(vault, wanted) then
      return true
    end
  end
  return false
end

-- Whether a vault's name begins with the value of resource_name, the only key that `matches` may have.
local function has_wanted_name(vault, matches)
  for _, row in ipairs(matches or {}) do
    if row.key ~= "resource_name" or vault.name:sub(1, #row.value) ~= row.value then
      return false
    end
  end
  return true
end

local function has_wanted_tags(vault, body)
  return (not body.tags or has_all(vault, body.tags)) and (not body.tags_any or has_any(vault, body.tags_any))
    and (not body.not_tags or not has_all(vault, body.not_tags))
    and (not body.not_tags_any or not has_any(vault, body.not_tags_any))
    and (not body.without_any_tag or #vault.tags == 0)
    and #(body.sys_tags or {}) == 0 -- no vault of the sandbox has system tags
end

local function is_wanted(vault, body)
  return vault.cloud_type == (body.cloud_type or "public")
    and (not body.object_type or vault.object_type == body.object_type)
    and has_wanted_name(vault, body.matches) and has_wanted_tags(vault, body)
end

local function view(vault, project)
  return {
    resource_id = vault.id, resource_name = vault.name, tags = views.tags(vault.tags), sys_tags = json.list(),
    resource_detail = { vault = views.vault(vault, project) },
  }
end

-- Converts the text of limit or offset to a number. In the body of this call, both are text.
local function number(text, default, low)
  local value = text == nil and default or tonumber(text)
  return value and value % 1 == 0 and value >= low and value <= MAX_LIMIT and value or nil
end

local KEYS = [[
    key! text 1..127
    values! [text]
]]

tag_filter.find = calls.with_body([[
  action! filter|count
  cloud_type public|hybrid
  limit text
  offset text
  object_type server|disk|turbo|workspace|vmware|rds|file
  without_any_tag boolean
  matches [0..1]
    key! text
    value! text
  tags []
]] .. KEYS .. "  tags_any []\n" .. KEYS .. "  not_tags []\n" .. KEYS .. "  not_tags_any []\n" .. KEYS
  .. "  sys_tags []\n" .. KEYS, function(body, project)
  local limit, offset = number(body.limit, MAX_LIMIT, 1), number(body.offset, 0, 0)
  if not limit or not offset then
    return responses.reject("BackupService.9900", "invalid value for limit or offset")
  end
  local resources, total = json.list(), 0
  for _, vault in ipairs(state.vault_list) do
    if vault.project_id == project.id and is_wanted(vault, body) then
      total = total + 1
      if total > offset and #resources < limit then
        resources[#resources + 1] = view(vault, project)
      end
    end
  end
  return responses.ok { resources = body.action == "filter" and resources or nil, total_count = total }
end)

return tag_filter
