--- The mutations that Lua and C have in common: each changes a single token. Mutations of statements and expressions
--- are in lua_statements.lua and c_statements.lua.
--
-- A mutation replaces the tokens from index `from` to index `to` by the text `by`.

local mutations = {}

---@class Mutation
---@field operator string
---@field from integer index of the first token
---@field to integer index of the last token
---@field by string

local TURNED = {
  ["<"] = ">=", [">"] = "<=", ["<="] = ">", [">="] = "<", ["=="] = "~=", ["~="] = "==", ["!="] = "==",
}
local MOVED = { ["<"] = "<=", ["<="] = "<", [">"] = ">=", [">="] = ">" }
local SWAPPED = { ["and"] = "or", ["or"] = "and", ["&&"] = "||", ["||"] = "&&" }
local ARITHMETIC = { ["+"] = "-", ["-"] = "+", ["*"] = "/", ["+="] = "-=", ["-="] = "+=", ["++"] = "--", ["--"] = "++" }
local FLIPPED = { ["true"] = "false", ["false"] = "true" }
-- Arguments that are not changed. L is the Lua state in C.
local UNCHANGED = { ["true"] = true, ["false"] = true, ["nil"] = true, L = true }

-- The names of times. Two times that were read from a clock are never equal, so "<" and "<=" give the same result.
local TIME = { "now", "deadline", "monotonic", "time", "until", "since", "began", "pause", "seconds", "due", "date",
  "start", "age", "elapsed", "at", "settle", "from", "left", "latest", "expires" }
local IS_TIME = {}
for _, word in ipairs(TIME) do
  IS_TIME[word] = true
end

local function is_time(token)
  for word in token.text:lower():gmatch "%a+" do
    if IS_TIME[word] then
      return true
    end
  end
  return false
end

-- Whether the comparison at index `i` is between times, which is judged by the names on both sides.
local function compares_times(tokens, i)
  for k = math.max(i - 5, 1), math.min(i + 5, #tokens) do
    if tokens[k].kind == "name" and is_time(tokens[k]) then
      return true
    end
  end
  return false
end

-- The number that replaces a number: a small number changes by one, a large number by a factor that tests should
-- notice.
local function other_number(text)
  local digits, suffix = text:match "^(%d+)([uUlL]*)$"
  local value = tonumber(digits or text)
  if digits then
    return ("%d%s"):format(value <= 4 and value + 1 or value * 8, suffix)
  end
  return text:find "^%d*%.%d+$" and ("%.15g"):format(value * 8) or nil
end

-- Whether the operator at index `i` has two operands: then the token before `i` ends an operand.
local function is_binary(tokens, i, keywords)
  local before = tokens[i - 1]
  return before and (before.kind == "number" or before.kind == "string" or before.text:find "^[)%]}]$" ~= nil
    or before.kind == "name" and not keywords[before.text])
end

---@param tokens Token[]
---@param keywords table<string, true>
---@return Mutation[]
function mutations.of_tokens(tokens, keywords)
  local list = {}
  local function add(operator, i, by, to)
    list[#list + 1] = { operator = operator, from = i, to = to or i, by = by }
  end
  for i, token in ipairs(tokens) do
    local text = token.text
    if TURNED[text] then
      add("comparison turned", i, TURNED[text])
    end
    if MOVED[text] and not compares_times(tokens, i) then
      add("bound moved", i, MOVED[text])
    elseif SWAPPED[text] then
      add("and, or swapped", i, SWAPPED[text])
    elseif ARITHMETIC[text] and (#text > 1 or is_binary(tokens, i, keywords)) then
      add("arithmetic changed", i, ARITHMETIC[text])
    elseif FLIPPED[text] then
      add("boolean flipped", i, FLIPPED[text])
    elseif (text == "not" or text == "!") and tokens[i + 1] then
      add("negation dropped", i, "")
    elseif token.kind == "number" and other_number(text) then
      add("number changed", i, other_number(text))
    end
  end
  return list
end

--- The index of the bracket that closes the bracket at `i`.
---@param tokens Token[]
---@param i integer
---@return integer
function mutations.closing(tokens, i)
  local depth = 0
  repeat
    local token = tokens[i]
    local text = token.kind == "symbol" and token.text or ""
    depth = depth + (text:find "^[({[]$" and 1 or text:find "^[)}%]]$" and -1 or 0)
    i = i + 1
  until depth == 0
  return i - 1
end

--- Adds the negation of the condition in the tokens `first` to `last`. A condition that is a single comparison is left
-- out, because mutations.of_tokens already changes comparisons.
---@param list Mutation[]
---@param tokens Token[]
---@param first integer
---@param last integer
---@param negation string pattern for string.format
function mutations.negate(list, tokens, first, last, negation)
  local comparisons, others, texts = 0, 0, {}
  for k = first, last do
    comparisons = comparisons + (TURNED[tokens[k].text] and 1 or 0)
    others = others + (SWAPPED[tokens[k].text] and 1 or 0)
    texts[#texts + 1] = tokens[k].text
  end
  if comparisons ~= 1 or others > 0 then
    list[#list + 1] = { operator = "condition negated", from = first, to = last,
      by = negation:format((table.concat(texts, " "):gsub(" ([.:]) ", "%1"))) }
  end
end

--- Adds changes of the arguments of the call whose bracket is at `open`: each argument that is a single name is
-- replaced by the text `nothing`.
---@param list Mutation[]
---@param tokens Token[]
---@param open integer
---@param nothing string
function mutations.arguments(list, tokens, open, nothing)
  local close = mutations.closing(tokens, open)
  local i = open + 1
  while i < close do
    local first = i
    while i < close and tokens[i].text ~= "," do
      i = tokens[i].text:find "^[({[]$" and mutations.closing(tokens, i) + 1 or i + 1
    end
    local token = tokens[first]
    if i == first + 1 and token.kind == "name" and token.text ~= nothing and not UNCHANGED[token.text] then
      list[#list + 1] = { operator = "argument changed", from = first, to = first, by = nothing }
    end
    i = i + 1
  end
end

return mutations
