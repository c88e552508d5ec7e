--- The regions file of the official SDKs: `HUAWEICLOUD_SDK_REGIONS_FILE`, else `~/.huaweicloud/regions.yaml`.
--
-- YAML in the one form that the SDKs document, and no more of it:
--
--     CBR:
--       - id: 'cn-north-4'
--         endpoint: 'https://one.example'
--       - id: eu-x
--         endpoints: [https://two.example, https://three.example]      or a list of "- https://…" lines

local files = require "cbr.files"

local regions_file = {}

local function unquote(value)
  value = value:gsub("%s+#.*$", "")
  return value:match "^'(.*)'$" or value:match '^"(.*)"$' or value
end

-- -> entries of the service { id, endpoints }, or nil and what cannot be read
local function parse(text, service)
  local entries, inside, entry, in_list = {}, false, nil, false
  local number = 0
  for line in (text .. "\n"):gmatch "(.-)\r?\n" do
    number = number + 1
    local top = line:match "^([%w_-]+):%s*$"
    local item = line:match "^%s*%-%s*(.-)%s*$"
    local key, value = (item or line):match "^%s*([%w_]+):%s*(.-)%s*$"
    if line:find "^%s*#" or line:find "^%s*$" or line:find "^%-%-%-" then
      in_list = in_list and true -- a comment changes nothing
    elseif top then
      inside, entry, in_list = top:upper() == service, nil, false
    elseif inside and item and key == "id" then
      entry, in_list = { id = unquote(value), endpoints = {} }, false
      entries[#entries + 1] = entry
    elseif inside and entry and not item and key == "endpoint" and value ~= "" then
      table.insert(entry.endpoints, 1, unquote(value))
    elseif inside and entry and not item and key == "endpoints" and value == "" then
      in_list = true
    elseif inside and entry and not item and key == "endpoints" and value:find "^%[.*%]" then
      for one in value:match("^%[(.*)%]"):gmatch "[^,]+" do
        entry.endpoints[#entry.endpoints + 1] = unquote(one:match "^%s*(.-)%s*$")
      end
    elseif inside and entry and in_list and item and item ~= "" then
      entry.endpoints[#entry.endpoints + 1] = unquote(item)
    elseif inside then
      return nil, ("line %d is not of the form that is read"):format(number)
    end
  end
  return entries
end

--- The endpoints of a region, if the file names any.
---@param region string
---@param getenv fun(name: string): string?
---@return string[]? endpoints nil where there is no file, or nothing on this region in it
---@return string? reason only where a file is there and cannot be read
function regions_file.endpoints(region, getenv)
  local named = getenv "HUAWEICLOUD_SDK_REGIONS_FILE"
  local home = getenv "HOME" or getenv "USERPROFILE"
  local name = named or home and home .. "/.huaweicloud/regions.yaml"
  if not name then
    return nil
  end
  local text, reason = files.read(name)
  if not text then
    return nil, named and reason or nil
  end
  local entries
  entries, reason = parse(text, "CBR")
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
