--- Follows a replication: every backup that the order included, and every backup that it left out.
--
-- If a backup is deleted at the source, its records disappear. Then the task of the copy shows the result of the copy.
-- Without such a task, the item ends as failed.
--
-- One list contains all records of a vault. If that list has no records, the backups are read one by one. If the single
-- backups have no records either (Open Telekom Cloud does not document records), the vault's tasks are read.

local core = require "cbr.core"
local fields = require "cbr.objects.fields"
local json = require "cbr.util.json"
local pages = require "cbr.pages"
local progress = require "cbr.follow.progress"
local replicable = require "cbr.objects.replicable"
local tables = require "cbr.util.tables"
local time = require "cbr.util.time"

local replication = {}

-- Updates the items from the records of a backup. Returns whether one of the records belongs to the order.
local function read_records(follower, backup)
  for _, record in ipairs(tables.list(backup.replication_records)) do
    local item = follower.by_record[fields.key(record.id)]
    if item then
      progress.from_record(item, record)
      follower.shown[item] = true
      return true
    end
  end
  return false
end

-- Notes whether the service has an item's backup.
local function note_presence(follower, item, is_there)
  local missing_since = follower.missing_since_by_item
  missing_since[item] = not is_there and (missing_since[item] or core.monotonic()) or nil
end

