--- Converts values of the command line: durations, counts, and JSON files.

local exit_status = require "cbr_cli.exit_status"
local json = require "cbr_cli.json"

local options = {}

local SECONDS = { [""] = 1, s = 1, m = 60, h = 3600, d = 86400, w = 7 * 86400 }

--- Converts a duration, for argparse.
---@param text string 90, 90s, 15m, 6h, 2d or 1w
---@return number? seconds
---@return string? reason
function options.seconds(text)
  local number, unit = text:match "^(%d+%.?%d*)([smhdw]?)$"
  if not number then
    return nil, ("'%s' is not a time such as 90, 90s, 15m, 6h or 2d"):format(text)
  end
  return tonumber(number) * SECONDS[unit]
end

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

local MAX_FILE_BYTES = 16 * 1024 * 1024

--- Reads a file.
---@param name string "-": the standard input
---@return string
function options.read(name)
  local file, reason = io.stdin, nil
  if name ~= "-" then
    file, reason = io.open(name, "rb")
  end
  local text = file and file:read(MAX_FILE_BYTES) or nil
  if file and name ~= "-" then
    file:close()
  end
  if not file then
    exit_status.usage(reason)
  end
  return text or ""
end

--- Returns a value: the JSON in a file for `@file`, else the text itself.
---@param text string
---@return any
function options.value(text)
  local name = text:match "^@(.+)$"
  if not name then
    return text
  end
  local value, reason = json.decode(options.read(name))
  if value == nil then
    exit_status.usage(("%s is not JSON: %s"):format(name, tostring(reason)))
  end
  return value
end

return options
