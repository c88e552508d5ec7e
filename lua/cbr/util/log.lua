--- The log hook: what the user's `log` function is told.
--
-- Every event is a table of its own with `event` and plain values: `attempt` for every request that goes out,
-- `retry` and `look` for what follows one that failed, `credentials`, `clock`, `endpoint` and `project` for what the
-- client finds out or changes. None contains a key, a token, a signature or anything that was signed.

local log = {}

--- Tells the hook, if there is one. A hook that raises loses its event, never a call's answer.
---@param self { log?: fun(event: table) }
---@param event table
function log.tell(self, event)
  if self.log then
    pcall(self.log, event)
  end
end

return log
