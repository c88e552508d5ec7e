--- A binary heap of timers, the earliest first. Adding or removing a timer takes logarithmic time.

local timers = {}

--- Adds a timer.
---@param heap { due: number }[] a list that only this module changes, empty at first; heap[1] is due first
---@param timer { due: number }
function timers.push(heap, timer)
  local at = #heap + 1
  while at > 1 do
    local parent = math.floor(at / 2)
    if heap[parent].due <= timer.due then
      break
    end
    heap[at] = heap[parent]
    at = parent
  end
  heap[at] = timer
end

--- Removes the timer that is due first.
---@param heap { due: number }[]
---@return { due: number }? timer nil: the heap is empty
function timers.pop(heap)
  local first, last = heap[1], table.remove(heap)
  local size = #heap
  if size == 0 then
    return first
  end
  local at = 1
  while true do
    local child = at * 2
    if child > size then
      break
    end
    if child < size and heap[child + 1].due < heap[child].due then
      child = child + 1
    end
    if last.due <= heap[child].due then
      break
    end
    heap[at] = heap[child]
    at = child
  end
  heap[at] = last
  return first
end

return timers
