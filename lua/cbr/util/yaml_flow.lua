--- Reads scalars and flow collections of YAML, for cbr.util.yaml.

local flow = {}

flow.MAX_LEVELS = 50 -- of nested collections

---@class cbr.YamlNode
---@field line integer the line on which the node begins
---@field text? string text of a scalar; nil for null
---@field list? cbr.YamlNode[]
---@field map? table<string, cbr.YamlNode>
---@field keys? { name: string, line: integer }[] keys of a map, in their order

---@class cbr.YamlReader
---@field lines { number: integer, indent: integer, text: string }[] without blank lines and comments
---@field next integer index of the current line
---@field source string text of the current line, in a flow collection
---@field at integer position in `source`, in a flow collection
---@field line integer number of the current line, in a flow collection

--- Raises an error, which cbr.util.yaml.read returns as the reason.
function flow.fail(line, words)
  error({ line = line, words = words }, 0)
end

function flow.scalar(line, text, is_plain)
  local is_null = is_plain and (text == "" or text == "~" or text:find "^[Nn]ull$" or text == "NULL")
  return { line = line, text = not is_null and text or nil }
end

function flow.add_key(map, name, line, value)
  if map.map[name] then
    flow.fail(line, ("the key '%s' occurs twice"):format(name))
  elseif name == "<<" then
    flow.fail(line, "merge keys are not supported")
  end
  map.map[name] = value
  map.keys[#map.keys + 1] = { name = name, line = line }
end

--- Returns a text without blanks at its end.
function flow.trim(text)
  return text:match "^.*[^ \t]" or ""
end

local ESCAPES = { ["\\"] = "\\", ['"'] = '"', ["/"] = "/", [" "] = " ", t = "\t", n = "\n", r = "\r" }

--- Reads the quoted scalar at `i`. Returns the text of the scalar and the position after it.
function flow.quoted(source, i, line)
  local quote = source:sub(i, i)
  local parts, from = {}, i + 1
  while true do
    local at = source:find(quote == "'" and "'" or '["\\]', from)
    if not at then
      flow.fail(line, "the quote is not closed on this line")
    end
    parts[#parts + 1] = source:sub(from, at - 1)
    local two = source:sub(at, at + 1)
    if two == "''" and quote == "'" then
      parts[#parts + 1] = "'"
    elseif two:sub(1, 1) == quote then
      return table.concat(parts), at + 1
    elseif ESCAPES[two:sub(2)] then
      parts[#parts + 1] = ESCAPES[two:sub(2)]
    else
      flow.fail(line, "this escape is not supported")
    end
    from = at + 2
  end
end

--- Raises an error if a text cannot begin a plain scalar. "-", "?" and ":" can, if no space follows.
function flow.must_be_plain(source, line)
  local first = source:sub(1, 1)
  if source:find "^[-?:][ \t]" or source:find "^[-?:]$" then
    flow.fail(line, ("'%s' is not supported here"):format(first))
  elseif source:find "^[&*]" then
    flow.fail(line, "anchors and aliases are not supported")
  elseif source:find "^!" then
    flow.fail(line, "tags are not supported")
  elseif source:find "^[|>]" then
    flow.fail(line, "block scalars are not supported")
  elseif source:find "^[%%@`,%]}#]" then
    flow.fail(line, ("no value begins with '%s'"):format(first))
  end
end

-- Goes to the next character that is neither a blank nor part of a comment, on this line or a later one.
-- Returns that character.
local function skip(reader)
  while true do
    local at = reader.source:find("[^ \t]", reader.at)
    local is_comment = at and reader.source:sub(at, at) == "#" and (at == 1 or reader.source:find("^[ \t]", at - 1))
    if at and not is_comment then
      reader.at = at
      return reader.source:sub(at, at)
    end
    reader.next = reader.next + 1
    local line = reader.lines[reader.next]
    if not line then
      flow.fail(reader.line, "a bracket is not closed")
    end
    reader.source, reader.at, reader.line = line.text, 1, line.number
  end
end

-- Returns the position after the plain scalar at `i`. The scalar ends before a bracket, a comma, a comment,
-- or a colon with a space.
local function end_of_plain(source, i)
  while true do
    local at = source:find("[,%[%]{}:#]", i)
    if not at then
      return #source + 1
    end
    local byte = source:sub(at, at)
    local is_end = byte ~= ":" and byte ~= "#"
      or byte == ":" and (at == #source or source:find("^[ \t,%[%]{}]", at + 1))
      or byte == "#" and at > 1 and source:find("^[ \t]", at - 1)
    if is_end then
      return at
    end
    i = at + 1
  end
end

-- Reads a scalar. Returns the text of the scalar, and whether the scalar is plain.
local function flow_scalar(reader)
  local source, from = reader.source, reader.at
  if source:find("^[\"']", from) then
    local text
    text, reader.at = flow.quoted(source, from, reader.line)
    return text, false
  end
  flow.must_be_plain(source:sub(from, from + 1), reader.line)
  reader.at = end_of_plain(source, from)
  return flow.trim(source:sub(from, reader.at - 1)), true
end

-- Reads the members of a collection up to its closing bracket.
local function flow_members(reader, closing, read_member)
  reader.at = reader.at + 1
  while skip(reader) ~= closing do
    read_member()
    local next = skip(reader)
    if next == "," then
      reader.at = reader.at + 1
    elseif next ~= closing then
      flow.fail(reader.line, ("'%s' is not expected"):format(next))
    end
  end
  reader.at = reader.at + 1
end

--- Reads a flow collection, or a value in a flow collection.
function flow.read(reader, depth)
  local first, line = skip(reader), reader.line
  if depth > flow.MAX_LEVELS then
    flow.fail(line, "too many levels")
  elseif first == "[" then
    local list = {}
    flow_members(reader, "]", function()
      list[#list + 1] = flow.read(reader, depth + 1)
    end)
    return { line = line, list = list }
  elseif first == "{" then
    local node = { line = line, map = {}, keys = {} }
    flow_members(reader, "}", function()
      local key_line = reader.line
      local name = flow_scalar(reader)
      local value = flow.scalar(key_line, "", true)
      if skip(reader) == ":" then
        reader.at = reader.at + 1
        if not skip(reader):find "^[,}]" then
          value = flow.read(reader, depth + 1)
        end
      end
      flow.add_key(node, name, key_line, value)
    end)
    return node
  end
  local text, is_plain = flow_scalar(reader)
  return flow.scalar(line, text, is_plain)
end

return flow
