--- Reads the text of a profile file as Python's configparser does, which the official SDK uses:
-- * a comment has its own line, and text after the "]" of a section's name is ignored;
-- * a line with a deeper indentation than the line of a value continues the value;
-- * names are not case-sensitive, and the values of `[DEFAULT]` count in every section.
--
-- There are two differences: `%` has no special meaning, and errors in other sections are ignored.

local characters = require "cbr.util.characters"
local text = require "cbr.util.text"

local profile_file = {}

local SECTION, DEFAULT = "basic", "DEFAULT"

---@class cbr.ProfileValue
---@field line integer
---@field text string
---@field continued? integer number of the line that continues the value

-- Begins a section. Returns true; or nil and the reason if the section exists already.
local function begin_section(reader, name)
  if name == SECTION and reader.sections[name] then
    return nil, ("section [%s] occurs twice"):format(name)
  end
  reader.sections[name] = reader.sections[name] or {}
  reader.names[#reader.names + 1] = ("[%s]"):format(name)
  reader.section, reader.name, reader.value = reader.sections[name], name, nil
  return true
end

-- If a name would be known without its invisible characters or quotes, returns what is wrong with it; otherwise, nil.
local function flaw_of_name(name, known)
  local flaw = characters.flaw(name)
  return flaw and known[text.lower((name:gsub("[^A-Za-z0-9_]", "")))]
    and ("the name of a value contains %s"):format(flaw) or nil
end

-- Reads "name = value". Returns true; or nil and the reason.
local function add_value(reader, source, known)
  local name, value = source:match "^([^=:]*)[=:](.*)$"
  name = name and text.lower(text.trim(name))
  local is_ours = reader.name == SECTION or reader.name == DEFAULT
  if not name or name == "" then
    reader.value = nil
    return not is_ours or nil, "the line is not 'name = value'"
  end
  local flaw = is_ours and flaw_of_name(name, known)
  if flaw then
    return nil, flaw
  elseif is_ours and reader.section[name] then
    return nil, ("'%s' occurs twice"):format(name)
  end
  reader.value = { line = reader.line, text = text.trim(value) }
  reader.section[name] = reader.value
  return true
end

-- Reads a line. Returns true; or nil and the reason.
local function read_line(reader, line, known)
  local source, indent = text.trim(line), #line:match "^[ \t\v\f]*"
  if source == "" or source:find "^[#;]" then
    return true
  elseif reader.value and indent > reader.indent then
    reader.value.continued = reader.value.continued or reader.line
    return true
  end
  reader.indent = indent
  local header = source:match "^%[(.+)%]"
  if header then
    return begin_section(reader, text.trim(header))
  elseif not reader.section then
    reader.is_headless = true
    return nil, "no section begins above this line"
  end
  return add_value(reader, source, known)
end

-- Returns an iterator over lines. As in Python, a line can end with CR, LF or both.
local function lines(content)
  return (content:gsub("\r\n?", "\n") .. "\n"):gmatch "([^\n]*)\n"
end

--- Reads the section `[basic]`.
---@param content string
---@param known table<string, any> names of values, in lower case
---@return table<string, cbr.ProfileValue>? values by name, unknown ones too
---@return string? reason
---@return boolean? is_absent whether the reason is that the file has no such section
function profile_file.read(content, known)
  local reader = { sections = {}, names = {}, line = 0, indent = 0 }
  for line in lines(content) do
    reader.line = reader.line + 1
    local ok, reason = read_line(reader, line, known)
    if not ok then
      local headless = reader.is_headless and ("has no section [%s]: "):format(SECTION) or ""
      return nil, ("%sline %d cannot be read: %s"):format(headless, reader.line, reason), reader.is_headless
    end
  end
  local values = reader.sections[SECTION]
  if not values then
    local only = #reader.names > 0 and ", only " .. table.concat(reader.names, ", ") or ""
    return nil, ("has no section [%s]%s"):format(SECTION, only), true
  end
  for name, value in pairs(reader.sections[DEFAULT] or {}) do
    values[name] = values[name] or value
  end
  return values
end

return profile_file
