-- Checks that the class cbr.Context in lua/cbr/call/call.lua declares exactly the fields that lua/cbr uses: those that
-- code reads or writes as `context.name`, and the entries of tables that are made as contexts.

local source = require "tools.source"

local OWNER = "lua/cbr/call/call.lua"

-- Functions that take a context as an argument: name of the function -> index of that argument
local TAKES_CONTEXT = {
  new = 2, finish = 2, argument = 2, of_loading = 1, -- of cbr.errors
  load_error = 1, prepare = 1, -- of cbr.client
  run = 1, -- of cbr.call.call
}

-- The fields that the class declares: name -> line.
local function declared()
  local fields, line, is_inside = {}, 0, false
  for text in (source.read(OWNER) .. "\n"):gmatch "(.-)\n" do
    line = line + 1
    is_inside = text:find "^%-%-%-@class cbr%.Context " ~= nil or is_inside and text:find "^%-%-" ~= nil
    local name = is_inside and text:match "^%-%-%-@field ([%w_]+)"
    if name then
      fields[name] = line
    end
  end
  return fields
end

-- Whether the table that begins at token `i` is a context: an assigned one, or an argument of a function. `brackets`
-- are the brackets that are open there, each with the function that it calls and the number of the present argument.
local function is_context(tokens, i, brackets)
  local one, two = tokens[i - 1].text, tokens[i - 2].text
  local around = brackets[#brackets]
  return one == "=" and two == "context" or TAKES_CONTEXT[one] == 1
    or (one == "(" or one == ",") and around ~= nil and around.argument == TAKES_CONTEXT[around.called]
end

-- Calls `use(name, line)` for each use of a field of a context in a file.
local function each_use(file, use)
  local tokens, brackets = source.tokens(source.read(file)), {}
  for i, token in ipairs(tokens) do
    local text, around = token.text, brackets[#brackets]
    if token.kind == "symbol" and text:find "[({[]" then
      brackets[#brackets + 1] = {
        is_context = text == "{" and i > 2 and is_context(tokens, i, brackets), argument = 1,
        called = text == "(" and i > 1 and tokens[i - 1].kind == "name" and tokens[i - 1].text or "",
      }
    elseif token.kind == "symbol" and text:find "[)}%]]" then
      brackets[#brackets] = nil
    elseif token.kind == "symbol" and text == "," and around then
      around.argument = around.argument + 1
    elseif token.kind == "name" then
      local is_field = i > 2 and tokens[i - 1].text == "." and tokens[i - 2].text == "context"
      local is_entry = around and around.is_context and tokens[i + 1].text == "=" and tokens[i - 1].text:find "[{,]"
      if is_field or is_entry then
        use(text, token.line)
      end
    end
  end
end

local faults, fields, used = {}, declared(), {}
for _, file in ipairs(source.files "lua") do
  each_use(file, function(name, line)
    used[name] = true
    if not fields[name] then
      faults[#faults + 1] = ("%s:%d uses the field '%s' of a context, which cbr.Context does not declare"):format(file,
        line, name)
    end
  end)
end
local count = 0
for name, line in pairs(fields) do
  count = count + 1
  if not used[name] then
    faults[#faults + 1] = ("%s:%d declares '%s', which no context has"):format(OWNER, line, name)
  end
end

source.finish(faults, ("cbr.Context declares the %d fields that contexts have"):format(count))
