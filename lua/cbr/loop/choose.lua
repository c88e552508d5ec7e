--- The event loops that can park a coroutine. The running loop is detected, or selected by the option `loop`: by its
-- name, or as a table of functions.

local parked = require "cbr.loop.parked"

local choose = {}

---@class cbr.EventLoop how coroutines wait: in an event loop, in a map (map.lua), or in a plain thread (await.lua). A
-- map and a thread have no drivers: of the mandatory functions, they have `park` and `unpark` only
---@field is_running fun(): boolean? whether the running coroutine can be parked; default: all but the main one can
---@field is_detected? fun(): boolean whether it can be parked if the option `loop` is not given; default: is_running
---@field spawn fun(run: function, driver: cbr.Driver): boolean runs a function in a new coroutine, now or soon; false:
-- the loop is full
---@field park fun(ticket: table, seconds?: number) suspends the running coroutine until unpark is called with this
-- ticket, or until `seconds` have passed (nil: no limit); the loop may keep fields of its own in the ticket
---@field unpark fun(ticket: table) resumes the coroutine that was parked with this ticket, once
---@field wait fun(fd: integer, seconds: number, driver: cbr.Driver) called by a driver, which runs in a coroutine from
-- spawn: waits until the descriptor is readable, or until `seconds` have passed
---@field forget? fun(fd: integer, driver: cbr.Driver) called after a driver's last `wait`: the descriptor may be closed
---@field current? fun(): any the instance of the loop that runs now, if the library allows several
---@field abandon? fun(ticket: table) called when a parked coroutine was found to have ended
---@field max_wakes? integer how many waits may end in one turn of a loop that also serves others; default: no limit
---@field is_parked? fun(ticket: table): boolean whether the loop still holds the coroutine that was parked with this
-- ticket; needed if it may drop coroutines without notice

local NAMES = { "nginx", "cqueues", "luv", "copas" } -- in the order of detection

local used = {} -- name -> cbr.EventLoop: the loops that have been loaded

-- nginx is present from the start or never. The other libraries can be loaded later, so each wait checks
-- package.loaded.
local ngx = rawget(_G, "ngx")
local nginx = type(ngx) == "table" and ngx.get_phase and require "cbr.loop.nginx" or nil
local loaded = package.loaded

local function load_loop(name)
  used[name] = used[name] or require("cbr.loop." .. name)
  return used[name]
end

--- Loads what is needed for each library of an event loop that the program has loaded.
function choose.load()
  for i = 2, #NAMES do
    if loaded[NAMES[i]] then
      load_loop(NAMES[i])
    end
  end
end

--- Detects the event loop that the running coroutine belongs to.
---@return cbr.EventLoop? event_loop nil if there is none: a wait then blocks the thread
function choose.current()
  if nginx and nginx.is_running() then
    return nginx
  end
  for i = 2, #NAMES do
    local name = NAMES[i]
    if loaded[name] then
      local event_loop = load_loop(name)
      if (event_loop.is_detected or event_loop.is_running)() then
        return event_loop
      end
    end
  end
end

--- Returns why a call cannot be made in the current phase of nginx, and what to do instead; nil if calls are possible.
-- Outside nginx, calls are always possible, and this function is nil.
---@type (fun(): string?)?
choose.refusal = nginx and nginx.refusal

local FUNCTIONS = { "spawn", "park", "unpark", "wait" }

--- Reads the option `loop`.
---@param option string|table|boolean|nil a name, or a table of functions; false: waits block; nil: detect the loop
---@return cbr.EventLoop|false|nil event_loop false if the option is false; nil if it is nil
---@return string? reason why the option is not valid
function choose.by_option(option)
  if option == nil or option == false then
    return option
  elseif type(option) == "string" then
    for _, name in ipairs(NAMES) do
      if name == option then
        local ok, event_loop = pcall(load_loop, name)
        return ok and event_loop or nil, not ok and ("loop '%s' cannot be used: %s"):format(name, event_loop) or nil
      end
    end
    return nil, ("loop '%s' is unknown; known are %s"):format(option, table.concat(NAMES, ", "))
  elseif option == true then
    return nil, "loop must be a name, a table of functions, or false"
  end
  local missing, event_loop = {}, {}
  for _, name in ipairs(FUNCTIONS) do
    if type(option[name]) ~= "function" then
      missing[#missing + 1] = name
    end
  end
  if #missing > 0 then
    return nil, "loop lacks the functions " .. table.concat(missing, ", ")
  end
  for name, value in pairs(option) do
    event_loop[name] = value
  end
  event_loop.is_running = event_loop.is_running or parked.can_park
  return event_loop
end

return choose
