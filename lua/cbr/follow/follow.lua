--- Follows orders and tasks to their end, with progress, and reports what became of them.

local await = require "cbr.loop.await"
local call = require "cbr.call.call"
local core = require "cbr.core"
local errors = require "cbr.errors"
local json = require "cbr.util.json"
local progress = require "cbr.follow.progress"
local retry = require "cbr.call.retry"
local tables = require "cbr.util.tables"

local follow = {}

---@class cbr.Progress how far the work is
---@field percent number 0 to 100
---@field total integer number of items: backups or tasks
---@field done integer number of items that have ended
---@field succeeded integer
---@field failed integer
---@field skipped integer
---@field elapsed number seconds
---@field items? cbr.Item[] copies of the items, in the argument of `on_progress`

---@class cbr.Report: cbr.Progress what became of an order, a task, or a list of them
---@field backups? cbr.Item[] for a replication, a copy or a restore point: its backups
---@field left_out? cbr.LeftOut[] for a replication: the vault's backups that the order did not include
---@field checkpoint_id? string for a restore point: its id
---@field operation_type? string for a restore or a deletion: the type of its task
---@field status? cbr.Status for a sync, a task, a restore or a deletion: its status
---@field imported? integer for a sync: number of imported backups
---@field removed? integer for a sync: number of removed backups
---@field not_imported? integer for a sync: number of backups that could not be imported
---@field task? cbr.Task for a sync, a task, a restore or a deletion: the task as the service shows it
---@field parts? cbr.Report[] for a list: a report for each entry, in the order of the entries

---@class cbr.LeftOut
---@field backup_id string
---@field reason "already_there"|"in_progress"|"is_replica"|"no_system_disk"|"unknown"|string `state_…` for a backup in
-- another state than `available`

-- The default of the option `timeout`, for backups that are made or copied, and for other work.
follow.BACKUPS_TIMEOUT_SECONDS, follow.TASK_TIMEOUT_SECONDS = 6 * 3600, 30 * 60

follow.INTERVAL_SECONDS = 5 -- the time between the first two polls; the default of the option `interval`
-- Each interval is GROWTH times as long as the one before, and at most MAX_INTERVAL times as long as the first one.
local GROWTH = 6 / 5
follow.MAX_INTERVAL = 12
local JITTER = 1 / 10 -- random share of an interval, so that many processes do not poll all at once

local function has_ended(follower)
  for _, item in ipairs(follower.items) do
    if not progress.has_ended(item) then
      return false
    end
  end
  return follower.is_polled
end

