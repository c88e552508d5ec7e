--- Reads the body of a successful response: JSON to table, unwrapped, and compared with the request.

local check = require "cbr.util.check"
local json = require "cbr.util.json"
local late = require "cbr.util.late"
local text = require "cbr.util.text"
local time = require "cbr.util.time"

local failure_modules = late "cbr.call.failure_modules"

local result = {}

-- Whether a result has the ids that `client:wait` needs. An empty list of ids is valid: then nothing was started. A
-- task id must be a UUID, as all known task ids are. A response with any other id is taken for malformed, and the order
-- is searched for.
local function has_ids(inside, name)
  local ids = inside[name]
  if name == "operation_log_id" then
    return type(ids) == "string" and ids:find(check.forms.uuid.pattern) ~= nil
  elseif name ~= "backups" then
    return type(ids) == "string" and ids ~= ""
  elseif type(ids) ~= "table" then
    return false
  end
  for _, item in ipairs(ids) do
    if type(item) ~= "table" or type(item.backup_id) ~= "string" then
      return false
    end
  end
  return #ids > 0 or next(ids) == nil
end

-- Whether a response has the list that the operation returns. Some services write an empty list as null, which the
-- decoder removes. This function then puts an empty list into the body.
local function read_list(body, name, raw)
  if body[name] == nil and raw:find(('"%s"%%s*:%%s*null'):format(name)) then
    body[name] = {}
  end
  return type(body[name]) == "table"
end

-- Unwraps the result of an operation. Returns the result; or nil and the name of the missing field.
local function unwrap(body, context, raw)
  local operation, inside = context.definition, body
  if not operation then
    return body
  end
  local list = context.params.action ~= "count" and operation.list -- the action `count` returns no list
  if type(body) ~= "table" then
    local missing = operation.unwrap or list or operation.followed_by
    return not missing and body or nil, missing
  elseif operation.unwrap then
    inside = body[operation.unwrap]
    if inside == nil and next(body) == nil and operation.method == "PUT" then
      return body -- the service has sent an empty object after a change of a vault
    elseif type(inside) ~= "table" then
      return nil, operation.unwrap
    end
  end
  if list and not read_list(body, list, raw) then
    return nil, list
  elseif operation.followed_by then
    if not has_ids(inside, operation.followed_by) then
      return nil, operation.followed_by
    end
    for name, value in pairs(context.params) do
      -- client:wait needs these fields, but the response may lack them
      if name:find "vault_id$" or name:find "^destination_" then
        inside[name] = type(inside[name]) == "string" and inside[name] or value
      end
    end
  end
  return inside
end

-- Whether a text of the service differs from the text that was asked for. The first comparison is for the usual call,
-- which then does not enter another file (see tools/moves.lua).
local function differs(wanted, shown)
  return shown ~= wanted and type(wanted) == "string" and type(shown) == "string" and not text.is_same(wanted, shown)
end

-- Returns the field in which a result contradicts its request: the vault or the destination of an order, or the id of
-- any other resource. Returns nil or false if there is no contradiction.
local function contradiction(value, context)
  local operation, params = context.definition, context.params
  if not operation or type(value) ~= "table" then
    return nil
  elseif operation.same_id then
    return differs(params[operation.same_id], value.id) and "id"
  elseif operation.followed_by then
    local destination
    for name, wanted in pairs(params) do
      if differs(wanted, value[name]) then
        -- a difference in the source shows that the response belongs to another order
        if not name:find "^destination_" then
          return name
        end
        destination = name
      end
    end
    return destination
  end
end

-- Whether a result names an earlier order of this client, which had ended before this order was sent. If the service
-- sends a response twice, the second one can arrive as the response to the next request on that connection.
local function is_of_earlier(value, context)
  local entry, operation = context.entry, context.definition
  if not entry or entry.serial == 0 or type(value) ~= "table" then
    return false
  end
  for _, part in ipairs(operation.followed_by == "backups" and value.backups or { value }) do
    if entry:is_of_earlier(part) then
      return true
    end
  end
  return false
end

-- Bodies that say no more than "success". Some servers send them for operations that have no result.
local NOTHING_SAID = {
  OK = true, Ok = true, ok = true, SUCCESS = true, Success = true, success = true, ["true"] = true, [""] = true,
}

-- Whether a body has no content.
local function is_empty(body, operation)
  if body:find "^[ \t\r\n]*[{[]" then
    return false
  end
  local words = text.trim(body)
  if words == "" then
    return true
  elseif operation and operation.method ~= "DELETE" and not operation.no_content then
    return false
  end
  return words == "null" or operation ~= nil and NOTHING_SAID[words:match '^"?(.-)"?$'] == true
end

-- Whether a result may have any fields. This is so for `client:request`, which has no operation, and for operations
-- that name no field of the result.
local function promises_nothing(operation)
  return not operation or not (operation.unwrap or operation.list or operation.followed_by)
end

-- Whether a result that may have any fields is the body of an error.
local function states_error(value)
  if type(value) ~= "table" or not (value.error_code ~= nil or value.errorCode ~= nil or value.error ~= nil
    or value.code ~= nil) then
    return false
  end
  return not late.ready(failure_modules) or failure_modules.failure.states_error(value)
end

-- Makes the result of an operation that starts a task and returns no content: the values by which `client:wait` finds
-- and follows the task.
local function started(context)
  local params, headers = context.params, context.response.headers
  local at = time.parse(headers.date) or os.time() + context.client.clock_offset
  return {
    operation_type = context.definition.starts, vault_id = params.vault_id, backup_id = params.backup_id,
    target_id = params.server_id or params.volume_id or params.resource_id, request_id = headers["x-request-id"],
    started_at = time.text(at - context.response.seconds),
  }
end

--- Reads the body of a response with status 2xx. Sets the field `response_of` of the context if the result contradicts
-- its request.
---@param context cbr.Context
---@param body string
---@return table|true|nil result decoded and unwrapped; true without content; nil if the body does not state a success
---@return string? problem why the body is not valid; nil for the body of an error
---@return table|true|nil decoded if there is no result: the whole body, decoded; true without content; nil if the body
-- is not JSON
function result.read(context, body)
  local operation, decoded = context.definition, true
  if body ~= "" and not is_empty(body, operation) then
    local reason
    decoded, reason = json.decode(body)
    if not decoded then
      return nil, "the response is not JSON: " .. reason
    end
  end
  if operation and operation.starts and (decoded == true or next(decoded) == nil) then
    return started(context)
  end
  local value, missing = unwrap(decoded, context, body)
  if not value then
    return nil, ("the response has no '%s'"):format(missing), decoded
  end
  local wrong = contradiction(value, context)
  if wrong then
    context.response_of = wrong:find "^destination_" and "this" or "another"
    return nil, ("the response has another '%s' than the request"):format(wrong), decoded
  elseif is_of_earlier(value, context) then
    context.response_of = "another"
    return nil, "the response belongs to an earlier order", decoded
  end
  if promises_nothing(operation) and states_error(value) then
    return nil, nil, decoded
  end
  return value
end

return result
