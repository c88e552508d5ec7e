-- luacheck: std ngx_lua+luajit
--- What the list calls of CBR have in common: the check of the query, and the response with one page of items. Some
-- quirks let a list ignore parameters, or make its pages shorter than the limit in the query.

local parameters = require "sandbox.cbr.parameters"
local quirks = require "sandbox.faults.quirks"
local responses = require "sandbox.gateway.responses"

local listing = {}

--- Checks a query by `rules`, as parameters.query does, and drops the parameters that the list ignores.
function listing.query(request, rules)
  local query, problem = parameters.query(request:arguments(), rules)
  if not query then
    return nil, problem
  end
  for _, name in ipairs(quirks.get "ignored_parameters") do query[name] = nil end
  return query
end

--- Whether a parameter that is a list has `value` among its members.
function listing.has(list, value)
  for _, item in ipairs(list) do
    if item == value then
      return true
    end
  end
  return false
end

--- The response with a page of `items` under `name`. `view(item)` is how the response shows an item.
function listing.respond(name, items, query, view)
  local page, limit, offset = parameters.page(items, query)
  if not page then
    return responses.reject("BackupService.9900", limit)
  end
  local size = quirks.get "page_size"
  for i = #page, 1, -1 do
    page[i] = (size == 0 or i <= size) and view(page[i]) or nil
  end
  local count = quirks.get "count_of_page" and #page or #items
  return responses.ok { [name] = page, count = count, limit = limit, offset = offset }
end

return listing
