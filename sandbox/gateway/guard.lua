-- luacheck: std ngx_lua+luajit
--- Calls the sandbox's own code, so that an error in this code is logged with a traceback, and the client never gets
-- nginx's error page. tools/with_lua lets a spec file fail when the log has such an error.

local guard = {}

--- The beginning of each message in the log that reports a bug of the sandbox.
guard.MARK = "error in the sandbox: "

--- Whether an error message has a position ("file.lua:12: …"). Errors that report bad input have no position.
local function has_position(message)
  return type(message) ~= "string" or message:find "^[^\n]-%.lua:%d+: " ~= nil
end

local function explain(message)
  if has_position(message) then
    ngx.log(ngx.ERR, guard.MARK, debug.traceback(tostring(message), 2))
    return { message = tostring(message), is_bug = true }
  end
  return { message = message }
end

--- Calls `code` with the arguments. `code` may yield.
-- → true and the results of `code`; or false and {message, is_bug}. If is_bug is true, the error was logged; otherwise
-- the error reports bad input.
function guard.call(code, ...)
  return xpcall(code, explain, ...)
end

return guard
