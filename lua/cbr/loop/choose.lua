--- The event loops that can park a coroutine. The running loop is detected, or selected by the option `loop`: by its
-- name, or as a table of functions.

local parked = require "cbr.loop.parked"

local choose = {}

---@class cbr.Loop: cbr.EventLoop how coroutines wait: in an event loop, in a map (map.lua), or in a plain thread
-- (await.lua). A map and a thread have no drivers: of the mandatory functions, they have `park` and `unpark` only. The
-- argument of `is_running` is whether the option `loop` is this loop; the last one of `wait` and `forget` is the driver
---@field current? fun(): any the instance of the loop that runs now, if the library allows several
---@field abandon? fun(ticket: table) called when a parked coroutine is abandoned (see parked.cancel)
---@field max_wakes? integer how many waits may end in one turn of a loop that also serves others; default: no limit
---@field is_parked? fun(ticket: table): boolean whether the loop still holds the coroutine; for a loop that may drop it

choose.names = { "nginx", "cqueues", "luv", "copas" } -- the libraries of event loops, in the order of detection
local FUNCTIONS = { "spawn", "park", "unpark", "wait" } -- mandatory in a table

-- nginx is present from the start or never. The other libraries can be loaded later, so each wait checks
-- package.loaded. The values below are kept, so that later changes of the global variables have no effect.
local ngx, loaded, require = rawget(_G, "ngx"), package.loaded, require
local nginx = type(ngx) == "table" and ngx.get_phase and require "cbr.loop.nginx" or nil

--- Returns the event loop that can park the running coroutine.
---@param option? cbr.Loop|false the option `loop`; nil: detects the loop
---@return cbr.Loop|false|nil event_loop nil or false: a wait blocks the thread
function choose.current(option)
  if option ~= nil then
    return option and option.is_running(true) and option
  elseif nginx and nginx.is_running() then
    return nginx
  end
  for i = 2, #choose.names do
    local name = choose.names[i]
    local event_loop = loaded[name] and require("cbr.loop." .. name)
    if event_loop and event_loop.is_running(false) then
      return event_loop
    end
  end
end

--- Returns why no call can be made in the current phase of nginx, and what to do instead. Outside nginx, this is nil.
---@type (fun(): string?)?
choose.phase_problem = nginx and nginx.phase_problem

--- Reads the option `loop`.
---@param option string|table|boolean|nil a name, or a table of functions; false: waits block; nil: detect the loop
---@return cbr.Loop|false|nil event_loop false if the option is false; nil if it is nil
---@return string? reason why the option is not valid
function choose.by_option(option)
  if option == true then
    return nil, "loop must be a name, a table of functions, or false"
  elseif not option then
    return option
  elseif type(option) == "string" then
    for _, name in ipairs(choose.names) do
      if name == option then
        local ok, event_loop = pcall(require, "cbr.loop." .. name)
        return ok and event_loop or nil, not ok and ("loop '%s' cannot be used: %s"):format(name, event_loop) or nil
      end
    end
    return nil, ("loop '%s' is unknown; known are %s"):format(option, table.concat(choose.names, ", "))
  end
  local missing, event_loop = {}, { is_running = parked.can_park, forget = function() end }
  for name, value in pairs(option) do
    event_loop[name] = value
  end
  for _, name in ipairs(FUNCTIONS) do -- they may be inherited
    event_loop[name] = option[name]
    missing[#missing + 1] = type(option[name]) ~= "function" and name or nil
  end
  if #missing > 0 then
    return nil, "loop lacks the functions " .. table.concat(missing, ", ")
  end
  return event_loop
end

return choose
