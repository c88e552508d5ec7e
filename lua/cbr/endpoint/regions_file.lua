--- The regions file of the official SDKs: `HUAWEICLOUD_SDK_REGIONS_FILE`, else `~/.huaweicloud/regions.yaml`.
--
-- The file is YAML, and only this form, which the SDKs document, is read:
--
--     CBR:
--       - id: 'cn-north-4'
--         endpoint: 'https://one.example'
--       - id: eu-x
--         endpoints: [https://two.example, https://three.example]      or a list of lines "- https://…"

local files = require "cbr.util.files"
local text = require "cbr.util.text"

local regions_file = {}

local function unquote(value)
  return value:match "^'(.*)'$" or value:match '^"(.*)"$' or value
end

local KEYS = { id = true, endpoint = true, endpoints = true }

-- Returns the entries { id, endpoints } of a service; or nil and which line cannot be read.
local function parse(content, service)
  local entries, inside, entry, in_list = {}, false, nil, false
  local number = 0
  for line in (content .. "\n"):gmatch "(.-)\r?\n" do
    number = number + 1
    line = line:gsub("^#.*$", ""):gsub("%s+#.*$", ""):gsub("%s+$", "")
    local top = line:match "^([A-Za-z0-9_-]+):"
    local item = line:match "^%s*%-%s*(.*)$"
    local key, value = (item or line):match "^%s*([A-Za-z0-9_]+):%s*(.*)$"
    key = KEYS[key] and key
    local is_bare = line == "" or line == "---"
    if top then
      inside, entry, in_list = text.upper(top) == service, nil, false
    elseif inside and item and key then
      entry, in_list = { endpoints = {} }, false
      entries[#entries + 1] = entry
    elseif inside and in_list and item and item ~= "" then
      entry.endpoints[#entry.endpoints + 1] = unquote(item)
    elseif inside and not is_bare and (item or not entry or not key) then
      return nil, ("line %d cannot be read"):format(number)
    end
    if inside and entry and key and not top then
      if key == "id" then
        entry.id, in_list = unquote(value), false
      elseif key == "endpoint" and value ~= "" then
        table.insert(entry.endpoints, 1, unquote(value))
        in_list = false
      elseif key == "endpoints" and value == "" then
        in_list = true
      elseif key == "endpoints" and value:find "^%[.*%]$" then
        for one in value:match("^%[(.*)%]$"):gmatch "[^,]+" do
          entry.endpoints[#entry.endpoints + 1] = unquote(one:match "^%s*(.-)%s*$")
        end
      else
        return nil, ("line %d cannot be read"):format(number)
      end
    end
  end
  return entries
end

--- The endpoints of a region, if the file names any.
---@param region string
---@param getenv fun(name: string): string?
---@return string[]? endpoints nil if there is no file, or if it does not name the region
---@return string? reason why a file cannot be used
function regions_file.endpoints(region, getenv)
  local named = getenv "HUAWEICLOUD_SDK_REGIONS_FILE"
  local home = getenv "HOME" or getenv "USERPROFILE"
  local name = named or home and home .. "/.huaweicloud/regions.yaml"
  if not name then
    return nil
  end
  local content, reason = files.read(name)
  if not content then
    return nil, named and reason or nil
  end
  local entries
  entries, reason = parse(content, "CBR")
  if not entries then
    return nil, ("%s: %s"):format(name, reason)
  end
  for _, entry in ipairs(entries) do
    if entry.id == region and #entry.endpoints > 0 then
      return entry.endpoints
    end
  end
end

return regions_file
