-- Checks the rules of form that luacheck does not know (CONTRIBUTING.md):
--   * strings have double quotes, or single quotes if the text contains double quotes;
--   * a call whose only argument is a string or a table has no parentheses: require "x", f { a = 1 };
--     the parentheses stay if something follows the call: f("x").y, f("x"):g(), f("x")(1);
--   * the body of an `if` has lines of its own, so that coverage and backtraces can tell the body from the condition;
--   * a file in spec/ has at most 350 lines.

local source = require "tools.source"

local FOLLOWS = { ["."] = true, [":"] = true, ["["] = true, ["("] = true, ["{"] = true }
local OPENS = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }
local CLOSES = { ["end"] = true, ["until"] = true }
local KEYWORDS = { ["and"] = true, ["or"] = true, ["not"] = true, ["return"] = true, ["in"] = true, ["function"] = true,
  ["if"] = true, ["elseif"] = true, ["while"] = true, ["until"] = true }

local SPEC_LINES = 350

local faults = {}

local function fault(file, token, words)
  faults[#faults + 1] = ("%s:%d: %s"):format(file, token.line, words)
end

-- The index of the token that closes the bracket at `i`.
local function closing(tokens, i)
  local depth = 0
  repeat
    local text = tokens[i].kind == "symbol" and tokens[i].text or ""
    depth = depth + (text:find "^[({[]$" and 1 or text:find "^[)}%]]$" and -1 or 0)
    i = i + 1
  until depth == 0
  return i - 1
end

-- Whether the parenthesis at `i` is needless: it encloses the only argument of a call, the argument is a string or a
-- table, and nothing follows the call.
local function is_spare(tokens, i)
  local before, first = tokens[i - 1], tokens[i + 1]
  if not before or before.kind ~= "name" or KEYWORDS[before.text] then
    return false
  end
  local last = first.kind == "string" and i + 1 or first.text == "{" and closing(tokens, i + 1)
  local after = last and tokens[last + 1].text == ")" and tokens[last + 2]
  return last and tokens[last + 1].text == ")" and not (after and (FOLLOWS[after.text] or after.kind == "string"))
end

local files = source.files "lua cli sandbox spec docs/recipes examples bench tools"
files[#files + 1] = "bench/run"
files[#files + 1] = "cli/cbr"

for _, file in ipairs(files) do
  local text = source.read(file)
  local _, lines = text:gsub("\n", "")
  if file:find "^spec/" and lines > SPEC_LINES then
    faults[#faults + 1] = ("%s has %d lines: at most %d are allowed in spec/"):format(file, lines, SPEC_LINES)
  end
  local tokens, open = source.tokens(text), {}
  for i, token in ipairs(tokens) do
    if token.kind == "string" and token.text:find "^'" and not token.text:find '"' then
      fault(file, token, "string in single quotes: " .. token.text)
    elseif token.text == "(" and is_spare(tokens, i) then
      fault(file, token, ("parentheses around the only argument of %s"):format(tokens[i - 1].text))
    elseif token.kind == "name" and OPENS[token.text] then
      open[#open + 1] = token
    elseif token.kind == "name" and CLOSES[token.text] then
      local opened = table.remove(open)
      if opened.text == "if" and opened.line == token.line then
        fault(file, token, "the body of the if is on the line of its condition")
      end
    end
  end
end

source.finish(faults, ("%d Lua files keep the rules of form"):format(#files))
