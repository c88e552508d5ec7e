--- Follows what was ordered to its end, with progress, and says what became of it.

local check = require "cbr.util.check"
local core = require "cbr.core"
local errors = require "cbr.errors"
local await = require "cbr.loop.await"
local perform = require "cbr.call.call"
local progress = require "cbr.follow.status"
local replication = require "cbr.follow.replication"
local retry = require "cbr.call.retry"
local task = require "cbr.follow.task"

local wait = {}

wait.options = {
  { name = "timeout", type = "number", positive = true },
  { name = "interval", type = "number", positive = true },
  { name = "on_progress", type = "function" },
}

local INTERVAL = 5 -- seconds between the first looks
local GROWTH, MOST = 1.2, 12 -- each pause is longer than the last, up to so many times the first
local JITTER = 0.1 -- so that many who wait do not ask in step

-- A number from -1 to 1 that differs between processes: math.random is the caller's, and often unseeded.
local function noise()
  return (core.monotonic() * 1e5) % 1 * 2 - 1
end

local NEEDED = "what replicate or sync returned, a task id, or a list of them is needed"

-- Whether a table is what an order was answered with, as far as any of its names tell.
local function is_answer(started)
  return type(started) == "table" and (started.vault_id or started.operation_log_id) ~= nil
end

-- -> followers of what `client:wait` was given; nil, what is wrong with it, and whether the service's answer is
local function followers_of(started, found)
  if type(started) == "string" and started:find(check.forms.uuid.pattern) then
    found[#found + 1] = task.follow(started)
  elseif is_answer(started) then
    local follower
    if type(started.backups) == "table" and type(started.vault_id) == "string" then
      follower = replication.follow(started)
    elseif type(started.operation_log_id) == "string" and started.operation_log_id:find(check.forms.uuid.pattern) then
      follower = task.follow(started.operation_log_id, started.vault_id)
    end
    if not follower then
      return nil, "the order was answered without the ids to follow it by", true
    end
    found[#found + 1] = follower
  elseif type(started) == "table" and started[1] ~= nil then
    for _, one in ipairs(started) do
      local _, wrong, of_service = followers_of(one, found)
      if wrong then
        return nil, wrong, of_service
      end
    end
  else
    return nil, NEEDED
  end
  return found
end

local function has_ended(follower)
  for _, item in ipairs(follower.items) do
    if not progress.has_ended(item.status) then
      return false
    end
  end
  return follower.polled
end

local function report_of(followers, items, from)
  local report
  if #followers == 1 then
    report = followers[1].report()
  else
    report = { parts = {} }
    for i, follower in ipairs(followers) do
      report.parts[i] = follower.report()
    end
  end
  for name, value in pairs(progress.sum(items)) do
    report[name] = value
  end
  report.elapsed = core.monotonic() - from
  return report
end

local function failure(items, report)
  local first
  for _, item in ipairs(items) do
    first = first or item.status == "failed" and item
  end
  local what = first.fail_reason or first.fail_code or "no reason given"
  return errors.new {
    kind = "task", operation = "wait", code = first.fail_code, report = report,
    message = #items == 1 and what or ("%d of %d failed; the first: %s"):format(report.failed, report.total, what),
  }
end

--- Follows to the end.
---@param self cbr.Client
---@param started any
---@param options { timeout?: number, interval?: number, on_progress?: fun(p: table) }
---@param level integer whom to blame for a raise, as for an `error` by this function
---@return table? report
---@return cbr.Error? err kind `task`: `err.report` says all; kind `timeout`: so far, and waiting can go on
function wait.follow(self, started, options, level)
  check.options("wait", wait.options, options, level + 1)
  local followers, wrong, of_service = followers_of(started, {})
  if of_service then
    return nil, errors.new { kind = "protocol", operation = "wait", message = wrong }
  elseif not followers then
    error("wait: " .. wrong, level)
  end
  local items, from = progress.gathered(followers, "items"), core.monotonic()
  local patience = 0
  for _, follower in ipairs(followers) do
    patience = math.max(patience, follower.default_timeout)
  end
  local deadline = from + (options.timeout or patience)
  local function get(path, query)
    local left = math.max(deadline - core.monotonic(), 0.001)
    -- not repeated: the next look is the repeat
    return perform.get(self, "wait", path, query, { timeout = math.min(self.timeout, left), max_attempts = 1 })
  end
  local function ended_early(err)
    err.report = report_of(followers, items, from)
    return nil, err
  end

  local interval = options.interval or INTERVAL
  local longest = interval * MOST
  local last_error -- of this look, at any of the things waited for
  while true do
    local before = last_error
    last_error = nil
    for _, follower in ipairs(followers) do
      if not has_ended(follower) then
        local ok, err = follower.poll(get)
        follower.polled = follower.polled or ok
        last_error = err or last_error
        if err and not retry.can_pass(err) then -- one that can is no reason to end a long wait
          return ended_early(err)
        end
      end
    end
    if before and last_error and core.monotonic() >= deadline then
      last_error = before -- a look cut short by the end of the time says less than the one before it
    end
    local sum = progress.sum(items)
    sum.items, sum.elapsed = items, core.monotonic() - from
    if options.on_progress then
      options.on_progress(sum)
    end
    if sum.done == sum.total and not last_error then
      local report = report_of(followers, items, from)
      if report.failed > 0 then
        return nil, failure(items, report)
      end
      return report
    end
    local pause = interval * (1 + JITTER * noise())
    if core.monotonic() + pause > deadline then
      return ended_early(errors.new {
        kind = "timeout", operation = "wait", retryable = true,
        message = ("%d of %d done when the time was over%s"):format(sum.done, sum.total,
          last_error and "; the last look failed: " .. last_error.message or ""),
      })
    end
    await.sleep(self.pool, pause)
    if not self.pool then
      return ended_early(errors.new { kind = "network", operation = "wait", message = "the client was closed" })
    end
    interval = math.min(interval * GROWTH, longest)
  end
end

return wait
