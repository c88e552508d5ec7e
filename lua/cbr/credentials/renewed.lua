--- A value that is fetched once, kept, and renewed before it expires: temporary keys, a token, a project id.
--
-- One caller at a time renews the value. Other callers use the old value while it is valid, and then
-- wait for the new value.

local await = require "cbr.loop.await"
local core = require "cbr.core"
local errors = require "cbr.errors"
local log = require "cbr.util.log"
local static = require "cbr.credentials.static"

local renewed = {}

-- The official SDKs renew a value this long before it expires. A value with a short life is renewed in the last quarter
-- of its life.
local AHEAD_SECONDS = 2400
local RETRY_SECONDS = 5 -- pause between a failed renewal and the next one, while the old value is valid
local EARLY_RENEWAL_SECONDS = 3 -- the longest time that a call spends on a renewal while the old value is valid
-- If a renewal fails less than this time before its deadline, or later, the deadline is assumed to be the cause.
local DEADLINE_MARGIN_SECONDS = 1 / 10
local REJECTION_SECONDS = 30 -- how long a rejection is remembered, because repeated rejections lock a user or a key

local function timed_out()
  return errors.new({
    kind = "timeout", message = "the deadline passed while another call renewed the credentials",
  }, {})
end

---@class cbr.Renewal a renewal in progress; it is a signal that is set when the renewal ends
---@field reason any why the renewal failed
---@field ran_out? boolean the renewal failed because of its caller's deadline, or because its
-- caller's client was closed

--- Makes a source that keeps and renews the value that `fetch` returns.
---@param name string name of the source in the log
---@param fetch fun(client: cbr.Client, deadline: number): any, any returns a value and its life in seconds (nil: for
-- ever); or nil and a reason. If the value is credentials, `static.problem` checks them
---@param is_lookup? boolean the value is an id that is looked up with credentials: it is not logged, and a rejection of
-- these credentials is not remembered
---@param rejections? table shared by several sources if a rejection of one of them counts for all of them
---@return fun(client: cbr.Client, rejected: any, deadline: number): any, any source the value; or nil and a reason
function renewed.source(name, fetch, is_lookup, rejections)
  local value, ends, renew_at = nil, 0, 0
  local renewal -- the renewal in progress
  -- `rejections` gets the fields `newest` and `ends`: no other renewal is tried before the time `ends`.
  rejections = rejections or {}

  local function tell(client, event)
    if not is_lookup then
      event.event, event.source = "credentials", name
      log.tell(client, event)
    end
  end

  local function renew(client, deadline)
    local mine = await.signal(deadline)
    renewal = mine
    local fetched, life = fetch(client, deadline)
    if renewal == mine then
      renewal = nil
    end
    local now = core.monotonic()
    local problem = type(fetched) == "table" and not is_lookup and static.problem(fetched)
    if problem then
      fetched, life = nil, ("the issued credentials cannot be used: %s"):format(problem)
    end
    if fetched == nil then
      mine.reason = life or "no reason given"
      mine.ran_out = now > deadline - DEADLINE_MARGIN_SECONDS or not client.pool
      renew_at = now + RETRY_SECONDS
      if not is_lookup and errors.is(mine.reason) and mine.reason.status == 401 then
        rejections.newest, rejections.ends = mine.reason, now + REJECTION_SECONDS
      end
      await.set(mine)
      tell(client, { renewed = false, reason = tostring(mine.reason) })
      return nil, mine.reason
    end
    value = fetched
    ends = now + (life or math.huge)
    renew_at = life and ends - math.min(AHEAD_SECONDS, life / 4) or math.huge
    await.set(mine)
    tell(client, { renewed = true, life = life })
    return value
  end

  return function(client, rejected, deadline)
    if value ~= nil and value == rejected then
      value = nil
    end
    while true do
      local now = core.monotonic()
      local is_valid = value ~= nil and now < ends
      if is_valid and now < renew_at then
        return value
      elseif not is_valid and rejections.newest and now < rejections.ends then
        return nil, rejections.newest
      end
      local other = renewal
      if not other or not await.can_be_set(client, other) then
        local seconds = is_valid and math.min(EARLY_RENEWAL_SECONDS, (deadline - now) / 2) or deadline - now
        local fetched, reason = renew(client, now + seconds)
        if fetched == nil and is_valid and core.monotonic() < ends then
          return value
        end
        return fetched, reason
      elseif is_valid then
        return value
      end
      await.for_signal(client, other, math.min(deadline, other.deadline))
      if core.monotonic() > deadline then
        return nil, timed_out()
      elseif other.reason and not other.ran_out then
        return nil, other.reason
      end
    end
  end
end

return renewed
