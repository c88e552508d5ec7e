--- The log hook: the events that the user's `log` function receives.
--
-- Every event is a new table with the field `event` and plain values. The event `attempt` is for every request that was
-- sent, and the events `retry` and `search` for what follows a failed request. `credentials`, `clock`, `endpoint` and
-- `project` are for what the client looks up or changes. `unknown_value` is for a parameter, and `polling` for calls
-- that poll, because nothing can wake them. No event contains a key, a token, a signature or anything that was signed.

local log = {}

--- Calls the hook, if there is one. If the hook raises an error, the event is lost and the call continues.
---@param client { log?: fun(event: table) }
---@param event table
function log.tell(client, event)
  if client.log then
    pcall(client.log, event)
  end
end

return log
