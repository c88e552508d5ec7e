--- The table that bench/run prints: a row for each figure, a column for each contestant, and columns with ratios of two
-- contestants.

local Table = {}
Table.__index = Table

local COLUMNS = { "floor", "cbr", "node", "python", "lua_http" }
local TITLES = {
  "", "floor", "cbr", "Node SDK", "Python SDK", "lua-http",
  "cbr : floor", "Node : cbr", "Python : cbr", "lua-http : cbr",
}
-- The contestants whose costs the last columns compare.
local PAIRS = { { "cbr", "floor" }, { "node", "cbr" }, { "python", "cbr" }, { "lua_http", "cbr" } }

function Table.new()
  return setmetatable({ lines = { TITLES }, notes = {} }, Table)
end

local function number(value)
  if type(value) ~= "number" then
    return value or "–"
  elseif value >= 100 then
    return ("%.0f"):format(value)
  end
  return ("%.3g"):format(value)
end

-- The cost of the contestant `one` divided by the cost of the contestant `other`.
local function ratio(one, other, more_is_better)
  if type(one) ~= "number" or type(other) ~= "number" or one <= 0 or other <= 0 then
    return ""
  end
  local times = more_is_better and other / one or one / other
  return (times >= 100 and "%.0f" or times >= 10 and "%.1f" or "%.2f"):format(times)
end

--- Adds a heading for the next rows.
function Table:section(title)
  local cells = { "**" .. title .. "**" }
  for i = 2, #TITLES do
    cells[i] = ""
  end
  self.lines[#self.lines + 1] = cells
end

--- Adds a row to the table.
---@param label string
---@param figures table<string, number|string> the figure of each contestant
---@param options? { more_is_better?: boolean, no_ratio?: boolean }
function Table:row(label, figures, options)
  options = options or {}
  local cells = { label }
  for i, name in ipairs(COLUMNS) do
    cells[i + 1] = number(figures[name])
  end
  for _, pair in ipairs(PAIRS) do
    cells[#cells + 1] = options.no_ratio and "" or ratio(figures[pair[1]], figures[pair[2]], options.more_is_better)
  end
  self.lines[#self.lines + 1] = cells
end

--- Adds a sentence below the table, unless the same sentence is already there.
function Table:note(text)
  if not self.notes[text] then
    self.notes[text] = true
    self.notes[#self.notes + 1] = text
  end
end

local function pad(text, width, to_the_left)
  local gap = (" "):rep(width - utf8.len(text))
  return to_the_left and text .. gap or gap .. text
end

--- Prints the table as Markdown, then the notes.
function Table:print()
  local widths = {}
  for _, cells in ipairs(self.lines) do
    for i, cell in ipairs(cells) do
      widths[i] = math.max(widths[i] or 0, utf8.len(cell))
    end
  end
  for at, cells in ipairs(self.lines) do
    local padded, rule = {}, {}
    for i, cell in ipairs(cells) do
      padded[i] = pad(cell, widths[i], i == 1)
      rule[i] = i == 1 and ("-"):rep(widths[i]) or ("-"):rep(widths[i] - 1) .. ":"
    end
    print("| " .. table.concat(padded, " | ") .. " |")
    if at == 1 then
      print("| " .. table.concat(rule, " | ") .. " |")
    end
  end
  for _, note in ipairs(self.notes) do
    print("\n" .. note)
  end
end

return Table
