--- What Redis holds about the fleet at one moment: open orders, waiting jobs, the state of each slot, recent results.

local copies = require "replicator.copies"
local json = require "replicator.json"
local notices = require "replicator.notices"
local records = require "replicator.records"

local overview = {}

local MAX_JOBS = 200 -- an overview reads at most this many waiting jobs

-- Returns the records and their texts, by key.
local function read_all(db, keys)
  local records_by_key, texts = {}, {}
  if #keys == 0 then
    return records_by_key, texts
  end
  for i, text in ipairs(db:call("mget", unpack(keys))) do
    texts[keys[i]] = text ~= ngx.null and text or nil
    records_by_key[keys[i]] = texts[keys[i]] and json.decode(text) or nil
  end
  return records_by_key, texts
end

-- The open record of each vault, by vault id.
local function open_records(db, vault_ids)
  local holder_keys, record_keys, open = {}, {}, {}
  for i, id in ipairs(vault_ids) do
    holder_keys[i] = db:holder_key(id)
  end
  if #holder_keys == 0 then
    return open
  end
  for _, key in ipairs(db:call("mget", unpack(holder_keys))) do
    record_keys[#record_keys + 1] = key ~= ngx.null and key or nil
  end
  for _, record in pairs((read_all(db, record_keys))) do
    open[record.vault_id] = record
  end
  return open
end

-- The states of a vault's last slots, the oldest first; "none" for a slot that was not ordered.
local function history(db, name, slot)
  local slots, states = {}, {}
  for i = 1, records.HISTORY do
    slots[i] = slot - records.HISTORY + i
  end
  for i, state in ipairs(db:call("hmget", db.settings.prefix .. "history:" .. name, unpack(slots))) do
    states[i] = { slot = slots[i], state = state ~= ngx.null and state or "none" }
  end
  return states
end

-- Reads the waiting jobs, the oldest first. An ended job leaves the queue here. The worker that ends the job may be
-- killed before it could do that.
local function read_queue(db)
  local jobs = {}
  local keys = db:call("lrange", db.settings.prefix .. "queue", 0, MAX_JOBS - 1)
  local by_key, texts = read_all(db, keys)
  for _, key in ipairs(keys) do
    local job = by_key[key]
    if job and not job.ended_at then
      jobs[#jobs + 1] = job
    else
      db:dequeue(key, texts[key])
    end
  end
  return jobs
end

local function read_recent(db)
  local recent, keys = {}, db:call("lrange", db.settings.prefix .. "recent", 0, -1)
  local by_key = read_all(db, keys)
  for _, key in ipairs(keys) do
    recent[#recent + 1] = by_key[key]
  end
  return recent
end

-- The ids of all vaults that have a job, a schedule, or an open order, also of vaults that vaults.lua no longer lists.
local function vault_ids(db, jobs)
  local ids, is_listed = {}, {}
  local function add(id)
    ids[#ids + 1] = not is_listed[id] and id or nil
    is_listed[id] = true
  end
  for _, job in ipairs(jobs) do
    add(job.vault_id)
  end
  for _, vault in ipairs(db.settings.vaults) do
    add(vault.vault_id)
  end
  for _, id in ipairs(db:call("smembers", db.settings.prefix .. "held")) do
    add(id)
  end
  return ids
end

--- Reads the overview.
---@param db table
---@return { now: number, data_began: number, vaults: table[], jobs: table[], recent: table[], vault_ids: string[],
-- open: table<string, table>, copies: table?, notices: string[] }
function overview.read(db)
  local settings, now = db.settings, db:now()
  local jobs = read_queue(db)
  local ids = vault_ids(db, jobs)
  local seen = {
    now = now, data_began = db:data_began() or now, vaults = {}, jobs = jobs, recent = read_recent(db),
    vault_ids = ids, open = open_records(db, ids), copies = copies.read(db),
    notices = settings.webhook and notices.due(db, now) or {},
  }
  for i, vault in ipairs(settings.vaults) do
    local slot = records.slot_at(now, vault.interval)
    seen.vaults[i] = {
      vault = vault, slot = slot, began = slot * vault.interval,
      has_record = db:call("exists", records.slot_key(settings, vault, slot)) == 1,
      last = db:read(settings.prefix .. "last:" .. vault.name), history = history(db, vault.name, slot),
    }
  end
  return seen
end

--- The records that can be advanced now, at most one for each vault: the record of the vault's open order, or else of
-- its first job, or else of its slot.
---@param settings table
---@param seen table what `read` returned
---@return table[] records
function overview.due(settings, seen)
  local due, is_taken = {}, {}
  local function add(record)
    due[#due + 1], is_taken[record.vault_id] = record, true
  end
  for _, id in ipairs(seen.vault_ids) do
    local record = seen.open[id]
    is_taken[id] = record ~= nil
    if record and (record.next_at or 0) <= seen.now then
      add(record)
    end
  end
  for _, job in ipairs(seen.jobs) do
    if not is_taken[job.vault_id] then
      add(job)
    end
  end
  for _, row in ipairs(seen.vaults) do
    if not row.has_record and row.began >= seen.data_began and not is_taken[row.vault.vault_id] then
      add(records.of_slot(settings, row.vault, row.slot))
    end
  end
  return due
end

return overview
