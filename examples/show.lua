-- What the examples share: a bar on a terminal, lines elsewhere, and a table.

local show = {}

local function is_terminal()
  local result = os.execute "test -t 1"
  return result == true or result == 0
end

local WIDTH = 40

--- A function to give to `client:wait` as `on_progress`: one line that is drawn over, or a line for each step.
function show.progress()
  local bar, last = is_terminal(), nil
  return function(p)
    local line = ("%3.0f %%  %d of %d done, %d failed, %.0f s"):format(p.percent, p.done, p.total, p.failed, p.elapsed)
    if bar then
      local filled = math.floor(p.percent / 100 * WIDTH + 0.5)
      io.write("\r[", ("#"):rep(filled), (" "):rep(WIDTH - filled), "] ", line)
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

--- Prints rows of texts in columns.
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

--- Prints what an error says, and ends the script.
function show.stop(err, status)
  io.stderr:write(tostring(err), "\n")
  os.exit(status)
end

--- Looks before an order, and ends the script where it would fail: says what was found, exit status 3.
function show.look_first(client, params)
  local findings, err = client:preflight(params)
  if not findings then
    show.stop(err, 1)
  end
  for _, finding in ipairs(findings) do
    io.stderr:write(("%s: %s\n"):format(finding.code, finding.message))
  end
  if #findings > 0 then
    os.exit(3)
  end
end

return show
