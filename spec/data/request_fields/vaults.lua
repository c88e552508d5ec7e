-- Fields of requests: see spec/data/request_fields.lua, which reads this text.

return [[
list_vault
  query cloud_type string one of public|hybrid
  query enterprise_project_id string
  query id list of string
  query limit integer 1..1000
  query name string pattern ^[\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-]*$
  query object_type string
  query offset integer
  query policy_id string
  query protect_type string one of backup|replication
  query resource_ids string
  query status string
create_vault
  body vault! object
    auto_bind boolean
    auto_expand boolean
    availability_zone string chars 1..32
    backup_name_prefix string chars ..32
    backup_policy_id string
    billing! object
      charging_mode string one of post_paid|pre_paid default "post_paid"
      cloud_type string one of public|hybrid
      consistent_level! string one of app_consistent|crash_consistent
      console_url string chars 1..255
      is_auto_pay boolean default false
      is_auto_renew boolean default false
      is_multi_az boolean default false
      object_type! string one of server|disk|turbo|workspace|vmware|rds|file
      period_num integer
      period_type string one of year|month
      protect_type! string one of backup|replication
      size! integer 10..10485760
    bind_rules object
      tags list of object
        key! string
        value! string
    demand_billing boolean default false
    description string chars ..64 pattern ^[^<>]*$
    enterprise_project_id string
    locked boolean default false
    name! string chars 1..64 pattern ^[\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-]*$
    resources! list of object members ..255
      extra_info object
        exclude_volumes list of string
      id! string
      name string chars ..255
      type! string
    smn_notify boolean default true
    sys_lock_source_service string
    tags list of object
      key! string
      value! string
    threshold integer 1..100 default 80
batch_update_vault
  body vault! object
    smn_notify boolean default true
    threshold integer 1..100 default 80
list_external_vault
  query cloud_type string
  query external_project_id! string
  query limit integer 1..1000
  query objcet_type string
  query offset integer
  query protect_type string
  query region_id! string
  query vault_id string
create_post_paid_vault
  body vault! object
    auto_bind boolean
    auto_expand boolean
    backup_policy_id string
    billing! object
      charging_mode string one of post_paid|pre_paid default "post_paid"
      cloud_type string one of public|hybrid
      consistent_level! string one of app_consistent|crash_consistent
      console_url string chars 1..255
      is_auto_pay boolean default false
      is_auto_renew boolean default false
      is_multi_az boolean default false
      object_type! string one of server|disk|turbo|workspace|vmware|rds|file
      period_num integer
      period_type string one of year|month
      protect_type! string one of backup|replication
      size! integer 10..10485760
    bind_rules object
      tags list of object
        key! string
        value! string
    description string chars ..255
    enterprise_project_id string
    locked boolean default false
    name string chars 1..64
    parameters object
      combined_order object
        combined_order_ecs_num integer 1..1000
        combined_order_id string
        combined_order_num integer 1..1000
    resources! list of object members ..256
      extra_info object
        exclude_volumes list of string
      id! string
      name string chars ..255
      type! string
    smn_notify boolean
    tags list of object members 1..10
      key! string
      value! string
    threshold integer
show_summary
delete_vault
  path vault_id! string
show_vault
  path vault_id! string
update_vault
  path vault_id! string
  body vault! object
    auto_bind boolean
    auto_expand boolean
    billing object
      consistent_level string one of app_consistent|crash_consistent
      size integer 1..10485760
    bind_rules object
      tags list of object
        key! string
        value! string
    locked boolean default false
    name string chars 1..64 pattern ^[\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-]*$
    smn_notify boolean default true
    threshold integer 1..100 default 80
add_vault_resource
  path vault_id! string
  body resources! list of object members 1..256
    extra_info object
      exclude_volumes list of string
    id! string
    name string chars ..255
    type! string
associate_vault_policy
  path vault_id! string
  body add_policy_ids list of string chars 1..10
  body destination_vault_id string
  body policy_id string
disassociate_vault_policy
  path vault_id! string
  body policy_id! string
migrate_vault_resource
  path vault_id! string
  body destination_vault_id! string
  body resource_ids! list of string
remove_vault_resource
  path vault_id! string
  body resource_ids! list of string members 1..256
set_vault_resource
  path vault_id! string
  body action! string one of suspend|unsuspend
  body resource_ids! list of string
]]
