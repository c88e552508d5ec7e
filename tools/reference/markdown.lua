--- Functions that write Markdown, for all generators of pages.

local source = require "tools.source"

local markdown = {}

--- The first line of every generated file, as a comment of its language.
markdown.NOTICE = 'Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.'

--- A text in the form that a cell of a table needs.
---@param text any
---@return string
function markdown.cell(text)
  return (tostring(text):gsub("|", "\\|"):gsub("\n", " "))
end

--- A text in backquotes, as Markdown writes code.
---@param text any
---@return string
function markdown.code(text)
  return "`" .. tostring(text) .. "`"
end

--- Several texts in backquotes, separated by commas.
---@param list any[]
---@return string
function markdown.codes(list)
  local words = {}
  for i, text in ipairs(list) do
    words[i] = markdown.code(text)
  end
  return table.concat(words, ", ")
end

--- A table. Columns that are empty in every row are left out.
---@param heads string[]
---@param rows string[][]
---@return string
function markdown.table(heads, rows)
  local columns = {}
  for i = 1, #heads do
    for _, row in ipairs(rows) do
      if row[i] and row[i] ~= "" then
        columns[#columns + 1] = i
        break
      end
    end
  end
  local function line(row)
    local cells = {}
    for i, column in ipairs(columns) do
      cells[i] = markdown.cell(row[column] or "")
    end
    return "| " .. table.concat(cells, " | ") .. " |"
  end
  local lines = { line(heads), "|" .. ("---|"):rep(#columns) }
  for _, row in ipairs(rows) do
    lines[#lines + 1] = line(row)
  end
  return table.concat(lines, "\n")
end

--- A page: a title, the notice, and parts with an empty line between them.
---@param title string
---@param parts string[]
---@return string
function markdown.page(title, parts)
  return ("# %s\n\n<!-- %s -->\n\n%s\n"):format(title, markdown.NOTICE, table.concat(parts, "\n\n"))
end

--- Fills in the blocks of a page that people write. A block is made from the data, and stands between the lines
-- `<!-- begin: NAME (written by "make reference") -->` and `<!-- end -->`.
---@param name string file of the page
---@param blocks table<string, string> the text of each block by its name
---@return string text of the page with these blocks. Raises an error if the page has other blocks, or lacks a block
function markdown.fill(name, blocks)
  local filled = {}
  local text = source.read(name):gsub("(<!%-%- begin: ([^\n]-) %(written by \"make reference\"%) %-%->\n)"
    .. "(.-)(<!%-%- end %-%->)", function(first, block, _, last)
      assert(blocks[block], ("%s has the unknown block '%s'"):format(name, block))
      filled[block] = true
      return first .. "\n" .. blocks[block] .. "\n\n" .. last
    end)
  for block in pairs(blocks) do
    assert(filled[block], ("%s lacks the block '%s'"):format(name, block))
  end
  return text
end

--- The keys of a table, sorted.
---@param keyed table<string, any>
---@return string[]
function markdown.sorted(keyed)
  local keys = {}
  for key in pairs(keyed) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

return markdown
