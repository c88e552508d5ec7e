--- The fields of every response of the service, with their names as they are sent. The specs compare the sandbox's
-- responses with these fields.
--
-- Source: the API's machine-readable definition of 2025-10-31. `field type` is a field, and `!` says that the field is
-- always there. `[type]` is a list. `a|b`, or `=a` for a single value, lists all values that the field can have. A type
-- that is not defined here is a type of JSON. If two operations return the same object with different fields, one type
-- here has the fields of both. spec/helpers/response_types.lua reads the texts.

local response_fields = {}

response_fields.types = [[
member: backup_id string; created_at string; dest_project_id string; id string; image_id string;
  status! pending|accepted|rejected; updated_at string; vault_id string
binding: destination_vault_id string; policy_id! string; vault_id! string
agent_check: code integer; installed boolean; is_old boolean; message string; resource_id string; version string
backup_replication: backup_id string; destination_project_id string; destination_region string;
  destination_vault_id string; project_id string; provider_id string; replication_record_id string;
  source_region string
replicated_backup: backup_id! string; replication_record_id! string
vault_replication: backups! [replicated_backup]; destination_project_id! string; destination_region! string;
  destination_vault_id! string; project_id! string; provider_id! string; source_region! string; vault_id! string
checkpoint_info: description string; name string; retention_duration integer
checkpoint_resource: backup_count string; backup_size string; extra_info string; id! string; name! string;
  protect_status available|error|protecting|restoring|removing; resource_size string; type! string
skipped_resource: code string; id string; name string; reason string; type string
checkpoint_vault: id! string; name! string; resources [checkpoint_resource]; skipped_resources [skipped_resource]
checkpoint: created_at! string; extra_info checkpoint_info; id! string; project_id! string;
  status! available|deleting|protecting|deleted|error-deleting|error; vault checkpoint_vault
definition: day_backups integer; destination_project_id string; destination_region string;
  enable_acceleration boolean; full_backup_interval integer; max_backups integer; month_backups integer;
  retention_duration_days integer; timezone string; week_backups integer; year_backups integer
pattern_list: pattern! [string]
organization_trigger: properties! pattern_list
organization_policy: description string; domain_id! string; domain_name string; effective_scope string; id! string;
  name! string; operation_type! backup|replication; policy_enabled! boolean; policy_name! string;
  policy_operation_definition! definition; policy_trigger! organization_trigger; status! string
associated_vault: destination_vault_id string; vault_id! string
trigger_properties: pattern! [string]; start_time string
trigger: id! string; name string; properties! trigger_properties; type =time
policy: associated_vaults [associated_vault]; enabled! boolean; id! string; name! string;
  operation_definition! definition; operation_type! backup|replication; policy_type string; trigger! trigger
order: cloudServiceId string; orderId! string; resourceId string; subscribeResult! integer
billing: allocated! integer; charging_mode! pre_paid|post_paid; cloud_type public|hybrid;
  consistent_level! app_consistent|crash_consistent; frozen_scene string; is_multi_az boolean;
  object_type server|disk|turbo|workspace|vmware|rds|file; order_id string; product_id string;
  protect_type! backup|replication|hybrid; size! integer; spec_code! spec_code;
  status! available|lock|frozen|deleting|error; storage_unit string; used! integer
tag: key! string; value! string
bind_rules: tags [tag]
excluded_volumes: exclude_volumes [string]
resource: backup_count integer; backup_size integer; extra_info excluded_volumes; id! string; name! string;
  protect_status available|error|protecting|restoring|removing; size integer; type! string
vault: auto_bind boolean; auto_expand boolean; availability_zone string; backup_name_prefix string; billing! billing;
  bind_rules bind_rules; cbc_delete_count integer; created_at string; demand_billing boolean; description string;
  enterprise_project_id string; frozen boolean; id! string; locked boolean; name! string; project_id! string;
  provider_id! string; resources! [resource]; smn_notify boolean; sys_lock_source_service string; tags [tag];
  threshold integer; user_id string
imported_backup: backup_id! string; operation_log_id! string
vault_sync: operation_log_id! string; vault_id! string
agent_path: agent_id string; dir_path string; exclude_paths string; id string; status string
agent: agent_id! string; agent_type string; agent_version string; created_at string; host_ip string; host_name string;
  host_nickname string; host_os string; last_active_time string; paths [agent_path]; status string; updated_at string
image: image_id string
extend_info: auto_trigger boolean; bootable boolean; contain_system_disk boolean; encrypted boolean;
  is_multi_az boolean; os_images_data [image]; snapshot_id string; support_lld boolean;
  supported_restore_mode na|backup|snapshot; system_disk boolean
record_info: auto_trigger boolean; destination_vault_id string; fail_code string; fail_reason string; progress integer
record: created_at string; destination_backup_id string; destination_checkpoint_id string;
  destination_project_id string; destination_region string; destination_vault_id string; extra_info record_info;
  id! string; source_backup_id string; source_checkpoint_id string; source_project_id string; source_region string;
  status replicating|success|fail|skip|waiting_replicate; vault_id string
backup: checkpoint_id! string; children [object]; created_at! string; description! string;
  enterprise_project_id string; expired_at! string; extend_info! extend_info; id! string; image_type! string;
  incremental boolean; name! string; parent_id! string; project_id! string; protected_at! string; provider_id! string;
  replication_records [record]; resource_az! string; resource_id! string; resource_name! string;
  resource_size! integer; resource_type! string;
  status! available|protecting|deleting|restoring|error|waiting_protect|waiting_delete|waiting_restore;
  updated_at! string; vault_id! string; version integer
named_project: project_id! string; project_name! string
error_info: code string; message string
backup_details: app_consistency_error_code string; app_consistency_error_message string; app_consistency_status 0|1;
  backup_id! string; backup_name string; incremental true|false
task_progress: progress! integer; request_id! string; task_id string
delete_details: backup_id! string; backup_name! string
task_resource: extra_info excluded_volumes; id! string; name string; type! string
remove_details: fail_count integer; resources [task_resource]; total_count integer
replication_details: destination_backup_id string; destination_backup_name string; destination_checkpoint_id string;
  destination_project_id! string; destination_region! string; source_backup_id! string; source_backup_name string;
  source_checkpoint_id string; source_project_id! string; source_region! string
restore_details: backup_id string; backup_name string; target_resource_id string; target_resource_name string
sync_details: delete_backup_num integer; err_sync_backup_num integer; sync_backup_num integer
vault_delete_details: fail_count integer; total_count integer
task_info: backup backup_details; common! task_progress; delete delete_details; remove_resources remove_details;
  replication replication_details; resource! task_resource; restore restore_details; sync sync_details;
  vault_delete vault_delete_details
task: checkpoint_id string; created_at! string; ended_at string; error_info! error_info; extra_info task_info;
  id! string; operation_type backup|copy|replication|restore|delete|sync|vault_delete|remove_resource;
  policy_id string; project_id! string; provider_id string; started_at! string;
  status! success|skipped|failed|running|timeout|waiting; updated_at! string; vault_id string; vault_name string
deployed_policy: domain_id! string; policy_id! string; project_id! string; status! string
links: self string
project: description string; domain_id string; enabled boolean; id string; is_domain boolean; links links;
  name string; parent_id string
protectable: code string; message string; reason string; result! boolean; vault object
instance: children! [object]; detail object; id! string; name! string; protectable! protectable; size integer;
  status active|deleted|error; type! string
project_status: fail_code integer; fail_reason string; progress integer; project_id! string; project_name! string;
  region_id string; status! migrating|success|failed
region: name! string; replication_destinations! [string]
usage: backup_count integer; backup_size integer; backup_size_multiaz integer; resource_id! string;
  resource_name! string; resource_type! string
tag_values: key string; values string
resource_detail: vault vault
tagged_vault: resource_detail! resource_detail; resource_id! string; resource_name! string; sys_tags! [tag];
  tags! [tag]
]]

