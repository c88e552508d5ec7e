-- Checks that only one function, in lua/cbr/errors.lua, assigns the outcome of an error, as `err.outcome = …` or
-- `{ outcome = … }`. The outcome decides whether an order may be sent again. A copy of an outcome, such as
-- `{ outcome = err.outcome }` in a log entry, is allowed anywhere.

local source = require "tools.source"

local OWNER = "lua/cbr/errors.lua"

local OPENS = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }
local CLOSES = { ["end"] = true, ["until"] = true }

-- Whether the field whose name is token `i` is assigned, alone or with other variables: `a.outcome = …`,
-- `a.outcome, b.c = …`.
local function is_assigned(tokens, i)
  local at = i + 1
  while tokens[at] and tokens[at].text == "," and tokens[at + 1].kind == "name" do
    at = at + 2
    while tokens[at] and tokens[at].text == "." do
      at = at + 2
    end
  end
  return tokens[at] and tokens[at].text == "="
end

-- Whether the value that begins at token `i` of a table ends in `.outcome`.
local function is_copy(tokens, i)
  local depth = 0
  while depth > 0 or not (tokens[i].text == "," or tokens[i].text == "}") do
    local text = tokens[i].text
    depth = depth + ((text == "(" or text == "{") and 1 or (text == ")" or text == "}") and -1 or 0)
    i = i + 1
  end
  return tokens[i - 1].text == "outcome" and tokens[i - 2].text == "."
end

-- The assignments of outcomes in a file: a list of { line, owner }. `owner` is the line of the outermost function
-- around the assignment.
local function assignments(file)
  local tokens, list, blocks, owner = source.tokens(source.read(file)), {}, 0, nil
  local brackets = {} -- the brackets that are open at the current token
  for i, token in ipairs(tokens) do
    local text, name = token.text, token.kind == "name"
    if token.kind == "symbol" and text:find "[({[]" then
      brackets[#brackets + 1] = text
    elseif token.kind == "symbol" and text:find "[)}%]]" then
      brackets[#brackets] = nil
    elseif name and OPENS[text] then
      owner = owner or text == "function" and token.line
      blocks = blocks + 1
    elseif name and CLOSES[text] then
      blocks = blocks - 1
      owner = blocks > 0 and owner or nil
    elseif name and text == "outcome" then
      local field = tokens[i - 1].text == "." and is_assigned(tokens, i)
      local entry = brackets[#brackets] == "{" and tokens[i + 1].text == "=" and not is_copy(tokens, i + 2)
      if field or entry then
        list[#list + 1] = { line = token.line, owner = owner }
      end
    end
  end
  return list
end

local faults, first = {}, nil
for _, file in ipairs(source.files "lua") do
  for _, found in ipairs(assignments(file)) do
    first = first or file == OWNER and found
    if file ~= OWNER then
      faults[#faults + 1] = ("%s:%d assigns an outcome; only %s may do this"):format(file, found.line, OWNER)
    elseif found.owner ~= first.owner then
      faults[#faults + 1] = ("%s:%d assigns an outcome in a second function; the first is at line %d"):format(file,
        found.line, first.owner or first.line)
    end
  end
end
if not first then
  faults[#faults + 1] = OWNER .. " does not assign an outcome"
end

source.finish(faults, "the outcome of an error is assigned in one function")
