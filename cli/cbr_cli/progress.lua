--- Shows the progress of `client:wait` on the terminal: a bar, or a line for each change if the terminal cannot
-- overwrite a line. Without a terminal nothing is shown, so that cron sends no mail.

local terminal = require "cbr_cli.terminal"

local WIDTH, MIN_WIDTH = 30, 5 -- characters of the progress bar; if there is no room for MIN_WIDTH, the bar is left out

local progress = {}

local function words_of(p)
  return ("%3.0f %%  %d of %d done%s, %.0f s"):format(p.percent, p.done, p.total,
    p.failed > 0 and (", %d failed"):format(p.failed) or "", p.elapsed)
end

--- Makes an `on_progress` function.
---@param is_quiet? boolean
---@return fun(p: cbr.Progress)? on_progress nil: progress is not shown
---@return fun() finish ends the line of the bar
function progress.new(is_quiet)
  if is_quiet or not terminal.is_errors() then
    return nil, function() end
  end
  local has_bar, last, is_open = terminal.can_overwrite(), nil, false
  local columns = terminal.width()
  local function show(p)
    local words = words_of(p)
    if has_bar then
      local width = math.min(WIDTH, columns - #"[]  " - #words - 2) -- a longer line could not be overwritten
      local filled = math.floor(p.percent / 100 * width + 0.5)
      local bar = width >= MIN_WIDTH and ("[%s%s] "):format(("#"):rep(filled), (" "):rep(width - filled)) or ""
      io.stderr:write("\r", bar, words, "  ")
      is_open = true
    elseif p.done .. " " .. p.percent ~= last then
      io.stderr:write(words, "\n")
    end
    last = p.done .. " " .. p.percent
  end
  return show, function()
    if is_open then
      io.stderr:write "\n"
      is_open = false
    end
  end
end

return progress
