--- Small files that hold credentials or settings.

local core = require "cbr.core"
local log = require "cbr.util.log"

local files = {}

local LARGEST = 1024 * 1024 -- bytes

--- Reads a whole file.
---@param name string
---@return string? text
---@return string? reason names the file
function files.read(name)
  local file, reason = core.in_c_locale(io.open, name, "rb")
  if not file then
    return nil, "cannot read " .. reason
  end
  local text = file:read(LARGEST)
  file:close()
  if not text then
    return nil, ("%s is empty or cannot be read"):format(name)
  end
  return (text:gsub("^\239\187\191", "")) -- a byte order mark
end

--- Reads a file that holds one word, for example a token.
---@param name string
---@return string? word
---@return string? reason names the file, and not its content
function files.word(name)
  local text, reason = files.read(name)
  if not text then
    return nil, reason
  end
  local word = text:match "^%s*(%S+)%s*$"
  if not word then
    return nil, ("%s does not hold one word"):format(name)
  end
  return word
end

--- Warns through the log hook about a file with secrets that others can read.
---@param client cbr.Client
---@param name string
function files.warn_if_open(client, name)
  if core.readable_by_others(name) then
    log.tell(client, { event = "credentials", file = name, warning = "others can read this file: chmod 600 " .. name })
  end
end

return files
