--- Texts for a terminal: without control characters, and with their width in columns. Texts are UTF-8; bytes that are
-- not UTF-8 are replaced.

local characters = require "cbr.util.characters"

local text = {}

local REPLACEMENT = "\239\191\189" -- U+FFFD

-- Characters that take two columns: East Asian Wide and Fullwidth of Unicode 15, in whole blocks.
local WIDE = {
  { 0x1100, 0x115F }, { 0x2E80, 0x303E }, { 0x3041, 0xA4CF }, { 0xA960, 0xA97F }, { 0xAC00, 0xD7A3 },
  { 0xF900, 0xFAFF }, { 0xFE30, 0xFE6F }, { 0xFF00, 0xFF60 }, { 0xFFE0, 0xFFE6 }, { 0x1F300, 0x1F64F },
  { 0x1F680, 0x1F6FF }, { 0x1F900, 0x1F9FF }, { 0x20000, 0x3FFFD },
}

-- Characters that take no column: the combining characters that are common.
local COMBINING = { { 0x0300, 0x036F }, { 0x20D0, 0x20FF }, { 0xFE00, 0xFE0F }, { 0xFE20, 0xFE2F } }

-- Characters that control a terminal or the direction of the text: C0, DEL, C1, marks and overrides of direction.
local CONTROL = {
  { 0x00, 0x1F }, { 0x7F, 0x9F }, { 0x200B, 0x200F }, { 0x2028, 0x202E }, { 0x2060, 0x2069 }, { 0xFEFF, 0xFEFF },
}

local function is_in(ranges, code)
  for _, range in ipairs(ranges) do
    if code >= range[1] and code <= range[2] then
      return true
    end
  end
  return false
end

-- Calls `take` with each character and its code point (nil: not UTF-8), until `take` returns true.
local function each(value, take)
  local at = 1
  while at <= #value do
    local code, size = characters.at(value, at)
    if take(value:sub(at, at + size - 1), code) then
      return
    end
    at = at + size
  end
end

local function columns(code)
  if code < 0x300 then
    return 1
  end
  return is_in(COMBINING, code) and 0 or is_in(WIDE, code) and 2 or 1
end

--- Returns a text as valid UTF-8. Each byte that is not UTF-8 becomes U+FFFD.
---@param value string
---@return string
function text.valid(value)
  if not value:find "[\128-\255]" then
    return value
  end
  local parts = {}
  each(value, function(character, code)
    parts[#parts + 1] = code and character or REPLACEMENT
  end)
  return table.concat(parts)
end

--- Returns a text in one line, as valid UTF-8. Each control character, and each character that changes the direction of
-- the text, becomes a space.
---@param value string
---@return string
function text.clean(value)
  if not value:find "[%z\1-\31\127-\255]" then
    return value
  end
  local parts = {}
  each(value, function(character, code)
    parts[#parts + 1] = not code and REPLACEMENT or is_in(CONTROL, code) and " " or character
  end)
  return table.concat(parts)
end

--- Returns the width of a valid text.
---@param value string
---@return integer columns
function text.width(value)
  if not value:find "[\128-\255]" then
    return #value
  end
  local width = 0
  each(value, function(_, code)
    width = width + columns(code or 0)
  end)
  return width
end

--- Pads or cuts a text to exactly `width` columns. A cut text ends with `~`.
---@param value string
---@param width integer
---@return string
function text.fit(value, width)
  local own = text.width(value)
  if own <= width then
    return value .. (" "):rep(width - own)
  end
  local kept, used = {}, 0
  each(value, function(character, code)
    local more = columns(code or 0)
    if used + more > width - 1 then
      return true
    end
    kept[#kept + 1], used = character, used + more
  end)
  return table.concat(kept) .. "~" .. (" "):rep(width - 1 - used)
end

return text
