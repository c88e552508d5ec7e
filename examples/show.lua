-- Functions that the examples share: they print progress, tables, findings and errors.

local show = {}

local function is_terminal()
  local result = os.execute "test -t 1"
  return result == true or result == 0
end

local BAR_WIDTH = 40 -- width of the progress bar in characters

--- Makes an `on_progress` function for `client:wait`. On a terminal, the function draws a bar. Otherwise it prints a
-- line for each change.
function show.progress()
  local has_bar, last = is_terminal(), nil
  return function(p)
    local line = ("%3.0f %%  %d of %d done, %d failed, %.0f s"):format(p.percent, p.done, p.total, p.failed, p.elapsed)
    if has_bar then
      local filled = math.floor(p.percent / 100 * BAR_WIDTH + 0.5)
      io.write("\r[", ("#"):rep(filled), (" "):rep(BAR_WIDTH - filled), "] ", line)
      if p.done == p.total then
        io.write "\n"
      end
    elseif line ~= last then
      io.write(line, "\n")
    end
    last = line
    io.flush()
  end
end

--- Prints a table with a heading.
---@param head string[]
---@param rows table[] a missing cell is printed as "-"
function show.table(head, rows)
  local widths = {}
  local function measure(row)
    for i = 1, #head do
      widths[i] = math.max(widths[i] or 0, #tostring(row[i] or "-"))
    end
  end
  measure(head)
  for _, row in ipairs(rows) do
    measure(row)
  end
  local function line(row)
    local words = {}
    for i = 1, #head do
      words[i] = ("%-" .. widths[i] .. "s"):format(tostring(row[i] or "-"))
    end
    print((table.concat(words, "  "):gsub(" +$", "")))
  end
  line(head)
  for _, row in ipairs(rows) do
    line(row)
  end
end

local NOTHING_TO_DO, FAILED, TASK_FAILED, WOULD_FAIL, NO_BACKUP = 0, 1, 2, 3, 5 -- exit statuses

-- The exit status for an error or a finding. An order whose outcome is unknown counts as failed, whatever the kind of
-- the error is.
local function status_of(problem, otherwise)
  if problem.outcome == "unknown" then
    return FAILED
  elseif problem.kind == "nothing_to_do" then
    return NOTHING_TO_DO
  elseif problem.reason == "no_backup" then
    return NO_BACKUP
  end
  return problem.kind == "task" and TASK_FAILED or otherwise
end

--- Prints an error and ends the script. The exit status is 0 if there was nothing to do, 5 if the vault has no backup
-- to copy, 2 if a task of the service failed, else 1.
---@param err cbr.Error
function show.stop(err)
  io.stderr:write(tostring(err), "\n")
  os.exit(status_of(err, FAILED))
end

--- Returns the result of a call. If the call failed, prints the error and ends the script.
function show.result(result, err)
  return result or show.stop(err)
end

--- Takes the results of `client:preflight`. If there are findings, prints them and ends the script. The exit status is
-- 0 if the only finding says that there is nothing to do, 5 if it says that there is no backup to copy, else 3.
function show.findings(findings, err, unchecked)
  for _, finding in ipairs(show.result(findings, err)) do
    io.stderr:write(("%s: %s\n"):format(finding.code, finding.message))
  end
  for _, name in ipairs(unchecked) do
    io.stderr:write(("not checked: %s\n"):format(name))
  end
  if #findings > 0 then
    os.exit(#findings == 1 and status_of(findings[1], WOULD_FAIL) or WOULD_FAIL)
  end
end

return show
