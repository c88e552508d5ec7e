--- Something that is fetched once, kept, and renewed ahead of its end: temporary keys, tokens, a project id.
--
-- It is one value that is replaced as a whole. One caller renews; others go on with the old value while it is valid,
-- and wait for the new one when it is not.

local core = require "cbr.core"
local errors = require "cbr.errors"
local log = require "cbr.util.log"
local await = require "cbr.loop.await"

local fresh = {}

-- Seconds before the end at which the official SDKs renew; a short life is renewed in its last quarter.
local AHEAD = 2400
local PAUSE = 5 -- seconds before a renewal that failed is tried again while the old value lasts
local AHEAD_PATIENCE = 3 -- seconds that a call with a valid value spends on renewing it, at most
local MARGIN = 0.1 -- seconds before its deadline in which a renewal that fails is taken to have failed for want of time
local REFUSED = 30 -- seconds for which a refusal is remembered: repeated ones lock a user or a key

local function timed_out()
  return errors.new {
    kind = "timeout", message = "the deadline passed while another call renewed the credentials", retryable = true,
  }
end

--- Makes a source of what `fetch` brings.
---@param name string for the log
---@param fetch fun(self: table, deadline: number): any, any a value and its life in seconds (none: for ever)
---@param is_lookup? boolean something that is found with credentials, and is none: the log is not told, and a refusal
-- (of the credentials) not remembered
---@return fun(self: table, rejected: any, deadline: number): any, any
function fresh.source(name, fetch, is_lookup)
  local value, ends, renew_at = nil, 0, 0
  local under_way -- the signal of the one renewal there is; with `reason` and `ran_out` once it has failed
  local refusal, refused_until = nil, 0

  local function tell(self, event)
    if not is_lookup then
      event.event, event.source = "credentials", name
      log.tell(self, event)
    end
  end

  local function renew(self, deadline)
    local mine = await.signal(deadline)
    under_way = mine
    local fetched, life = fetch(self, deadline)
    if under_way == mine then
      under_way = nil
    end
    local now = core.monotonic()
    if fetched == nil then
      mine.reason = life or "no reason given"
      mine.ran_out = now > deadline - MARGIN
      renew_at = now + PAUSE
      if not is_lookup and errors.is(mine.reason) and mine.reason.status == 401 then
        refusal, refused_until = mine.reason, now + REFUSED
      end
      await.set(mine)
      tell(self, { renewed = false, reason = tostring(mine.reason) })
      return nil, mine.reason
    end
    value = fetched
    ends = now + (life or math.huge)
    renew_at = life and ends - math.min(AHEAD, life / 4) or math.huge
    await.set(mine)
    tell(self, { renewed = true, life = life })
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
      elseif not valid and now < refused_until then
        return nil, refusal
      end
      local other = under_way
      if not other or not await.can_be_set(self.pool, other) then
        local patience = valid and math.min(AHEAD_PATIENCE, (deadline - now) / 2) or deadline - now
        local renewed, reason = renew(self, now + patience)
        if renewed == nil and valid and core.monotonic() < ends then
          return value
        end
        return renewed, reason
      elseif valid then
        return value
      end
      await.for_signal(self.pool, other, math.min(deadline, other.deadline))
      if core.monotonic() > deadline then
        return nil, timed_out()
      elseif other.reason and not other.ran_out then
        return nil, other.reason
      end
    end
  end
end

return fresh
