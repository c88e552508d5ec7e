-- luacheck: std ngx_lua+luajit
--- SHA-256 and SM3, and HMAC with either, from OpenSSL's libcrypto. The client uses nettle's implementation: two
-- independent implementations rarely have the same fault.

local ffi = require "ffi"

ffi.cdef [[
typedef struct evp_md_st EVP_MD;
const EVP_MD *EVP_get_digestbyname(const char *name);
int EVP_Digest(const void *data, size_t count, unsigned char *md, unsigned int *size, const EVP_MD *type, void *impl);
unsigned char *HMAC(const EVP_MD *evp_md, const void *key, int key_len, const unsigned char *d, size_t n,
                    unsigned char *md, unsigned int *md_len);
]]

-- nginx has loaded libcrypto already. Other programs must load libcrypto here.
local crypto = ffi.C
if not pcall(function() return crypto.EVP_Digest end) then
  local ok
  ok, crypto = pcall(ffi.load, "crypto")
  if not ok then
    crypto = ffi.load "libcrypto.so.3"
  end
end

local out = ffi.new "unsigned char[64]"
local size = ffi.new "unsigned int[1]"

local function type_of(name)
  local md = crypto.EVP_get_digestbyname(name)
  if md == nil then
    error("this libcrypto has no " .. name)
  end
  return md
end

local digest = {}

--- The digest of `data` as bytes. `name` is OpenSSL's name of the hash function: "SHA256" or "SM3".
function digest.hash(name, data)
  assert(crypto.EVP_Digest(data, #data, out, size, type_of(name), nil) == 1)
  return ffi.string(out, size[0])
end

function digest.hmac(name, key, data)
  assert(crypto.HMAC(type_of(name), key, #key, data, #data, out, size) ~= nil)
  return ffi.string(out, size[0])
end

function digest.hex(bytes)
  return (bytes:gsub(".", function(byte) return ("%02x"):format(byte:byte()) end))
end

return digest
