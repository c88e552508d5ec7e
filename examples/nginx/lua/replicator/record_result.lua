--- Records the service's response to an order. The worker that sent the order is certain of the order's result, so this
-- result counts, whatever a search has found meanwhile. While Redis cannot be reached, this host keeps the result.

local json = require "replicator.json"
local metrics = require "replicator.metrics"
local records = require "replicator.records"
local store = require "replicator.store"

local record_result = {}

local unsaved = ngx.shared.cbr_unsaved -- for the key of a record, the result as JSON; survives a reload
local MAX_TRIES = 5

--- Writes that the service accepted the order.
---@param db table
---@param entry table a record and its text in Redis: see records.lua
---@param response table what `replicate`, `sync` or `find_order` returned
---@return "done"|"moved"|"busy"|"lost" outcome see methods:move in store.lua
function record_result.accepted(db, entry, response)
  local record, interval, now = entry.record, db.settings.poll_interval, db:now()
  record.state, record.started, record.ordered_at, record.outcome = "in_progress", response, now, "accepted"
  record.error, record.poll_error, record.ended_at = nil, nil, nil
  record.progress = { percent = 0, done = 0, total = response.backups and #response.backups or 1, failed = 0 }
  record.pause, record.next_at = interval, now + interval
  return records.save(db, entry)
end

-- Whether a record still waits for this result.
local function awaits(record, result)
  local is_open = record ~= nil and (record.state == "claimed" or record.state == "unknown")
  return is_open and record.claim == result.claim
end

local function write_to(db, entry, result)
  local record = entry.record
  if result.outcome == "accepted" then
    local outcome = record_result.accepted(db, entry, result.started)
    if outcome == "busy" then -- the record had ended as unknown, and the vault's next run is in progress
      record.note = "the response came after the search had ended: the order was accepted"
      return records.finish(db, entry, "unknown")
    end
    return outcome
  elseif result.outcome == "unknown" then
    if record.state == "unknown" then
      return "done"
    end
    record.error, record.outcome = result.error, "unknown"
    record.next_at = db:now() + math.min(1, db.settings.poll_interval)
    return records.save(db, entry)
  end
  return records.not_accepted(db, entry, result.outcome, result.error)
end

local function write(settings, result)
  return store.use(settings, function(db)
    for _ = 1, MAX_TRIES do
      local record, stored = db:read(result.key)
      if not awaits(record, result) then
        return true
      end
      if write_to(db, { record = record, stored = stored }, result) == "done" then
        return true
      end
    end
    error({ redis = "each attempt to write the record failed, because another worker had changed it" }, 0)
  end)
end

--- Records the response to an order, or its error.
---@param settings table
---@param record table the record in the form in which it was claimed
---@param response? table
---@param err? table an error of cbr
function record_result.write(settings, record, response, err)
  local outcome = response and "accepted" or err.outcome or "unknown"
  local is_nothing_to_do = err ~= nil and records.is_nothing_to_do(err)
  metrics.count("cbr_orders_total", { kind = record.kind, outcome = is_nothing_to_do and "nothing" or outcome })
  local result = { key = record.key, claim = record.claim, outcome = outcome, started = response }
  if err and not is_nothing_to_do then
    metrics.count("cbr_order_failures_total", { kind = err.kind })
  end
  if err then
    result.error = records.brief(err)
    result.error.retryable = err.retryable
  end
  local ok, reason = write(settings, result)
  if not ok then
    unsaved:set(record.key, json.encode(result))
    ngx.log(ngx.WARN, "cbr: the result of ", record.key, " (", outcome, ") is kept on this host until Redis is back: ",
      reason)
  end
end

--- Writes the results that this host kept while Redis could not be reached.
---@param settings table
function record_result.write_unsaved(settings)
  for _, key in ipairs(unsaved:get_keys(0)) do
    local text = unsaved:get(key)
    if text and write(settings, assert(json.decode(text))) then
      unsaved:delete(key)
    end
  end
end

return record_result