-- The fields of each operation's response. The response of an operation without fields has no body.
response_fields.responses = [[
add_agent_path: added [string]; existed [string]
add_member: count! integer; members! [member]
add_vault_resource: add_resource_ids [string]
associate_vault_policy: associate_policy binding
batch_create_and_delete_vault_tags:
batch_update_vault: updated_vaults_id! [string]
change_order: orderId string; retCode number; retMsg string
change_vault_charge_mode: orderId string; retCode number; retMsg string
check_agent: agent_status! [agent_check]
copy_backup: replication! backup_replication
copy_checkpoint: replication vault_replication
create_checkpoint: checkpoint! checkpoint
create_organization_policy: policy! organization_policy
create_policy: policy! policy
create_post_paid_vault: errText string; error_code string; orders [order]; retCode integer
create_vault: errText string; error_code string; orders [order]; retCode integer; vault vault
create_vault_tags:
delete_backup:
delete_member:
delete_organization_policy:
delete_policy:
delete_vault:
delete_vault_tag:
disassociate_vault_policy: dissociate_policy binding
import_backup: sync! [imported_backup]
import_checkpoint: sync vault_sync
list_agent: agents [agent]; count integer; limit integer; offset integer
list_backups: backups! [backup]; count! integer; limit integer; offset integer
list_domain_projects: projects [named_project]
list_external_vault: count! integer; limit integer; offset integer; vaults! [vault]
list_features: object
list_op_logs: count! integer; limit integer; offset integer; operation_logs! [task]
list_organization_policies: count! integer; limit integer; offset integer; policies! [organization_policy]
list_organization_policy_detail: count! integer; limit integer; offset integer; policies! [deployed_policy]
list_policies: count! integer; policies! [policy]
list_projects: links links; projects [project]
list_protectable: instances! [instance]
list_vault: count! integer; limit integer; offset integer; vaults! [vault]
migrate_domain: object
migrate_vault_resource: migrated_resources [string]
register_agent: agent! agent
remove_agent_path: not_existed [string]; removed [string]
remove_vault_resource: remove_resource_ids! [string]
restore_backup:
set_vault_resource: set_resource_ids! [string]
show_agent: agent! agent
show_backup: backup! backup
show_checkpoint: checkpoint! checkpoint
show_domain: domain_id! string; domain_name! string; project_id! string; project_name! string
show_feature: object
show_member_detail: member! member
show_members_detail: count! integer; members! [member]
show_metadata: backup_id! string; backups! string; flavor! string; floatingips! [string]; interface! string;
  ports! [string]; server! string; volumes! [string]
show_migrate_status: project_status [project_status]; status success|failed|migrating
show_op_log: operation_log task
show_organization_policy: policy! organization_policy
show_policy: policy! policy
show_protectable: instance! instance
show_replication_capabilities: regions! [region]
show_storage_usage: resource_count! integer; storage_usage! [usage]
show_summary: size integer; used_size integer
show_vault: vault! vault
show_vault_project_tag: tags [tag_values]
show_vault_resource_instances: resources [tagged_vault]; total_count integer
show_vault_tag: sys_tags [tag]; tags [tag]
unregister_agent:
update_agent: agent! agent
update_backup: backup! backup
update_member_status: member! member
update_order: orderId string; retCode string; retMsg string
update_organization_policy: policy! organization_policy
update_policy: policy! policy
update_vault: vault! vault
]]

