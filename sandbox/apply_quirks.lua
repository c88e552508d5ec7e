-- luacheck: std ngx_lua+luajit
--- What the quirks do to an answer once it is complete: old names, numbers as text, nulls, objects as text.

local json = require "sandbox.json"
local quirks = require "sandbox.quirks"

local null = json.null

local function set(...)
  local members = {}
  for _, member in ipairs { ... } do members[member] = true end
  return members
end

-- What the schemas call optional, or the samples show as null; never what a thing is recognised or followed by.
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

local function empty_out(object, names)
  for name in pairs(names) do object[name] = null end
end

local NULLS = {}

function NULLS.backup(backup)
  empty_out(backup, OPTIONAL.backup)
  empty_out(backup.extend_info, OPTIONAL.extend_info)
  local records = backup.replication_records
  if not records or #records == 0 then backup.replication_records = null end
end

function NULLS.record(record)
  empty_out(record, OPTIONAL.record)
  -- Nothing is known of a backup whose turn has not come.
  if record.status == "waiting_replicate" then record.extra_info = null end
end

function NULLS.vault(vault)
  empty_out(vault, OPTIONAL.vault)
end

function NULLS.task(task)
  empty_out(task, OPTIONAL.task)
  local extra, problem = task.extra_info, task.error_info
  for name in pairs(OPTIONAL.task_types) do extra[name] = json.or_null(extra[name]) end
  if extra.replication ~= null then empty_out(extra.replication, OPTIONAL.task_replication) end
  extra.common.task_id = null
  if problem.code == "" then problem.code = null end
  if problem.message == "" then problem.message = null end
end

local function numbers_to_text(value)
  if type(value) == "number" then return json.encode(value) end
  if type(value) == "table" then
    for key, held in pairs(value) do value[key] = numbers_to_text(held) end
  end
  return value
end

local function dress_record(record)
  local extra = record.extra_info
  if quirks.get "old_names" then
    extra.destinatio_vault_id, extra.destination_vault_id = extra.destination_vault_id, nil
  end
  if quirks.get "nulls" then NULLS.record(record) end
  if quirks.get "extra_info_text" and record.extra_info ~= null then
    record.extra_info = json.encode(record.extra_info)
  end
end

-- Where an answer holds things of a kind: {kind, key of one, key of a list}
local PLACES = {
  { "backup", "backup", "backups" }, { "vault", "vault", "vaults" }, { "task", "operation_log", "operation_logs" },
}

local function dress_thing(kind, thing)
  if kind == "backup" then
    for _, record in ipairs(thing.replication_records or {}) do dress_record(record) end
  end
  if quirks.get "nulls" then NULLS[kind](thing) end
end

--- The answer as the quirks want it; with none set, untouched. Refusals stay as they are.
return function(answer)
  if answer.status ~= 200 then return answer end
  local body = answer.body
  -- Before an extra_info may become text: what is in it counts too.
  if quirks.get "numbers_as_text" then numbers_to_text(body) end
  for _, place in ipairs(PLACES) do
    local kind, one, list = place[1], body[place[2]], body[place[3]]
    if one then dress_thing(kind, one) end
    for _, thing in ipairs(list or {}) do dress_thing(kind, thing) end
    if list and quirks.get "nulls" then empty_out(body, OPTIONAL.list) end
  end
  return answer
end