local function all_items(followers)
  local items = json.list {}
  for _, follower in ipairs(followers) do
    for _, item in ipairs(follower.items) do
      items[#items + 1] = item
    end
  end
  return items
end

-- Makes cbr.Progress. The items in it are copies, so the user may change them.
local function progress_of(state, sum)
  local made = tables.copy(sum)
  made.items, made.elapsed = json.list {}, core.monotonic() - state.began
  for i, item in ipairs(state.items) do
    made.items[i] = tables.copy(item)
  end
  return made
end

local function add_figures(report, items, elapsed)
  for name, value in pairs(progress.sum(items)) do
    report[name] = value
  end
  report.elapsed = elapsed
  return report
end

local function report_of(state)
  local now = core.monotonic()
  local parts = json.list {}
  for i, follower in ipairs(state.followers) do
    parts[i] = add_figures(follower.report(), follower.items, (follower.ended_at or now) - state.began)
  end
  if not state.is_list then
    return parts[1]
  end
  return add_figures({ parts = parts }, state.items, now - state.began)
end

-- Returns the end of a message, which names an item that the wait cannot follow any more; "" if there is no such item.
local function unclear(state)
  for _, follower in ipairs(state.followers) do
    for _, item in ipairs(follower.items) do
      local id, is_open = item.backup_id or item.task_id or item.resource_id, not progress.has_ended(item)
      if is_open and item.unknown_status then
        return ("; the status of %s is '%s', which is unknown"):format(id, item.unknown_status)
      elseif is_open and follower.shown and not follower.shown[item] then
        return ("; the service does not show %s"):format(id)
      end
    end
  end
  return ""
end

-- Returns nil and the error of a wait, with the report so far.
local function fail(state, fields, transient)
  return nil, errors.new(fields, { operation = "wait", report = report_of(state), transient = transient })
end

local function fail_with_items(state, failed)
  local first
  for _, item in ipairs(state.items) do
    first = first or item.status == "failed" and item
  end
  local reason = first.fail_reason or first.fail_code or "no reason given"
  local total = #state.items
  return fail(state, {
    kind = "task", code = first.fail_code,
    message = total == 1 and reason or ("%d of %d failed; the first failure: %s"):format(failed, total, reason),
  })
end

-- Whether a failed poll ends the wait. A task can appear late, or disappear for a moment. So "not found" ends the wait
-- only after the service has said so for as long as the option `settle_time`.
local function ends_wait(state, follower, err)
  if err.kind ~= "not_found" then
    return not retry.may_succeed(err)
  end
  local now = core.monotonic()
  follower.missing_since = follower.missing_since or now
  return now - follower.missing_since >= state.client.settle_time
end

-- Polls every follower that has not ended. Returns the last error, and whether that error ends the wait.
local function poll(state)
  local last_error
  for _, follower in ipairs(state.followers) do
    if not has_ended(follower) then
      local ok, err = follower.poll(state.read, state.client.settle_time)
      follower.is_polled = follower.is_polled or ok
      last_error = err or last_error
      if ok then
        follower.missing_since = nil
        follower.ended_at = has_ended(follower) and core.monotonic() or nil
      elseif ends_wait(state, follower, err) then
        return err, true
      end
    end
  end
  return last_error, false
end

local function begin(client, followers, options)
  local state = {
    client = client, followers = followers, is_list = followers.is_list, items = all_items(followers),
    began = core.monotonic(),
  }
  state.on_progress = options.on_progress
  local patience = 0
  for _, follower in ipairs(followers) do
    patience = math.max(patience, follower.makes_backups and follow.BACKUPS_TIMEOUT_SECONDS
      or follow.TASK_TIMEOUT_SECONDS)
  end
  state.deadline = state.began + (options.timeout or patience)

  function state.read(name, params)
    -- If no time is left, the read fails, so that no list is read for ever.
    local left = state.deadline - core.monotonic()
    return call.read(client, name, params, {
      operation = "wait", timeout = math.min(client.timeout, left), max_attempts = 1, -- the next poll is the retry
    })
  end
  return state
end

--- Polls all followers until everything has ended.
---@param client cbr.Client
---@param followers cbr.Followers
---@param options { timeout?: number, interval?: number, on_progress?: fun(p: table) } times in seconds
---@return table? report
---@return cbr.Error? err kind `task`: something failed, see `err.report`; kind `timeout`: wait again
function follow.run(client, followers, options)
  local state = begin(client, followers, options)
  local interval = options.interval or follow.INTERVAL_SECONDS
  local longest = interval * follow.MAX_INTERVAL
  local last_error
  while true do
    local before, is_final = last_error
    last_error, is_final = poll(state)
    if is_final then
      return nil, errors.finish(last_error, { operation = "wait", report = report_of(state) })
    elseif before and last_error and core.monotonic() >= state.deadline then
      last_error = before -- the deadline has cut this poll short, so the error of an earlier poll says more
    end
    state.items = all_items(state.followers) -- this poll may have found more items
    local sum = progress.sum(state.items)
    if state.on_progress then
      state.on_progress(progress_of(state, sum))
    end
    if sum.done == sum.total and not last_error then
      if sum.failed > 0 then
        return fail_with_items(state, sum.failed)
      end
      return report_of(state)
    end
    local pause = interval * (1 + JITTER * (retry.random() * 2 - 1))
    if core.monotonic() + pause > state.deadline then
      return fail(state, {
        kind = "timeout", advice = "call client:wait again, or with a longer timeout",
        message = ("%d of %d done when the timeout passed%s"):format(sum.done, sum.total,
          (last_error and "; the last poll failed: " .. last_error.message or "") .. unclear(state)),
      }, true)
    end
    if client.pool then -- on_progress may have closed the client
      await.sleep(client, pause)
    end
    if not client.pool then
      return fail(state, { kind = "network", message = "the client was closed" }, false)
    end
    interval = math.min(interval * GROWTH, longest)
  end
end

return follow
