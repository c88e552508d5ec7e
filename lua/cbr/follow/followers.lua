--- Makes the followers for the argument of `client:wait`.

local check = require "cbr.util.check"
local checkpoint = require "cbr.follow.checkpoint"
local replication = require "cbr.follow.replication"
local started_tasks = require "cbr.follow.started"
local task = require "cbr.follow.task"

local followers = {}

local NEEDED = "a result of replicate, copy_backup, sync, create_checkpoint, restore_backup or delete_vault, a task "
  .. "id, or a list of these is needed"

-- Task ids must be UUIDs, although `show_op_log` accepts other ids: only the form tells a task id from the name of a
-- vault, or from a malformed response.
local TASK_ID = check.forms.uuid.pattern

-- The fields by which a result is recognized.
local FIELDS = { "vault_id", "operation_log_id", "operation_type", "destination_region", "vault" }

-- Whether a table has the fields of a result.
local function is_result(started)
  for _, field in ipairs(type(started) == "table" and FIELDS or {}) do
    if started[field] ~= nil then
      return true
    end
  end
  return false
end

-- Type of a task -> the field of the result that names its object.
local STARTED = { restore = "backup_id", vault_delete = "vault_id" }

-- Returns the follower of a result; nil if the result lacks the ids.
local function follower_of(started)
  local task_id = started.operation_log_id
  if type(started.backups) == "table" and type(started.vault_id) == "string" then
    return replication.follow(started)
  elseif type(task_id) == "string" and task_id:find(TASK_ID) then
    return task.follow(task_id, started.vault_id)
  elseif STARTED[started.operation_type] and type(started[STARTED[started.operation_type]]) == "string" then
    return started_tasks.follow(started)
  elseif type(started.backup_id) == "string" and type(started.destination_region) == "string" then
    return replication.follow_copy(started)
  elseif type(started.vault) == "table" then
    return checkpoint.follow(started)
  end
end

-- Returns whether a table is a list, and the first index that is missing in the list, if there is one.
local function list_of(started)
  local count = 0
  for key in pairs(started) do
    if type(key) ~= "number" then
      return false
    end
    count = count + 1
  end
  for i = 1, count do
    if started[i] == nil then
      return true, i
    end
  end
  return true
end

local MAX_LEVELS = 100 -- of lists within lists

local add_all -- adds the followers for all entries of a list

-- Adds the followers for one argument of `client:wait` to a list. Returns nil; or a problem, and whether the service
-- caused it.
local function add(list, started)
  if type(started) == "string" and started:find(TASK_ID) then
    list[#list + 1] = task.follow(started)
  elseif is_result(started) then
    local follower = follower_of(started)
    if not follower then
      return "the response lacks the ids by which its work is followed", true
    end
    list[#list + 1] = follower
  elseif type(started) == "table" and list_of(started) then
    return add_all(list, started)
  else
    return NEEDED
  end
end

function add_all(list, started)
  local _, hole = list_of(started)
  if hole then
    return ("the list has no entry %d: leave out the calls that failed"):format(hole)
  elseif list.is_open[started] then
    return "the list contains itself"
  elseif list.depth == MAX_LEVELS then
    return ("the list has more than %d levels"):format(MAX_LEVELS)
  end
  list.is_open[started], list.depth = true, list.depth + 1
  for _, part in ipairs(started) do
    local problem, is_of_service = add(list, part)
    if problem then
      return problem, is_of_service
    end
  end
  list.is_open[started], list.depth = nil, list.depth - 1
end

---@class cbr.Followers: cbr.Follower[]
---@field is_list boolean the argument was a list
---@field is_open table<table, true> the lists whose entries are being added
---@field depth integer number of the lists in `is_open`

--- Makes the followers for the argument of `client:wait`.
---@param started any
---@return cbr.Followers? followers nil if the argument is not valid
---@return string? problem
---@return boolean? is_of_service the argument is a response that lacks the ids
function followers.of(started)
  local list = { is_list = type(started) == "table" and not is_result(started), is_open = {}, depth = 0 }
  local problem, is_of_service = add(list, started)
  return not problem and list or nil, problem, is_of_service
end

return followers
