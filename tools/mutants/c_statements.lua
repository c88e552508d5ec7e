--- The mutations of C code that concern statements and expressions.

local mutations = require "tools.mutants.mutations"

local c = { KEYWORDS = {} }

for word in ([[return if else while for do switch case goto break continue sizeof struct const static int char long void
  bool size_t]]):gmatch "[%a_]+" do
  c.KEYWORDS[word] = true
end

local LEAVES = { ["return"] = true, ["break"] = true, ["continue"] = true, ["goto"] = true }
local ASSIGNS = { ["="] = true, ["+="] = true, ["-="] = true, ["|="] = true, ["&="] = true }

local function begins_statement(tokens, i)
  local before = tokens[i - 1]
  return before and before.line < tokens[i].line and before.text:find "^[;{})]$" ~= nil and tokens[i].kind == "name"
    and not c.KEYWORDS[tokens[i].text]
end

-- Adds mutations that drop the statement at `i`, if the statement is a call or an assignment.
local function add_statement(list, tokens, i)
  if tokens[i + 1].text == "(" then
    local last = mutations.closing(tokens, i + 1)
    if tokens[last + 1].text == ";" then
      list[#list + 1] = { operator = "call dropped", from = i, to = last, by = "" }
    end
    return
  end
  local last, assigns = i, false
  while tokens[last].text ~= ";" do
    if tokens[last].kind == "name" and tokens[last + 1].kind == "name" or tokens[last].text:find "^[{}]$" then
      return -- the statement is a declaration or a label
    end
    assigns = assigns or ASSIGNS[tokens[last].text] ~= nil
    last = tokens[last].text:find "^[([]$" and mutations.closing(tokens, last) + 1 or last + 1
  end
  if assigns then
    list[#list + 1] = { operator = "assignment dropped", from = i, to = last - 1, by = "" }
  end
end

-- Adds mutations of the condition of the `if` or `while` at `i`.
local function add_condition(list, tokens, i)
  local last = mutations.closing(tokens, i + 1)
  mutations.negate(list, tokens, i + 2, last - 1, "!(%s)")
  local after = tokens[last + 1].text == "{" and tokens[last + 2] or tokens[last + 1]
  if LEAVES[after.text] then
    list[#list + 1] = { operator = "guard dropped", from = i + 2, to = last - 1, by = "0" }
  end
end

-- Adds a mutation that drops the second operand of the && or || at `i`.
local function add_operand(list, tokens, i)
  local last = i + 1
  while not tokens[last].text:find "^[)%],;:?]$" and tokens[last].text ~= "&&" and tokens[last].text ~= "||" do
    last = tokens[last].text:find "^[([]$" and mutations.closing(tokens, last) + 1 or last + 1
  end
  list[#list + 1] = { operator = "operand dropped", from = i, to = last - 1, by = "" }
end

---@param tokens Token[]
---@return Mutation[]
function c.mutations(tokens)
  local depth, list = 0, {}
  for _, mutation in ipairs(mutations.of_tokens(tokens, c.KEYWORDS)) do
    mutation.by = mutation.by == "~=" and "!=" or mutation.by
    list[#list + 1] = mutation
  end
  for i, token in ipairs(tokens) do
    local text = token.text
    depth = depth + (text == "{" and 1 or text == "}" and -1 or 0)
    if depth > 0 then
      if begins_statement(tokens, i) then
        add_statement(list, tokens, i)
      end
      if text == "if" or text == "while" then
        add_condition(list, tokens, i)
      elseif text == "&&" or text == "||" then
        add_operand(list, tokens, i)
      elseif text == "(" and tokens[i - 1].kind == "name" and not c.KEYWORDS[tokens[i - 1].text] then
        mutations.arguments(list, tokens, i, "0")
      end
    end
  end
  return list
end

return c
