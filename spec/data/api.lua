--- All operations of the service, and the names of their parameters as they are sent, from the API reference. The specs
-- compare the module's own data with this text.
--
-- `# group` is the module of cbr.operations that has the operations below it. `query` and `body` lines name the
-- parameters; `body wrapper:` names parameters that are sent inside an object of that name. `required` names the
-- mandatory parameters outside of the path. `limits` gives the smallest and the largest number, number of characters,
-- or number of members. Where the API pages contradict each other or the service, this text has the wider limit.

local REFERENCE = [[
# restore_points
POST /v3/{project_id}/checkpoints create_checkpoint
  body checkpoint: parameters vault_id
  required vault_id
POST /v3/{project_id}/checkpoints/replicate copy_checkpoint
  body replicate: auto_trigger cross_account_urn destination_project_id destination_region
  body replicate: destination_vault_id enable_acceleration vault_id
  required destination_project_id destination_region destination_vault_id vault_id
  limits cross_account_urn=1-1024 destination_region=1-255
POST /v3/{project_id}/checkpoints/sync import_checkpoint
  body sync: auto_trigger vault_id
  required vault_id
GET /v3/{project_id}/checkpoints/{checkpoint_id} show_checkpoint
# backups
GET /v3/{project_id}/backups list_backups
  query checkpoint_id dec end_time image_type limit marker name offset resource_az resource_id resource_name
  query resource_type sort start_time status vault_id enterprise_project_id own_type member_status parent_id
  query used_percent show_replication incremental
  limits limit=1-1000 offset=0- sort=0-255 status=1- used_percent=1-100
POST /v3/{project_id}/backups/sync import_backup
  body sync
  required sync
  limits sync=1-50
DELETE /v3/{project_id}/backups/{backup_id} delete_backup
GET /v3/{project_id}/backups/{backup_id} show_backup
PUT /v3/{project_id}/backups/{backup_id} update_backup
  body backup: name
GET /v3/{project_id}/backups/{backup_id}/metadata show_metadata
POST /v3/{project_id}/backups/{backup_id}/replicate copy_backup
  body replicate: cross_account_urn description destination_project_id destination_region destination_vault_id
  body replicate: enable_acceleration name
  required destination_project_id destination_region destination_vault_id
  limits cross_account_urn=1-1024 description=0-255 destination_region=1-255 name=1-64
POST /v3/{project_id}/backups/{backup_id}/restore restore_backup
  body restore: details mappings power_on resource_id server_id volume_id
# tasks
GET /v3/{project_id}/operation-logs list_op_logs
  query end_time limit offset operation_type provider_id resource_id resource_name start_time status vault_id
  query vault_name enterprise_project_id
  limits limit=1-1000 offset=0-
GET /v3/{project_id}/operation-logs/{operation_log_id} show_op_log
# vaults
GET /v3/{project_id}/vaults list_vault
  query limit name offset cloud_type protect_type object_type enterprise_project_id id policy_id status
  query resource_ids
  limits id=1- limit=1-1000 offset=0-
POST /v3/{project_id}/vaults create_vault
  body vault: auto_bind auto_expand availability_zone backup_name_prefix backup_policy_id billing bind_rules
  body vault: demand_billing description enterprise_project_id locked name resources smn_notify
  body vault: sys_lock_source_service tags threshold
  required billing name
  limits availability_zone=1-32 backup_name_prefix=0-32 description=0-64 name=1-64 resources=0-256 threshold=1-100
PUT /v3/{project_id}/vaults/batch-update batch_update_vault
  body vault: smn_notify threshold
  limits threshold=1-100
GET /v3/{project_id}/vaults/external list_external_vault
  query external_project_id limit offset protect_type region_id objcet_type cloud_type vault_id
  required external_project_id region_id
  limits limit=1-1000 offset=0-
POST /v3/{project_id}/vaults/order create_post_paid_vault
  body vault: auto_bind auto_expand backup_policy_id billing bind_rules description enterprise_project_id
  body vault: locked name parameters resources smn_notify tags threshold
  required billing
  limits description=0-255 name=1-64 resources=0-256 tags=1-10 threshold=1-100
GET /v3/{project_id}/vaults/summary show_summary
DELETE /v3/{project_id}/vaults/{vault_id} delete_vault
GET /v3/{project_id}/vaults/{vault_id} show_vault
PUT /v3/{project_id}/vaults/{vault_id} update_vault
  body vault: auto_bind auto_expand billing bind_rules locked name smn_notify threshold
  limits name=1-64 threshold=1-100
POST /v3/{project_id}/vaults/{vault_id}/addresources add_vault_resource
  body resources
  required resources
  limits resources=1-256
POST /v3/{project_id}/vaults/{vault_id}/associatepolicy associate_vault_policy
  body add_policy_ids destination_vault_id policy_id
  limits add_policy_ids=1-10
POST /v3/{project_id}/vaults/{vault_id}/dissociatepolicy disassociate_vault_policy
  body policy_id
  required policy_id
POST /v3/{project_id}/vaults/{vault_id}/migrateresources migrate_vault_resource
  body destination_vault_id resource_ids
  required destination_vault_id resource_ids
  limits resource_ids=1-
POST /v3/{project_id}/vaults/{vault_id}/removeresources remove_vault_resource
  body resource_ids
  required resource_ids
  limits resource_ids=1-256
PUT /v3/{project_id}/vaults/{vault_id}/set-resources set_vault_resource
  body action resource_ids
  required action resource_ids
  limits resource_ids=1-
# policies
GET /v3/{project_id}/policies list_policies
  query operation_type vault_id
POST /v3/{project_id}/policies create_policy
  body policy: enabled name operation_definition operation_type trigger
  required name operation_definition operation_type trigger
  limits name=1-64
DELETE /v3/{project_id}/policies/{policy_id} delete_policy
GET /v3/{project_id}/policies/{policy_id} show_policy
PUT /v3/{project_id}/policies/{policy_id} update_policy
  body policy: enabled name operation_definition trigger
  limits name=1-64
# protection
POST /v3/{project_id}/agent/check check_agent
  body agent_status
  required agent_status
  limits agent_status=1-
GET /v3/{project_id}/protectables/{protectable_type}/instances list_protectable
  query limit marker name offset status id server_id
  limits limit=1-1000 offset=0-
GET /v3/{project_id}/protectables/{protectable_type}/instances/{instance_id} show_protectable
GET /v3/{project_id}/replication-capabilities show_replication_capabilities
# sharing
GET /v3/{project_id}/backups/{backup_id}/members show_members_detail
  query dest_project_id image_id status vault_id limit marker offset sort
  limits limit=1-1000 offset=0- sort=0-255
POST /v3/{project_id}/backups/{backup_id}/members add_member
  body domains members
  limits members=1-10
DELETE /v3/{project_id}/backups/{backup_id}/members/{member_id} delete_member
GET /v3/{project_id}/backups/{backup_id}/members/{member_id} show_member_detail
PUT /v3/{project_id}/backups/{backup_id}/members/{member_id} update_member_status
  body status vault_id
  required status
# tags
POST /v3/{project_id}/vault/resource_instances/action show_vault_resource_instances
  body action cloud_type limit matches not_tags not_tags_any object_type offset sys_tags tags tags_any
  body without_any_tag
  required action
  limits limit=1-1000 matches=0-1 offset=0-
GET /v3/{project_id}/vault/tags show_vault_project_tag
GET /v3/{project_id}/vault/{vault_id}/tags show_vault_tag
POST /v3/{project_id}/vault/{vault_id}/tags create_vault_tags
  body tag
  required tag
POST /v3/{project_id}/vault/{vault_id}/tags/action batch_create_and_delete_vault_tags
  body action sys_tags tags
  required action
DELETE /v3/{project_id}/vault/{vault_id}/tags/{key} delete_vault_tag
# features
GET /v3/{project_id}/cbr-features list_features
  query limit offset
  limits limit=1-1000 offset=0-1000
GET /v3/{project_id}/cbr-features/{feature_key} show_feature
  query limit offset
  limits feature_key=1-255 limit=1-1000 offset=0-1000
# projects
GET /v3/domain/{domain_name}/projects list_domain_projects
GET /v3/domain/{source_project_id} show_domain
GET /v3/migrates show_migrate_status
  query all_regions
POST /v3/migrates migrate_domain
  body all_regions reservation
  required all_regions reservation
  limits reservation=0-1
GET /v3/region-projects list_projects
# prepaid_orders
POST /v3/{project_id}/orders/change change_order
  body cloud_service_console_url is_auto_pay product_info promotion_info resource_id
  required product_info resource_id
  limits cloud_service_console_url=1-512
PUT /v3/{project_id}/orders/{order_id} update_order
  body cloudServiceConsoleURL productInfo promotion_info resourceId
  required productInfo resourceId
  limits cloudServiceConsoleURL=1-512
POST /v3/{project_id}/vaults/change-charge-mode change_vault_charge_mode
  body charging_mode console_url is_auto_pay is_auto_renew period_num period_type vault_ids
  required period_num period_type vault_ids
  limits charging_mode=8-16 console_url=1-255 period_num=1-9 period_type=1-64 vault_ids=1-60
# usage
GET /v3/{project_id}/storage_usage show_storage_usage
  query limit offset resource_id resource_type
  limits limit=1-1000 offset=0-
# organization_policies
GET /v3/{project_id}/organization-policies list_organization_policies
  query operation_type limit offset
  required operation_type
  limits limit=1-1000 offset=0-
POST /v3/{project_id}/organization-policies create_organization_policy
  body policy: description effective_scope name operation_type policy_enabled policy_name
  body policy: policy_operation_definition policy_trigger
  required name operation_type policy_enabled policy_name policy_operation_definition policy_trigger
  limits description=0-255 effective_scope=0-255 name=1-64 policy_name=1-64
DELETE /v3/{project_id}/organization-policies/{organization_policy_id} delete_organization_policy
GET /v3/{project_id}/organization-policies/{organization_policy_id} show_organization_policy
PUT /v3/{project_id}/organization-policies/{organization_policy_id} update_organization_policy
  body policy: description effective_scope name policy_enabled policy_name policy_operation_definition
  body policy: policy_trigger
  limits description=0-255 effective_scope=0-255 name=1-64 policy_name=1-64
GET /v3/{project_id}/organization-policies/{organization_policy_id}/policy-detail list_organization_policy_detail
# agents
GET /v3/{project_id}/agents list_agent
  query limit offset status agent_id
  limits agent_id=1- limit=1-1000 offset=0-
POST /v3/{project_id}/agents register_agent
  body agent: agent_id agent_type agent_version host_ip host_name host_nickname host_os
  required agent_id host_ip host_name host_os
DELETE /v3/{project_id}/agents/{agent_id} unregister_agent
GET /v3/{project_id}/agents/{agent_id} show_agent
PUT /v3/{project_id}/agents/{agent_id} update_agent
  body agent: status
  required status
POST /v3/{project_id}/agents/{agent_id}/add-path add_agent_path
  body add_path exclude_path
  required add_path
  limits add_path=1-
POST /v3/{project_id}/agents/{agent_id}/remove-path remove_agent_path
  body remove_path
  required remove_path
  limits remove_path=1-
]]

---@class cbr.spec.Documented
---@field group string
---@field method string
---@field path string
---@field name string
---@field query string[]
---@field body string[]
---@field wrapper? string
---@field required string[]
---@field limits string[] name=smallest-largest

---@type cbr.spec.Documented[] in the order of the reference
local api = {}

local function add_words(text, list)
  for word in text:gmatch "%S+" do
    list[#list + 1] = word
  end
end

local group
for line in REFERENCE:gmatch "[^\n]+" do
  local method, path, name = line:match "^(%u+) (%S+) (%S+)$"
  if line:find "^#" then
    group = line:match "^# (%S+)$"
  elseif method then
    api[#api + 1] = { group = group, method = method, path = path, name = name, query = {}, body = {},
      required = {}, limits = {} }
  else
    local place, names = line:match "^  (%l+) (.*)$"
    local wrapper, wrapped = names:match "^(%w+): (.*)$"
    api[#api].wrapper = wrapper or api[#api].wrapper
    add_words(wrapped or names, api[#api][place])
  end
end

return api
