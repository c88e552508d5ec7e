--- A call of the user: as many tries as it takes and may take, within its deadline.

local call = require "cbr.call.attempt"
local core = require "cbr.core"
local errors = require "cbr.errors"
local log = require "cbr.util.log"
local await = require "cbr.loop.await"
local reconcile = require "cbr.lost_orders.search"
local request = require "cbr.custom_request"
local retry = require "cbr.call.retry"
local text = require "cbr.util.text"

local perform = {}

-- An order that can be looked for keeps back this part of what is left of its deadline, and no less than so many
-- seconds (or half of it): an answer that is late by then is found in the service's lists instead. Without it, a call
-- that ran into its deadline would have no time left to say what became of its order, and a grace on top would break
-- the promise that `timeout` is.
local KEPT_BACK, KEPT_BACK_SECONDS = 0.25, 2

-- An order goes out again with so many seconds left or more: with less, a clean refusal would become an open outcome.
local LEAST = 1

-- Ends of a request that is not over: it may still be worked on.
local NOT_OVER = { timeout = true, cancelled = true, forked = true }

local function kept_back(left)
  return math.max(left * KEPT_BACK, math.min(KEPT_BACK_SECONDS, left / 2))
end

---@class cbr.Call
---@field operation string its name, for errors and the log
---@field order? boolean sets work in motion that must not be doubled
---@field repeatable? boolean of an operation: see cbr.operations
---@field trace? string of an operation, with `doubled` and `params`: it can be looked for
---@field list? string of an operation: what its answer must hold
---@field followed_by? string the same of an order, with `params`
---@field unwrap? string
---@field options { timeout?: number, connect_timeout?: number, max_attempts?: integer, reconcile?: boolean }

-- Whether there may be another try after a pause; waits for it then. The error says why not.
local function may_repeat(self, what, tries, deadline, err, pause, allowed)
  err.retry_after = pause > 0 and pause or nil
  if tries.repeats + 1 >= tries.most then
    return false
  elseif not allowed or core.monotonic() + pause >= deadline - (what.order and LEAST or 0) then
    if core.monotonic() < deadline then
      err.hint = err.hint or ("not repeated: a pause of %.1f s does not fit in"):format(pause)
    end
    return false
  elseif not self.budget:spend() then
    err.hint = err.hint or "not repeated: too many repeats of this client's calls were in vain"
    return false
  end
  tries.repeats = tries.repeats + 1
  log.tell(self, {
    event = "retry", operation = what.operation, attempt = tries.attempts, pause = pause, kind = err.kind,
    code = err.code,
  })
  if pause > 0 and self.pool then
    await.sleep(self.pool, pause)
  end
  return self.pool ~= nil
end

-- Looks what became of an order, and completes the error where that stays open. `refused`: as being under way.
-- -> answer; or nil and whether it is certain that it was not taken in
local function look(self, what, watch, deadline, err, began, answer, refused)
  watch:begin(began)
  local request_id = answer.headers["x-request-id"] or ""
  if request_id ~= "" and not refused then
    watch.request_ids[request_id] = true
  end
  local found, verdict, seen, failure = watch:look(deadline, {
    settles = not refused and not NOT_OVER[answer.result], refused = refused,
  })
  log.tell(self, { event = "search", operation = what.operation, verdict = verdict, searches = watch.searches })
  local certain = verdict == "nothing" or verdict == "others"
  err.seen, err.outcome = not certain and seen or nil, certain and "rejected" or "unknown"
  err.hint = reconcile.hint(verdict, failure)
  err.retryable = err.retryable or verdict == "nothing"
  return found, verdict == "nothing"
end

-- Looks whether an order that was answered with nothing begun, after an earlier try whose outcome was open, is that one
-- which went through after all. -> answer; or nil, err
local function look_behind(self, what, tries, watch, deadline, body)
  local found, verdict, seen, failure = watch:look(deadline, { settles = true, refused = true })
  log.tell(self, { event = "search", operation = what.operation, verdict = verdict, searches = watch.searches })
  if found or verdict == "nothing" or verdict == "others" then
    return found or body
  end
  return nil, errors.new {
    kind = "service", operation = what.operation, attempts = tries.attempts, outcome = "unknown", seen = seen,
    message = "answered with nothing begun, and what became of an earlier try is open",
    hint = reconcile.hint(verdict, failure),
  }
end

-- Tries until there is an answer, or none to be had. -> body; or nil, err
local function persist(self, outgoing, what, watch, deadline)
  local tries = { attempts = 0, repeats = 0, most = what.options.max_attempts or self.max_attempts }
  while true do
    local began = watch and watch:moment()
    local kept = watch and kept_back(deadline - began.at) or 0
    local body, err, answer = call.once(self, outgoing, what, tries, deadline - kept)
    if body then
      if watch and watch.began and body.backups and #body.backups == 0 then
        body, err = look_behind(self, what, tries, watch, deadline, body)
      end
      self.budget:earn(tries.repeats)
      if watch and body then
        watch:answered(body)
      end
      return body, err
    end
    local verdict, pace = retry.verdict(what, err, answer)
    if watch and answer and (verdict == "search" or watch.began and what.doubled[err.code]) then
      -- A refusal of what is under way or there already, after an open outcome: that one went through after all, or
      -- somebody else was faster.
      local free = core.monotonic() + (retry.after(answer) or 0)
      local found, certain = look(self, what, watch, deadline, err, began, answer, verdict ~= "search")
      if found then
        self.budget:earn(tries.repeats)
        watch:answered(found)
        return found
      end
      local pause = math.max(free - core.monotonic(), 0)
      if not certain or not may_repeat(self, what, tries, deadline, err, pause, pause <= retry.LONGEST_WAIT) then
        return nil, err
      end
    elseif verdict ~= "retry"
      or not may_repeat(self, what, tries, deadline, err,
        retry.pause(tries.repeats + 1, pace, self.retry_pause, answer)) then
      return nil, err
    end
  end
end

--- Performs a call.
---@param self cbr.Client
---@param outgoing table `method`, `path` (with `{project_id}`), `query?`, `headers`, `body?`
---@param what cbr.Call
---@return table|true|nil body
---@return cbr.Error? err
function perform.run(self, outgoing, what)
  local options = what.options
  local deadline = core.monotonic() + (options.timeout or self.timeout)
  local wanted = options.reconcile
  if wanted == nil then
    wanted = self.reconcile
  end
  local watch = wanted and what.trace and reconcile.watch(self, what, perform.get)
  if watch then
    watch:know_recent()
  else
    what.trace = nil -- nobody looks
  end
  local body, err = persist(self, outgoing, what, watch, deadline)
  if watch then
    watch:close()
  end
  if err and err.outcome == "unknown" then
    err.retryable = false -- trying again can double it
  end
  return body, err
end

--- Reads something that another part of the module needs.
---@param self cbr.Client
---@param operation string for errors and the log
---@param path string with `{project_id}`
---@param query table values of any type that a query takes
---@param options? { timeout?: number, max_attempts?: integer }
---@return table? body
---@return cbr.Error? err
function perform.get(self, operation, path, query, options)
  local body, err = perform.run(self, {
    method = "GET", path = path, query = text.query(query), headers = request.headers(false),
  }, { operation = operation, options = options or {} })
  if body == true then
    body = {}
  end
  return body, err
end

return perform
