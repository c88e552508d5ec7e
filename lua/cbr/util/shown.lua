--- Prepares texts from outside for display: in one line, and without secrets.
--
-- A service or a proxy may echo what it received: unchanged, escaped, encoded, broken into lines, or cut. So a secret
-- is searched for in the text as it is, and in the text without escapes (percent-encoding, HTML references, and escapes
-- with a backslash, as in JSON). A secret is also found in base64, even inside a longer encoded text, and if white
-- space, control characters or invisible characters stand between its own characters.

local characters = require "cbr.util.characters"
local escapes = require "cbr.util.escapes"

local shown = {}

--- Returns a text as one line of printable text. Text from outside must neither break a log line nor change
-- how a terminal shows it.
---@param value string
---@param limit? integer bytes, default 1000
---@return string
function shown.line(value, limit)
  limit = limit or 1000
  value = value:gsub("[%z\1-\32\127]+", " "):gsub("^ ", ""):gsub(" $", "")
  if value:find "[\128-\255]" then
    value = characters.escape(value:sub(1, limit + 1)) -- if this cuts a character in two, the character is not shown
  end
  if #value > limit then
    value = value:sub(1, limit - 3):gsub("[\194-\244][\128-\191]*$", "") .. "..." -- removes a cut character at the end
  end
  return value
end

local MASK = "***"
local MIN_SECRET_BYTES = 6 -- shorter secrets are not replaced, because that would remove common words
local HEAD = 24 -- a longer secret is recognized by this many of its first bytes, because the text may have been cut
local KEY_BYTES = 4 -- how many of the first bytes of an access key a text may contain, to tell keys apart

--- Returns as much of an access key as a text may contain: the key may be a secret key by mistake.
---@param access_key string
---@return string
function shown.key_start(access_key)
  return access_key:sub(1, KEY_BYTES)
end

---@class cbr.Secrets a list of texts that no message may contain
---@field access_key? string a message may contain only its first characters, because it may be a secret key by mistake
---@field forms? cbr.SecretForm[] made when they are first needed

---@class cbr.SecretForm one way to write a secret: as it is, or in base64; without gaps such as white space
---@field head string first part of the form
---@field mask string text that replaces the form
---@field whole? string the whole form; nil for base64, whose whole form is made from `secret` and
-- `phase` when it is needed
---@field secret? string
---@field phase? integer one of PHASES

