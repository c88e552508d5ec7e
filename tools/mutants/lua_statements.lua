--- The mutations of Lua code that concern statements and expressions.

local mutations = require "tools.mutants.mutations"

local lua = { KEYWORDS = {} }

for word in ([[and break do else elseif end false for function goto if in local nil not or repeat return then true until
  while]]):gmatch "%a+" do
  lua.KEYWORDS[word] = true
end

local VALUES = { ["nil"] = true, ["true"] = true, ["false"] = true, ["end"] = true, ["..."] = true }
local OPENS = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }
local CLOSES = { ["end"] = true, ["until"] = true }
local LEAVES = { ["return"] = true, ["break"] = true, ["error"] = true, ["goto"] = true }
local BEFORE_STATEMENT = { ["then"] = true, ["do"] = true, ["else"] = true, ["repeat"] = true }

-- Whether a token can be the last token of an expression.
local function is_complete(token)
  return token.kind == "number" or token.kind == "string" or VALUES[token.text] ~= nil
    or token.text:find "^[)%]}]$" ~= nil or token.kind == "name" and not lua.KEYWORDS[token.text]
end

-- The index of the `end` of the function at `i`.
local function end_of_function(tokens, i)
  local depth = 0
  repeat
    local text = tokens[i].text
    depth = depth + (OPENS[text] and 1 or CLOSES[text] and -1 or 0)
    i = i + 1
  until depth == 0
  return i - 1
end

-- The index of the last token of the operand at `i`. Unless `whole` is true, the operand ends before `and` and `or`.
local function end_of_operand(tokens, i, whole)
  local first = i
  while tokens[i] do
    local token = tokens[i]
    local text = token.text
    if i > first and is_complete(tokens[i - 1]) then
      local joins = text == "and" or text == "or"
      if joins and not whole or not joins and (token.kind == "name" or token.kind == "number" or text:find "^[)%]},;=]$"
        or text == "::") then
        break
      end
    end
    if token.kind == "symbol" and text:find "^[({[]$" then
      i = mutations.closing(tokens, i)
    elseif text == "function" then
      i = end_of_function(tokens, i)
    end
    i = i + 1
  end
  return i - 1
end

local function begins_statement(tokens, i)
  local before, token = tokens[i - 1], tokens[i]
  return token.kind == "name" and not lua.KEYWORDS[token.text]
    and (not before or before.line < token.line and (is_complete(before) or BEFORE_STATEMENT[before.text] ~= nil))
end

-- The index of the last token of the variable or call at `i`, and whether this is a call.
local function end_of_prefix(tokens, i)
  local is_call = false
  while tokens[i + 1] do
    local following = tokens[i + 1]
    if following.text == "." or following.text == ":" then
      i, is_call = i + 2, false
    elseif following.kind == "string" then
      i, is_call = i + 1, true
    elseif following.kind == "symbol" and following.text:find "^[({[]$" then
      i, is_call = mutations.closing(tokens, i + 1), following.text ~= "["
    else
      break
    end
  end
  return i, is_call
end

local function add_statement(list, tokens, i)
  local last, is_call = end_of_prefix(tokens, i)
  if is_call then
    list[#list + 1] = { operator = "call dropped", from = i, to = last, by = "do end" }
    return
  end
  while tokens[last + 1].text == "," do
    last = end_of_prefix(tokens, last + 2)
  end
  if tokens[last + 1].text == "=" then
    last = last + 1
    repeat
      last = end_of_operand(tokens, last + 1, true)
      local more = tokens[last + 1] and tokens[last + 1].text == ","
      last = more and last + 1 or last
    until not more
    list[#list + 1] = { operator = "assignment dropped", from = i, to = last, by = "do end" }
  end
end

-- Adds mutations of the condition of the `if`, `elseif` or `while` at `i`.
local function add_condition(list, tokens, i)
  local last = i + 1
  while tokens[last + 1].text ~= "then" and tokens[last + 1].text ~= "do" do
    last = tokens[last].text == "function" and end_of_function(tokens, last) or last
    last = last + 1
  end
  mutations.negate(list, tokens, i + 1, last, "not (%s)")
  if tokens[i].text == "elseif" or LEAVES[tokens[last + 2].text] then
    list[#list + 1] = { operator = "guard dropped", from = i + 1, to = last, by = "false" }
  end
end

-- Whether the bracket at `i` begins the arguments of a call.
local function is_call(tokens, i)
  local k = i - 1
  if not tokens[k] or not is_complete(tokens[k]) or tokens[k].text == "end" then
    return false
  end
  while k > 1 and (tokens[k].kind == "name" and not lua.KEYWORDS[tokens[k].text] or tokens[k].text:find "^[.:]$") do
    k = k - 1
  end
  return tokens[k].text ~= "function"
end

---@param tokens Token[]
---@return Mutation[]
function lua.mutations(tokens)
  local list = mutations.of_tokens(tokens, lua.KEYWORDS)
  for i, token in ipairs(tokens) do
    local text = token.text
    if begins_statement(tokens, i) then
      add_statement(list, tokens, i)
    end
    if text == "if" or text == "elseif" or text == "while" then
      add_condition(list, tokens, i)
    elseif text == "and" or text == "or" then
      list[#list + 1] = { operator = "operand dropped", from = i, to = end_of_operand(tokens, i + 1), by = "" }
    elseif token.kind == "symbol" and text == "(" and is_call(tokens, i) then
      mutations.arguments(list, tokens, i, "nil")
    end
  end
  return list
end

return lua
