--- Reads web pages that come instead of a response of the service, from proxies, portals and web application firewalls.
-- Such a page names what blocked the request, and often an id by which the operator of the proxy or firewall finds the
-- reason.

local shown = require "cbr.util.shown"

local web_page = {}

--- What the user can do about a web page.
web_page.ADVICE = "a web page came instead of the service's response: ask the operator of the proxy or firewall"

local MAX_PAGE_BYTES = 64 * 1024 -- the rest of a page is not read
local MAX_TITLE_BYTES, MAX_TEXT_BYTES, MAX_ID_BYTES = 100, 200, 100 -- bytes

-- Returns a pattern that matches a word in upper and in lower case.
local function in_any_case(word)
  return (word:gsub("[a-z]", function(letter)
    return ("[%s%s]"):format(string.char(letter:byte() - 32), letter)
  end):gsub(" ", "[ _-]?"))
end

-- Names under which pages show the id of a blocked request.
local ID_NAMES = {
  "event id", "incident id", "support id", "request id", "trace id", "ray id", "reference id", "block id",
  "\228\186\139\228\187\182 id", -- "event id" in Chinese
}

local ID_PATTERNS = {}
for i, name in ipairs(ID_NAMES) do
  ID_PATTERNS[i] = in_any_case(name) .. "[ ]*[Ii]?[Ss]?[ ]*[:=#\239\188\154]*[ ]*([0-9A-Za-z][0-9A-Za-z._:-]*)"
end

local function one_line(value)
  return (value:gsub("&nbsp;", " "):gsub("[ \t\r\n]+", " "):gsub("^ ", ""):gsub(" $", ""))
end

-- The content of these elements is not text.
local HIDDEN = { script = in_any_case "</script", style = in_any_case "</style" }

-- Returns the text of a page without its tags. The run time is proportional to the size of the page, because no pattern
-- here searches for an end that may be missing.
local function text_of(page)
  local parts, at = {}, 1
  while at do
    local tag = page:find("<", at, true)
    parts[#parts + 1] = page:sub(at, tag and tag - 1)
    at = tag
    for name, ending in pairs(tag and HIDDEN or {}) do
      if page:find("^<" .. in_any_case(name), tag) then
        at = page:find(ending, tag)
      end
    end
    at = at and page:find(">", at, true)
    at = at and at + 1
  end
  return one_line(table.concat(parts, " "))
end

local function title_of(page)
  for _, tag in ipairs { "title", "h1", "h2" } do
    local name = in_any_case(tag)
    local from = page:find("<" .. name)
    local first = from and page:find(">", from, true)
    local last = first and page:find("</" .. name, first)
    local title = last and text_of(page:sub(first + 1, last - 1)):sub(1, MAX_TITLE_BYTES)
    if title and title ~= "" then
      return title
    end
  end
end

-- Returns an id that a page shows, together with the name of the id.
local function id_of(words)
  for i, pattern in ipairs(ID_PATTERNS) do
    local id = words:match(pattern)
    if id and id:find "%d" then
      return ("%s %s"):format(ID_NAMES[i], id:sub(1, MAX_ID_BYTES))
    end
  end
end

local function type_of(received)
  return received.headers["content-type"] or "unknown"
end

-- Returns the part of a body that this module reads, without secrets.
local function start_of(body, secrets)
  return shown.redact(body:sub(1, MAX_PAGE_BYTES), secrets or {})
end

--- Whether the body of a response is a web page.
---@param received table the response as `transfer:finish` of the core returns it
---@return boolean
function web_page.is_one(received)
  return type_of(received):find "[Hh][Tt][Mm][Ll]" ~= nil or received.body:find "^[ \t\r\n]*<[!Hh]" ~= nil
end

--- Returns the beginning of a body that is plain text.
---@param received table the response as `transfer:finish` of the core returns it
---@param secrets? cbr.Secrets secrets are replaced before the text is cut, because a part of a secret would not be
-- recognized
---@return string? text nil for any other body
function web_page.plain_text(received, secrets)
  if type_of(received):find "^[Tt][Ee][Xx][Tt]/[Pp][Ll][Aa][Ii][Nn]" then
    return one_line(start_of(received.body, secrets):sub(1, MAX_TEXT_BYTES))
  end
end

--- Describes a body that is not from the service, for a message. The description has the type of the body, and the
-- title and the id of a web page, or the beginning of a plain text.
---@param received table the response as `transfer:finish` of the core returns it
---@param secrets? cbr.Secrets see `plain_text`
---@return string description
function web_page.describe(received, secrets)
  local kind = "a body of type " .. type_of(received)
  if web_page.is_one(received) then
    local body = start_of(received.body, secrets)
    local title, id = title_of(body), id_of(text_of(body))
    return kind .. (title and (": '%s'"):format(title) or "") .. (id and ", " .. id or "")
  end
  local words = web_page.plain_text(received, secrets) or ""
  return words ~= "" and ("%s: '%s'"):format(kind, words) or kind
end

return web_page
