-- luacheck: std ngx_lua+luajit
--- Tags of vaults.

local calls = require "sandbox.cbr.calls"
local json = require "sandbox.json"
local position_of = require "sandbox.position"
local quirks = require "sandbox.faults.quirks"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"
local views = require "sandbox.cbr.views"

local tags = {}

local MAX_TAGS = 20

-- Sets tags. A tag that has the same key gets the new value. → an error response, or nil
local function set(vault, wanted)
  local count = #vault.tags
  for _, tag in ipairs(wanted) do count = count + (position_of(vault.tags, "key", tag.key) and 0 or 1) end
  if count > MAX_TAGS then
    return responses.reject "BackupService.6600"
  end
  for _, tag in ipairs(wanted) do
    vault.tags[position_of(vault.tags, "key", tag.key) or #vault.tags + 1] = { key = tag.key, value = tag.value }
  end
end

-- Removes tags by their keys. → an error response, or nil
local function remove(vault, wanted)
  for _, tag in ipairs(wanted) do
    if not position_of(vault.tags, "key", tag.key) then
      return responses.reject("BackupService.6601", tag.key)
    end
  end
  for _, tag in ipairs(wanted) do table.remove(vault.tags, position_of(vault.tags, "key", tag.key)) end
end

--- POST …/vault/{vault_id}/tags
tags.add = calls.with_body([[
  tag!
    key! text 1..127
    value! text 0..255
]], function(body, project, id)
  local vault = state.vault(project, id)
  if not vault then
    return responses.reject "BackupService.6105"
  end
  return set(vault, { body.tag }) or calls.no_content()
end)

--- POST …/vault/{vault_id}/tags/action
tags.change = calls.with_body([[
  action! create|delete
  tags [1..20]
    key! text 1..127
    value! text 0..255
  sys_tags [0..20]
    key! text 1..127
    value! text 0..255
]], function(body, project, id)
  local vault = state.vault(project, id)
  if not vault then
    return responses.reject "BackupService.6105"
  elseif not body.tags then
    return responses.reject("BackupService.9900", "'tags' is a required property")
  end
  return (body.action == "create" and set or remove)(vault, body.tags) or calls.no_content()
end)

--- DELETE …/vault/{vault_id}/tags/{key}
function tags.delete(_, project, id, key)
  local vault = state.vault(project, id)
  if not vault then
    return responses.reject "BackupService.6105"
  end
  return remove(vault, { { key = key } }) or calls.no_content()
end

--- GET …/vault/{vault_id}/tags
tags.of_vault = calls.with_query({}, function(_, project, id)
  local vault = state.vault(project, id)
  if not vault then
    return responses.reject "BackupService.6105"
  end
  return responses.ok { tags = views.tags(vault.tags), sys_tags = json.list() }
end)

-- The values of a tag as the response shows them: a text in the API definition, a list in the sample on the API page.
local function shown_values(values)
  return quirks.get "tag_values_list" and values or table.concat(values, ",")
end

--- GET …/vault/tags: the keys that the vaults of the project have, with all their values.
tags.of_project = calls.with_query({}, function(_, project)
  local list, by_key, seen = json.list(), {}, {}
  for _, vault in ipairs(state.vault_list) do
    for _, tag in ipairs(vault.project_id == project.id and vault.tags or {}) do
      if not by_key[tag.key] then
        by_key[tag.key] = { key = tag.key, values = json.list() }
        list[#list + 1] = by_key[tag.key]
      end
      local pair = tag.key .. "\0" .. tag.value
      if not seen[pair] then
        seen[pair] = true
        table.insert(by_key[tag.key].values, tag.value)
      end
    end
  end
  for _, tag in ipairs(list) do tag.values = shown_values(tag.values) end
  return responses.ok { tags = list }
end)

return tags
