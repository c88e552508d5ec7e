--- Advances the run of a slot, or the order of a job, by one step. A step is short. At the end of a step, Redis has
-- everything that the step has learned, so any worker of any host can make the next step.

local copy = require "replicator.copy"
local follow = require "replicator.follow"
local lock = require "replicator.lock"
local metrics = require "replicator.metrics"
local record_result = require "replicator.record_result"
local records = require "replicator.records"
local store = require "replicator.store"

-- The error of a claimed order that was certainly not sent.
local function not_sent(reason)
  return { kind = "timeout", outcome = "not_sent", retryable = true, message = reason }
end

-- Claims the order for this host. -> whether this host has claimed the order; nil and a reason if Redis failed
local function claim(settings, entry)
  local record = entry.record
  return store.use(settings, function(db)
    local now = db:now()
    record.state, record.attempt, record.host = "claimed", record.attempt + 1, settings.host
    record.claimed_at, record.next_at = now, now + settings.poll_interval
    record.claim = ("%s:%d:%.3f:%d"):format(settings.host, ngx.worker.pid(), ngx.now(), record.attempt)
    return records.save(db, entry) == "done"
  end)
end

local function place(settings, entry)
  local record = entry.record
  local claim_before = record.claim
  local is_claimed, reason = claim(settings, entry)
  if is_claimed == nil and record.claim ~= claim_before then -- Redis may have stored the claim
    return record_result.write(settings, record, nil, not_sent(reason))
  elseif not is_claimed then
    return -- another host has claimed the order, or another order holds the vault
  end
  -- When `search_time` is over, no request may be on its way any more. So an order that could end later is not sent.
  -- The clock is Redis' clock, because this host's clock may have been set back while the host was suspended.
  local now, problem = store.use(settings, function(db) return db:now() end)
  if not now then
    return record_result.write(settings, record, nil, not_sent(problem))
  elseif now - record.claimed_at > settings.search_time - settings.timeout then
    return record_result.write(settings, record, nil, not_sent "this host was suspended after it claimed the order")
  end
  local began = ngx.now()
  local client = settings.client
  local response, err = client[record.kind](client, record.params)
  ngx.update_time()
  metrics.observe("cbr_order_seconds", ngx.now() - began)
  record_result.write(settings, record, response, err)
end

local FOUND = "no response came; the search found the order"
local NOT_FOUND = "no response came, and the order was certainly not accepted"
local UNCERTAIN = "no response came, and a search cannot tell whether the order was accepted; it is not sent again"

-- The kinds of errors with which a search can end before it has read anything from the service. Such a search
-- is repeated for a longer time than other searches.
local UNREADABLE = {
  connect = true, tls = true, network = true, throttled = true, credentials = true, unauthorized = true,
  forbidden = true,
}

-- Searches for the order of a claimed record without a result: the host died, or the service's response was lost.
local function search(settings, entry, now)
  local record = entry.record
  -- The age of the order by Redis' clock, so that the clock of the host that claimed the order does not matter.
  local since = math.floor(os.time() - math.max(0, now - record.claimed_at))
  local response, err = settings.client:find_order(record.kind, record.params, {
    since = since, timeout = settings.timeout,
  })
  if err then
    metrics.count("cbr_poll_failures_total", { kind = err.kind })
  end
  store.must_use(settings, function(db)
    local time = db:now()
    record.next_at, record.poll_error = time + settings.poll_interval, err and records.brief(err)
    if response then
      record.note = FOUND
      return record_result.accepted(db, entry, response)
    end
    local search_time = err and UNREADABLE[err.kind] and settings.follow_time or settings.search_time
    if time - record.claimed_at > search_time then -- the call that may have sent the order has ended
      record.note = err and UNCERTAIN or NOT_FOUND
      return records.finish(db, entry, err and "unknown" or "not_sent")
    end
    return records.save(db, entry)
  end)
end

local function take_step(settings, entry, now)
  local record = entry.record
  if record.slot then
    copy.step(settings, entry)
  elseif record.state == "queued" then
    place(settings, entry)
  elseif record.state == "claimed" then
    search(settings, entry, now)
  elseif record.state == "in_progress" then
    local change = follow.poll(settings, record)
    store.must_use(settings, function(db)
      return follow.write(db, entry, change)
    end)
  end
end

-- Whether another host was faster, and the slot or job has ended already.
local function has_ended(record)
  return record.ended_at ~= nil
end

--- Advances an order by one step, unless another worker is advancing it.
---@param settings table
---@param initial table used as the first record if Redis has no record; else only its `key` and `vault_id` are used
return function(settings, initial)
  local owner = lock.new_owner(settings)
  local entry, now
  local is_free = store.must_use(settings, function(db)
    if not lock.take(db, initial.vault_id, owner) then
      return false
    end
    local record, stored = db:read(initial.key)
    entry, now = { record = record or initial, stored = stored, owner = owner }, db:now()
    return true
  end)
  if not is_free then
    return
  end
  lock.hold(settings, initial.vault_id, owner, function()
    if not has_ended(entry.record) then
      take_step(settings, entry, now)
    end
  end)
end
