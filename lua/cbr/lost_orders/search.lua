--- Looks instead of guessing what became of an order whose answer was lost.
--
-- What counts as certain. It went through: exactly one order shows that fits and is nobody else's of this client, or
-- the one that bears the request id of a broken answer. It was not taken in: its request is over, the service answers
-- the looks, and nothing that fits has shown from the first look to one `settle_time` later; by then the gateway has
-- given up on any back end (5 seconds unless set otherwise), and what a back end took in shows. What fits but for its
-- time, by a little or by as much as the clocks contradict each other, is no proof of either. A request that the
-- client itself stopped waiting for may still be worked on: of that one nothing is certain until it shows. All else
-- stays unknown, at the latest once all looks of a `settle_time` have failed for good: fewer may be a mishap of their
-- own. A last net is the service's: it refuses a second order while the first is under way, or done.

local core = require "cbr.core"
local errors = require "cbr.errors"
local exchange = require "cbr.call.http"
local await = require "cbr.loop.await"
local progress = require "cbr.follow.status"
local retry = require "cbr.call.retry"
local text = require "cbr.util.text"
local traces = require "cbr.lost_orders.evidence"

local reconcile = {}

reconcile.SETTLE_TIME = 10 -- seconds

local ONE_READ = 10 -- seconds: the service answers lists within one

-- In parts of the settle time: the pause behind the first look that shows nothing, which doubles, up to the most; and
-- behind one that shows an order not yet with all that belongs to it, for which a few more are made.
local FIRST, MOST, MORE = 1 / 8, 1 / 2, 1 / 10
local MORE_LOOKS = 3

-- Seconds for which what a client's orders were answered with is kept, at least: so far back their traces can pass for
-- those of a later one.
local KEPT = 60

local LONGEST_REASON = 300 -- bytes of a look's failure within a hint

-- verdict -> what to do, in plain words
local HINTS = {
  nothing = "the service shows nothing of it: it was not taken in",
  open = "look at the vault's tasks before ordering again",
  doubtful = "what fits (err.seen) seems older, and may be it all the same: look before ordering again",
  several = "more than one order fits what the service shows (err.seen): look before ordering again",
  unread = "what the service shows could not be read%s: look at the vault's tasks before ordering again",
}

--- What to do, in plain words.
---@param verdict string of `Watch:look`
---@param failure? cbr.Error of the last look, to be named
---@return string? hint nil where there is nothing to say
function reconcile.hint(verdict, failure)
  local reason = failure and (" (%s)"):format(text.line(tostring(failure), LONGEST_REASON)) or ""
  return HINTS[verdict] and HINTS[verdict]:format(reason)
end

---@class cbr.Watch
---@field began? cbr.Moment when the first request went out whose outcome is open
---@field searches integer
---@field others table<string, true> marks of what other orders of this client were answered with meanwhile
---@field earlier table<string, true> ids that earlier ones were answered with
local Watch = {}
Watch.__index = Watch

-- The ids by vault that were answered lately.
local function recent_of(self)
  local now, recent = core.monotonic(), self.recent
  if not recent or now - recent.from > KEPT then
    self.recent = { from = now, ids = {}, before = recent and now - recent.from <= 2 * KEPT and recent.ids or {} }
  end
  return self.recent
end

--- Begins to watch over an order.
---@param self cbr.Client
---@param what cbr.Call `trace` and `params` of the order
---@param get fun(self: cbr.Client, operation: string, path: string, query: table, options: table): table?, cbr.Error?
---@return cbr.Watch
function reconcile.watch(self, what, get)
  local watch = setmetatable({
    client = self, kind = what.trace, params = what.params, operation = what.operation, read = get, searches = 0,
    others = {}, earlier = {}, request_ids = {},
  }, Watch)
  self.watches[watch] = true
  return watch
end

--- Tells it from what this client's orders on the vault were answered with before.
function Watch:know_recent()
  local recent = recent_of(self.client)
  for _, ids in ipairs { recent.before, recent.ids } do
    for id in pairs(ids[self.params.vault_id] or {}) do
      self.earlier[id] = true
    end
  end
end

