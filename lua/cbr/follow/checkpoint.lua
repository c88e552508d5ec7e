--- Follows a restore point: the tasks that make its backups, one for each resource.

local errors = require "cbr.errors"
local fields = require "cbr.objects.fields"
local json = require "cbr.util.json"
local pages = require "cbr.pages"
local progress = require "cbr.follow.progress"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"
local time = require "cbr.util.time"

local checkpoint = {}

-- The list of tasks begins this long before the creation time of the restore point, because the time stamps of the
-- service differ a little.
local STAMP_TOLERANCE_SECONDS = 60

-- Makes the items for the resources that the response names: those that are backed up, and those that are skipped.
local function new_items(vault)
  local items, by_resource = json.list {}, {}
  for _, resource in ipairs(tables.list(vault.resources)) do
    local id = fields.id(resource.id)
    local key = fields.key(id)
    if id and not by_resource[key] then
      items[#items + 1] = { resource_id = fields.words(id), status = "waiting", progress = 0 }
      by_resource[key] = items[#items]
    end
  end
  for _, resource in ipairs(tables.list(vault.skipped_resources)) do
    local id = fields.id(resource.id)
    local item = by_resource[fields.key(id)]
    if not item then
      item = { resource_id = fields.words(id), progress = 0 }
      items[#items + 1] = item
    end
    item.status = "skipped"
    item.fail_code, item.fail_reason = fields.words(resource.code), fields.words(resource.reason)
  end
  return items, by_resource
end

--- Makes the follower of a restore point.
---@param started table the result of `client:create_checkpoint`
---@return cbr.Follower? follower nil if the result lacks the ids of its tasks
function checkpoint.follow(started)
  local vault = tables.of(started.vault)
  if type(started.id) ~= "string" or type(vault.id) ~= "string" then
    return nil
  end
  local id, vault_id, created_at = started.id, vault.id, time.parse(started.created_at)
  -- A task that names no resource gets an item of its own, with the task's id.
  local items, by_resource = new_items(vault)
  local follower = { items = items, makes_backups = true, shown = {} }

  -- Returns the item of a task; nil if the task is of another restore point.
  local function item_of(task)
    local resource = fields.id(fields.about(task, "resource").id) or fields.id(task.resource_id)
    local key = fields.key(resource or fields.id(task.id) or "")
    local item = by_resource[key]
    if task.operation_type ~= "backup" or not fields.agrees(id, task.checkpoint_id)
      or not item and not text.is_same(id, task.checkpoint_id) then
      return nil
    elseif not item then
      item = { resource_id = fields.words(resource), status = "waiting", progress = 0 }
      items[#items + 1], by_resource[key] = item, item
    end
    return item
  end

  function follower.poll(read)
    local all, err = pages.all(read, "list_op_logs", {
      vault_id = vault_id, operation_type = "backup",
      start_time = created_at and time.text(created_at - STAMP_TOLERANCE_SECONDS) or nil,
    })
    if not all then
      return nil, err
    end
    follower.shown = {}
    for _, task in ipairs(all) do
      local item = item_of(task)
      if item then
        progress.from_task(item, task)
        item.backup_id = fields.words(fields.about(task, "backup").backup_id) or item.backup_id
        follower.shown[item] = true
      end
    end
    if #items == 0 then
      return nil, errors.new({ kind = "not_found", message = "no task of the restore point is shown" }, {})
    end
    return true
  end

  function follower.report()
    return { checkpoint_id = id, vault_id = vault_id, backups = items }
  end

  return follower
end

return checkpoint
