-- luacheck: std ngx_lua+luajit
--- Handlers whose input is checked: calls.with_body and calls.with_query make a handler for sandbox.routes from a
-- handler that takes the checked input.

local listing = require "sandbox.cbr.listing"
local quirks = require "sandbox.faults.quirks"
local responses = require "sandbox.gateway.responses"
local rules = require "sandbox.cbr.rules"

local calls = {}

--- `text`: the rules of the body, as sandbox.rules reads them. `handle(body, owner, id, second id)`: `owner` is
-- the project in the path, or the caller if the path has no project.
function calls.with_body(text, handle)
  local root = rules.read(text)
  return function(request, owner, id, second)
    local body, problem = rules.check(root, request.body)
    if not body then
      return responses.reject("BackupService.9900", problem)
    end
    return handle(body, owner, id, second)
  end
end

--- `names`: the rules of the query, as parameters.query takes them. `handle(query, owner, id, second id)`
function calls.with_query(names, handle)
  return function(request, owner, id, second)
    local query, problem = listing.query(request, names)
    if not query then
      return responses.reject("BackupService.9900", problem)
    end
    return handle(query, owner, id, second)
  end
end

--- Makes a set of words, which are the values that a query parameter may have.
function calls.set(...)
  local members = {}
  for _, member in ipairs { ... } do members[member] = true end
  return members
end

--- Responds with 204 and no body. With the quirk "empty_objects", the body is an empty object, as recordings of two
-- such calls show.
function calls.no_content()
  if quirks.get "empty_objects" then
    return responses.ok {}
  end
  return { status = 204, body = "" }
end

return calls