--- Now, by every clock there is.
---@return cbr.Moment
function Watch:moment()
  local now = core.monotonic()
  return { at = now, date = exchange.service_time(self.client, now) }
end

--- Notes since when the outcome is open.
---@param moment cbr.Moment
function Watch:begin(moment)
  self.began = self.began or moment
end

--- Ends a watch. One that is dropped ends by itself.
function Watch:close()
  self.client.watches[self] = nil
end

-- What no two orders' answers have in common: a backup can go to a region again only once that has failed.
local function marks_of(answer)
  local marks = { answer.operation_log_id }
  for _, backup in ipairs(type(answer.backups) == "table" and answer.backups or {}) do
    if type(backup) == "table" then
      marks[#marks + 1] = ("%s/%s"):format(tostring(backup.backup_id), tostring(answer.destination_region))
    end
  end
  return marks
end

--- Notes that this order has its answer: what it shows is no other's that is under way on the vault.
---@param answer table
function Watch:answered(answer)
  local by_vault = recent_of(self.client).ids
  local ids = by_vault[self.params.vault_id] or {}
  by_vault[self.params.vault_id] = ids
  for _, one in ipairs(answer.backups or { answer }) do
    local id = one.replication_record_id or one.operation_log_id
    if id then
      ids[id] = true
    end
  end
  for watch in pairs(self.client.watches) do
    if watch ~= self and watch.kind == self.kind and watch.params.vault_id == self.params.vault_id then
      for _, mark in ipairs(marks_of(answer)) do
        watch.others[mark] = true
      end
    end
  end
end

function Watch:is_anothers(answer)
  for _, mark in ipairs(answer and marks_of(answer) or {}) do
    if self.others[mark] then
      return true
    end
  end
  return false
end

-- Whether one of these is of an order that was answered before this one, and whether any is under way.
function Watch:is_earlier(entries)
  local is_earlier, runs = false, false
  for _, one in ipairs(entries) do
    is_earlier = is_earlier or self.earlier[one.replication_record_id or ""] or self.earlier[one.operation_log_id or ""]
    runs = runs or not progress.has_ended(one.status)
  end
  return is_earlier, runs
end

-- One look. -> orders that can be this one, whether another's shows, what may be it but for its time, whether the time
-- is known; or nil, err
function Watch:glance(deadline)
  self.searches = self.searches + 1
  local found, err = traces.look(self.client, function(path, query)
    local left = deadline - core.monotonic()
    return self.read(self.client, "search", path, query, {
      timeout = math.max(math.min(ONE_READ, left / 2), math.min(left, 0.2), 0.001), max_attempts = 1,
    })
  end, self.kind, self.params, self.began)
  if not found then
    return nil, err
  end
  local orders, others = {}, found.running
  for _, order in ipairs(found.orders) do
    local is_earlier, runs = self:is_earlier(order.entries)
    if self.request_ids[order.request_id or ""] then
      return { order }, others, {}, true -- the service's own word
    elseif is_earlier then
      others = others or runs
    elseif self:is_anothers(order.answer) then
      others = true
    else
      orders[#orders + 1] = order
    end
  end
  local doubtful = {}
  for _, entry in ipairs(found.doubtful) do
    if not self:is_earlier { entry } then
      doubtful[#doubtful + 1] = entry
    end
  end
  return orders, others, doubtful, found.dated
end

-- Waits for the time of the next look, the last one within the deadline. -> whether there is one
local function next_look(self, pace, deadline)
  local left, pause = deadline - core.monotonic(), pace.pause
  if pace.is_last or left <= 0 or not self.client.pool then
    return false
  elseif pause >= left then
    pace.is_last, pause = true, left / 2
  end
  await.sleep(self.client.pool, pause)
  return self.client.pool ~= nil
end

--- Looks until it is certain what became of the order, until looks fail for good, or until the deadline.
---@param deadline number
---@param how { settles: boolean, refused: boolean } whether time alone can show that it was not taken in; whether it
-- was refused as being under way already
---@return table? answer
---@return "found"|"nothing"|"others"|"several"|"doubtful"|"open"|"unread" verdict
---@return table[] seen what fits, or may
---@return cbr.Error? err of the last look, where that failed
function Watch:look(deadline, how)
  local settle = self.client.settle_time
  local from, good, more, most = core.monotonic(), 0, 0, 0
  local failure, refused_at
  local orders = {}
  local pace = { pause = settle * FIRST }
  local empty_pause = pace.pause

  local function found()
    local order = orders[1]
    order.answer.reconciled = true
    return order.answer, "found", progress.gathered(orders, "entries")
  end

  repeat
    local asked = core.monotonic()
    local now, others, doubtful, dated = self:glance(deadline)
    if not now then
      failure = others
      refused_at = not retry.can_pass(failure) and (refused_at or core.monotonic()) or nil
    elseif #now > 1 then
      return nil, "several", progress.gathered(now, "entries")
    else
      orders, failure, refused_at, good = now, nil, nil, good + 1
    end
    if now and now[1] and now[1].answer then
      local count = #now[1].entries
      more, most = count > most and 1 or more + 1, math.max(count, most) -- one that still grows has its time
      if now[1].is_whole or more > MORE_LOOKS then
        return found()
      end
      pace.pause = settle * MORE
    else
      if now and #now == 0 and how.refused and others then
        return nil, "others", {}
      elseif now and #now == 0 and how.settles and dated and good > 1 and asked - from >= settle then
        return nil, #doubtful > 0 and "doubtful" or "nothing", doubtful
      end
      pace.pause = empty_pause
      empty_pause = math.min(empty_pause * 2, settle * MOST)
      local unsettled = from + settle - core.monotonic()
      if unsettled > 0 then
        pace.pause = math.min(pace.pause, unsettled + 0.001)
      end
      if not now then
        pace.pause = math.max(pace.pause, failure.retry_after or 0)
      end
    end
  until refused_at and asked - refused_at >= settle or not next_look(self, pace, deadline)
  if #orders == 1 and orders[1].answer and not self:is_anothers(orders[1].answer) then
    return found()
  end
  return nil, failure and "unread" or "open", progress.gathered(orders, "entries"), failure
end

-- Why a time cannot be one since when an order was sent; nil: it can. By one that is to come, every order would be too
-- old.
local function refusal(since, now)
  if since > now + 1 then -- a whole second may have begun or not
    local problem = ("is %.0f s ahead of this machine's clock"):format(since - now)
    return errors.argument { { parameter = "since", problem = problem } }
  end
end

--- Finds an order again, of which no answer is had: one of another process, say, that was killed.
--
-- Its request can have been sent as late as the moment of this call, and then still be on its way through the service:
-- so the settle time begins here, whatever `since` says. Clocks that are apart can make it look older than that; by
-- half a minute it is in doubt, by more nobody can tell: that is the caller's to take off.
---@param self cbr.Client
---@param what cbr.Call `operation`, `trace` and `params` of the order
---@param get function as for `reconcile.watch`
---@param since number by this machine's clock: not after the order was sent, and not to come
---@param timeout number seconds
---@return table|false|nil answer as the order's own, with `reconciled`; false: it was not taken in
---@return cbr.Error? err
function reconcile.find(self, what, get, since, timeout)
  local err = refusal(since, os.time())
  if err then
    err.operation, err.outcome = what.operation, nil
    return nil, err
  end
  local watch = reconcile.watch(self, what, get)
  local now = core.monotonic()
  local began = now - math.max(os.time() + 1 - since, 1)
  watch:begin { at = began, date = exchange.service_time(self, began) }
  local answer, verdict, seen, failure = watch:look(now + timeout, { settles = true })
  watch:close()
  if answer or verdict == "nothing" then
    return answer or false
  end
  local unclear = verdict == "several" and "more than one order fits"
    or verdict == "doubtful" and "what fits may be an earlier order"
  err = failure and errors.copy(failure) or errors.new {
    kind = unclear and "service" or "timeout",
    message = unclear or "the time was over before it was certain",
  }
  err.operation, err.outcome, err.seen, err.retryable = what.operation, "unknown", seen, false -- as of the order
  err.hint = reconcile.hint(verdict)
  return nil, err
end

return reconcile
