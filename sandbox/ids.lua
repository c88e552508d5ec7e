-- luacheck: std ngx_lua+luajit
--- Random ids, keys and tokens in the forms that the cloud uses.

local ids = {}

local source = assert(io.open("/dev/urandom", "rb"))
source:setvbuf "no"

local function hex(bytes)
  return (source:read(bytes):gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

--- A random UUID (RFC 9562, version 4).
function ids.uuid()
  local h = hex(16)
  local variant = ("89ab"):sub(tonumber(h:sub(17, 17), 16) % 4 + 1):sub(1, 1)
  return table.concat({ h:sub(1, 8), h:sub(9, 12), "4" .. h:sub(14, 16), variant .. h:sub(18, 20), h:sub(21) }, "-")
end

--- 32 hexadecimal digits: the id of a request or a project.
function ids.hex32()
  return hex(16)
end

local LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789abcdefghijklmnopqrstuvwxyz+/"

-- Random characters, taken from the first `kinds` characters of LETTERS. The slight bias towards the first characters
-- does no harm.
local function letters(length, kinds)
  return (source:read(length):gsub(".", function(byte)
    local n = byte:byte() % kinds + 1
    return LETTERS:sub(n, n)
  end))
end

function ids.access_key() return letters(20, 36) end
function ids.secret_key() return letters(40, 62) end

--- Text in base64 characters, as in tokens.
function ids.token(length) return letters(length, 64) end

function ids.is_uuid(text)
  return type(text) == "string" and #text == 36
    and text:find "^%x%x%x%x%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%-%x%x%x%x%x%x%x%x%x%x%x%x$" ~= nil
end

function ids.is_hex32(text)
  return type(text) == "string" and #text == 32 and text:find "^%x+$" ~= nil
end

return ids
