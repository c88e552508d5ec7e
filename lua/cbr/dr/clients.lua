--- The clients that a function of cbr.dr was given, clients of other regions, and lists that are read with them. This
-- module and cbr.dr.side_by_side are the only ones of cbr.dr that call a client's general methods.

local errors = require "cbr.errors"

local clients = {}

local LARGEST_PAGE = 1000 -- items; the service's limit
local ONE_PAGE = { list_policies = true } -- lists without pages, which take no limit

local function is_client(value)
  local meta = type(value) == "table" and getmetatable(value)
  return type(meta) == "table" and meta.__name == "cbr.client"
end

--- The clients of a call. Raises an error for anything else than a client or a list of clients.
---@param name string what is called, for the message
---@param given any
---@param level integer stack level that a raised error names, as for `error` called in this function
---@return cbr.Client[]
function clients.list(name, given, level)
  if is_client(given) then
    return { given }
  end
  local list = {}
  for i, client in ipairs(type(given) == "table" and given or {}) do
    if not is_client(client) then
      error(("%s: entry %d of the list is not a client"):format(name, i), level)
    end
    list[i] = client
  end
  if #list == 0 then
    error(("%s: a client or a list of clients is needed"):format(name), level)
  end
  return list
end

--- A client for a destination.
---@param client cbr.Client
---@param destination { region: string, project_id?: string }
---@return cbr.Client? client
---@return cbr.Error? err
function clients.at(client, destination)
  return client:for_region(destination.region, destination.project_id)
end

--- Calls `take` for each item of a list, page by page. No item is kept. An item without an id makes the list
-- unreadable: without it, a copy that is there would seem to be missing.
---@param client cbr.Client
---@param name string of an operation that lists
---@param params table
---@param take fun(item: table)
---@return true? ok
---@return cbr.Error? err what was taken before is incomplete
function clients.each(client, name, params, take)
  params.limit = not ONE_PAGE[name] and LARGEST_PAGE or nil
  local next_item = client:each(name, params)
  local item, err = next_item() -- not a `for`: Lua 5.1 cannot yield in the iterator of one
  while item do
    if type(item) ~= "table" or type(item.id) ~= "string" or item.id == "" then
      return nil, errors.new({ kind = "protocol", message = "an item of the list has no id" }, { operation = name })
    end
    take(item)
    item, err = next_item()
  end
  if item == false then
    return nil, err
  end
  return true
end

return clients
