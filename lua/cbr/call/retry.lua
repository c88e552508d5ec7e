--- What may be repeated, and when.

local codes = require "cbr.call.service_codes"
local core = require "cbr.core"
local time = require "cbr.util.time"

local retry = {}

retry.MAX_ATTEMPTS = 4
retry.PAUSE = 0.5 -- seconds

-- In units of `retry_pause`: what the first pause is at most, which doubles, and any; `least` is the part of it that is
-- not left to chance. Throttling and hiccups pass in seconds, and those who come back are best spread over the whole
-- pause. Other work on a vault takes minutes, where a pause of nothing is a request for nothing.
local PACES = {
  quick = { first = 1, most = 40, least = 0 },
  slow = { first = 30, most = 240, least = 0.5 },
}

retry.LONGEST_WAIT = 600 -- seconds; who is told to come back later than that is better told so than kept waiting
local SPREAD = 0.1 -- of what Retry-After says, so that all who were told the same do not come back in step

-- An answer that makes no sense, though a sound one may come the next time; one over its limit would be so again.
local function is_garbled(err, answer)
  local status = answer.status or 0
  return err.kind == "protocol" and answer.result ~= "too_large" and (status == 0 or status >= 200 and status < 300)
end

--- What a failed try allows.
--
-- A read, or what is as good twice as once, goes out again after anything that can pass. An order only where it was
-- certainly not taken in: nothing was sent, or the answer is a refusal that can pass. What leaves that open is looked
-- into, where an operation leaves a trace, and is nobody's to repeat where it leaves none.
---@param what { order: boolean, repeatable?: boolean, trace?: string }
---@param err cbr.Error
---@param answer? table the transfer's end that the error was read from
---@return "retry"|"search"|"stop" verdict
---@return "quick"|"slow"|nil pace of a repeat
function retry.verdict(what, err, answer)
  if not answer then -- it failed before its request, and nothing went out: keys, ids, a closed client
    return err.retryable and "retry" or "stop", "quick"
  elseif err.outcome == "unknown" and not what.repeatable then
    return what.trace and "search" or "stop"
  end
  local harmless = not what.order or what.repeatable
  if err.retryable or harmless and (is_garbled(err, answer) or codes.is_undecided(err.code)) then
    return "retry", codes.is_slow(err.code, err.kind) and "slow" or "quick"
  end
  return "stop"
end

--- Whether a read that failed, one of several to come, can be had the next time.
---@param err cbr.Error
---@return boolean
function retry.can_pass(err)
  return err.retryable or err.kind == "protocol" or codes.is_undecided(err.code)
end

-- A generator of its own: the global one is the caller's, and often unseeded. The clock goes into every number, so that
-- processes forked from one go separate ways.
local address = tonumber(tostring({}):match "0x(%x+)" or "0", 16)
local state = math.floor((os.time() + core.monotonic() * 1e6 + address) % 2147483646) + 1

local function random()
  state = (16807 * state) % 2147483647 -- Park and Miller's minimal standard
  return (state / 2147483647 + core.monotonic() * 1e3) % 1
end

--- What an answer says of when to come back (RFC 9110 section 10.2.3).
---@param answer? table
---@return number? seconds
function retry.after(answer)
  local text = answer and answer.headers["retry-after"]
  if not text then
    return nil
  elseif text:find "^%d+$" then
    return tonumber(text)
  end
  local date = time.parse(text)
  local now = time.parse(answer.headers.date) or os.time() + (answer.clock_offset or 0)
  return date and math.max(date - now, 0)
end

--- How long to wait before a repeat.
---@param nth integer of the repeats of a call
---@param pace "quick"|"slow"
---@param first number seconds, `retry_pause` of the client
---@param answer? table whose Retry-After goes before everything
---@return number seconds
---@return boolean allowed whether it may be waited for at all
function retry.pause(nth, pace, first, answer)
  local told = retry.after(answer)
  if told then
    return told * (1 + SPREAD * random()), told <= retry.LONGEST_WAIT
  end
  local figures = PACES[pace]
  local longest = first * math.min(figures.first * 2 ^ (nth - 1), figures.most)
  return longest * (figures.least + (1 - figures.least) * random()), true
end

-- A broken service must not be hit four times as hard by a fleet of coroutines. After the figures of the AWS SDKs'
-- retry quota: a hundred repeats at a stretch, enough for every call under way to outlive a hiccup; one that helped is
-- given back, and so is a fifth for every call that needed none. Where four of five first tries fail and no repeat
-- helps, one repeat in four calls is left.
local FULL, EARNED = 100, 0.2

---@class cbr.Budget
local budget = {}
budget.__index = budget

--- A budget of repeats, for all calls of a client.
---@return cbr.Budget
function retry.budget()
  return setmetatable({ left = FULL }, budget)
end

--- Takes one repeat out. -> whether there was one
function budget:spend()
  if self.left < 1 then
    return false
  end
  self.left = self.left - 1
  return true
end

--- Notes a call that went well, after so many repeats.
function budget:earn(repeats)
  if self.left < FULL then
    self.left = math.min(FULL, self.left + math.max(repeats, EARNED))
  end
end

return retry
