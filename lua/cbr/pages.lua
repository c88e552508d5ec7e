--- Reads the lists of the service, page by page.
--
-- `client:each` and the module's own reads share one function, which goes on by offset, or by marker if the caller
-- gives one. It ends when `count` items were read, or, if the service gives no count, at an empty page. An item with an
-- id is returned once, although it is on two pages if the list grows in the meantime.

local errors = require "cbr.errors"
local operations = require "cbr.operations"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local pages = {}

local LARGEST_PAGE = 1000 -- items; the service's limit
local MOST_KNOWN_PAGES = 10 -- pages in a row without a new item, although `count` promises more

local function has_parameter(operation, name)
  for _, rule in ipairs(operation.params) do
    if rule.name == name then
      return true
    end
  end
  return false
end

local function count_of(operation, body)
  return body[operation.count or "count"]
end

-- Sets `params` to the next page. Returns whether there may be one.
local function set_next_page(operation, params, page)
  if #page == 0 then
    return false
  elseif params.marker then
    local last = page[#page]
    params.marker = type(last) == "table" and type(last.id) == "string" and last.id or nil
    return params.marker ~= nil
  elseif not has_parameter(operation, "offset") then
    return false
  end
  params.offset = (params.offset or 0) + #page
  return true
end

local function invalid(operation, problem)
  return errors.new({ kind = "protocol", message = problem:format(operation.list) }, { operation = operation.name })
end

-- Returns a function that reads the next page. It returns the new items and the body; nil at the end; nil, nil and an
-- error on failure. With `trusts_count` the list ends after `count` items, else only at a page without a new item.
local function walk(operation, given, fetch, trusts_count)
  local params, seen, has_more, known_pages = tables.copy(given), {}, true, 0

  return function()
    if not has_more then
      return nil
    end
    has_more = false
    local body, err = fetch(params)
    if not body then
      return nil, nil, err
    end
    local page = type(body) == "table" and body[operation.list]
    if type(page) ~= "table" then -- response.lua does not check it if action = "count"
      return nil, nil, invalid(operation, "the response has no '%s'")
    end
    local items, has_new = {}, false
    for _, item in ipairs(page) do
      local id = type(item) == "table" and item.id
      if item == false then
        return nil, nil, invalid(operation, "a member of the response's '%s' is not an item")
      elseif not id or not seen[id] then
        items[#items + 1] = item
        seen[id or 0], has_new = true, has_new or type(item) == "table"
      end
    end
    local may_have_more, count = set_next_page(operation, params, page), count_of(operation, body)
    known_pages = has_new and 0 or known_pages + 1
    if trusts_count and not params.marker and type(count) == "number" then
      has_more = may_have_more and params.offset < count
    else
      has_more = may_have_more and has_new -- a service that ignores offset or marker returns the same page for ever
    end
    if has_more and known_pages > MOST_KNOWN_PAGES then
      return nil, nil, invalid(operation, "the pages of '%s' bring nothing new, and have less than their count")
    end
    return items, body
  end
end

--- An iterator over the items of a list. It requests a page when the first item of that page is needed.
---@param operation cbr.Operation with `list`
---@param params table `limit` is the size of a page; `offset` or `marker` is the start
---@param fetch fun(params: table): table?, cbr.Error? requests one page
---@return fun(): table|false|nil, cbr.Error? next an item; `false, err` once, on failure; nil at the end
function pages.each(operation, params, fetch)
  local next_page = walk(operation, params, fetch, true)
  local items, at = {}, 0
  return function()
    while items and at == #items do
      local page, _, err = next_page()
      items, at = page, 0
      if err then
        return false, err
      end
    end
    if items then
      at = at + 1
      return items[at]
    end
  end
end

-- Reads a list as a whole. Returns the tables in it, nil, and their number according to the service; or nil and an
-- error.
local function collect(read, name, params, trusts_count)
  local operation = operations[name]
  params.limit, params.offset = LARGEST_PAGE, 0
  local next_page = walk(operation, params, function(page)
    return read(name, page)
  end, trusts_count)
  local all, count = {}, nil
  while true do
    local items, body, err = next_page()
    if err then
      return nil, err
    elseif not items then
      return all, nil, count
    end
    count = count_of(operation, body)
    for _, item in ipairs(tables.list(items)) do
      all[#all + 1] = item
    end
  end
end

-- Whether an item belongs to another vault than the one that was asked for: the service has ignored the filter.
local function is_of_another_vault(item, params)
  return params.vault_id ~= nil and type(item.vault_id) == "string" and item.vault_id ~= ""
    and item.vault_id ~= params.vault_id
end

--- Reads a list as a whole. Members that are not tables are left out, and so are items of another vault than
-- `params.vault_id`.
---@param read cbr.Reader
---@param name string official name of an operation that lists
---@param params table is changed
---@return table[]? items
---@return cbr.Error? err
function pages.all(read, name, params)
  local all, err = collect(read, name, params, true)
  if not all then
    return nil, err
  end
  local items = {}
  for _, item in ipairs(all) do
    if not is_of_another_vault(item, params) then
      items[#items + 1] = item
    end
  end
  return items
end

--- Like `all`, but strict. An empty result makes us send an order again. So the walk goes on to a page without a new
-- item, and it is an error when the list is shorter than its `count`, when an item lacks a required field, or when an
-- item belongs to another vault.
---@param read cbr.Reader
---@param name string
---@param params table is changed
---@param fields string[] fields that must be a non-empty string in every item
---@return table[]? items
---@return cbr.Error? err
function pages.complete(read, name, params, fields)
  local all, err, count = collect(read, name, params, false)
  if not all then
    return nil, err
  end
  local list, problem = operations[name].list, nil
  if not text.number(count) or #all < text.number(count) then
    problem = ("the response has %d of %s items in '%s'"):format(#all, text.of(count) or type(count), list)
  end
  for _, item in ipairs(all) do
    for _, field in ipairs(fields) do
      if type(item[field]) ~= "string" or item[field] == "" then
        problem = problem or ("an item of '%s' has no '%s'"):format(list, field)
      end
    end
    if is_of_another_vault(item, params) then
      problem = problem or ("an item of '%s' belongs to another vault"):format(list)
    end
  end
  if problem then
    return nil, errors.new({ kind = "protocol", message = problem }, { operation = name })
  end
  return all
end

return pages
