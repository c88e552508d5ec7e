--- The exit statuses of the command, and the functions that choose one for an error or for findings.

local exit_status = {
  DONE = 0, -- success, or there was nothing to do
  FAILED = 1,
  USAGE = 2,
  WOULD_FAIL = 3,
  UNKNOWN = 4, -- an order may have been accepted
  NOT_COMPLIANT = 5, -- a resource is not compliant, or there is no backup to copy
  RUNNING = 6, -- an order was accepted, and its work has not ended
  INTERRUPTED = 130,
  CLOSED_PIPE = 141, -- the status after SIGPIPE, also where that signal is ignored
}

--- Returns the status for an error of a call.
---@param err cbr.Error
---@return integer
function exit_status.of_error(err)
  if err.outcome == "unknown" then
    return exit_status.UNKNOWN
  elseif err.kind == "nothing_to_do" then
    return exit_status.DONE
  elseif err.reason == "no_backup" then
    return exit_status.NOT_COMPLIANT
  end
  return err.kind == "argument" and exit_status.USAGE or exit_status.FAILED
end

--- Returns the status for an error of `client:wait`. After a retryable error, the work at the service continues.
---@param err cbr.Error
---@return integer
function exit_status.of_wait(err)
  if err.kind ~= "task" and err.retryable then
    return exit_status.RUNNING
  end
  return exit_status.FAILED
end

--- Returns the status for the findings of `client:preflight`.
---@param findings cbr.Finding[]
---@return integer
function exit_status.of_findings(findings)
  if #findings == 0 then
    return exit_status.DONE
  elseif #findings > 1 then
    return exit_status.WOULD_FAIL
  end
  local status = exit_status.of_error(findings[1])
  return status == exit_status.FAILED and exit_status.WOULD_FAIL or status
end

--- Ends the command with an error of a call.
---@param err cbr.Error
---@param status? integer default: the status for the error
function exit_status.fail(err, status)
  status = status or exit_status.of_error(err)
  error({ status = status, err = err, message = tostring(err),
    can_be_resumed = status == exit_status.UNKNOWN or status == exit_status.RUNNING }, 0)
end

--- Ends the command because its command line is not valid.
---@param message string
function exit_status.usage(message)
  error({ status = exit_status.USAGE, message = message }, 0)
end

--- Returns the result of a call, or ends the command with its error.
---@generic T
---@param result T?
---@param err? cbr.Error
---@return T
function exit_status.result(result, err)
  return result or exit_status.fail(err)
end

return exit_status
