--- A heap: what comes first, at the cost of a logarithm.

local heap = {}

--- Puts a thing in.
---@param list table[] the heap, empty at first; a thing's place among the others is its `wake`
---@param thing { wake: number }
function heap.push(list, thing)
  local at = #list + 1
  while at > 1 do
    local parent = math.floor(at / 2)
    if list[parent].wake <= thing.wake then
      break
    end
    list[at] = list[parent]
    at = parent
  end
  list[at] = thing
end

--- Takes the first thing out.
---@param list table[]
---@return { wake: number }? first nil when the heap is empty
function heap.pop(list)
  local first, last = list[1], table.remove(list)
  local size = #list
  if size == 0 then
    return first
  end
  local at = 1
  while true do
    local child = at * 2
    if child > size then
      break
    end
    if child < size and list[child + 1].wake < list[child].wake then
      child = child + 1
    end
    if last.wake <= list[child].wake then
      break
    end
    list[at] = list[child]
    at = child
  end
  list[at] = last
  return first
end

return heap
