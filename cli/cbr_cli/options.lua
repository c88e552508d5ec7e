--- Converts values of the command line: counts, tags, and JSON files.

local exit_status = require "cbr_cli.exit_status"
local json = require "cbr_cli.json"

local options = {}

--- Converts a positive integer, for argparse.
---@param text string
---@return integer? number
---@return string? reason
function options.count(text)
  local number = text:find "^%d+$" and tonumber(text)
  if not number or number < 1 then
    return nil, ("'%s' is not a positive number"):format(text)
  end
  return number
end

--- Converts a tag, for argparse.
---@param text string key=value, or a key alone, which matches any value
---@return { key: string, value: string|true }? tag
---@return string? reason
function options.tag(text)
  local key, value = text:match "^([^=]+)=(.*)$"
  key = key or text:match "^[^=]+$"
  if not key then
    return nil, ("'%s' does not have the form key=value"):format(text)
  end
  return { key = key, value = value or true }
end

local MAX_FILE_BYTES = 16 * 1024 * 1024

-- Reads an open file. Returns the text; or nil and a reason.
local function read_all(file)
  local text, reason = file:read(MAX_FILE_BYTES + 1)
  if text and #text > MAX_FILE_BYTES then
    return nil, ("the file has more than %d MB"):format(MAX_FILE_BYTES / 1024 / 1024)
  end
  return text or not reason and "" or nil, reason
end

--- Reads a file.
---@param name string "-": the standard input
---@return string
function options.read(name)
  local file, reason = io.stdin, nil
  if name ~= "-" then
    file, reason = io.open(name, "rb")
  end
  local text
  if file then
    text, reason = read_all(file)
  end
  if file and name ~= "-" then
    file:close()
  end
  if not text then
    exit_status.usage(reason:find(name, 1, true) and reason or ("%s: %s"):format(name, reason))
  end
  return text
end

--- Returns the value of an argument: for `@file`, the JSON value in that file; otherwise, the text itself.
---@param text string
---@return any
function options.value(text)
  local name = text:match "^@(.+)$"
  if not name then
    return text
  end
  local value, reason = json.decode(options.read(name))
  if value == nil then
    exit_status.usage(("%s is not JSON: %s"):format(name == "-" and "the standard input" or name, tostring(reason)))
  end
  return value
end

return options
