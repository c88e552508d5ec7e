--- The method client:each. This module is loaded when the method is first called. `each.each` gets functions of
-- cbr.client as its first argument. A raised error names the line that called the client's method.

local options = require "cbr.options"
local pages = require "cbr.pages"
local tables = require "cbr.util.tables"

local each = {}

--- Iterates over all items of a list, page by page. A page is requested when its first item is needed: `for backup, err
-- in client:each("list_backups", { vault_id = id }) do … end`. On failure, the last item is `false`, with the error as
-- second value, so that no loop takes an incomplete list for a complete one.
---@param from cbr.FromClient see cbr.more_methods
---@param name string official name of an operation that lists
---@param params? table parameters of the operation; `limit` is the size of a page, `offset` or `marker` is the start
---@param given? cbr.CallOptions for each page
---@return fun(): table|false|nil, cbr.Error? next
function each.each(from, client, name, params, given)
  local operation = from.by_name[name]
  if not operation.list then
    error(("each: operation '%s' does not return a list"):format(name), 3)
  end
  params = params == nil and {} or params
  from.must_be_table("each", params, 4)
  given = tables.copy(options.check("each", options.call, given or {}, 4))
  local iterator = pages.each(operation, params, function(page)
    if page.vault ~= nil then -- the vault's name is looked up once, for all pages
      local context = { client = client, operation = name, definition = operation, options = given }
      local request, problem = from.prepare(context, operation, page)
      if not request then
        return nil, problem
      end
      page.vault, page.vault_id = nil, request.params.vault_id
    end
    local body, err = from.call_operation(client, name, page, given, 5) -- level 5 is the loop that calls the iterator
    return body, err
  end)
  return iterator
end

return each
