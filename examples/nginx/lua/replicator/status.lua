--- What this host last saw of the fleet, for people and for programs. It lies in shared memory: any worker can show it,
-- also while Redis is away.

local json = require "cbr.util.json"

local status = {}

local shared = ngx.shared.cbr_state

local SHOWN = {
  "state", "origin", "kind", "slot", "id", "vault_id", "attempt", "host", "note", "error", "look_error", "failures",
  "counts", "outcome", "created_at", "claimed_at", "ordered_at", "ended_at", "next_at",
}

local function list(rows)
  return #rows > 0 and rows or json.empty_array
end

--- What is shown of a record.
function status.view(it)
  local view = {}
  for _, name in ipairs(SHOWN) do
    view[name] = it[name]
  end
  for name, value in pairs(it.progress or {}) do
    view[name] = value
  end
  return view
end

local function vault_view(one, seen)
  local vault, it = one.vault, seen.open[one.vault.vault_id]
  local next_slot = (one.slot + 1) * vault.interval
  if not one.claimed and one.begun < seen.born then
    next_slot = math.ceil(seen.born / vault.interval) * vault.interval
  end
  return {
    name = vault.name, vault_id = vault.vault_id, interval = vault.interval, slot = one.slot, next_slot_at = next_slot,
    destination_region = vault.params.destination_region, destination_vault_id = vault.params.destination_vault_id,
    run = it and status.view(it) or nil, last = one.last, history = one.history,
  }
end

local function views(records)
  local rows = {}
  for i, it in ipairs(records) do
    rows[i] = status.view(it)
  end
  return rows
end

-- Vaults without a word on them: Redis was never seen.
local function bare(settings)
  local rows = {}
  for i, vault in ipairs(settings.vaults) do
    rows[i] = { name = vault.name, vault_id = vault.vault_id, interval = vault.interval,
      destination_region = vault.params.destination_region, destination_vault_id = vault.params.destination_vault_id }
  end
  return rows
end

--- Notes what was seen; or why nothing could be.
---@param settings table
---@param seen? table as survey.look gives it
---@param reason? string
function status.note(settings, seen, reason)
  local snapshot
  if seen then
    snapshot = {
      at = seen.now, ahead = seen.now - ngx.now(), redis = { reachable = true },
      vaults = {}, jobs = views(seen.jobs), recent = views(seen.recent),
    }
    for i, one in ipairs(seen.vaults) do
      snapshot.vaults[i] = vault_view(one, seen)
    end
  else
    snapshot = status.snapshot(settings)
    local since = snapshot.redis.since
    if not since then -- once, and not at every look
      ngx.log(ngx.WARN, "cbr: nothing is ordered: ", reason)
    end
    snapshot.redis = { reachable = false, since = since or ngx.now(), reason = reason }
  end
  shared:set("snapshot", assert(json.encode({
    at = snapshot.at, ahead = snapshot.ahead, redis = snapshot.redis, vaults = list(snapshot.vaults),
    jobs = list(snapshot.jobs), recent = list(snapshot.recent),
  })))
end

--- The last that was noted.
---@return table
function status.snapshot(settings)
  local text = shared:get "snapshot"
  local snapshot = text and json.decode(text)
    or { redis = { reachable = false, reason = "not looked yet" }, vaults = bare(settings), jobs = {}, recent = {} }
  return snapshot
end

--- All that /status.json says. Times are those of Redis' clock, `now` too.
function status.text(settings)
  local snapshot = status.snapshot(settings)
  return json.encode {
    host = settings.host, now = ngx.now() + (snapshot.ahead or 0), at = snapshot.at, redis = snapshot.redis,
    ordering = snapshot.redis.reachable, why_not = not snapshot.redis.reachable
      and "nothing is ordered: " .. tostring(snapshot.redis.reason) or nil,
    vaults = list(snapshot.vaults), jobs = list(snapshot.jobs), recent = list(snapshot.recent),
  }
end

return status
