--- Checks whether the service accepts the key and the project, and which reads the service allows.

local describe = require "cbr.describe"
local key_guard = require "cbr.call.key_guard"
local operations = require "cbr.operations"

local reads = {}

-- Operations that are called by preflight, by wait, by the search for a lost order, and by cbr.dr.
local READS = {
  { "list_vault", { limit = 1 } }, { "list_backups", { limit = 1 } }, { "list_op_logs", { limit = 1 } },
  { "show_replication_capabilities", {} }, { "list_policies", {} },
}

local ORDERS = { "copy_checkpoint", "copy_backup", "import_checkpoint" }

local SECONDS = 30 -- how long one read may take

local function actions_of(names)
  local actions = {}
  for i, name in ipairs(names) do
    actions[i] = describe.operation(operations[name]).action
  end
  return table.concat(actions, ", ")
end

-- Returns the name of the check that an error of a read belongs to.
local function name_of(err)
  if err.kind == "unauthorized" then
    return key_guard.is_of_project(err) and "project" or "credentials"
  elseif err.kind == "forbidden" then
    return "permission"
  elseif err.kind == "config" then -- the look-up of the project has failed
    return "project"
  end
  return err.kind == "credentials" and "credentials" or "connection"
end

-- Makes one read. Returns whether the next reads can be made.
local function check_read(state, call_operation, name, params)
  local action = describe.operation(operations[name]).action
  local result, err = call_operation(state.client, name, params, { timeout = SECONDS }, 2)
  local is_forbidden = err and err.kind == "forbidden"
  local check = result and state.add("permission", "ok", name) or state.fail(name_of(err), err)
  check.operation, check.action = name, action
  if is_forbidden then
    check.message, check.advice = ("%s: %s"):format(name, check.message), action and "ask for " .. action or err.advice
  end
  return result ~= nil or is_forbidden
end

--- Makes the reads, until the service rejects a signature.
---@param state cbr.DiagnoseState
---@param call_operation function the function of this name in cbr.client
function reads.check(state, call_operation)
  for i, read in ipairs(READS) do
    if not check_read(state, call_operation, read[1], read[2]) then
      state.add("permission", "unchecked", "nothing more was sent after this failure")
      break
    elseif i == 1 then
      state.add("project", "ok", state.client.project_id
        or "the project of the credentials, or the project with the region's name")
    end
  end
  state.add("order", "unchecked", "the permissions for orders cannot be checked without an order: "
    .. actions_of(ORDERS))
end

return reads
