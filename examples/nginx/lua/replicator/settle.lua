--- Enters what the service said to an order. The one who gave the order knows it for certain, so it counts whatever
-- others have found out meanwhile; and where Redis is away, this host keeps it until it is back.

local json = require "cbr.util.json"
local metrics = require "replicator.metrics"
local record = require "replicator.record"
local store = require "replicator.store"

local settle = {}

local unsaved = ngx.shared.cbr_unsaved -- key -> the result as JSON; survives a reload
local TRIES = 5

--- Notes in a record that its order was taken in.
function settle.ordered(it, started, settings, now)
  it.state, it.started, it.ordered_at, it.outcome = "ordered", started, now, "ordered"
  it.error, it.look_error, it.ended_at = nil, nil, nil
  it.progress = { percent = 0, done = 0, total = started.backups and #started.backups or 1, failed = 0 }
  it.pause, it.next_at = settings.look, now + settings.look
end

-- -> whether the record still stands where this result belongs
local function awaits(it, result)
  return it and it.claim == result.claim and (it.state == "claimed" or it.state == "unknown")
end

local function apply(settings, db, it, text, result, now)
  local was_given_up = it.state == "unknown"
  if result.outcome == "ordered" then
    settle.ordered(it, result.started, settings, now)
    local answer = record.save(db, it, text, now)
    if answer == "busy" then -- it was given up, and the vault's next run goes on: it cannot be followed beside that
      it.note = "the answer came after it was given up: it was ordered"
      return (record.finish(db, it, text, "unknown", now))
    end
    return answer
  elseif result.outcome == "unknown" then
    if was_given_up then
      return "done"
    end
    it.error, it.outcome, it.next_at = result.error, "unknown", now + math.min(1, settings.look)
    return (record.save(db, it, text, now))
  end
  return (record.refuse(db, it, text, result.outcome, result.error, settings.pause, now))
end

local function write(settings, result)
  return store.use(settings, function(db)
    for _ = 1, TRIES do
      local it, text = db:read(result.key)
      if not awaits(it, result) then
        return true
      end
      if apply(settings, db, it, text, result, db:now()) == "done" then
        return true
      end
    end
    error({ redis = "the record changes all the time" }, 0)
  end)
end

--- Enters the service's answer to an order, or the error.
---@param settings table
---@param it table the record as it was claimed
function settle.enter(settings, it, answer, err)
  local outcome = answer and "ordered" or err.outcome or "unknown"
  local is_nothing = err ~= nil and record.is_nothing(err)
  metrics.count("cbr_orders_total", { kind = it.kind, outcome = is_nothing and "nothing" or outcome })
  local result = { key = it.key, claim = it.claim, outcome = outcome, started = answer }
  if err and not is_nothing then
    metrics.count("cbr_order_failures_total", { kind = err.kind })
  end
  if err then
    result.error = record.brief(err)
    result.error.retryable = err.retryable
  end
  local well, reason = write(settings, result)
  if not well then
    unsaved:set(it.key, json.encode(result))
    ngx.log(ngx.WARN, "cbr: ", it.key, " (", outcome, ") is kept here until Redis takes it: ", reason)
  end
end

--- Writes what could not be written before.
function settle.flush(settings)
  for _, key in ipairs(unsaved:get_keys(0)) do
    local text = unsaved:get(key)
    if text and write(settings, assert(json.decode(text))) then
      unsaved:delete(key)
    end
  end
end

return settle
