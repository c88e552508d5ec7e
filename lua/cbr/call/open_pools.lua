--- The pools of connections of this Lua state, and the descriptors that the pools hold open.
--
-- A pool that has sent a request holds about four descriptors. A client that was dropped but not closed would hold its
-- descriptors until it is collected, and the garbage collector cannot see when descriptors run out. So only a limited
-- number of pools is kept open: the connections of a pool without calls are closed, and the next call of the pool opens
-- new connections. When this process has no descriptor left, calls wait for each other.

local await = require "cbr.loop.await"
local core = require "cbr.core"
local drivers = require "cbr.loop.drivers"
local parked = require "cbr.loop.parked"

local open_pools = {}

local MAX_OPEN_POOLS = 100
local COLLECTION_SECONDS = 10 -- the shortest time between two full collections that are made for lack of descriptors

--- Open pool -> time at which its last transfer started, on core.monotonic's clock. If the pool is open already, the
-- start of a transfer only changes this time.
open_pools.used_at = setmetatable({}, { __mode = "k" })
local used_at = open_pools.used_at
local collected_at = -math.huge

--- Whether a call may be waiting for a descriptor: then the end of each transfer must be noted.
open_pools.has_queue = false

-- Calls that wait for a descriptor, in the order of their arrival. This table holds them weakly: a call whose coroutine
-- was dropped disappears from it.
local queue = setmetatable({}, { __mode = "v" })
local first, last = 1, 0

-- Closes the connections of a pool, unless the pool is busy (parked.is_busy). The next transfer of the pool opens new
-- connections. Returns whether the connections were closed.
local function release(pool)
  if parked.is_busy(pool) then
    return false
  end
  if pcall(pool.fd, pool) then -- otherwise the pool is closed
    drivers.stop(pool)
    pool:release()
  end
  used_at[pool] = nil
  return true
end

-- Releases the pool that was used least recently, among the pools that are not busy.
local function release_oldest()
  local oldest
  for pool, at in pairs(used_at) do
    if not parked.is_busy(pool) and (not oldest or at < used_at[oldest]) then
      oldest = pool
    end
  end
  if oldest then
    release(oldest)
  end
end

--- Notes that a transfer is about to start on a pool that is not open.
---@param pool userdata
function open_pools.note_start(pool)
  local count = 0
  for _ in pairs(used_at) do
    count = count + 1
  end
  if count >= MAX_OPEN_POOLS then
    release_oldest()
  end
  used_at[pool] = core.monotonic()
end

--- Notes that a transfer has ended, so that a call that waits for a descriptor tries again.
function open_pools.note_end()
  while first <= last do
    local wait = queue[first]
    queue[first], first = nil, first + 1
    if wait and not wait.done then
      return parked.wake(wait)
    end
  end
  open_pools.has_queue = false
end

-- Waits until another transfer ends, but for at most parked.SLICE_SECONDS, because the coroutine of that transfer may
-- have been dropped.
local function wait_in_queue(client, pool, deadline)
  local due = math.min(deadline, core.monotonic() + parked.SLICE_SECONDS)
  local wait = { client = client, pools = { [pool] = true }, due = due }
  last, open_pools.has_queue = last + 1, true
  queue[last] = wait
  await.wait(wait)
end

-- Closes the connections of every pool that has no transfer in flight, except the pool `but_for`. If this closed no
-- connection, collects garbage, but at most once in COLLECTION_SECONDS: a client that was dropped during a transfer
-- keeps its connections until it is collected. Returns whether descriptors may have become free, and whether a pool
-- other than `but_for` has transfers in flight.
local function free_descriptors(but_for)
  local now, released, in_flight = core.monotonic(), false, false
  for pool in pairs(used_at) do
    if pool ~= but_for then
      released = release(pool) or released
      in_flight = in_flight or pool:in_flight() > 0
    end
  end
  if not released and now - collected_at >= COLLECTION_SECONDS then
    collected_at = now
    collectgarbage()
    return true, in_flight
  end
  return released, in_flight
end

--- Frees descriptors if this process has none left, so that a client can read its files.
function open_pools.make_room_for_files()
  local bell = core.bell()
  if bell then
    bell:close()
  else
    free_descriptors()
  end
end

--- Frees descriptors after a transfer could not start because this process has none left. If no descriptor can be
-- freed, this function waits until another transfer ends.
---@param client cbr.Client the client of that transfer
---@param pool userdata its pool
---@param failures integer number of times that the transfer could not start
---@param deadline number time on core.monotonic's clock
---@return boolean is_worth_a_try false: this module can free no descriptor
function open_pools.make_room(client, pool, failures, deadline)
  -- This pool's idle connections are closed, too. Their descriptors do not suffice for a transfer, but another pool
  -- that waits for descriptors may need them: two pools must not wait for each other.
  local has_freed_own = used_at[pool] and release(pool) and failures == 1
  local has_freed, in_flight = free_descriptors(pool)
  if has_freed or has_freed_own then
    return true
  elseif (in_flight or pool:in_flight() > 0) and core.monotonic() < deadline then
    wait_in_queue(client, pool, deadline)
    return true
  end
  return false
end

return open_pools
