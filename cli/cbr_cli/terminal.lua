--- Finds out whether the output and the errors of this process go to a terminal, and what that terminal can do.

local terminal = {}

local OUTPUT, ERRORS = 1, 2 -- file descriptors
local DEFAULT_WIDTH, MIN_WIDTH = 80, 40 -- characters

local known = {}

-- In Lua 5.1, os.execute returns the status; later versions return true.
local function is_terminal(descriptor)
  if known[descriptor] == nil then
    local result = os.execute(("test -t %d"):format(descriptor))
    known[descriptor] = result == true or result == 0
  end
  return known[descriptor]
end

--- Whether the standard output is a terminal.
---@return boolean
function terminal.is_output()
  return is_terminal(OUTPUT)
end

--- Whether the standard error is a terminal.
---@return boolean
function terminal.is_errors()
  return is_terminal(ERRORS)
end

--- Whether the terminal can go back to the start of a line.
---@return boolean
function terminal.can_overwrite()
  local name = os.getenv "TERM"
  return name ~= nil and name ~= "" and name ~= "dumb"
end

--- Returns the width of the terminal.
---@return integer characters
function terminal.width()
  local columns = tonumber(os.getenv "COLUMNS")
  if not columns then
    local pipe = io.popen("stty size </dev/tty 2>/dev/null", "r")
    columns = pipe and tonumber(pipe:read "*a":match "^%d+ (%d+)")
    if pipe then
      pipe:close()
    end
  end
  return columns and columns >= MIN_WIDTH and columns or DEFAULT_WIDTH
end

return terminal
