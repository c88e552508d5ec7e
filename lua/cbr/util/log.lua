--- The log hook: what the user's `log` function is told.
--
-- Every event is a new table with `event` and plain values: `attempt` for every request that was sent; `retry` and
-- `search` for what follows a failed one; `credentials`, `clock`, `endpoint` and `project` for what the client finds
-- out or changes. No event contains a key, a token, a signature or anything that was signed.

local log = {}

--- Tells the hook, if there is one. A hook that raises loses its event; the call goes on.
---@param client { log?: fun(event: table) }
---@param event table
function log.tell(client, event)
  if client.log then
    pcall(client.log, event)
  end
end

return log
