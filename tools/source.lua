--- Functions that the checks of this folder share: lists of files, Lua tokens, and the final report.
-- The checks run in the root of the project, with Lua 5.4.

local source = {}

--- The lines that a shell command prints, sorted.
---@param command string
---@return string[]
function source.lines(command)
  local lines = {}
  local pipe = assert(io.popen(command))
  for line in pipe:lines() do
    lines[#lines + 1] = line
  end
  assert(pipe:close(), command)
  table.sort(lines)
  return lines
end

--- The files below `folders` whose names end in `ext`, except for files that npm has installed.
---@param folders string separated by spaces
---@param ext? string default: ".lua"
---@return string[]
function source.files(folders, ext)
  return source.lines(("find %s -name '*%s' -not -path '*/node_modules/*'"):format(folders, ext or ".lua"))
end

---@param name string
---@return string text
function source.read(name)
  local file = assert(io.open(name, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

-- The kind of the token or space at `at`, and its last position.
local function scan(text, at)
  local level = text:match("^%[(=*)%[", at)
  if level then
    return "string", select(2, text:find("]" .. level .. "]", at, true))
  elseif text:find("^%-%-", at) then
    level = text:match("^%[(=*)%[", at + 2)
    return "space", level and select(2, text:find("]" .. level .. "]", at, true)) or select(2, text:find("^[^\n]*", at))
  elseif text:find("^[\"']", at) then
    local quote, last = text:sub(at, at), at + 1
    while text:sub(last, last) ~= quote do
      last = last + (text:sub(last, last) == "\\" and 2 or 1)
    end
    return "string", last
  end
  for _, kind in ipairs { { "space", "^%s+" }, { "name", "^[%a_][%w_]*" }, { "number", "^%.?%d[%w.]*" },
    { "symbol", "^%.%.%.?" }, { "symbol", "^[=~<>]=" }, { "symbol", "^::" } } do
    local _, last = text:find(kind[2], at)
    if last then
      return kind[1], last
    end
  end
  return "symbol", at
end

---@class Token
---@field kind "name"|"number"|"string"|"symbol" keywords are names
---@field text string
---@field line integer
---@field first integer position in the text
---@field last integer

--- The tokens of Lua code, without comments.
---@param text string
---@return Token[]
function source.tokens(text)
  local tokens, at, line = {}, select(2, text:find "^#[^\n]*") or 0, 1
  at = at + 1
  while at <= #text do
    local kind, last = scan(text, at)
    local part = text:sub(at, last)
    if kind ~= "space" then
      tokens[#tokens + 1] = { kind = kind, text = part, line = line, first = at, last = last }
    end
    line = line + select(2, part:gsub("\n", ""))
    at = last + 1
  end
  return tokens
end

--- The circles in a graph, as texts such as "a -> b -> a".
---@param graph table<string, string[]> for each name, the names that this name needs
---@return string[]
function source.circles(graph)
  local circles, state, path = {}, {}, {}
  local function visit(name)
    if state[name] == "done" then
      return
    end
    path[#path + 1] = name
    if state[name] == "open" then
      local first = 1
      while path[first] ~= name do
        first = first + 1
      end
      circles[#circles + 1] = table.concat(path, " -> ", first)
    else
      state[name] = "open"
      for _, needed in ipairs(graph[name] or {}) do
        visit(needed)
      end
      state[name] = "done"
    end
    path[#path] = nil
  end
  local names = {}
  for name in pairs(graph) do
    names[#names + 1] = name
  end
  table.sort(names)
  for _, name in ipairs(names) do
    visit(name)
  end
  return circles
end

--- Prints the faults, or `ok` if there are no faults. Then ends the process, with status 1 or 0.
---@param faults string[]
---@param ok string the text to print if there is no fault
function source.finish(faults, ok)
  table.sort(faults)
  for i, fault in ipairs(faults) do
    if fault ~= faults[i - 1] then
      print(fault)
    end
  end
  if #faults == 0 then
    print("ok: " .. ok)
  end
  os.exit(#faults == 0)
end

return source
