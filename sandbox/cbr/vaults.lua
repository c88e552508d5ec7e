-- luacheck: std ngx_lua+luajit
--- The calls that create, change, delete and sum up vaults.

local calls = require "sandbox.cbr.calls"
local fixtures = require "sandbox.fixtures"
local json = require "sandbox.json"
local policy_bindings = require "sandbox.cbr.policy_bindings"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"
local tasks = require "sandbox.cbr.tasks"
local vault_resources = require "sandbox.cbr.vault_resources"
local views = require "sandbox.cbr.views"

local vaults = {}

local MAX_VAULTS, MAX_TAGS = 1000, 20
local DELETION_SECONDS = 20

--- The rules for the field `billing` of a new vault, for create_vault and create_post_paid_vault. The API pages of the
-- two calls differ in which fields are optional.
vaults.BILLING = [[
    billing!
      charging_mode post_paid|pre_paid
      cloud_type public|hybrid
      consistent_level! app_consistent|crash_consistent
      console_url text 1..255
      is_auto_pay boolean
      is_auto_renew boolean
      is_multi_az boolean
      object_type! server|disk|turbo|workspace|vmware|rds|file
      period_num integer
      period_type year|month
      protect_type! backup|replication
      size! integer 10..10485760
]]
vaults.NEW = [[
    auto_bind boolean
    auto_expand boolean
    backup_policy_id id
    bind_rules
      tags []
        key! text 1..127
        value! text 0..255
    enterprise_project_id text
    locked boolean
    resources! [0..256]
      id! id
      type! text
      name text 0..255
      extra_info
        exclude_volumes [text]
    smn_notify boolean
    threshold integer 1..100
]]
--- The specifications that a prepaid vault can have, for change_order.
vaults.SPEC_CODES = "vault.backup.server.normal|vault.backup.turbo.normal|vault.backup.database.normal|"
  .. "vault.backup.volume.normal|vault.backup.rds.normal|vault.replication.server.normal|vault.hybrid.server.normal"

-- The kind of vault that a request asks for, as a key of fixtures.kinds; nil if no kind matches.
local function kind_of(billing)
  for name, kind in pairs(fixtures.kinds) do
    if kind.object_type == billing.object_type and kind.protect_type == billing.protect_type
      and kind.cloud_type == (billing.cloud_type or "public") then
      return name
    end
  end
  -- For a vault on premises, the API page's protect_type is "backup", while responses show "hybrid".
  if billing.cloud_type == "hybrid" and billing.protect_type == "backup" and billing.object_type == "vmware" then
    return "hybrid"
  end
end

local function count_of(project)
  local count = 0
  for _, vault in ipairs(state.vault_list) do
    count = count + (vault.project_id == project.id and 1 or 0)
  end
  return count
end

local FIELDS = {
  "name", "auto_bind", "auto_expand", "availability_zone", "backup_name_prefix", "demand_billing", "description",
  "enterprise_project_id", "locked", "smn_notify", "sys_lock_source_service", "threshold",
}

--- Makes the vault that a body asks for. → the vault, or nil and an error response
function vaults.make(params, project)
  local billing, kind = params.billing, kind_of(params.billing)
  if not kind then
    return nil, responses.reject("BackupService.9900", "no vault has this object_type, protect_type and cloud_type")
  elseif count_of(project) >= MAX_VAULTS then
    return nil, responses.reject "BackupService.6133"
  elseif #(params.tags or {}) > MAX_TAGS then
    return nil, responses.reject "BackupService.6600"
  elseif params.backup_policy_id and not state.find(state.policies, project, params.backup_policy_id) then
    return nil, responses.reject "BackupService.6000"
  end
  local resource_type = fixtures.kinds[kind].resource_type
  local resources, rejection = vault_resources.check(params.resources, project, resource_type)
  if not resources then
    return nil, rejection
  end
  local row = {
    kind = kind, project_id = project.id, size = billing.size, consistent_level = billing.consistent_level,
    charging_mode = billing.charging_mode, is_multi_az = billing.is_multi_az, tags = views.tags(params.tags or {}),
    bind_rules = params.bind_rules and params.bind_rules.tags,
  }
  for _, field in ipairs(FIELDS) do row[field] = params[field] end
  local vault = state.add_vault(row)
  for _, resource in ipairs(resources) do state.add_resource(vault, resource) end
  if params.backup_policy_id then
    policy_bindings.bind(vault, state.find(state.policies, project, params.backup_policy_id))
  end
  vault_resources.bind_automatically(vault, project)
  return vault
end

