--- Reads the lists of the service, page by page.
--
-- `client:each` and the module's own reads walk through a list with the same function. A walk continues by
-- offset, or by marker if the caller gives one. A walk ends when `count` items were read, or, if the service
-- gives no count, at a page without a new item. If the list grows during a walk, an item can be on two pages, but
-- an item with an id is returned once. If the list shrinks, items move to offsets that were read already; so the
-- walk steps back by at least as many items as `count` fell.

local errors = require "cbr.errors"
local fields = require "cbr.objects.fields"
local operations = require "cbr.operations"
local rules = require "cbr.operations.rules"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local pages = {}

local MAX_KNOWN_PAGES = 10 -- how many pages in a row may have no new item, although `count` promises more

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

-- Where a walk by offset continues while the list changes.
---@class cbr.ListPosition
---@field first integer offset of the first page
---@field read_to integer every item before this offset was read, unless items were removed since the last page
---@field count? integer `count` of the last page
---@field lowest? integer lowest count so far
---@field fall integer the number by which the last page's count was lower than the previous page's
---@field has_gap? boolean the last page may begin after items that were not read

-- Notes a page of `size` items. If items before `offset` were removed, the items after them have moved towards the
-- start of the list. Then `read_to` is before the end of this page, so that the next page begins with the items that
-- were skipped. Returns whether the count is lower than every count before.
local function note_page(position, offset, size, count)
  position.fall = position.count and count and math.max(position.count - count, 0) or 0
  local still_read_to = math.max(position.read_to - position.fall, position.first)
  position.read_to = offset > still_read_to and still_read_to or offset + size
  position.has_gap = offset > still_read_to
  local is_lowest = count and position.lowest and count < position.lowest
  position.count, position.lowest = count, math.min(count or math.huge, position.lowest or math.huge)
  return is_lowest
end

-- Returns the offset of the next page. While a list shrinks, as many items as were removed since the last page are
-- likely to be removed before the next page, so the next page begins earlier by this number.
local function next_offset(position)
  return math.max(position.read_to - position.fall, position.first)
end

-- Returns the marker of the next page; nil if the page has no marker.
local function next_marker(page)
  local last = page[#page]
  return type(last) == "table" and type(last.id) == "string" and last.id or nil
end

local function invalid(operation, problem)
  return errors.new({ kind = "protocol", message = problem:format(operation.list) }, { operation = operation.name })
end

-- Adds the items of a page to `seen`. Returns the items that were not in `seen`, and whether one of these is a table.
-- Returns nil if a member of the page is `false`.
local function new_items(page, seen)
  local items, has_new = {}, false
  for _, item in ipairs(page) do
    local id = type(item) == "table" and item.id
    if item == false then
      return nil
    elseif not id or not seen[id] then
      items[#items + 1] = item
      seen[id or 0], has_new = true, has_new or type(item) == "table"
    end
  end
  return items, has_new
end

-- Returns a function that reads the next page. That function returns the new items and the body of the page; nil at the
-- end; or nil, nil and an error. With `trusts_count` the list ends after `count` items, and a count that falls shows
-- that the list shrinks. Otherwise the list ends only at a page without a new item.
local function walk(operation, given, fetch, trusts_count)
  local params, seen, has_more, known_pages = tables.copy(given), {}, true, 0
  local has_offset = has_parameter(operation, "offset")
  local position = { first = params.offset or 0, read_to = params.offset or 0, fall = 0 }

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
    if type(page) ~= "table" then -- cbr.call.result does not check the list if the action is `count`
      return nil, nil, invalid(operation, "the response has no '%s'")
    end
    local items, has_new = new_items(page, seen)
    if not items then
      return nil, nil, invalid(operation, "a member of the response's '%s' is not an item")
    end
    local count, is_shrinking = count_of(operation, body), false
    count = trusts_count and type(count) == "number" and count or nil
    if params.marker then
      params.marker = next_marker(page)
      has_more = params.marker ~= nil and has_new
    elseif has_offset then
      is_shrinking = note_page(position, params.offset or 0, #page, count)
      params.offset = next_offset(position)
      if count then
        has_more = (#page > 0 or position.has_gap) and position.read_to < count
      else
        has_more = has_new -- a service that ignores offset returns the same page for ever
      end
    end
    known_pages = (has_new or is_shrinking) and 0 or known_pages + 1
    if has_more and known_pages > MAX_KNOWN_PAGES then
      return nil, nil, invalid(operation,
        "the pages of '%s' bring no new items, although the service counts more items than were read")
    end
    return items, body
  end
end

--- Returns an iterator over the items of a list. A page is requested when its first item is needed. With a marker,
-- the next page is requested before the items of the present page are returned: the marker is the last item of the
-- present page, which the loop may delete.
---@param params table `limit` is the size of a page; `offset` or `marker` is the start
---@param fetch fun(params: table): table?, cbr.Error? requests one page
---@return fun(): table|false|nil, cbr.Error? next an item; `false, err` once, on failure; nil at the end
function pages.each(operation, params, fetch)
  local next_page = walk(operation, params, fetch, true)
  local items, at, ahead = {}, 0, nil
  return function()
    while items and at == #items do
      -- These lines are not in a function of their own, because client:each counts the levels of the stack.
      local page = ahead or { next_page() }
      ahead = page[1] and params.marker and { next_page() }
      items, at = page[1], 0
      if page[3] then
        return false, page[3]
      end
    end
    if items then
      at = at + 1
      return items[at]
    end
  end
end

-- Reads a whole list. Returns the tables in the list, nil, and the service's number of items; or nil and an error.
local function collect(read, name, params, trusts_count)
  local operation = operations[name]
  local load_error = errors.of_loading({ operation = name }, operation)
  if load_error then
    return nil, load_error
  end
  params.limit, params.offset = rules.limit.to, 0
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

-- Whether an item belongs to another vault than `params.vault_id`, because the service has ignored the filter.
local function is_of_another_vault(item, params)
  return params.vault_id ~= nil and not fields.agrees(params.vault_id, item.vault_id)
end

--- Reads a whole list. Members that are not tables are left out, and so are items of another vault
-- than `params.vault_id`.
---@param read cbr.Reader
---@param name string official name of an operation that lists
---@param params table this function changes it
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

--- Like `all`, but strict, because an order is retried if the list is empty. The walk continues to a page without
-- a new item. A list that is shorter than its `count` is an error, and so is an item that lacks a required field
-- or belongs to another vault.
---@param read cbr.Reader
---@param name string
---@param params table this function changes it
---@param needed string[] fields that must hold a text that is not empty, in every item
---@return table[]? items
---@return cbr.Error? err
function pages.complete(read, name, params, needed)
  local all, err, count = collect(read, name, params, false)
  if not all then
    return nil, err
  end
  local list, problem = operations[name].list, nil
  if not text.number(count) or #all < text.number(count) then
    problem = ("the response has only %d of %s items in '%s'"):format(#all, text.of(count) or type(count), list)
  end
  for _, item in ipairs(all) do
    for _, field in ipairs(needed) do
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
