-- Fields of requests: see spec/data/request_fields.lua, which reads this text.

return [[
create_checkpoint
  body checkpoint! object
    parameters object
      auto_trigger boolean default false
      description string chars ..255 pattern ^[^<>]*$
      incremental boolean default true
      name string chars 1..64 pattern ^[\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-]*$
      resource_details list of object members ..256
        extra_info object
          exclude_volumes list of string
        id! string
        name string chars ..255
        type! string
      resources list of string
    vault_id! string
copy_checkpoint
  body replicate! object
    auto_trigger boolean
    destination_project_id! string
    destination_region! string chars ..255 pattern ^[a-zA-Z0-9._\-]*$
    destination_vault_id! string
    enable_acceleration boolean
    vault_id! string
import_checkpoint
  body sync! object
    auto_trigger! boolean
    vault_id! string
show_checkpoint
  path checkpoint_id! string
list_backups
  query checkpoint_id string
  query dec boolean
  query end_time string
  query enterprise_project_id string
  query image_type string one of backup|replication
  query incremental boolean default false
  query limit integer
  query marker string
  query member_status string one of pending|accepted|rejected
  query name string
  query offset integer
  query own_type string one of all_granted|private|shared default "private"
  query parent_id string
  query resource_az string
  query resource_id string
  query resource_name string
  query resource_type string one of OS::Cinder::Volume|OS::Nova::Server|OS::Workspace::DesktopV2
  query show_replication boolean default false
  query sort string
  query start_time string
  query status string one of available|protecting|deleting|restoring|error|waiting_protect|waiting_delete|\
      waiting_restore
  query used_percent string
  query vault_id string
import_backup
  body sync! list of object members 1..50
    backup_id! string
    backup_name! string chars 1..64 pattern ^[\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-]*
    bucket_name! string
    created_at! integer
    image_path! string
    resource_id! string
    resource_name! string
    resource_type! string default "OS::Native::Server"
delete_backup
  path backup_id! string
show_backup
  path backup_id! string
update_backup
  path backup_id! string
  body backup object
    name string
show_metadata
  path backup_id! string
copy_backup
  path backup_id! string
  body replicate! object
    description string chars ..255 pattern ^[^<>]*$
    destination_project_id! string
    destination_region! string chars ..255 pattern ^[a-zA-Z0-9._\-]*$
    destination_vault_id! string
    enable_acceleration boolean default false
    name string chars 1..64 pattern ^[\u4E00-\u9FA5\uf900-\ufa2da-zA-Z0-9_\-]*$
restore_backup
  path backup_id! string
  body restore! object
    details object
      destination_path! string chars 1..255
    mappings list of object
      backup_id! string
      volume_id! string
    power_on boolean default true
    resource_id string
    server_id string
    volume_id string
list_op_logs
  query end_time string
  query enterprise_project_id string
  query limit integer 1..
  query offset integer 1..
  query operation_type string one of backup|copy|replication|delete|restore|vault_delete|remove_resource|sync
  query provider_id string
  query resource_id string
  query resource_name string
  query start_time string
  query status string one of success|skipped|failed|running|timeout|waiting
  query vault_id string
  query vault_name string
show_op_log
  path operation_log_id! string
]]
