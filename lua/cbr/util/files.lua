--- Reads small files that hold credentials or settings.

local characters = require "cbr.util.characters"
local core = require "cbr.core"
local log = require "cbr.util.log"

local files = {}

local MAX_BYTES = 1024 * 1024

-- First bytes of a file -> name of its encoding.
local OTHER_ENCODINGS = { ["\255\254"] = "UTF-16", ["\254\255"] = "UTF-16" }

--- Reads a whole text file. Only regular files are read, because reading a FIFO or a device could block forever.
---@param name string
---@return string? content without a byte order mark
---@return string? reason names the file
---@return boolean? is_missing there is no such file
function files.read(name)
  if name:find "%z" then
    return nil, "cannot read a file whose name contains a zero byte"
  end
  local content, reason, is_missing = core.read_file(name, MAX_BYTES)
  if not content then
    return nil, ("cannot read %s: %s"):format(name, reason), is_missing
  end
  local encoding = OTHER_ENCODINGS[content:sub(1, 2)] or content:find "%z" and "UTF-16 or binary"
  if encoding then
    return nil, ("%s is %s: save it as UTF-8"):format(name, encoding)
  end
  return (content:gsub("^\239\187\191", "")) -- the byte order mark of UTF-8
end

--- Returns the name of a user's file that the official SDKs read, too.
---@param name string name in the directory `~/.huaweicloud`
---@param getenv fun(name: string): string?
---@return string? name nil if there is no home directory
function files.of_user(name, getenv)
  local home = getenv "HOME"
  return home and ("%s/.huaweicloud/%s"):format(home, name)
end

--- Reads a file that holds a single word, such as a token.
---@param name string
---@return string? word
---@return string? reason names the file, but does not show its content
function files.word(name)
  local content, reason = files.read(name)
  if not content then
    return nil, reason
  end
  local word = content:match "^[ \t\r\n]*([^ \t\r\n]+)[ \t\r\n]*$"
  if not word then
    return nil, ("%s must hold exactly one word"):format(name)
  end
  local flaw = characters.flaw(word)
  if flaw then
    return nil, ("%s contains %s"):format(name, flaw)
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
