--- Reads the regions file of the official SDKs: the file that `HUAWEICLOUD_SDK_REGIONS_FILE` names, else
-- `~/.huaweicloud/regions.yaml`. An example:
--
--     CBR:
--       - id: 'cn-north-4'
--         endpoint: 'https://one.example'
--       - id: eu-x
--         endpoints: [https://two.example, https://three.example]
--
-- A part of the file that cannot be read is an error, because without this part cbr would call another endpoint.

local files = require "cbr.util.files"
local late = require "cbr.util.late"
local text = require "cbr.util.text"

local yaml = late "cbr.util.yaml"

local regions_file = {}

local SERVICE = "CBR"
local KEYS = { id = true, endpoint = true, endpoints = true }

local function problem(node, words)
  return nil, ("line %d cannot be read: %s"):format(node.line, words)
end

-- Returns the list of CBR's entries, which may be empty; or nil and the reason.
local function entries_of(document)
  if document.text or document.list then
    return problem(document, "the names of services are expected")
  end
  local found, keys = nil, {}
  for _, key in ipairs(document.keys or {}) do
    if text.upper(key.name) == SERVICE then
      keys[#keys + 1], found = key, document.map[key.name]
    end
  end
  if #keys > 1 then
    return problem(keys[2], ("%s occurs twice"):format(SERVICE))
  elseif found and (found.text or found.map) then
    return problem(found, "a list of regions is expected")
  end
  return found and found.list or {}
end

-- Adds the URLs of a node to a list. Returns true; or nil and the reason.
local function add_urls(urls, node, name)
  for _, member in ipairs(name == "endpoints" and node.list or { node }) do
    if not member.text then
      return problem(member, ("'%s' needs %s"):format(name, name == "endpoint" and "a URL" or "a list of URLs"))
    end
    urls[#urls + 1] = member.text
  end
  return true
end

-- Reads an entry. Returns { id, urls, line }; or nil and the reason.
local function read_entry(node)
  if not node.map then
    return problem(node, "an entry with 'id' and 'endpoint' is expected")
  end
  for _, key in ipairs(node.keys) do
    if not KEYS[key.name] then
      return problem(key, ("the key '%s' is unknown%s"):format(key.name, text.meant(key.name, KEYS)))
    end
  end
  local id = node.map.id
  if not id or not id.text then
    return problem(id or node, "'id' needs the name of a region")
  end
  local entry = { id = text.lower(id.text), urls = {}, line = node.line }
  for _, name in ipairs { "endpoint", "endpoints" } do
    local value = node.map[name]
    if value then
      local ok, reason = add_urls(entry.urls, value, name)
      if not ok then
        return nil, reason
      end
    end
  end
  return entry
end

-- Returns the URLs of a region; nil if the file does not name the region; or nil and the reason if
-- the file cannot be read.
local function find(source, region)
  local document, reason = yaml.read(source)
  local entries
  if document then
    entries, reason = entries_of(document)
  end
  if not entries then
    return nil, reason
  end
  local listed, urls
  for _, node in ipairs(entries) do
    local entry
    entry, reason = read_entry(node)
    if not entry then
      return nil, reason
    elseif entry.id == region then
      listed = listed or entry
      urls = urls or #entry.urls > 0 and entry.urls or nil
    end
  end
  if listed and not urls then
    return problem(listed, ("region '%s' has no endpoint"):format(region))
  end
  return urls
end

--- Returns the endpoints of a region, if the file names any.
---@param region string id in lower case
---@param getenv fun(name: string): string?
---@return string[]? endpoints nil if there is no file, or if it does not name the region
---@return string? about where the endpoints are from, for messages; or the reason why a file cannot be used
function regions_file.endpoints(region, getenv)
  local named = getenv "HUAWEICLOUD_SDK_REGIONS_FILE"
  local name = named or files.of_user("regions.yaml", getenv)
  if not name then
    return nil
  end
  local source, reason, is_missing = files.read(name)
  if not source then
    return nil, (named or not is_missing) and reason or nil
  end
  local urls, ok
  ok, reason = late.ready(yaml)
  if ok then
    urls, reason = find(source, region)
  end
  if urls then
    return urls, ("%s: the endpoint of region %s"):format(name, region)
  end
  return nil, reason and ("%s: %s"):format(name, reason) or nil
end

return regions_file
