--- With this module, a contestant that is written in Lua measures itself: the number of calls, CPU time, wall clock
-- time, and the growth of its memory.

local figures = {}

-- Reads a size from /proc/self/status. Returns bytes.
local function memory(field)
  local file = assert(io.open "/proc/self/status")
  local kilobytes = file:read "*a":match(field .. ":%s*(%d+)")
  file:close()
  return tonumber(kilobytes) * 1024
end

--- Runs `work` and prints the figures in one line. CPU is the user and system time of all threads of the process.
-- Memory is the peak of the resident memory during the work, minus the resident memory before the work.
---@param calls integer
---@param clock fun(): number wall clock in seconds
---@param work fun()
function figures.measure(calls, clock, work)
  collectgarbage()
  collectgarbage()
  local reset = io.open("/proc/self/clear_refs", "w")
  if reset then -- from here on, VmHWM is the peak of the work
    reset:write "5"
    reset:close()
  end
  local before, began, cpu_before = memory "VmRSS", clock(), os.clock()
  work()
  local cpu = os.clock() - cpu_before
  local wall = clock() - began
  print(("calls=%d cpu=%.6f wall=%.6f memory=%d"):format(calls, cpu, wall, memory "VmHWM" - before))
end

return figures
