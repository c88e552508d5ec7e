--- Prints the results of the command: a table on a terminal, else lines with tabs, or JSON. Results go to the standard
-- output, messages to the standard error.

local exit_status = require "cbr_cli.exit_status"
local json = require "cbr_cli.json"
local tables = require "cbr.util.tables"
local terminal = require "cbr_cli.terminal"
local text = require "cbr_cli.text"

local output = {}

local SPACES = "  "
local MIN_COLUMN_WIDTH = 8 -- no column is cut to less than this width, or than its own `least`

--- Prints a message. Its lines get no control characters.
---@param message string
function output.error(message)
  for line in (message .. "\n"):gmatch "(.-)\n" do
    io.stderr:write(text.clean(line), "\n")
  end
end

local CLOSED_PIPE = 32 -- EPIPE

-- Ends the command because the standard output cannot be written. A closed pipe, as by head(1), is not reported.
local function fail(reason, code)
  if code == CLOSED_PIPE then
    error({ status = exit_status.CLOSED_PIPE }, 0)
  end
  error({ status = exit_status.FAILED, message = "the output cannot be written: " .. tostring(reason) }, 0)
end

--- Writes to the standard output. Ends the command if that fails.
---@param ... string
function output.write(...)
  local ok, reason, code = io.write(...)
  if not ok then
    fail(reason, code)
  end
end

--- Writes what is in the buffer of the standard output. Ends the command if that fails.
function output.flush()
  local ok, reason, code = io.stdout:flush()
  if not ok then
    fail(reason, code)
  end
end

--- Prints a value as JSON.
---@param value any
function output.json(value)
  output.write(json.encode(value), "\n")
end

--- Returns the fields of an error as plain data, and its message in `text`.
---@param err cbr.Error
---@return table
function output.error_fields(err)
  local fields = {}
  for name, value in pairs(err) do
    fields[name] = name ~= "report" and value or nil
  end
  fields.text = tostring(err)
  return fields
end

-- Formats a cell in one line.
local function clean(value)
  if value == nil or value == "" then
    return "-"
  end
  return text.clean(tostring(value))
end

local function sum(widths, columns)
  local total = 0
  for i in ipairs(columns) do
    total = total + widths[i] + (i > 1 and #SPACES or 0)
  end
  return total
end

-- Makes a line fit the width. First drops optional columns, from the right, until the others can be cut to the width.
-- Then cuts the columns that may be cut. Returns the columns that are left.
local function arrange(columns, widths, width)
  local fixed = {}
  for i, column in ipairs(columns) do
    fixed[i] = column.may_be_cut and math.min(widths[i], column.least or MIN_COLUMN_WIDTH) or widths[i]
  end
  local kept = tables.copy(columns)
  while sum(fixed, kept) > width and kept[#kept].is_optional do
    kept[#kept] = nil
  end
  for i, column in ipairs(kept) do
    if column.may_be_cut then
      widths[i] = math.max(fixed[i], widths[i] - math.max(0, sum(widths, kept) - width))
    end
  end
  return kept
end

local function write_table(columns, lines)
  local widths = {}
  for i, column in ipairs(columns) do
    widths[i] = text.width(column[1])
    for _, cells in ipairs(lines) do
      widths[i] = math.max(widths[i], text.width(cells[i]))
    end
  end
  local kept = arrange(columns, widths, terminal.width())
  local function line(cell)
    local words = {}
    for i in ipairs(kept) do
      words[i] = text.fit(cell(i), widths[i])
    end
    output.write((table.concat(words, SPACES):gsub(" +$", "")), "\n")
  end
  line(function(i) return kept[i][1] end)
  for _, cells in ipairs(lines) do
    line(function(i) return cells[i] end)
  end
end

--- Prints a text: on a terminal, in lines that fit the terminal, else in one line. No word is broken.
---@param first string what the first line begins with
---@param rest string what the other lines begin with
---@param words string
function output.paragraph(first, rest, words)
  local width = terminal.is_output() and terminal.width() or math.huge
  local line, has_word = first, false
  for word in words:gmatch "%S+" do
    if has_word and text.width(line) + 1 + text.width(word) > width then
      output.write(line, "\n")
      line, has_word = rest, false
    end
    line, has_word = line .. (has_word and " " or "") .. word, true
  end
  output.write(line, "\n")
end

---@class cbr_cli.Column
---@field [1] string heading
---@field [2] fun(row: table): any the cell
---@field may_be_cut? boolean
---@field least? integer the width to which the column may be cut
---@field is_optional? boolean dropped if the terminal is too narrow

--- Prints rows: a table with a heading on a terminal, else one line per row with tabs between the cells.
---@param columns cbr_cli.Column[]
---@param rows table[]
function output.rows(columns, rows)
  local lines = {}
  for n, row in ipairs(rows) do
    lines[n] = {}
    for i, column in ipairs(columns) do
      lines[n][i] = clean(column[2](row))
    end
  end
  if terminal.is_output() then
    write_table(columns, lines)
    return
  end
  for _, cells in ipairs(lines) do
    output.write(table.concat(cells, "\t"), "\n")
  end
end

--- Prints a list: as JSON with --json, only the first column with --quiet, else rows.
---@param context table
---@param columns cbr_cli.Column[]
---@param rows table[]
function output.list(context, columns, rows)
  context.has_output = true
  if context.args.json then
    output.json(json.list(rows))
  elseif context.args.quiet then
    for _, row in ipairs(rows) do
      output.write(clean(columns[1][2](row)), "\n")
    end
  else
    output.rows(columns, rows)
  end
end

return output