-- What recordings of the service's responses (2025) add to the definition. A type or `null` after a field is allowed in
-- addition to the field's type. `missing` means that the field may be left out. Fields that the definition lacks get
-- their type here.
response_fields.recorded = [[
vault: description null; backup_name_prefix null; supplier string; cross_account boolean; cross_account_urn string
billing: frozen_scene null; order_id null; product_id null; storage_unit null; is_double_az boolean; partner_bp_id null
resource: auto_protect boolean; protect_status null =deleted
checkpoint_resource: auto_protect string; backup_size_multiaz string
backup: description missing; expired_at null missing; parent_id null missing; protected_at null missing
  resource_az missing; scheduled_operation_id null
extend_info: bootable null; os_images_data null; snapshot_id null; supported_restore_mode null; progress null integer
  architecture string; app_consistency null object; encrypted_algorithm null; is_dec boolean
policy: associated_vaults null
definition: created_by string
associated_vault: destination_vault_id null
protectable: vault null
instance: status =ACTIVE
list_policies: limit integer; offset integer
list_protectable: count integer
]]

-- What the text or the samples of the API pages add to the definition.
response_fields.samples = [[
task: checkpoint_id null; ended_at null; policy_id null; vault_id null; vault_name null
]]

--- The values of the type spec_code.
response_fields.spec_codes = {
  "vault.backup.server.normal", "vault.backup.volume.normal", "vault.backup.turbo.normal",
  "vault.backup.database.normal", "vault.hybrid.server.normal", "vault.replication.server.normal",
}

return response_fields
