--- How a call waits for its transfer.

local loop = {}

-- A bound on how long a step may sleep while nothing happens; a transfer's end
-- or its deadline wakes it earlier.
local LONGEST_STEP = 1

--- Waits until a transfer has ended, and moves every other one of its pool
-- along. Blocks the thread.
---@param pool userdata
---@param transfer userdata
function loop.wait(pool, transfer)
  while not transfer:done() do
    pool:step(LONGEST_STEP)
  end
end

return loop
