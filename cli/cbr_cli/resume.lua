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

--- Returns the command line with which the user can resume a command. A time that is relative to now, such as
-- `--since 3d`, is replaced by an absolute time. If the command places an order, the command line has `--since` and
-- `--wait`, so that the order is searched for before another one is placed.
---@param arguments string[]
---@param since? integer value of `--since`, or the time of the order, in seconds since 1970
---@param is_order? boolean
---@return string
function resume.command(arguments, since, is_order)
  local words, has_since, has_wait, is_value = { "cbr" }, false, false, false
  for _, argument in ipairs(arguments) do
    if is_value and since then
      argument = tostring(since)
    elseif since and argument:find "^%-%-since=" then
      argument = "--since=" .. since
    end
    is_value = argument == "--since"
    words[#words + 1] = resume.quote(argument)
    has_since = has_since or argument:find "^%-%-since" ~= nil
    has_wait = has_wait or argument == "--wait"
  end
  if is_order and not has_since then
    words[#words + 1] = ("--since %d"):format(since)
  end
  if is_order and not has_wait then
    words[#words + 1] = "--wait"
  end
  return table.concat(words, " ")
end

return resume
