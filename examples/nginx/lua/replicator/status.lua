--- The state of the fleet, as this host last read it, for the page, the metrics and programs. Shared memory keeps the
-- state, so any worker can show it, even while Redis cannot be reached.

local json = require "replicator.json"

local status = {}

local shared = ngx.shared.cbr_state

local SHOWN = {
  "state", "origin", "kind", "slot", "id", "vault_id", "attempt", "host", "note", "error", "poll_error", "failures",
  "counts", "outcome", "created_at", "claimed_at", "ordered_at", "ended_at", "next_at",
}

-- The names of the vaults that vaults.lua lists, by id.
local function names_by_id(settings)
  local names = {}
  for _, vault in ipairs(settings.vaults) do
    names[vault.vault_id] = vault.name
  end
  return names
end

--- The fields of a record that are shown.
---@param settings table
---@param record table
---@return table view
function status.view(settings, record)
  local view = { vault_name = names_by_id(settings)[record.vault_id] }
  for _, name in ipairs(SHOWN) do
    view[name] = record[name]
  end
  for name, value in pairs(record.progress or {}) do
    view[name] = value
  end
  return view
end

local function views(settings, records)
  local rows = {}
  for i, record in ipairs(records) do
    rows[i] = status.view(settings, record)
  end
  return rows
end

-- The fields of a vault that are known without Redis.
local function basic_view(vault)
  return {
    name = vault.name, vault_id = vault.vault_id, interval = vault.interval, destinations = vault.params.destinations,
  }
end

local function vault_view(settings, row, seen)
  local vault, view = row.vault, basic_view(row.vault)
  local record = seen.open[vault.vault_id]
  view.slot, view.next_slot_at = row.slot, (row.slot + 1) * vault.interval
  if not row.has_record and row.began < seen.data_began then
    view.next_slot_at = math.ceil(seen.data_began / vault.interval) * vault.interval
  end
  local copies = seen.copies and seen.copies.vaults[vault.name]
  view.copies, view.copies_at = copies, copies and seen.copies.at
  view.run, view.last, view.history = record and status.view(settings, record), row.last, row.history
  return view
end

--- Replaces the published state. If Redis failed, the last state stays, and the reason is added.
---@param settings table
---@param seen? table what overview.read returned; nil if Redis failed
---@param reason? string why Redis failed
function status.publish(settings, seen, reason)
  local snapshot
  if seen then
    snapshot = {
      at = seen.now, ahead = seen.now - ngx.now(), redis = { reachable = true },
      vaults = {}, jobs = views(settings, seen.jobs), recent = views(settings, seen.recent),
    }
    for i, row in ipairs(seen.vaults) do
      snapshot.vaults[i] = vault_view(settings, row, seen)
    end
  else
    snapshot = status.snapshot(settings)
    local since = snapshot.redis.since
    if not since then -- this is logged once, not on each tick
      ngx.log(ngx.WARN, "cbr: nothing is ordered: ", reason)
    end
    snapshot.redis = { reachable = false, since = since or ngx.now(), reason = reason }
  end
  shared:set("snapshot", assert(json.encode(snapshot)))
end

--- The state that was published last.
---@param settings table
---@return table
function status.snapshot(settings)
  local text = shared:get "snapshot"
  if text then
    return json.decode(text)
  end
  local vaults = {}
  for i, vault in ipairs(settings.vaults) do
    vaults[i] = basic_view(vault)
  end
  local redis = { reachable = false, reason = "this host has not read Redis yet" }
  return { redis = redis, vaults = vaults, jobs = {}, recent = {} }
end

--- The text of /status.json. All its times, `now` included, are by Redis' clock.
---@param settings table
---@return string
function status.text(settings)
  local snapshot = status.snapshot(settings)
  local redis = snapshot.redis
  local why_not = not redis.reachable and "nothing is ordered: " .. tostring(redis.reason) or nil
  return json.object({
    host = settings.host, now = ngx.now() + (snapshot.ahead or 0), at = snapshot.at, redis = redis,
    ordering = redis.reachable, why_not = why_not,
  }, { vaults = snapshot.vaults, jobs = snapshot.jobs, recent = snapshot.recent })
end

return status