local function list_left_out(follower, backups)
  local list, region = json.list {}, follower.order.destination_region
  for _, backup in ipairs(backups) do
    if not follower.by_backup[fields.key(backup.id)] then
      list[#list + 1] = { backup_id = backup.id, name = backup.name, reason = replicable.left_out(backup, region) }
    end
  end
  return list
end

-- The next three functions are ways to poll. Each returns whether the response showed a part of the
-- order; or nil and an error.

local function poll_list(follower, read)
  local backups, err = pages.all(read, "list_backups", { vault_id = follower.order.vault_id, show_replication = true })
  if not backups then
    return nil, err
  end
  local is_shown, listed = false, {}
  for _, backup in ipairs(backups) do
    is_shown, listed[fields.key(backup.id) or ""] = read_records(follower, backup) or is_shown, true
  end
  for _, item in ipairs(follower.items) do
    note_presence(follower, item, listed[fields.key(item.backup_id)])
  end
  follower.left_out = follower.left_out or list_left_out(follower, backups)
  return is_shown
end

local function poll_backups(follower, read)
  local is_shown = false
  for _, item in ipairs(follower.items) do
    if not progress.has_ended(item) then
      local backup, err = read("show_backup", { backup_id = item.backup_id })
      if not backup and err.kind ~= "not_found" then
        return nil, err
      end
      note_presence(follower, item, backup)
      follower.order.vault_id = follower.order.vault_id or backup and fields.id(backup.vault_id) or nil
      is_shown = backup and read_records(follower, backup) or is_shown
      if backup and not is_shown then
        return false -- the other backups will not have records either
      end
    end
  end
  return is_shown
end

-- Polls the vault's tasks. With `missing`, reads only the tasks of these items.
local function poll_tasks(follower, read, missing)
  local tasks, err = pages.all(read, "list_op_logs", { vault_id = follower.order.vault_id })
  if not tasks then
    return nil, err
  end
  local newest, region = {}, follower.order.destination_region
  for _, task in ipairs(tasks) do
    local about = fields.about(task, "replication")
    local item = follower.by_backup[fields.key(about.source_backup_id)]
    local created_at = time.parse(task.created_at) or 0
    if item and (not missing or missing[item]) and fields.agrees(region, about.destination_region)
      and (not newest[item] or created_at > newest[item]) then
      newest[item], follower.shown[item] = created_at, true
      progress.from_task(item, task)
    end
  end
  return next(newest) ~= nil
end

-- Ends the items whose backups have been missing for one settle time. Such an item gets the status of its task, or
-- fails if there is no task. Returns true; or nil and an error.
local function end_missing(follower, read, settle_time)
  local missing, now = {}, core.monotonic()
  for item, since in pairs(follower.missing_since_by_item) do
    if not progress.has_ended(item) and now - since >= settle_time then
      missing[item] = true
    end
  end
  if not next(missing) then
    return true
  end
  local is_shown, err = poll_tasks(follower, read, missing)
  if is_shown == nil then
    return nil, err
  end
  for item in pairs(missing) do
    if not follower.shown[item] then
      item.status = "failed"
      item.fail_reason = ("backup %s no longer exists at the source, and no task shows whether it was replicated")
        :format(item.backup_id)
    end
  end
  return true
end

local WAYS, WAYS_OF_COPY = { poll_list, poll_backups, poll_tasks }, { poll_backups, poll_tasks }

---@class cbr.Follower follows one order or task for `client:wait`
---@field items cbr.Item[]
---@field makes_backups? boolean the items are backups that are made or copied, which takes long
---@field poll fun(read: cbr.Reader, settle_time: number): true?, cbr.Error? updates the items
---@field report fun(): table
---@field is_polled? boolean a poll has succeeded
---@field by_backup? table<string, cbr.Item> for a replication: key (fields.key) of a backup -> its item
---@field by_record? table<any, cbr.Item> for a replication: key of a replication record -> its item
---@field shown? table<cbr.Item, boolean> for a replication: the items that the last successful poll showed
---@field missing_since_by_item? table<cbr.Item, number> for a replication: time since which an item's
-- backup has been missing
---@field ended_at? number time when everything had ended, on core.monotonic's clock
---@field missing_since? number time since which the service has said that the object does not exist, on
-- core.monotonic's clock

--- Makes the follower of a replication.
---@param order table the result of `client:replicate`
---@param ways? function[] the ways to poll
---@return cbr.Follower? follower nil for an order whose backups have no ids
function replication.follow(order, ways)
  ways = ways or WAYS
  local items, by_backup, by_record = json.list {}, {}, {}
  for i, backup in ipairs(order.backups) do
    if type(backup) ~= "table" or type(backup.backup_id) ~= "string" then
      return nil
    end
    local item = {
      backup_id = backup.backup_id, replication_record_id = backup.replication_record_id,
      status = "waiting", progress = 0,
    }
    items[i] = item
    by_backup[fields.key(backup.backup_id)] = item
    local record_id = backup.replication_record_id
    if record_id and record_id == record_id then -- NaN cannot be the key of a table
      by_record[fields.key(record_id)] = item
    end
  end
  order = tables.copy(order) -- the caller may change the original during the wait
  local follower = {
    order = order, items = items, by_backup = by_backup, by_record = by_record, missing_since_by_item = {}, shown = {},
    makes_backups = true,
  }
  local way, is_certain = 1, false

  -- Once a way has shown the order, no other way is used. Before that, every poll begins with the first way again,
  -- because records may appear a moment after the order.
  function follower.poll(read, settle_time)
    local shown_before = follower.shown
    follower.shown = {}
    local is_shown, err = ways[way](follower, read)
    while is_shown == false and way < #ways and not is_certain do
      way = way + 1
      is_shown, err = ways[way](follower, read)
    end
    if is_shown == nil then
      follower.shown = shown_before
      return nil, err
    elseif is_shown then
      is_certain = true
    else
      way = 1
    end
    return end_missing(follower, read, settle_time)
  end

  function follower.report()
    return {
      vault_id = order.vault_id, destination_vault_id = order.destination_vault_id,
      destination_region = order.destination_region, backups = items, left_out = follower.left_out or json.list {},
    }
  end

  return follower
end

--- Makes the follower of the copy of one backup. The copy is followed like a replication of this backup alone, whose
-- vault is known once the backup was read.
---@param copy table the result of `client:copy_backup`
---@return cbr.Follower follower
function replication.follow_copy(copy)
  return assert(replication.follow({
    backups = { { backup_id = copy.backup_id, replication_record_id = copy.replication_record_id } },
    destination_vault_id = copy.destination_vault_id, destination_region = copy.destination_region,
  }, WAYS_OF_COPY))
end

return replication
