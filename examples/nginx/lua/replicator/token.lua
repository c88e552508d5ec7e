--- The bearer token of a request against the one that is set.

local bit = require "bit"

local token = {}

--- Whether two secrets are the same, in a time that tells nothing of where they differ: digests of one length are
-- compared, to their end.
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

--- Whether the request that is being answered brings the token.
---@param wanted string
---@return boolean
function token.is_right(wanted)
  local header = ngx.var.http_authorization or ""
  local given = header:match "^[Bb]earer +(%S+)%s*$"
  return given ~= nil and token.equal(given, wanted)
end

return token
