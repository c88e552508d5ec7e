-- Fields of requests: see spec/data/request_fields.lua, which reads this text.

return [[
list_policies
  query operation_type string one of backup|replication
  query vault_id string
create_policy
  body policy! object
    enabled boolean default true
    name! string chars 1..64 pattern ^[\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-]*$
    operation_definition! object
      day_backups integer 0..100
      destination_project_id string
      destination_region string pattern ^[a-zA-Z0-9._\-]*$
      enable_acceleration boolean
      full_backup_interval integer -1..100
      max_backups integer 1..99999 default -1
      month_backups integer 0..100
      retention_duration_days integer 1..99999 default -1
      timezone string pattern 'UTC([+-]{1,1}[0-9]{2,2}[:]{1,1}[0-9]{2,2})'
      week_backups integer
      year_backups integer 0..100
    operation_type! string one of backup|replication
    trigger! object
      properties! object
        pattern! list of string
delete_policy
  path policy_id! string
show_policy
  path policy_id! string
update_policy
  path policy_id! string
  body policy! object
    enabled boolean default true
    name string chars 1..64 pattern ^[\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-]*$
    operation_definition object
      day_backups integer 0..100
      destination_project_id string
      destination_region string pattern ^[a-zA-Z0-9._\-]*$
      enable_acceleration boolean
      full_backup_interval integer -1..100
      max_backups integer 1..99999 default -1
      month_backups integer 0..100
      retention_duration_days integer 1..99999 default -1
      timezone string pattern 'UTC([+-]{1,1}[0-9]{2,2}[:]{1,1}[0-9]{2,2})'
      week_backups integer
      year_backups integer 0..100
    trigger object
      properties! object
        pattern! list of string
check_agent
  body agent_status! list of object
    resource_id! string
    resource_name string
    resource_type! string
list_protectable
  query id string
  query limit integer
  query marker string
  query name string
  query offset integer
  path protectable_type! string one of server|disk|turbo|workspace|workspace_v2
  query server_id string
  query status string
show_protectable
  path instance_id! string
  path protectable_type! string one of server|disk
show_replication_capabilities
show_members_detail
  path backup_id! string
  query dest_project_id string
  query image_id string
  query limit integer
  query marker string
  query offset integer
  query sort string
  query status string
  query vault_id string
add_member
  path backup_id! string
  body domains list of string
  body members list of string members 1..10
delete_member
  path backup_id! string
  path member_id! string
show_member_detail
  path backup_id! string
  path member_id! string
update_member_status
  path backup_id! string
  path member_id! string
  body status! string one of accepted|pending|rejected
  body vault_id string
show_vault_resource_instances
  body action! string
  body cloud_type string one of public|hybrid
  body limit string
  body matches list of object members ..1
    key! string
    value! string
  body not_tags list of object
    key! string
    values! list of string
  body not_tags_any list of object
    key! string
    values! list of string
  body object_type string one of server|disk|turbo|workspace|vmware|rds|file
  body offset string
  body sys_tags list of object
    key! string
    values! list of string
  body tags list of object
    key! string
    values! list of string
  body tags_any list of object
    key! string
    values! list of string
  body without_any_tag boolean
show_vault_project_tag
show_vault_tag
  path vault_id! string
create_vault_tags
  path vault_id! string
  body tag object
    key! string
    value! string
batch_create_and_delete_vault_tags
  path vault_id! string
  body action! string one of create|delete
  body sys_tags list of object
    key! string
    value! string
  body tags list of object
    key! string
    value! string
delete_vault_tag
  path key! string
  path vault_id! string
list_features
  query limit integer 1..1000
  query offset integer 0..1000
show_feature
  path feature_key! string chars ..255
  query limit integer 1..1000
  query offset integer 0..1000
list_domain_projects
  path domain_name! string
show_domain
  path source_project_id! string
show_migrate_status
  query all_regions boolean default true
migrate_domain
  body all_regions! boolean default true
  body reservation! number 0..1 default 0.2
list_projects
change_order
  body cloud_service_console_url string chars 1..512
  body is_auto_pay boolean
  body product_info! object
    product_id! string chars 1..64 pattern ^[a-zA-Z0-9_\-]*$
    resource_size! integer 10..10485760
    resource_size_measure_id integer default 17
    resource_spec_code! string one of vault.backup.server.normal|vault.backup.turbo.normal|\
        vault.backup.database.normal|vault.backup.volume.normal|vault.backup.rds.normal|\
        vault.replication.server.normal|vault.hybrid.server.normal
  body promotion_info string
  body resource_id! string
update_order
  path order_id! string
  body cloudServiceConsoleURL string chars 1..512
  body productInfo! object
    productId! string chars 1..64 pattern ^[a-zA-Z0-9_\-]*$
    resourceSize! integer 10..10485760
    resourceSizeMeasureId integer default 17
    resourceSpecCode! string
  body promotion_info string
  body resourceId! string
change_vault_charge_mode
  body charging_mode string chars 8..16 pattern ^[a-zA-Z0-9_\-]*$
  body console_url string chars 1..255
  body is_auto_pay boolean default false
  body is_auto_renew boolean default false
  body period_num! integer 1..9
  body period_type! string chars 1..64 pattern ^[a-zA-Z0-9_\-]*$
  body vault_ids! list of string members 1..60
show_storage_usage
  query limit integer
  query offset integer
  query resource_id string
  query resource_type string one of OS::Nova::Server|OS::Ironic::BareMetalServer
list_organization_policies
  query limit integer
  query offset integer
  query operation_type! string
create_organization_policy
  body policy! object
    description string chars ..255
    effective_scope string chars ..255
    name! string chars 1..64
    operation_type! string one of backup|replication
    policy_enabled! boolean
    policy_name! string chars 1..64
    policy_operation_definition! object
      day_backups integer 0..100
      destination_project_id string
      destination_region string pattern ^[a-zA-Z0-9._\-]*$
      enable_acceleration boolean
      full_backup_interval integer -1..100
      max_backups integer 1..99999 default -1
      month_backups integer 0..100
      retention_duration_days integer 1..99999 default -1
      timezone string pattern 'UTC([+-]{1,1}[0-9]{2,2}[:]{1,1}[0-9]{2,2})'
      week_backups integer
      year_backups integer 0..100
    policy_trigger! object
      properties! object
        pattern! list of string
delete_organization_policy
  path organization_policy_id! string
show_organization_policy
  path organization_policy_id! string
update_organization_policy
  path organization_policy_id! string
  body policy! object
    description string chars ..255
    effective_scope string chars ..255
    name string chars 1..64
    policy_enabled boolean
    policy_name string chars 1..64
    policy_operation_definition object
      day_backups integer 0..100
      destination_project_id string
      destination_region string pattern ^[a-zA-Z0-9._\-]*$
      enable_acceleration boolean
      full_backup_interval integer -1..100
      max_backups integer 1..99999 default -1
      month_backups integer 0..100
      retention_duration_days integer 1..99999 default -1
      timezone string pattern 'UTC([+-]{1,1}[0-9]{2,2}[:]{1,1}[0-9]{2,2})'
      week_backups integer
      year_backups integer 0..100
    policy_trigger object
      properties! object
        pattern! list of string
list_organization_policy_detail
  path organization_policy_id! string
list_agent
  query agent_id list of string
  query limit string chars 1..1000
  query offset integer
  query status string
register_agent
  body agent! object
    agent_id! string
    agent_type string
    agent_version string pattern ((\d){1,3}\.){2}(\d){1,3}$
    host_ip! string
    host_name! string
    host_nickname string
    host_os! string
unregister_agent
  path agent_id! string
show_agent
  path agent_id! string
update_agent
  path agent_id! string
  body agent! object
    status! string one of uninstall
add_agent_path
  path agent_id! string
  body add_path! list of string pattern (^[a-zA-Z]:(\\\\)+[(\\\\)+\\S|*\\S]?.*$|(^//.|^/|^[a-zA-Z])?:?/.+(/$)?)
  body exclude_path list of object
    exclude_path_name list of string
    path_name string
remove_agent_path
  path agent_id! string
  body remove_path! list of string
]]
