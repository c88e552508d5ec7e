--- Characters that texts, keys and names should not contain.

local characters = {}

-- Ranges of code points that are invisible, or change how the text around them looks: controls, formats, line
-- separators, directions of writing, fillers, variation selectors and tags. Each range is given by its first
-- and its last code point. The ranges are in ascending order.
local INVISIBLE = {
  0x80, 0x9F, 0xAD, 0xAD, 0x34F, 0x34F, 0x600, 0x605, 0x61C, 0x61C, 0x6DD, 0x6DD, 0x70F, 0x70F, 0x8E2, 0x8E2,
  0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180F, 0x200B, 0x200F, 0x2028, 0x202E, 0x2060, 0x206F, 0x2800, 0x2800,
  0x3164, 0x3164, 0xFE00, 0xFE0F, 0xFEFF, 0xFEFF, 0xFFA0, 0xFFA0, 0xFFF0, 0xFFFB, 0x1BCA0, 0x1BCA3,
  0x1D173, 0x1D17A, 0xE0000, 0xE0FFF,
}

local function is_invisible(code)
  for i = 1, #INVISIBLE, 2 do
    if code <= INVISIBLE[i + 1] then
      return code >= INVISIBLE[i]
    end
  end
  return false
end

--- Reads the character at a byte of a text.
---@param value string
---@param i integer position of the byte, at most #value
---@return integer? code its code point; nil if no valid UTF-8 character begins at this byte
---@return integer size bytes; 1 for a byte that is not valid
function characters.at(value, i)
  local first = value:byte(i)
  if first < 0x80 then
    return first, 1
  end
  local size = first >= 0xF0 and 4 or first >= 0xE0 and 3 or 2
  if first < 0xC2 or first > 0xF4 then
    return nil, 1
  end
  local code = first % 2 ^ (7 - size)
  for k = i + 1, i + size - 1 do
    local byte = value:byte(k)
    if not byte or byte < 0x80 or byte > 0xBF then
      return nil, 1
    end
    code = code * 64 + byte % 64
  end
  local is_shortest = code >= (size == 4 and 0x10000 or size == 3 and 0x800 or 0x80)
  if not is_shortest or code > 0x10FFFF or code >= 0xD800 and code <= 0xDFFF then
    return nil, 1
  end
  return code, size
end

--- Replaces invisible characters, and bytes that are not UTF-8, by their escapes in Lua: \u{202E}, \x9B.
---@param value string
---@return string
function characters.escape(value)
  local parts, from = {}, 1
  local i = value:find "[\128-\255]"
  while i do
    local code, size = characters.at(value, i)
    if not code or is_invisible(code) then
      parts[#parts + 1] = value:sub(from, i - 1)
      parts[#parts + 1] = code and ("\\u{%04X}"):format(code) or ("\\x%02X"):format(value:byte(i))
      from = i + size
    end
    i = value:find("[\128-\255]", i + size)
  end
  parts[#parts + 1] = value:sub(from)
  return table.concat(parts)
end

--- Returns the size of an invisible character in a text, if one begins at this byte. The byte must not be ASCII.
---@param value string
---@param i integer
---@return integer? size bytes; nil if no invisible character begins there
function characters.invisible(value, i)
  local code, size = characters.at(value, i)
  return code and is_invisible(code) and size or nil
end

--- Finds the first character that must not be in a key, a token or a name: a quote, or anything but visible ASCII.
---@param value string
---@return string? flaw the character and its position, for a message after the word "contains"; nil if there is none
function characters.flaw(value)
  local i = value:find "[^!#-&(-_a-~]"
  if not i then
    return nil
  end
  local byte = value:byte(i)
  local what
  if byte <= 32 or byte == 127 then
    what = "a space or a control character"
  elseif byte < 128 then
    what = "a quote"
  else
    local code = characters.at(value, i)
    what = code and ("the %scharacter U+%04X"):format(is_invisible(code) and "invisible " or "", code)
      or ("the byte 0x%02X"):format(byte)
  end
  return ("%s at position %d"):format(what, i)
end

return characters
