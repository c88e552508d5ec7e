-- Checks that only one function, `errors.finish`, sets the fields of an error that depend on its call: by an assignment
-- such as `err.hint = …`, or in the table from which an error is made. All other code writes the facts into the context
-- of the call. Above all this holds for the outcome, which decides whether an order may be sent again. So `outcome` may
-- be an entry of no table, except for a copy, such as `{ outcome = err.outcome }` in a log event.

local source = require "tools.source"

local OWNER = "lua/cbr/errors.lua"
local FIELDS = { operation = true, attempts = true, outcome = true, retryable = true, hint = true }

-- Whether a variable with this name holds a table that is no error, but has some of FIELDS: a context, the options from
-- which a context is made, or a check of a diagnosis.
local function is_another_table(name)
  return name == "context" or name:find "options$" ~= nil or name == "check"
end

local OPENS = { ["function"] = true, ["if"] = true, ["do"] = true, ["repeat"] = true }
local CLOSES = { ["end"] = true, ["until"] = true }

-- The texts of `count` tokens that end at token `i`.
local function before(tokens, i, count)
  local texts = {}
  for at = math.max(i - count + 1, 1), i do
    texts[#texts + 1] = tokens[at].text
  end
  return table.concat(texts, " ")
end

-- Whether a function of `errors` is called with the value that begins at token `i` as its first argument.
local function is_argument_of_errors(tokens, i)
  local call = before(tokens, i - 1, 4)
  return call == "errors . new (" or call == "errors . finish ("
end

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

-- The names of the variables from which a file makes errors.
local function names_of_errors(tokens)
  local names = {}
  for i, token in ipairs(tokens) do
    if i > 4 and token.kind == "name" and is_argument_of_errors(tokens, i) then
      names[token.text] = true
    end
  end
  return names
end

-- The places where a file sets such fields: a list of { field, line, owner }. `owner` is the line of the outermost
-- function around the place.
local function settings(file)
  local tokens, list, blocks, owner = source.tokens(source.read(file)), {}, 0, nil
  local names = names_of_errors(tokens)
  -- the brackets that are open at the current token; "error" stands for the bracket of a table that becomes an error
  local brackets = {}
  for i, token in ipairs(tokens) do
    local text, name = token.text, token.kind == "name"
    if token.kind == "symbol" and text:find "[({[]" then
      local is_error = text == "{" and (is_argument_of_errors(tokens, i)
        or tokens[i - 1].text == "=" and names[tokens[i - 2].text])
      brackets[#brackets + 1] = is_error and "error" or text
    elseif token.kind == "symbol" and text:find "[)}%]]" then
      brackets[#brackets] = nil
    elseif name and OPENS[text] then
      owner = owner or text == "function" and token.line
      blocks = blocks + 1
    elseif name and CLOSES[text] then
      blocks = blocks - 1
      owner = blocks > 0 and owner or nil
    elseif name and FIELDS[text] then
      local bracket = brackets[#brackets]
      local field = tokens[i - 1].text == "." and not is_another_table(tokens[i - 2].text) and is_assigned(tokens, i)
      local entry = tokens[i + 1].text == "=" and (bracket == "error"
        or bracket == "{" and text == "outcome" and not is_copy(tokens, i + 2))
      if field or entry then
        list[#list + 1] = { field = text, line = token.line, owner = owner }
      end
    end
  end
  return list
end

local faults, first, missing = {}, nil, {}
for field in pairs(FIELDS) do
  missing[field] = true
end
for _, file in ipairs(source.files "lua") do
  for _, found in ipairs(settings(file)) do
    first = first or file == OWNER and found
    if file ~= OWNER then
      faults[#faults + 1] = ("%s:%d sets '%s' of an error; only errors.finish may do this, from a fact in the context")
        :format(file, found.line, found.field)
    elseif found.owner ~= first.owner then
      faults[#faults + 1] = ("%s:%d sets '%s' of an error in a second function; the first is at line %d"):format(file,
        found.line, found.field, first.owner or first.line)
    else
      missing[found.field] = nil
    end
  end
end
for field in pairs(missing) do
  faults[#faults + 1] = ("%s does not set '%s'"):format(OWNER, field)
end

source.finish(faults, "one function sets the fields of an error that depend on its call")
