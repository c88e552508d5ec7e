-- Checks that Lua 5.5 can compile every Lua file. Debian 12 has no Lua 5.5, so this program checks the two rules that
-- Lua 5.5 added: the control variable of a `for` is constant, and `global` may be a keyword.

local source = require "tools.source"

local OPENS = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }
local CLOSES = { ["end"] = true, ["until"] = true }

local faults = {}

local function fault(file, token, words)
  faults[#faults + 1] = ("%s:%d: %s"):format(file, token.line, words)
end

-- Adds the names of the parameters of the function at `i`.
local function add_parameters(names, tokens, i)
  while tokens[i].text ~= "(" do
    i = i + 1
  end
  while tokens[i].text ~= ")" do
    i = i + 1
    names[tokens[i].text] = true
  end
end

-- Whether the statement that begins at `i` assigns to variables: x = 1, or x, y = 1, 2. Returns the names of the
-- variables.
local function assigned(tokens, i)
  local names = {}
  while tokens[i].kind == "name" do
    names[#names + 1] = tokens[i].text
    local after = tokens[i + 1] and tokens[i + 1].text
    if after == "=" then
      return names
    elseif after ~= "," then
      return {}
    end
    i = i + 2
  end
  return {}
end

-- Whether a statement can begin at `i`: the token before `i` must not be in the middle of an expression.
local function begins(tokens, i)
  local before = tokens[i - 1]
  if not before then
    return true
  elseif before.kind == "symbol" then
    return before.text == ")" or before.text == "]" or before.text == "}" or before.text == ";" or before.text == "..."
      or before.text == "::"
  end
  return before.text ~= "local" and before.text ~= "for" and before.text ~= "function" and before.text ~= "goto"
end

-- Checks the blocks of a file. `open` has an entry for each open block, with the control variable that code in the
-- block may not assign to.
local function check(file, tokens)
  local open, pending = {}, false
  for i, token in ipairs(tokens) do
    local text = token.kind == "name" and token.text
    if text == "for" then
      pending = tokens[i + 1].text -- the first name is the control variable
    elseif text == "global" and begins(tokens, i) and tokens[i + 1].kind == "name" then
      fault(file, token, "`global` is a keyword in Lua 5.5")
    elseif text and OPENS[text] then
      open[#open + 1] = { constant = text == "do" and pending or false, shadows = {} }
      pending = text ~= "do" and pending or false
      if text == "function" then
        add_parameters(open[#open].shadows, tokens, i)
      end
    elseif text and CLOSES[text] then
      table.remove(open)
    elseif text == "local" and open[#open] then
      local at = i + 1
      repeat
        open[#open].shadows[tokens[at].text] = true
        at = at + 2
      until tokens[at - 1].text ~= ","
    elseif text and begins(tokens, i) then
      for _, name in ipairs(assigned(tokens, i)) do
        for depth = #open, 1, -1 do
          if open[depth].shadows[name] then
            break
          elseif open[depth].constant == name then
            fault(file, token, ("%s is the variable of a `for`, which is constant in Lua 5.5"):format(name))
            break
          end
        end
      end
    end
  end
end

local files = source.files "lua cli sandbox spec docs/recipes examples bench tools"
files[#files + 1] = "bench/run"
files[#files + 1] = "cli/cbr"
for _, file in ipairs(files) do
  check(file, source.tokens(source.read(file)))
end

source.finish(faults, ("%d Lua files keep the rules of Lua 5.5"):format(#files))
