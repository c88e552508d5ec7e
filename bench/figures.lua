--- What a contestant written in Lua says of itself: calls, CPU and wall seconds, growth of its memory.

local figures = {}

local function status(field)
  local file = assert(io.open "/proc/self/status")
  local kilobytes = file:read "*a":match(field .. ":%s*(%d+)")
  file:close()
  return tonumber(kilobytes) * 1024
end

--- Runs `work` and prints one line. CPU is user and system time of the process, all of its threads; memory is the peak
-- of what was resident meanwhile over what was so before.
---@param calls integer
---@param clock fun(): number wall clock in seconds
---@param work fun()
function figures.of(calls, clock, work)
  collectgarbage()
  collectgarbage()
  local peak = io.open("/proc/self/clear_refs", "w")
  if peak then -- from here on
    peak:write "5"
    peak:close()
  end
  local before, from, spent = status "VmRSS", clock(), os.clock()
  work()
  spent = os.clock() - spent
  local wall = clock() - from
  print(("calls=%d cpu=%.6f wall=%.6f memory=%d"):format(calls, spent, wall, status "VmHWM" - before))
end

return figures
