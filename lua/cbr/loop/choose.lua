--- The event loops that a wait can be parked on. Each is found by itself where it runs, or given by its name or as a
-- table of one's own.

local hosts = {}

---@class cbr.Host what an event loop does for the waits of its coroutines
---@field is_running fun(): boolean? whether the running coroutine can be parked; default: always
---@field is_found? fun(): boolean the same where nobody has named it; default: is_running
---@field spawn fun(run: function): boolean runs it in a coroutine of its own, now or soon; false: there is no room
---@field park fun(ticket: table, seconds?: number) suspends the running coroutine until unpark is called with that
-- ticket, or for that long (nil: without end); the host may keep fields of its own in the ticket
---@field unpark fun(ticket: table) lets the one that was parked with it go on, once
---@field wait fun(fd?: integer, seconds: number, moved: integer, idle: number, driver: table) in one of spawn's: until
-- the descriptor is readable, or for that long. Without a descriptor, or without a way to wait on one, a short sleep
-- will do: `moved` things happened just now, the last one `idle` seconds ago.
---@field most? integer so many waits end in one turn of the loop, which has others to serve; default: all that are
-- over. The driver of such a host is told of what was begun: it is unparked, where `wait` has set its `is_idle`
---@field loop? fun(): any which of the host's loops the running coroutine belongs to; default: there is but one
---@field forget? fun(fd: integer) the descriptor is about to be closed
---@field drops? boolean coroutines may be dropped without a word
---@field lingers? fun(driver: table): boolean what spawn ran has nothing to do: waits a while; true: it has again

local NAMES = { "nginx", "cqueues", "luv", "copas" } -- in the order in which they are looked for

-- nginx is there from the beginning or not at all; the others once somebody has loaded them.
local ngx = rawget(_G, "ngx")
local nginx = type(ngx) == "table" and ngx.get_phase and require "cbr.loop.nginx" or nil
local loaded = package.loaded

--- The loop that the running coroutine belongs to; nil: none, a wait blocks the thread.
---@return cbr.Host?
function hosts.current()
  if nginx and nginx.is_running() then
    return nginx
  end
  for i = 2, #NAMES do
    local name = NAMES[i]
    if loaded[name] then
      local host = require("cbr.loop." .. name)
      if (host.is_found or host.is_running)() then
        return host
      end
    end
  end
end

--- Why a call cannot wait where the caller is, and what to do; nil: it can.
---@return string?
function hosts.refusal()
  return nginx and nginx.refusal()
end

local FUNCTIONS = { "spawn", "park", "unpark", "wait" }

--- The host that the option `loop` means.
---@param option string|table|boolean|nil a name, a host of the user's own, false: block; nil: find it at each wait
---@return cbr.Host|false|nil
---@return string? reason why it is of no use
function hosts.chosen(option)
  if option == nil or option == false then
    return option
  elseif type(option) == "string" then
    for _, name in ipairs(NAMES) do
      if name == option then
        local ok, host = pcall(require, "cbr.loop." .. name)
        return ok and host or nil, not ok and ("loop '%s' cannot be used: %s"):format(name, host) or nil
      end
    end
    return nil, ("loop '%s' is unknown; known are %s"):format(option, table.concat(NAMES, ", "))
  elseif option == true then
    return nil, "loop is a name, a table of functions, or false"
  end
  local missing, host = {}, {}
  for _, name in ipairs(FUNCTIONS) do
    if type(option[name]) ~= "function" then
      missing[#missing + 1] = name
    end
  end
  if #missing > 0 then
    return nil, "loop lacks the functions " .. table.concat(missing, ", ")
  end
  for name, value in pairs(option) do
    host[name] = value
  end
  host.is_running = host.is_running or function()
    local routine, is_main = coroutine.running()
    return routine ~= nil and not is_main
  end
  return host
end

--- A descriptor is about to be closed: no loop may go on waiting for it.
---@param fd integer
---@param host cbr.Host|false|nil one that was chosen
function hosts.forget(fd, host)
  if host and host.forget then
    host.forget(fd)
  end
  for _, name in ipairs(NAMES) do
    local found = package.loaded["cbr.loop." .. name]
    if found and found ~= host and found.forget then
      found.forget(fd)
    end
  end
end

return hosts
