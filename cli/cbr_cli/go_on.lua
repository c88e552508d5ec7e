--- The command line with which an interrupted command goes on.

local go_on = {}

--- A word as a shell reads it.
---@param word string
---@return string
function go_on.quote(word)
  if word:find "^[%w@%%+=:,./_-]+$" then
    return word
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- The line for the same command.
---@param arguments string[]
---@param since? integer of an order: seconds since 1970
---@return string
function go_on.line(arguments, since)
  local words, has_since, has_wait = { "cbr" }, false, false
  for _, argument in ipairs(arguments) do
    words[#words + 1] = go_on.quote(argument)
    has_since = has_since or argument:find "^%-%-since" ~= nil
    has_wait = has_wait or argument == "--wait"
  end
  if since and not has_since then
    words[#words + 1] = ("--since %d"):format(since)
  end
  if since and not has_wait then
    words[#words + 1] = "--wait"
  end
  return table.concat(words, " ")
end

return go_on
