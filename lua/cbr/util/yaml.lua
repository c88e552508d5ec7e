--- Reads a part of YAML 1.2.2 that is enough for settings, and includes JSON. This part has block and flow collections,
-- plain and quoted scalars of one line, comments, directives, and one document.
--
-- Everything else is an error that names the line. This is so for anchors and aliases, tags, block scalars, scalars of
-- several lines, complex keys, merge keys, and tabs as indentation. Nothing is skipped.

local flow = require "cbr.util.yaml_flow"

local yaml = {}

local fail, scalar = flow.fail, flow.scalar

local read_block

local function is_comment_or_blank(text)
  return text == "" or text:find "^[ \t]+#" ~= nil or text:find "^[ \t]+$" ~= nil
end

-- Raises an error if a line with a deeper indentation follows a value, since values of several lines are not supported.
local function must_end(reader, indent, line)
  local following = reader.lines[reader.next]
  if following and following.indent > indent then
    fail(following.number, ("line %d has a value already"):format(line))
  end
end

-- Reads a value that begins on the current line: after a key, after a dash, or at the start of the line.
local function read_inline(reader, source, indent, depth)
  local line = reader.lines[reader.next].number
  local node, rest
  if source:find "^[%[{]" then
    reader.source, reader.at, reader.line = source, 1, line
    node = flow.read(reader, depth)
    rest = reader.source:sub(reader.at)
  elseif source:find "^[\"']" then
    local text, at = flow.quoted(source, 1, line)
    node, rest = scalar(line, text), source:sub(at)
  else
    flow.must_be_plain(source, line)
    local text = flow.trim((source:gsub("[ \t]#.*$", "")))
    if text:find ":[ \t]" or text:find ":$" then
      fail(line, "a second ':' needs quotes")
    end
    node, rest = scalar(line, text, true), ""
  end
  if not is_comment_or_blank(rest) then
    fail(reader.lines[reader.next].number, "something follows the value")
  end
  reader.next = reader.next + 1
  must_end(reader, indent, line)
  return node
end

-- Returns the key at the beginning of a line and the text after its colon; nil if the line has no key.
local function key_of(line)
  if line.text:find "^[\"']" then
    local name, at = flow.quoted(line.text, 1, line.number)
    local rest = line.text:match("^[ \t]*:(.*)$", at)
    if rest and (rest == "" or rest:find "^[ \t]") then
      return name, rest
    end
    return nil
  end
  local at = line.text:find ":[ \t]" or line.text:find ":$"
  local name = at and flow.trim(line.text:sub(1, at - 1))
  if not name or name == "" or name:find "[%[%]{},]" or name:find "[ \t]#" then
    return nil
  end
  flow.must_be_plain(name, line.number)
  return name, line.text:sub(at + 1)
end

-- Reads the value of a key or dash. Returns the node; if the node is empty, also the next line.
local function read_value(reader, rest, indent, depth)
  local source = rest:gsub("^[ \t]+", "")
  if source ~= "" and not source:find "^#" then
    return read_inline(reader, source, indent, depth)
  end
  local line = reader.lines[reader.next].number
  reader.next = reader.next + 1
  local following = reader.lines[reader.next]
  if following and following.indent > indent then
    return read_block(reader, depth)
  end
  return scalar(line, "", true), following
end

local function is_item(line)
  return line.text:find "^%-[ \t]" ~= nil or line.text == "-"
end

local function read_list(reader, indent, depth)
  local node = { line = reader.lines[reader.next].number, list = {} }
  local line = reader.lines[reader.next]
  while line and line.indent == indent and is_item(line) do
    local spaces, rest = line.text:match "^%-([ \t]*)(.*)$"
    local value
    if rest ~= "" and not rest:find "^#" and (is_item { text = rest } or key_of { text = rest, number = line.number })
    then
      line.indent, line.text = indent + 1 + #spaces, rest -- a collection begins on the line of its dash
      value = read_block(reader, depth)
    else
      value = read_value(reader, rest, indent, depth)
    end
    node.list[#node.list + 1] = value
    line = reader.lines[reader.next]
  end
  return node
end

local function read_map(reader, indent, depth)
  local line = reader.lines[reader.next]
  local node = { line = line.number, map = {}, keys = {} }
  while line and line.indent == indent do
    local name, rest = key_of(line)
    if not name then
      fail(line.number, "the line is not 'key: value'")
    end
    local value, following = read_value(reader, rest, indent, depth)
    if following and following.indent == indent and is_item(following) then
      value = read_list(reader, indent, depth + 1) -- the list that is the value of a key needs no indentation
    end
    flow.add_key(node, name, line.number, value)
    line = reader.lines[reader.next]
  end
  return node
end

function read_block(reader, depth)
  local line = reader.lines[reader.next]
  if depth > flow.MAX_LEVELS then
    fail(line.number, "too many levels")
  end
  local node
  if is_item(line) then
    node = read_list(reader, line.indent, depth + 1)
  elseif key_of(line) then
    node = read_map(reader, line.indent, depth + 1)
  else
    node = read_inline(reader, line.text, line.indent, depth + 1)
  end
  local following = reader.lines[reader.next]
  if following and following.indent > line.indent then
    fail(following.number, "the indentation matches no line above")
  end
  return node
end

-- Returns the lines that are neither blank nor a comment, without document markers and directives.
local function significant_lines(text)
  local lines, number, has_begun, has_ended = {}, 0, false, false
  for whole in (text:gsub("\r\n?", "\n") .. "\n"):gmatch "(.-)\n" do
    local line = whole
    number = number + 1
    local marker, rest = line:match "^%-%-%-([ \t]?)(.*)$"
    local is_start = marker and (marker ~= "" or rest == "")
    if is_start and (has_begun or #lines > 0) then
      fail(number, "there is a second document")
    elseif is_start then
      has_begun, line = true, "    " .. rest
    elseif line:find "^%.%.%.[ \t]*$" then
      has_ended, line = true, ""
    elseif line:find "^%%" and not has_begun and #lines == 0 then
      line = "" -- this line is a directive
    end
    local blanks, source = flow.trim(line):match "^([ \t]*)(.*)$"
    if source ~= "" and not source:find "^#" then
      if has_ended then
        fail(number, "something follows the end of the document")
      elseif blanks:find "\t" then
        fail(number, "a tab cannot indent")
      end
      lines[#lines + 1] = { number = number, indent = #blanks, text = source }
    end
  end
  return lines
end

--- Reads a document.
---@param text string UTF-8 without a byte order mark
---@return cbr.YamlNode? node null for an empty document
---@return string? reason names the line
function yaml.read(text)
  local ok, result = pcall(function()
    local reader = { lines = significant_lines(text), next = 1 }
    if #reader.lines == 0 then
      return scalar(1, "", true)
    end
    local node = read_block(reader, 1)
    local following = reader.lines[reader.next]
    if following then
      fail(following.number, "this line does not belong to the lines above")
    end
    return node
  end)
  if ok then
    return result
  elseif type(result) ~= "table" then
    error(result, 0) -- the error is a bug of this module
  end
  return nil, ("line %d cannot be read: %s"):format(result.line, result.words)
end

return yaml
