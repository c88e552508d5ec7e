--- The snippets of the documentation, for the specs in spec/docs that run them.

local pages = require "spec.helpers.pages"

local snippets = {}

--- Returns a snippet that a test runs. spec/docs/every_snippet_spec.lua searches the specs for calls of `snippet` with
--- three literals, so a spec must call this function as a local function with the name `snippet`.
---@param page string path from the root of the project
---@param language string
---@param index integer number among the snippets of the page in this language
---@return string
function snippets.get(page, language, index)
  local text = pages.snippets(page, language)[index]
  assert(text, ("%s has no %s snippet number %d"):format(page, language, index))
  return text
end

--- Runs a Lua snippet.
---@param text string
---@return string output what the snippet printed
function snippets.run(text)
  local lines = {}
  local environment = setmetatable({
    print = function(...)
      local words = {}
      for i = 1, select("#", ...) do
        words[i] = tostring((select(i, ...)))
      end
      lines[#lines + 1] = table.concat(words, "\t")
    end,
  }, { __index = _G })
  local chunk
  if rawget(_G, "setfenv") then
    chunk = assert(loadstring(text, "=snippet")) -- luacheck: globals loadstring
    setfenv(chunk, environment) -- luacheck: globals setfenv
  else
    chunk = assert(load(text, "=snippet", "t", environment))
  end
  chunk()
  return table.concat(lines, "\n")
end

return snippets
