--- Walks a list of the service's page by page, asking for a page when its first item is wanted.

local errors = require "cbr.errors"

local each = {}

local function has(operation, name)
  for _, rule in ipairs(operation.params) do
    if rule.name == name then
      return true
    end
  end
  return false
end

-- Sets `params` to the page behind one. -> whether there can be one, whether the service says so
local function go_on(operation, params, answer, found)
  if #found == 0 then
    return false
  elseif params.marker then
    local last = found[#found]
    params.marker = type(last) == "table" and type(last.id) == "string" and last.id or nil
    return params.marker ~= nil
  elseif not has(operation, "offset") then
    return false
  end
  params.offset = (params.offset or 0) + #found
  local count = answer[operation.count or "count"]
  return type(count) ~= "number" or params.offset < count, type(count) == "number"
end

--- An iterator over the items of a list, over all of its pages.
--
-- Pages by offset, or by marker where the caller gives one to start behind. An item with an id is given once, though a
-- list that grows meanwhile can shift it to the next page.
---@param operation table of cbr.operations, with `list`
---@param given table parameters; `limit` is the size of a page, `offset` where to begin
---@param fetch fun(params: table): table?, cbr.Error? asks for one page
---@return fun(): table|false|nil, cbr.Error? next an item; on failure `false, err`, once; nil at the end
function each.item(operation, given, fetch)
  local params = {}
  for name, value in pairs(given) do
    params[name] = value
  end
  local items, at, more, seen = {}, 0, true, {}

  local function next_page()
    local answer, err = fetch(params)
    if not answer then
      return err
    end
    local found = type(answer) == "table" and answer[operation.list]
    if type(found) ~= "table" then -- unchecked where the number alone was asked for (action = "count")
      return errors.new {
        kind = "protocol", message = ("the answer has no '%s'"):format(operation.list), operation = operation.name,
      }
    end
    items, at = {}, 0
    for _, item in ipairs(found) do
      local id = type(item) == "table" and item.id
      if item == false then
        return errors.new {
          kind = "protocol", message = ("the answer's '%s' hold no items"):format(operation.list),
          operation = operation.name,
        }
      elseif not id or not seen[id] then
        items[#items + 1] = item
        seen[id or 0] = true
      end
    end
    local counted
    more, counted = go_on(operation, params, answer, found)
    -- a service that pays no heed to offset or marker gives one page for ever
    more = more and (#items > 0 or counted)
  end

  return function()
    while at == #items and more do
      local err = next_page()
      if err then
        items, at, more = {}, 0, false
        return false, err
      end
    end
    if at < #items then
      at = at + 1
      return items[at]
    end
  end
end

return each
