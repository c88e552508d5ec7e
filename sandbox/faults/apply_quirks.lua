-- luacheck: std ngx_lua+luajit
--- Applies those quirks to a complete response that change its form: old names, numbers as text, nulls, objects as
-- text.

local json = require "sandbox.json"
local quirks = require "sandbox.faults.quirks"

local null = json.null

local function set(...)
  local members = {}
  for _, member in ipairs { ... } do members[member] = true end
  return members
end

-- Fields that the schemas call optional, or that the samples show as null. Fields by which a client identifies or
-- follows an item are not in this list.
local OPTIONAL = {
  backup = set("children", "description", "enterprise_project_id", "expired_at", "incremental", "parent_id",
    "protected_at", "resource_az", "updated_at", "version"),
  extend_info = set("bootable", "encrypted", "is_multi_az", "os_images_data", "progress", "snapshot_id", "support_lld",
    "supported_restore_mode", "system_disk"),
  record = set("created_at", "destination_checkpoint_id", "source_checkpoint_id", "source_project_id", "source_region",
    "vault_id"),
  vault = set("availability_zone", "bind_rules", "description", "enterprise_project_id", "smn_notify",
    "sys_lock_source_service", "tags", "threshold", "user_id"),
  task = set("checkpoint_id", "policy_id", "provider_id", "vault_id", "vault_name"),
  task_types = set("backup", "delete", "remove_resources", "replication", "restore", "sync", "vault_delete"),
  task_replication = set("destination_backup_name", "destination_checkpoint_id", "source_backup_name",
    "source_checkpoint_id"),
  list = set("limit", "offset"),
}

local function set_null(object, names)
  for name in pairs(names) do object[name] = null end
end

local NULLS = {}

function NULLS.backup(backup)
  set_null(backup, OPTIONAL.backup)
  set_null(backup.extend_info, OPTIONAL.extend_info)
  local records = backup.replication_records
  if not records or #records == 0 then
    backup.replication_records = null
  end
end

function NULLS.record(record)
  set_null(record, OPTIONAL.record)
  -- Until a replication starts, extra_info of its record is null.
  if record.status == "waiting_replicate" then
    record.extra_info = null
  end
end

function NULLS.vault(vault)
  set_null(vault, OPTIONAL.vault)
end

function NULLS.task(task)
  set_null(task, OPTIONAL.task)
  local extra, problem = task.extra_info, task.error_info
  for name in pairs(OPTIONAL.task_types) do extra[name] = json.or_null(extra[name]) end
  if extra.replication ~= null then
    set_null(extra.replication, OPTIONAL.task_replication)
  end
  extra.common.task_id = null
  if problem.code == "" then
    problem.code = null
  end
  if problem.message == "" then
    problem.message = null
  end
end

local function numbers_to_text(value)
  if type(value) == "number" then
    return json.encode(value)
  end
  if type(value) == "table" then
    for key, member in pairs(value) do value[key] = numbers_to_text(member) end
  end
  return value
end

local function apply_to_record(record)
  local extra = record.extra_info
  if quirks.get "old_names" then
    extra.destinatio_vault_id, extra.destination_vault_id = extra.destination_vault_id, nil
  end
  if quirks.get "nulls" then
    NULLS.record(record)
  end
  if quirks.get "extra_info_text" and record.extra_info ~= null then
    record.extra_info = json.encode(record.extra_info)
  end
end

-- The keys under which a response holds items: {kind of item, key of a single item, key of a list of items}
local PLACES = {
  { "backup", "backup", "backups" }, { "vault", "vault", "vaults" }, { "task", "operation_log", "operation_logs" },
}

local function apply_to_item(kind, item)
  if kind == "backup" then
    for _, record in ipairs(item.replication_records or {}) do apply_to_record(record) end
  end
  if quirks.get "nulls" then
    NULLS[kind](item)
  end
end

--- Changes the response in place as the quirks ask. Rejections stay as they are. → the response
return function(response)
  if response.status ~= 200 then
    return response
  end
  local body = response.body
  -- This quirk must come first, since it also changes numbers inside extra_info, which may become text below.
  if quirks.get "numbers_as_text" then
    numbers_to_text(body)
  end
  for _, place in ipairs(PLACES) do
    local kind, one, list = place[1], body[place[2]], body[place[3]]
    if one then
      apply_to_item(kind, one)
    end
    list = type(list) == "table" and list or nil -- in a backup's metadata, `backups` is a text
    for _, item in ipairs(list or {}) do apply_to_item(kind, item) end
    if list and quirks.get "nulls" then
      set_null(body, OPTIONAL.list)
    end
  end
  return response
end
