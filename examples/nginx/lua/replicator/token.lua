--- Checks the bearer token of a request.

local bit = require "bit"

local token = {}

--- Whether two secrets are equal. The comparison takes the same time wherever the secrets differ, because it compares
-- all bytes of two digests of the same length.
---@param given string
---@param wanted string
---@return boolean
function token.equal(given, wanted)
  local a, b, difference = ngx.sha1_bin(given), ngx.sha1_bin(wanted), 0
  for i = 1, #a do
    difference = bit.bor(difference, bit.bxor(a:byte(i), b:byte(i)))
  end
  return difference == 0
end

--- Whether the current request has the bearer token `wanted`.
---@param wanted string
---@return boolean
function token.is_right(wanted)
  local header = ngx.var.http_authorization or ""
  local given = header:match "^[Bb]earer +(%S+)%s*$"
  return given ~= nil and token.equal(given, wanted)
end

return token
