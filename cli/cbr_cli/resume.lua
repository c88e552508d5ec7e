--- Builds the command line that resumes an interrupted command.

local resume = {}

--- Quotes a word for the shell.
---@param word string
---@return string
function resume.quote(word)
  if word:find "^[%w@%%+=:,./_-]+$" then
    return word
  end
  return "'" .. word:gsub("'", "'\\''") .. "'"
end

--- Returns the command line of the same command. If the command places an order, the command line has `--since` and
-- `--wait`, so that the order is searched for before another one is placed.
---@param arguments string[]
---@param since? integer time of the order, in seconds since 1970; nil if the command places no order
---@return string
function resume.command(arguments, since)
  local words, has_since, has_wait = { "cbr" }, false, false
  for _, argument in ipairs(arguments) do
    words[#words + 1] = resume.quote(argument)
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

return resume
