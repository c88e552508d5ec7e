--- One step of one order: to give it, to look for it, or to look how far it is. Short, and all that it learns is in
-- Redis when it ends: any worker of any host can do the next one.

local follow = require "replicator.follow"
local metrics = require "replicator.metrics"
local record = require "replicator.record"
local search = require "replicator.search"
local settle = require "replicator.settle"
local store = require "replicator.store"

local step = {}

-- Raises when Redis fails: the step ends there, and what it left is for the next one to see.
local function use(settings, fn)
  local result, reason = store.use(settings, fn)
  if result == nil then
    error({ redis = reason }, 0)
  end
  return result
end

-- Whether the order's time is over: a slot is ordered while it lasts, and not later.
local function is_over(it, now)
  return it.until_at ~= nil and now >= it.until_at
end

-- An order that could not even be prepared: nothing was sent.
local function put_off(settings, it, before, err)
  use(settings, function(db)
    return (record.refuse(db, it, before, "not_sent", err, settings.pause, db:now()))
  end)
end

-- Claimed, and certainly not sent: for want of Redis, or of time. When `doubt` is over nothing may be on its way any
-- more, so an order that cannot be sent early enough for that is not sent.
local function unsent(reason)
  return { kind = "timeout", outcome = "not_sent", retryable = true, message = reason }
end

-- -> whether this host has claimed it; nil and a message where Redis did not say
local function claim(settings, it, before, baseline)
  return store.use(settings, function(db)
    local time = db:now()
    if is_over(it, time) then
      return before ~= "" and record.finish(db, it, before, it.outcome or "not_sent", time) and false
    end
    it.state, it.attempt, it.baseline, it.found = "claimed", it.attempt + 1, baseline, nil
    it.host, it.claimed_at, it.next_at = settings.host, time, time + settings.look
    it.claim = ("%s:%d:%.3f:%d"):format(settings.host, ngx.worker.pid(), ngx.now(), it.attempt)
    return record.save(db, it, before, time) == "done"
  end)
end

local function give(settings, client, it, before, now)
  local baseline, err = search.newest(client, it, now, settings.timeout)
  if not baseline then
    return put_off(settings, it, before, err)
  end
  local from, last = ngx.now(), it.claim
  local claimed, reason = claim(settings, it, before, baseline)
  if claimed == nil and it.claim ~= last then
    return settle.enter(settings, it, nil, unsent(reason)) -- it may be claimed, and its answer was lost
  elseif not claimed then
    return -- another host has it, or the vault
  end
  ngx.update_time()
  if ngx.now() - from > settings.doubt - settings.timeout then
    return settle.enter(settings, it, nil, unsent "this host was held up between claim and order")
  end
  from = ngx.now()
  local answer
  answer, err = client[it.kind](client, it.params)
  ngx.update_time()
  metrics.observe("cbr_order_seconds", ngx.now() - from)
  settle.enter(settings, it, answer, err)
end

local LOST = "the answer was lost, and nothing of it was found: it is not ordered again"
local NOT_ASKED = "the answer was lost, and the service could not be asked: it is not ordered again"

-- A claim without a result: its host died, or the answer was lost on the way.
local function look_for(settings, client, it, before, now)
  local started, found = search.started(client, it, now, settings.timeout)
  local err = type(found) == "table" and found or nil
  if err then
    metrics.count("cbr_look_failures_total", { kind = err.kind })
  end
  use(settings, function(db)
    local time = db:now()
    it.next_at, it.look_error = time + settings.look, err and record.brief(err)
    if started and found == it.found then -- twice the same: the service has made all of its tasks
      it.note = "the answer was lost; found by its tasks"
      settle.ordered(it, started, settings, time)
    elseif started then
      it.found = found
    elseif time - it.claimed_at > (err and settings.patience or settings.doubt) then
      it.note = err and NOT_ASKED or LOST
      return (record.finish(db, it, before, "unknown", time))
    end
    return (record.save(db, it, before, time))
  end)
end

local function proceed(settings, client, it, before, now)
  if record.may_be_ordered(it) then
    give(settings, client, it, before, now)
  elseif it.state == "claimed" then
    look_for(settings, client, it, before, now)
  elseif it.state == "ordered" then
    local change = follow.look(settings, client, it, now)
    use(settings, function(db)
      return (follow.enter(settings, db, it, before, change, db:now()))
    end)
  end
end

--- Does the next step of an order, unless somebody else is at it.
---@param settings table
---@param client table
---@param fresh table the record to begin with where there is none yet; else of it only `key` and `vault_id` count
function step.take(settings, client, fresh)
  local owner = ("%s:%d:%f"):format(settings.host, ngx.worker.pid(), ngx.now())
  local it, before, now
  local free = use(settings, function(db)
    if not db:lock(fresh.vault_id, owner, settings.lock) then
      return false
    end
    it, before = db:read(fresh.key)
    now = db:now()
    return true
  end)
  if not free then
    return
  end
  local well, reason = pcall(proceed, settings, client, it or fresh, before, now)
  store.use(settings, function(db)
    db:unlock(fresh.vault_id, owner)
  end)
  if not well then
    error(reason, 0)
  end
end

return step
