-- luacheck: std ngx_lua+luajit
--- Verifies a request's signature as the gateway does. The code follows the published signing rules and shares nothing
-- with the client. Its input is the request as it arrived: raw request target, raw header lines, body bytes.

local digest = require "sandbox.gateway.digest"

local verifier = {}

local ALGORITHMS = {
  ["SDK-HMAC-SHA256"] = { hash = "SHA256", content = "x-sdk-content-sha256", key_field = "Access" },
  ["SDK-HMAC-SM3"] = { hash = "SM3", content = "x-sdk-content-sm3", key_field = "Access" },
  ["V11-HMAC-SHA256"] = { hash = "SHA256", content = "x-sdk-content-sha256", key_field = "Credential", derived = true },
}

local MAX_SKEW_SECONDS = 15 * 60

local function decode(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function encode(text)
  return (text:gsub("[^A-Za-z0-9%-_.~]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

-- The path is decoded before it is split, as the gateway does: an encoded slash becomes a separator.
local function canonical_path(raw)
  local encoded = decode(raw):gsub("[^/]+", encode)
  if encoded:sub(-1) ~= "/" then
    encoded = encoded .. "/"
  end
  return encoded
end

local function canonical_query(raw)
  local pairs_found = {}
  for piece in raw:gmatch "[^&]+" do
    local name, value = piece:match "^([^=]*)=(.*)$"
    pairs_found[#pairs_found + 1] = { decode(name or piece), decode(value or "") }
  end
  table.sort(pairs_found, function(a, b)
    if a[1] ~= b[1] then
      return a[1] < b[1]
    end
    return a[2] < b[2]
  end)
  for i, pair in ipairs(pairs_found) do pairs_found[i] = encode(pair[1]) .. "=" .. encode(pair[2]) end
  return table.concat(pairs_found, "&")
end

local function split_names(list)
  local names = {}
  for name in list:gmatch "[^;]+" do names[#names + 1] = name:lower() end
  table.sort(names)
  return names
end

--- The canonical request; or nil and the name of a signed header that is missing.
function verifier.canonical_request(request, signed_list, algorithm)
  local names, lines = split_names(signed_list), {}
  for i, name in ipairs(names) do
    local values = request:header_values(name)
    if #values == 0 then
      return nil, name
    end
    lines[i] = name .. ":" .. table.concat(values, ",") .. "\n"
  end
  local body_hash = request:header(algorithm.content) or digest.hex(digest.hash(algorithm.hash, request.body))
  return table.concat({
    request.method, canonical_path(request.raw_path), canonical_query(request.raw_query),
    table.concat(lines), table.concat(names, ";"), body_hash,
  }, "\n")
end

-- HKDF (RFC 5869) with one block of output. The signing key is the derived key as hexadecimal *text*.
local function derived_key(hash, key, info)
  local prk = digest.hmac(hash, key.ak, key.sk)
  return digest.hex(digest.hmac(hash, prk, info .. "\1"))
end

--- The signature of a canonical request with `key`. `name` is the name of the algorithm. `info` is the scope that a
-- derived key needs.
function verifier.signature(name, key, date, canonical, info)
  local algorithm = ALGORITHMS[name]
  local hashed = digest.hex(digest.hash(algorithm.hash, canonical))
  if algorithm.derived then
    return digest.hex(digest.hmac(algorithm.hash, derived_key(algorithm.hash, key, info),
      table.concat({ name, date, info, hashed }, "\n")))
  end
  return digest.hex(digest.hmac(algorithm.hash, key.sk, table.concat({ name, date, hashed }, "\n")))
end

local function days_before(year, month, day)
  -- Days from 1970-01-01 in the Gregorian calendar. The year starts in March, so that a leap day is its last day.
  if month <= 2 then
    year, month = year - 1, month + 12
  end
  return 365 * year + math.floor(year / 4) - math.floor(year / 100) + math.floor(year / 400)
    + math.floor((153 * (month - 3) + 2) / 5) + day - 719469
end

local function epoch(date)
  local y, mo, d, h, mi, s = date:match "^(%d%d%d%d)(%d%d)(%d%d)T(%d%d)(%d%d)(%d%d)Z$"
  if not y then
    return nil
  end
  return days_before(tonumber(y), tonumber(mo), tonumber(d)) * 86400
    + tonumber(h) * 3600 + tonumber(mi) * 60 + tonumber(s)
end

--- Parses an Authorization header. Returns nil if the header has none of the known forms.
function verifier.parse(authorization)
  local name, rest = authorization:match "^(%S+)%s+(.+)$"
  local algorithm = name and ALGORITHMS[name]
  if not algorithm then
    return nil
  end
  local parsed = { name = name, algorithm = algorithm }
  for field, value in rest:gmatch "(%a+)=([^,%s]+)" do parsed[field] = value end
  local holder = parsed[algorithm.key_field]
  if not (holder and parsed.SignedHeaders and parsed.Signature) then
    return nil
  end
  if algorithm.derived then
    parsed.ak, parsed.info = holder:match "^([^/]+)/(.+)$"
  else
    parsed.ak = holder
  end
  return parsed.ak and parsed
end

--- Whether `parsed` is a valid signature of `request` with `key` at the server's time `now`. `forwarded`: the seconds
-- by which a test has moved the server's clock. A date that was right before the clock moved is valid too.
-- → true, or false and the cause in the gateway's words
function verifier.verify(request, parsed, key, now, forwarded)
  local date = request:header "x-sdk-date"
  local signed_at = date and epoch(date)
  if not signed_at then
    return false, "verify aksk signature fail, X-Sdk-Date is missing or malformed"
  end
  local skew = math.min(math.abs(now - signed_at), math.abs(now - forwarded - signed_at))
  if skew > MAX_SKEW_SECONDS then
    return false, ("signature expired, signature time:%s,server time:%s"):format(date, os.date("!%Y%m%dT%H%M%SZ", now))
  end
  if not (";" .. parsed.SignedHeaders:lower() .. ";"):find(";x-sdk-date;", 1, true) then
    return false, "verify aksk signature fail, x-sdk-date is not in SignedHeaders"
  end
  if parsed.info and parsed.info:sub(1, 8) ~= date:sub(1, 8) then
    return false, "verify aksk signature fail, the date of the credential differs from X-Sdk-Date"
  end
  local canonical, missing = verifier.canonical_request(request, parsed.SignedHeaders, parsed.algorithm)
  if not canonical then
    return false, "verify aksk signature fail, signed header not found:" .. missing
  end
  if verifier.signature(parsed.name, key, date, canonical, parsed.info) ~= parsed.Signature then
    return false, "verify aksk signature fail, canonicalRequest:" .. canonical:gsub("\n", "|")
  end
  return true
end

return verifier
