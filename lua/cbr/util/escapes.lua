--- Removes escapes from texts: percent-encoding, HTML references, and escapes with a backslash.

local escapes = {}

-- Returns the UTF-8 text of a code point; nil if the number is not a code point.
local function utf8_of(code)
  if not code or code > 0x10FFFF then
    return nil
  elseif code < 0x80 then
    return string.char(code)
  end
  local bytes, size = {}, code < 0x800 and 2 or code < 0x10000 and 3 or 4
  for i = size, 2, -1 do
    bytes[i], code = string.char(0x80 + code % 64), math.floor(code / 64)
  end
  bytes[1] = string.char(({ 0, 0xC0, 0xE0, 0xF0 })[size] + code)
  return table.concat(bytes)
end

local function byte_of(hex)
  return string.char(tonumber(hex, 16))
end

local function character_of_pair(high, low) -- the arguments are two surrogates in hexadecimal
  return utf8_of(0x10000 + (tonumber(high, 16) - 0xD800) * 0x400 + tonumber(low, 16) - 0xDC00)
end

local ENTITIES = {
  amp = "&", ast = "*", apos = "'", bsol = "\\", colon = ":", comma = ",", commat = "@", dollar = "$", equals = "=",
  excl = "!", grave = "`", gt = ">", Hat = "^", lcub = "{", lowbar = "_", lpar = "(", lsqb = "[", lt = "<", num = "#",
  nbsp = " ", percnt = "%", period = ".", plus = "+", quest = "?", quot = '"', rcub = "}", rpar = ")", rsqb = "]",
  semi = ";", sol = "/", verbar = "|",
}

local function entity(name)
  local hex, decimal = name:match "^#[Xx](%x+)$", name:match "^#(%d+)$"
  if hex or decimal then
    return #name < 10 and utf8_of(tonumber(hex or decimal, hex and 16 or 10)) or nil
  end
  return ENTITIES[name]
end

-- Stands for a backslash that begins no escape.
local BACKSLASH = "\1"

local function after_u(hex)
  local code = tonumber(hex, 16)
  return code == 0x5C and BACKSLASH or utf8_of(code)
end

local function after_x(hex)
  local byte = byte_of(hex)
  return byte == "\\" and BACKSLASH or byte
end

--- Each function removes one level of one kind of escape.
---@type (fun(value: string): string)[]
escapes.decoders = {
  function(value) return (value:gsub("%%(%x%x)", byte_of)) end,
  function(value) return (value:gsub("&(#?[A-Za-z0-9]+);?", entity)) end,
  function(value)
    if not value:find("\\", 1, true) then
      return value
    end
    value = value:gsub("[%z\1-\31]", " "):gsub("\\\\", BACKSLASH)
    value = value:gsub("\\u([Dd][89ABab]%x%x)\\u([Dd][C-Fc-f]%x%x)", character_of_pair)
    value = value:gsub("\\u(%x%x%x%x)", after_u):gsub("\\x(%x%x)", after_x):gsub("\\[0bfnrtv]", " ")
    return (value:gsub("\\", ""):gsub(BACKSLASH, "\\"))
  end,
}

return escapes
