--- Something that is fetched once, kept, and renewed ahead of its end: temporary keys, tokens, a project id.
--
-- It is one value that is replaced as a whole. One caller renews; others go on with the old value while it is valid,
-- and wait for the new one when it is not.

local core = require "cbr.core"
local log = require "cbr.log"
local loop = require "cbr.loop"

local fresh = {}

-- Seconds before the end at which the official SDKs renew; a short life is renewed in its last quarter.
local AHEAD = 2400
local PAUSE = 5 -- seconds before a renewal that failed is tried again while the old value lasts

--- Makes a source of what `fetch` brings.
---@param name string for the log
---@param fetch fun(self: table, deadline: number): any, any a value and its life in seconds (none: for ever)
---@return fun(self: table, rejected: any, deadline: number): any, any
function fresh.source(name, fetch)
  local value, ends, renew_at = nil, 0, 0
  local under_way -- { deadline, done, reason } of the one renewal there is

  local function renew(self, deadline)
    local mine = { deadline = deadline }
    under_way = mine
    local fetched, life = fetch(self, deadline)
    mine.done = true
    if under_way == mine then
      under_way = nil
    end
    local now = core.monotonic()
    if fetched == nil then
      mine.reason = life or "no reason given"
      renew_at = now + PAUSE
      log.tell(self, { event = "credentials", source = name, renewed = false, reason = tostring(mine.reason) })
      return nil, mine.reason
    end
    value = fetched
    ends = now + (life or math.huge)
    renew_at = life and ends - math.min(AHEAD, life / 4) or math.huge
    log.tell(self, { event = "credentials", source = name, renewed = true, life = life })
    return value
  end

  return function(self, rejected, deadline)
    if value ~= nil and value == rejected then
      value = nil -- refused: of no use to anybody
    end
    while true do
      local now = core.monotonic()
      local valid = value ~= nil and now < ends
      if valid and now < renew_at then
        return value
      end
      local other = under_way
      if not other or now > other.deadline then -- one whose coroutine was dropped never ends
        local renewed, reason = renew(self, deadline)
        if renewed == nil and valid and core.monotonic() < ends then
          return value
        end
        return renewed, reason
      elseif valid then
        return value
      end
      loop.wait(self.pool, function() return other.done or core.monotonic() > other.deadline end, deadline)
      if other.reason then
        return nil, other.reason
      elseif core.monotonic() > deadline then
        return nil, "timeout"
      end
    end
  end
end

return fresh
