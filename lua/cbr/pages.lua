--- Whole lists of the service's, over all of their pages, for the parts of the module that read them.

local errors = require "cbr.errors"
local progress = require "cbr.follow.status"

local lists = {}

local PAGE = 1000 -- the most that a list gives at a time

--- All entries of a list, each of them a table, and each id once.
---@param get fun(path: string, query: table): table?, cbr.Error?
---@param path string
---@param query table
---@param name string what the answer holds them in
---@return table[]? entries
---@return cbr.Error? err
---@return any count what the service says that there are
function lists.all(get, path, query, name)
  local entries, seen, offset = {}, {}, 0
  while true do
    query.limit, query.offset = PAGE, offset
    local body, err = get(path, query)
    if not body then
      return nil, err
    end
    local page, before = body[name], #entries
    if type(page) ~= "table" then
      return nil, errors.new { kind = "protocol", message = ("the answer has no '%s'"):format(name) }
    end
    for _, entry in ipairs(progress.tables_of(page)) do
      local id = entry.id or #entries
      if not seen[id] then
        entries[#entries + 1], seen[id] = entry, true
      end
    end
    offset = offset + #page
    if #page < PAGE or #entries == before then -- who pays no heed to offset gives one page for ever
      return entries, nil, body.count
    end
  end
end

--- The same of a list by which an order is sent again where it shows nothing: one that is not as long as it says, or
-- whose entries do not say what they are, is none.
---@param get fun(path: string, query: table): table?, cbr.Error?
---@param path string
---@param query table
---@param name string
---@param texts string[] what every entry must have
---@return table[]? entries
---@return cbr.Error? err
function lists.whole(get, path, query, name, texts)
  local entries, err, count = lists.all(get, path, query, name)
  if not entries then
    return nil, err
  elseif not tonumber(count) or #entries < tonumber(count) then
    return nil, errors.new {
      kind = "protocol", message = ("%d of %s '%s' were in the answer"):format(#entries, tostring(count), name),
    }
  end
  for _, entry in ipairs(entries) do
    for _, field in ipairs(texts) do
      if type(entry[field]) ~= "string" or entry[field] == "" then
        return nil, errors.new { kind = "protocol", message = ("one of the '%s' has no '%s'"):format(name, field) }
      end
    end
  end
  return entries
end

return lists
