--- All that the fleet's Redis says at one moment: what is open, what is due, what became of the rest.

local json = require "cbr.util.json"
local record = require "replicator.record"

local survey = {}

local MOST_JOBS = 200 -- of those that wait, looked at in one go

local function read_all(db, keys)
  local records = {}
  if #keys == 0 then
    return records
  end
  for i, text in ipairs(db:call("mget", unpack(keys))) do
    records[keys[i]] = text ~= ngx.null and json.decode(text) or nil
  end
  return records
end

-- What is open on each of the vaults, by vault id.
local function open_records(db, vault_ids)
  local pointers, open, targets = {}, {}, {}
  for i, id in ipairs(vault_ids) do
    pointers[i] = db:open_key(id)
  end
  if #pointers == 0 then
    return open
  end
  for _, key in ipairs(db:call("mget", unpack(pointers))) do
    targets[#targets + 1] = key ~= ngx.null and key or nil
  end
  for _, it in pairs(read_all(db, targets)) do
    open[it.vault_id] = it
  end
  return open
end

-- Slot by slot what became of them, the oldest first; "none" where no host was there, or none could order.
local function history(db, name, slot)
  local fields, states = {}, {}
  for i = 1, record.HISTORY do
    fields[i] = slot - record.HISTORY + i
  end
  for i, state in ipairs(db:call("hmget", db.prefix .. "history:" .. name, unpack(fields))) do
    states[i] = { slot = fields[i], state = state ~= ngx.null and state or "none" }
  end
  return states
end

-- Redis that lost what it knew is born anew, and a slot that had begun before is not ordered: its claim may be among
-- what was lost.
local function birth(db, now)
  db:call("set", db.prefix .. "born", ("%.3f"):format(now), "NX")
  return tonumber(db:call("get", db.prefix .. "born"))
end

--- Reads it all.
function survey.look(settings, db)
  local now = db:now()
  local self = { now = now, born = birth(db, now), vaults = {}, jobs = {}, recent = {} }
  local queue = db:call("lrange", db.prefix .. "queue", 0, MOST_JOBS - 1)
  local jobs = read_all(db, queue)
  local ids, seen = {}, {}
  local function note(id)
    ids[#ids + 1] = not seen[id] and id or nil
    seen[id] = true
  end
  for _, key in ipairs(queue) do
    if jobs[key] then
      table.insert(self.jobs, jobs[key])
      note(jobs[key].vault_id)
    else
      db:call("lrem", db.prefix .. "queue", 0, key) -- kept too long: its time is over
    end
  end
  for _, vault in ipairs(settings.vaults) do
    note(vault.vault_id)
  end
  for _, id in ipairs(db:call("smembers", db.prefix .. "held")) do
    note(id) -- also of a vault that has left the list since
  end
  self.vault_ids, self.open = ids, open_records(db, ids)
  for i, vault in ipairs(settings.vaults) do
    local slot = record.slot_at(now, vault.interval)
    self.vaults[i] = {
      vault = vault, slot = slot, begun = slot * vault.interval,
      claimed = db:call("exists", record.slot_key(settings, vault, slot)) == 1,
      last = db:read(db.prefix .. "last:" .. vault.name), history = history(db, vault.name, slot),
    }
  end
  local recent = db:call("lrange", db.prefix .. "recent", 0, -1)
  local records = read_all(db, recent)
  for _, key in ipairs(recent) do
    table.insert(self.recent, records[key])
  end
  return self
end

--- What can be gone on with now: at most one record for a vault, and what is open goes first.
---@return table[] records
function survey.due(settings, seen)
  local due, taken = {}, {}
  local function add(it)
    due[#due + 1], taken[it.vault_id] = it, true
  end
  for _, id in ipairs(seen.vault_ids) do
    local it = seen.open[id]
    taken[id] = it ~= nil
    if it and (it.next_at or 0) <= seen.now then
      add(it)
    end
  end
  for _, job in ipairs(seen.jobs) do
    if not taken[job.vault_id] then
      add(job)
    end
  end
  for _, one in ipairs(seen.vaults) do
    if not one.claimed and one.begun >= seen.born and not taken[one.vault.vault_id] then
      add(record.of_slot(settings, one.vault, one.slot))
    end
  end
  return due
end

return survey