-- Returns `value` without white space, control characters and invisible characters. With `has_places`, also returns the
-- index in `value` of each byte that is left.
local function without_gaps(value, has_places)
  if not has_places and not value:find "[\128-\255]" then
    return (value:gsub("[%z\1-\32\127]+", ""))
  end
  local bytes, places, i = {}, {}, 1
  while i <= #value do
    local byte = value:byte(i)
    local size = byte >= 128 and characters.invisible(value, i) or (byte <= 32 or byte == 127) and 1
    if not size then
      bytes[#bytes + 1], places[#places + 1] = value:sub(i, i), i
    end
    i = i + (size or 1)
  end
  return table.concat(bytes), places
end

local DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
local STANDARD = { ["-"] = "+", _ = "/" } -- digits of base64 in URLs -> digits of standard base64
-- How many bits of a text share a base64 digit with the bytes before the text, if there are 0, 1 or 2 such bytes.
local PHASES = { 0, 4, 2 }

-- Returns the base64 digits that encode only bytes of this text.
local function base64(value, phase)
  local digits = {}
  for bit = phase, #value * 8 - 6, 6 do
    local i, shift = math.floor(bit / 8) + 1, bit % 8
    local pair = value:byte(i) * 256 + (value:byte(i + 1) or 0)
    local digit = math.floor(pair / 2 ^ (10 - shift)) % 64 + 1
    digits[#digits + 1] = DIGITS:sub(digit, digit)
  end
  return table.concat(digits)
end

local function add_forms(forms, secret, mask)
  local bare = without_gaps(secret)
  if #bare < MIN_SECRET_BYTES then
    return
  end
  forms[#forms + 1] = { head = bare:sub(1, HEAD), whole = bare, mask = mask }
  if secret:find(" ", 1, true) then
    bare = without_gaps((secret:gsub(" ", "+"))) -- in the data of a web form, a plus sign stands for a space
    forms[#forms + 1] = { head = bare:sub(1, HEAD), whole = bare, mask = mask }
  end
  for _, phase in ipairs(PHASES) do
    forms[#forms + 1] = { head = base64(secret:sub(1, HEAD), phase), secret = secret, phase = phase, mask = MASK }
  end
end

-- Returns all forms of all secrets.
local function forms_of(secrets)
  if not secrets.forms then
    secrets.forms = {}
    for _, secret in ipairs(secrets) do
      add_forms(secrets.forms, secret, MASK)
    end
    if secrets.access_key then
      add_forms(secrets.forms, secrets.access_key, shown.key_start(secrets.access_key) .. MASK)
    end
  end
  return secrets.forms
end

-- Returns `value` with a form replaced by its mask. After the head of the form, as many characters are replaced as
-- agree with the form; with base64, all digits around the head are replaced.
local function replace_form(value, form)
  local flat, places = without_gaps(value, true)
  flat = form.phase and flat:gsub("[_-]", STANDARD) or flat
  local whole = form.whole or base64(form.secret, form.phase)
  local parts, from = {}, 1
  local first, last = flat:find(form.head, 1, true)
  while first do
    while flat:byte(last + 1) and flat:byte(last + 1) == whole:byte(last - first + 2) do
      last = last + 1
    end
    local begins, ends = places[first], places[last]
    while form.phase and begins > from and value:find("^[A-Za-z0-9+/_-]", begins - 1) do
      begins = begins - 1
    end
    ends = form.phase and select(2, value:find("^[A-Za-z0-9+/_=-]*", ends + 1)) or ends
    parts[#parts + 1] = value:sub(from, begins - 1)
    from = ends + 1
    repeat
      last = last + 1
    until not places[last] or places[last] >= from
    first, last = flat:find(form.head, last, true)
  end
  parts[#parts + 1] = value:sub(from)
  return table.concat(parts, form.mask)
end

-- Returns `value` with every form replaced by its mask.
local function replace_forms(value, forms)
  local flat = without_gaps(value)
  local standard = flat:gsub("[_-]", STANDARD)
  for _, form in ipairs(forms) do
    if (form.phase and standard or flat):find(form.head, 1, true) then
      value = replace_form(value, form)
      flat = without_gaps(value)
      standard = flat:gsub("[_-]", STANDARD)
    end
  end
  return value
end

local NONE = {}
-- At most this many texts are made from one text by decoding: escapes may be escaped repeatedly, and in several ways.
local MAX_TEXTS = 16

-- Returns `value` without secrets. If a secret was found behind escapes, the result has no escapes of that kind.
local function without_forms(value, forms)
  local texts, known, at, count = { value }, { [value] = true }, 1, 1
  while texts[at] do
    local hidden = replace_forms(texts[at], forms)
    if hidden ~= texts[at] then
      value, texts, count = hidden, { [at] = hidden }, at -- the remaining texts contain the secret, too
    end
    for _, decode in ipairs(hidden:find "[%%&\\]" and escapes.decoders or NONE) do
      local decoded = decode(hidden)
      if not known[decoded] and count < MAX_TEXTS then
        count = count + 1
        texts[count], known[decoded] = decoded, true
      end
    end
    at = at + 1
  end
  return value
end

local SIGNATURE = "[Ss][Ii][Gg][Nn][Aa][Tt][Uu][Rr][Ee]"
-- The most bytes between the word "signature" and its value: an equals sign and quotes, possibly escaped.
local MAX_BYTES_BETWEEN = 12
local MIN_HEX_DIGITS = ("%x"):rep(16) -- a signature has at least 16 digits; a shorter number is no signature

-- Returns `value` with every signature that follows the word "signature" replaced.
local function without_signatures(value)
  local parts, from = {}, 1
  local _, last = value:find(SIGNATURE)
  while last do
    local first, ends = value:find(MIN_HEX_DIGITS .. "%x*", last + 1)
    if not first then
      break
    elseif first - last - 1 <= MAX_BYTES_BETWEEN then
      parts[#parts + 1] = value:sub(from, first - 1)
      from, last = ends + 1, ends
    end
    _, last = value:find(SIGNATURE, last + 1)
  end
  parts[#parts + 1] = value:sub(from)
  return table.concat(parts, MASK)
end

-- Returns `value` with every `secret` in it replaced by `mask`.
local function replace(value, secret, mask)
  local parts, from = {}, 1
  while #secret >= MIN_SECRET_BYTES do
    local first, last = value:find(secret, from, true)
    if not first then
      break
    end
    parts[#parts + 1] = value:sub(from, first - 1)
    from = last + 1
  end
  parts[#parts + 1] = value:sub(from)
  return table.concat(parts, mask)
end

--- Returns `value` with every one of `secrets` and every signature replaced by `***`, and with the access
-- key cut to its first characters. A text may have been cut, so a secret of more than 24 bytes is
-- recognized by its first 24 bytes.
---@param value string
---@param secrets cbr.Secrets
---@return string
function shown.redact(value, secrets)
  local key, shortest = secrets.access_key, HEAD
  for _, secret in ipairs(secrets) do
    value, shortest = replace(value, secret, MASK), math.min(shortest, #secret)
  end
  if key then
    value, shortest = replace(value, key, shown.key_start(key) .. MASK), math.min(shortest, #key)
  end
  if #value < shortest or not value:find "[^%x-]" then
    return value -- most strings in a response are ids, or shorter than a secret
  end
  value = without_signatures(value)
  local forms = forms_of(secrets)
  return forms[1] and without_forms(value, forms) or value
end

--- Replaces the secrets in every string of a value, names of fields included.
---@param value any tables are changed in place
---@param secrets cbr.Secrets
---@return any value
function shown.redact_all(value, secrets)
  if type(value) == "string" then
    return shown.redact(value, secrets)
  elseif type(value) == "table" then
    local names = {}
    for name, field in pairs(value) do
      value[name] = shown.redact_all(field, secrets)
      local hidden = shown.redact_all(name, secrets)
      if hidden ~= name then
        names[name] = hidden
      end
    end
    for name, hidden in pairs(names) do
      value[hidden], value[name] = value[name], nil
    end
  end
  return value
end

local OWN_WORDS = { kind = true, reason = true } -- fields that hold words of this module, never text from outside

--- Prepares every string of a table for display: one line, without secrets, and without the user and password of a URL.
---@param fields table changed in place; `kind` and `reason` are left as they are
---@param limits table<string, integer> limits in bytes that differ from shown.line's default
---@param secrets? cbr.Secrets
function shown.clean(fields, limits, secrets)
  for name, value in pairs(fields) do
    if type(value) == "string" and not OWN_WORDS[name] then
      value = secrets and shown.redact(value, secrets) or value
      fields[name] = shown.line((value:gsub("//[^/%s]*@", "//***@")), limits[name])
    end
  end
end

return shown
