-- Checks the arguments of Lua functions. No function takes more than five positional arguments: more are hard to tell
-- apart at a call. No argument has a name that says nothing about it.

local source = require "tools.source"

local LIMIT = 5
local EMPTY_NAMES = { found = true, what = true, self = true } -- see "Words" in CONTRIBUTING.md

local faults, count = {}, 0
local files = source.files "lua cli sandbox spec docs/recipes examples bench tools"
files[#files + 1] = "bench/run"
files[#files + 1] = "cli/cbr"

for _, file in ipairs(files) do
  local tokens = source.tokens(source.read(file))
  for i, token in ipairs(tokens) do
    if token.kind == "name" and token.text == "function" then
      count = count + 1
      local at = i + 1
      while tokens[at].text ~= "(" do
        at = at + 1
      end
      local name = {}
      for j = i + 1, at - 1 do
        name[#name + 1] = tokens[j].text
      end
      local arguments = 0
      while tokens[at].text ~= ")" do
        at = at + 1
        arguments = arguments + (tokens[at].kind == "name" and 1 or 0)
        if EMPTY_NAMES[tokens[at].text] then
          faults[#faults + 1] = ("%s:%d: an argument has the name '%s'"):format(file, token.line, tokens[at].text)
        end
      end
      if arguments > LIMIT then
        faults[#faults + 1] = ("%s:%d: %s takes %d arguments, the limit is %d"):format(file, token.line,
          #name > 0 and table.concat(name) or "the function", arguments, LIMIT)
      end
    end
  end
end

source.finish(faults, ("%d functions in %d files take at most %d arguments each"):format(count, #files, LIMIT))
