--- The tokens of C code, without comments and preprocessor lines, in the form that source.tokens returns.

local PATTERNS = {
  { "space", "^%s+" }, { "space", "^//[^\n]*" }, { "name", "^[%a_][%w_]*" }, { "number", "^%.?%d[%w.]*" },
  { "symbol", "^[=!<>+*/&|-]=" }, { "symbol", "^%->" }, { "symbol", "^&&" }, { "symbol", "^||" },
  { "symbol", "^%+%+" }, { "symbol", "^%-%-" }, { "symbol", "^<<" }, { "symbol", "^>>" },
}

-- The last position of the quoted text that begins at `at`.
local function end_of_quoted(text, at)
  local quote, last = text:sub(at, at), at + 1
  while text:sub(last, last) ~= quote do
    last = last + (text:sub(last, last) == "\\" and 2 or 1)
  end
  return last
end

-- The last position of the preprocessor directive at `at`, with the lines that a backslash adds to it.
local function end_of_directive(text, at)
  local last = text:find("\n", at, true)
  while text:sub(last - 1, last - 1) == "\\" do
    last = text:find("\n", last + 1, true)
  end
  return last
end

-- The kind of the token or space at `at`, and its last position.
local function scan(text, at)
  if text:find("^/%*", at) then
    return "space", select(2, text:find("*/", at + 2, true))
  elseif text:find("^#", at) then
    return "space", end_of_directive(text, at)
  elseif text:find("^[\"']", at) then
    return "string", end_of_quoted(text, at)
  end
  for _, pattern in ipairs(PATTERNS) do
    local _, last = text:find(pattern[2], at)
    if last then
      return pattern[1], last
    end
  end
  return "symbol", at
end

---@param text string
---@return Token[]
return function(text)
  local tokens, at, line = {}, 1, 1
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