--- POST …/vaults. For a prepaid vault the response is about an order, which prepaid_orders.lua makes.
vaults.create = calls.with_body([[
  vault!
    name! name
    availability_zone text 1..32
    backup_name_prefix text 0..32
    demand_billing boolean
    description description
    sys_lock_source_service text
    tags [0..20]
      key! text 1..127
      value! text 0..255
]] .. vaults.BILLING .. vaults.NEW, function(body, project)
  if body.vault.billing.charging_mode == "pre_paid" then
    return vaults.respond_with_order(body.vault, project)
  end
  local vault, rejection = vaults.make(body.vault, project)
  if not vault then
    return rejection
  end
  return responses.ok { vault = views.vault(vault, project) }
end)

local UPDATED = { "name", "auto_bind", "auto_expand", "smn_notify", "threshold" }

-- → an error response, or nil if the vault can be changed as `params` say
local function problem_of_update(vault, params)
  local size = params.billing and params.billing.size
  if vault.status == "deleting" then
    return responses.reject "BackupService.6112"
  elseif vault.locked and params.locked == false then
    return responses.reject("BackupService.6112", "a locked vault cannot be unlocked")
  elseif size and vault.charging_mode == "pre_paid" then
    return responses.reject("BackupService.6110", "only an order can change the size of a prepaid vault")
  elseif size and size * 1024 < vault.used then
    return responses.reject "BackupService.6101"
  end
end

--- PUT …/vaults/{vault_id}
vaults.update = calls.with_body([[
  vault!
    name name
    auto_bind boolean
    auto_expand boolean
    billing
      consistent_level app_consistent|crash_consistent
      size integer 1..10485760
    bind_rules
      tags []
        key! text 1..127
        value! text 0..255
    locked boolean
    smn_notify boolean
    threshold integer 1..100
]], function(body, project, id)
  local vault, params = state.vault(project, id), body.vault
  if not vault then
    return responses.reject "BackupService.6105"
  end
  local rejection = problem_of_update(vault, params)
  if rejection then
    return rejection
  end
  for _, field in ipairs(UPDATED) do
    if params[field] ~= nil then
      vault[field] = params[field]
    end
  end
  vault.locked = vault.locked or params.locked or false
  for field, value in pairs(params.billing or {}) do vault[field] = value end
  vault.bind_rules = params.bind_rules and params.bind_rules.tags or vault.bind_rules
  vault_resources.bind_automatically(vault, project)
  return responses.ok { vault = views.vault(vault, project) }
end)

--- PUT …/vaults/batch-update: all vaults of the project.
vaults.batch_update = calls.with_body([[
  vault!
    smn_notify boolean
    threshold integer 1..100
]], function(body, project)
  local updated = json.list()
  for _, vault in ipairs(state.vault_list) do
    if vault.project_id == project.id then
      for field, value in pairs(body.vault) do vault[field] = value end
      updated[#updated + 1] = vault.id
    end
  end
  return responses.ok { updated_vaults_id = updated }
end)

--- GET …/vaults/summary: the total size of all vaults in GB, and the total of their used capacity in MB.
vaults.summary = calls.with_query({}, function(_, project)
  local size, used = 0, 0
  for _, vault in ipairs(state.vault_list) do
    if vault.project_id == project.id then
      size, used = size + vault.size, used + vault.used
    end
  end
  return responses.ok { size = size, used_size = used }
end)

-- → an error code and a detail, or nil if the vault can be deleted
local function problem_of_deletion(vault)
  if vault.status == "deleting" then
    return "BackupService.6112"
  elseif vault.charging_mode == "pre_paid" then
    return "BackupService.6111", "a prepaid vault cannot be deleted, only unsubscribed from"
  elseif vault.locked and #state.backups_of[vault.id] > 0 then
    return "BackupService.6112", "a locked vault with backups cannot be deleted"
  elseif tasks.find_active(function(task)
    return task.vault_id == vault.id or task.destination_vault_id == vault.id
  end) then
    return "BackupService.6203"
  end
end

--- DELETE …/vaults/{vault_id}, with all its backups.
function vaults.delete(_, project, id)
  local vault = state.vault(project, id)
  if not vault then
    return responses.reject "BackupService.6105"
  end
  local code, detail = problem_of_deletion(vault)
  if code then
    return responses.reject(code, detail)
  end
  tasks.start {
    kind = "vault_delete", vault_id = id, project = project, seconds = DELETION_SECONDS,
    total = #state.backups_of[id], request_id = responses.request_id(),
  }
  vault.status = "deleting"
  return calls.no_content()
end

tasks.on_end("vault_delete", function(task)
  state.remove_vault(task.vault)
end)

return vaults
