--- The followers of what `client:wait` was given.

local check = require "cbr.util.check"
local replication = require "cbr.follow.replication"
local task = require "cbr.follow.task"

local followers = {}

local NEEDED = "what replicate or sync returned, a task id, or a list of them is needed"

-- Whether a table is the result of an order, as far as its fields tell.
local function is_result(started)
  return type(started) == "table" and (started.vault_id or started.operation_log_id) ~= nil
end

-- Adds the followers of what `client:wait` was given to a list. -> nil; or what is wrong, and whether the service's
-- response is
local function add_followers(list, started)
  if type(started) == "string" and started:find(check.forms.uuid.pattern) then
    list[#list + 1] = task.follow(started)
  elseif is_result(started) then
    local follower
    if type(started.backups) == "table" and type(started.vault_id) == "string" then
      follower = replication.follow(started)
    elseif type(started.operation_log_id) == "string" and started.operation_log_id:find(check.forms.uuid.pattern) then
      follower = task.follow(started.operation_log_id, started.vault_id)
    end
    if not follower then
      return "the response to the order lacks the ids to follow it by", true
    end
    list[#list + 1] = follower
  elseif type(started) == "table" and started[1] ~= nil then
    for _, part in ipairs(started) do
      local problem, is_of_service = add_followers(list, part)
      if problem then
        return problem, is_of_service
      end
    end
  else
    return NEEDED
  end
end

--- Makes the followers of what `client:wait` was given.
---@param started any
---@return cbr.Follower[]? followers nil for an argument that the caller must not give
---@return string? problem
---@return boolean? is_of_service the service's response lacks what is needed
function followers.of(started)
  local list = {}
  local problem, is_of_service = add_followers(list, started)
  return not problem and list or nil, problem, is_of_service
end

return followers
