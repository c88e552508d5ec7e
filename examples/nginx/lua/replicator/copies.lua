--- Checks, now and then, how old the copies of the vaults are. One host of the fleet calls dr.copies, and Redis keeps
-- the result for the page and the metrics of all hosts.

local dr = require "cbr.dr"
local json = require "replicator.json"
local lock = require "replicator.lock"
local store = require "replicator.store"

local copies = {}

local MAX_PROBLEMS = 5 -- at most this many resources without a recent copy are kept
local LOCK = "copies" -- stands in place of a vault's id in the key of the lock

local FINE = { compliant = true, not_replicable = true }

local KEY = "copies" -- the key of the result in the store

local function key_of(settings)
  return lock.store_key(settings, KEY)
end

local function largest(a, b)
  return b and math.max(a or b, b) or a
end

-- The part of a report that is kept for one vault.
local function summary(report, vault)
  local kept = { is_green = report.is_green, totals = {}, rpo = report.rpo, problems = {} }
  for _, row in ipairs(report.rows) do
    kept.totals[row.verdict] = (kept.totals[row.verdict] or 0) + 1
    kept.newest_backup_age = largest(kept.newest_backup_age, row.newest_backup_age)
    kept.newest_replica_age = largest(kept.newest_replica_age, row.replica_age)
    kept.lag = largest(kept.lag, row.lag)
    if not FINE[row.verdict] and #kept.problems < MAX_PROBLEMS then
      kept.problems[#kept.problems + 1] = {
        resource = row.resource_name or row.resource_id or vault.name, verdict = row.verdict, reason = row.reason,
        message = row.message,
      }
    end
  end
  kept.problems = #kept.problems > 0 and kept.problems or nil -- lua-cjson would write an empty list as an object
  return kept
end

local function survey(settings, now)
  local found = { at = now, vaults = {} }
  for _, vault in ipairs(settings.vaults) do
    local report, err = dr.copies(settings.client, {
      vault_ids = { vault.vault_id }, rpo = vault.rpo, lag = vault.lag, at = now,
      destinations = vault.params.destinations,
    })
    found.vaults[vault.name] = report and summary(report, vault)
      or { is_green = false, totals = { unread = 1 }, problems = { { verdict = "unread", message = err.message } } }
  end
  return found
end

--- Whether it is time for the next check.
---@param settings table
---@param seen table what overview.read returned
---@return boolean
function copies.are_due(settings, seen)
  return #settings.vaults > 0 and (not seen.copies or seen.now - seen.copies.at >= settings.survey_interval)
end

--- Reads the result of the last check from Redis.
---@param db table
---@return { at: number, vaults: table<string, table> }?
function copies.read(db)
  return (db:read(key_of(db.settings)))
end

--- Checks the copies, unless another host is doing this, or has done it since the caller read Redis.
---@param settings table
function copies.ask(settings)
  local owner, now = lock.new_owner(settings), nil
  local is_due = false
  local is_free = store.must_use(settings, function(db)
    now = db:now()
    if not lock.take(db, LOCK, owner) then
      return false
    end
    is_due = copies.are_due(settings, { now = now, copies = copies.read(db) })
    return true
  end)
  if not is_free then
    return
  end
  lock.hold(settings, LOCK, owner, function()
    if is_due then
      local text = assert(json.encode(survey(settings, now)))
      local is_written, reason = lock.store(settings, LOCK, owner).set(KEY, text)
      if not is_written then
        error({ redis = reason }, 0)
      end
    end
  end)
end

return copies
