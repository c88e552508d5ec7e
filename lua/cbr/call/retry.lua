--- Which failed attempts are retried, and when.

local core = require "cbr.core"
local service_codes = require "cbr.call.service_codes"
local time = require "cbr.util.time"

local retry = {}

retry.MAX_ATTEMPTS = 4
retry.PAUSE_SECONDS = 0.5 -- the default of the option `retry_pause`
retry.LONGEST_RETRY_AFTER_SECONDS = 600 -- if the service asks for a longer pause, the call fails at once

-- In units of `retry_pause`. The pause doubles with each retry, from `first` up to `longest`; the share `least` of a
-- pause is not random. Throttling ends within seconds, so its retries are spread over the whole pause. Other work on a
-- vault takes minutes, so a retry after a short pause would fail again.
local PACES = {
  quick = { first = 1, longest = 40, least = 0 },
  slow = { first = 30, longest = 240, least = 0.5 },
}

local RETRY_AFTER_SPREAD = 0.1 -- random share that is added to Retry-After, so that clients do not retry all at once

-- Whether a response is not valid, but the response to a retry may be. A response over a size limit would exceed it
-- again.
local function is_garbled(err, response)
  local status = response.status or 0
  return err.kind == "protocol" and response.result ~= "too_large" and (status == 0 or status >= 200 and status < 300)
end

local function is_undecided(err)
  local entry = service_codes.known[err.code]
  return entry ~= nil and entry.undecided == true
end

--- What to do after a failed attempt.
--
-- Reads and idempotent calls are retried after any transient failure. Other calls are retried only if they were
-- certainly not accepted. If that is unknown, an order that can be found is searched for; every other call fails.
---@param context cbr.Context after the attempt; `response` is nil if the attempt failed before its request
---@param err cbr.Error
---@return "retry"|"search"|"stop" verdict
---@return "quick"|"slow"|nil pace the pace of a retry
function retry.verdict(context, err)
  local response = context.response
  local transient = context.transient
  if transient == nil then
    transient = err.retryable
  end
  if not response then
    return transient and "retry" or "stop", "quick"
  elseif context.is_write and context.is_unknown and not context.is_idempotent then
    return context.entry and "search" or "stop"
  end
  local is_harmless = not context.is_write or context.is_idempotent
  if transient or is_harmless and (is_garbled(err, response) or is_undecided(err)) then
    local entry = service_codes.known[err.code]
    return "retry", (err.kind == "busy" or entry and entry.slow) and "slow" or "quick"
  end
  return "stop"
end

--- Whether a failed read can succeed the next time, when reads are repeated anyway: in a search or in `client:wait`.
---@param err cbr.Error
---@return boolean
function retry.may_succeed(err)
  return err.retryable or err.kind == "protocol" or is_undecided(err)
end

-- A random generator of our own: the global one belongs to the caller, and is often not seeded. The clock is part of
-- every number, so that forked processes do not retry all at once.
local address = tonumber(tostring({}):match "0x(%x+)" or "0", 16)
local state = math.floor((os.time() + core.monotonic() * 1e6 + address) % 2147483646) + 1

--- A random number.
---@return number from 0 up to 1
function retry.random()
  state = (16807 * state) % 2147483647 -- Park and Miller's minimal standard
  return (state / 2147483647 + core.monotonic() * 1e3) % 1
end

--- The pause that a response asks for (Retry-After, RFC 9110 section 10.2.3).
---@param response? table
---@return number? seconds from now
function retry.after(response)
  local text = response and response.headers["retry-after"]
  if not text then
    return nil
  elseif text:find "^%d+$" then
    return tonumber(text)
  end
  local date = time.parse(text)
  local now = time.parse(response.headers.date) or os.time() + (response.clock_offset or 0)
  return date and math.max(date - now, 0)
end

--- How long to wait before a retry.
---@param nth integer number of the retry within its call, from 1
---@param pace "quick"|"slow"
---@param first number seconds, `retry_pause` of the client
---@param response? table its Retry-After has precedence over `pace` and `first`
---@return number seconds
---@return boolean allowed false if the service asks for a pause that is too long
function retry.pause(nth, pace, first, response)
  local after = retry.after(response)
  if after then
    return after * (1 + RETRY_AFTER_SPREAD * retry.random()), after <= retry.LONGEST_RETRY_AFTER_SECONDS
  end
  local figures = PACES[pace]
  local longest = first * math.min(figures.first * 2 ^ (nth - 1), figures.longest)
  return longest * (figures.least + (1 - figures.least) * retry.random()), true
end

-- A failing service must not be flooded by many coroutines that all retry. The figures are those of the AWS SDKs' retry
-- quota. With 100 retries, every call in progress can outlive a short failure. A retry that succeeds is given back to
-- the budget, and a call that needs no retry adds a fifth of a retry. If four of five first attempts fail and no retry
-- succeeds, the budget allows one retry in 25 calls.
local FULL_BUDGET, EARNED_BY_CALL = 100, 0.2

---@class cbr.RetryBudget
---@field left number retries that may still be made
---@field is_full boolean
local budget = {}
budget.__index = budget

--- A budget of retries, for all calls of a client.
---@return cbr.RetryBudget
function retry.budget()
  return setmetatable({ left = FULL_BUDGET, is_full = true }, budget)
end

--- Takes one retry out of the budget.
---@return boolean taken
function budget:spend()
  if self.left < 1 then
    return false
  end
  self.left, self.is_full = self.left - 1, false
  return true
end

--- Notes a call that succeeded.
---@param retries integer how many it needed
function budget:earn(retries)
  if self.left < FULL_BUDGET then
    self.left = math.min(FULL_BUDGET, self.left + math.max(retries, EARNED_BY_CALL))
  end
  self.is_full = self.left >= FULL_BUDGET
end

return retry
