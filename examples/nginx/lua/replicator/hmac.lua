--- HMAC-SHA256 by OpenSSL's libcrypto, which nginx itself uses. Neither lua-nginx-module nor Debian has a Lua function
-- for HMAC-SHA256.

local ffi = require "ffi"

ffi.cdef [[
const void *EVP_sha256(void);
unsigned char *HMAC(const void *type, const void *key, int key_length, const unsigned char *data, size_t length,
  unsigned char *digest, unsigned int *digest_length);
]]

local SIZE = 32 -- number of bytes of a digest

local hmac = {}

--- The digest as 64 hexadecimal digits.
---@param key string
---@param text string
---@return string
function hmac.sha256(key, text)
  local digest, size = ffi.new("unsigned char[?]", SIZE), ffi.new("unsigned int[1]", SIZE)
  if ffi.C.HMAC(ffi.C.EVP_sha256(), key, #key, text, #text, digest, size) == nil or size[0] ~= SIZE then
    error "libcrypto could not compute an HMAC"
  end
  return (ffi.string(digest, SIZE):gsub(".", function(c) return ("%02x"):format(c:byte()) end))
end

return hmac
