--- Checks the clients that are passed to the functions of cbr.dr, makes clients for destination regions, and reads
-- lists. No other module of cbr.dr calls the methods `for_region` and `each` of a client.

local errors = require "cbr.errors"
local rules = require "cbr.operations.rules"

local clients = {}

local ONE_PAGE = { list_policies = true } -- lists without pages, which have no parameter `limit`

local function is_client(value)
  local meta = type(value) == "table" and getmetatable(value)
  return type(meta) == "table" and meta.__name == "cbr.client"
end

--- Returns a list of clients. Raises an error if `given` is neither a client nor a list of clients.
---@param name string name of the called function, for the message
---@param given any
---@param level integer stack level for raised errors, as if this function called `error`
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

--- Makes a client for a destination.
---@param client cbr.Client
---@param destination { region: string, project_id?: string }
---@return cbr.Client? client
---@return cbr.Error? err
function clients.at(client, destination)
  return client:for_region(destination.region, destination.project_id)
end

--- Calls `take` for each item of a list, page by page, and keeps no item. An item without an id is an error: if such an
-- item were skipped, an existing copy could be reported as missing.
---@param client cbr.Client
---@param name string name of an operation that returns a list
---@param params table
---@param take fun(item: table)
---@return true? ok
---@return cbr.Error? err the list could not be read to its end; `take` may have been called for some items
function clients.each(client, name, params, take)
  params.limit = not ONE_PAGE[name] and rules.limit.to or nil
  local next_item = client:each(name, params)
  local item, err = next_item() -- this is no `for` loop, because in Lua 5.1 the iterator of a `for` cannot yield
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
