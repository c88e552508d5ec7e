--- More objects that operations return, in the form of cbr.operations.about.results.

local SKIPPED = {
  { "id", "string", "Id of the resource." },
  { "type", "string", "Type of the resource." },
  { "name", "string", "Name of the resource." },
  { "code", "string", "Code of the reason." },
  { "reason", "string", "Why the resource was left out." },
}

local DEFINITION = {
  { "day_backups", "integer", "How many daily backups are kept." },
  { "week_backups", "integer", "How many weekly backups are kept." },
  { "month_backups", "integer", "How many monthly backups are kept." },
  { "year_backups", "integer", "How many yearly backups are kept." },
  { "max_backups", "integer", "How many automatic backups of one resource are kept; -1 means any number." },
  { "retention_duration_days", "integer", "For how many days a backup is kept; -1 means for ever." },
  { "full_backup_interval", "integer", "After how many incremental backups a full one is made." },
  { "timezone", "string", "Time zone in which days, weeks, months and years begin." },
  { "destination_region", "string", "Region that receives replicas." },
  { "destination_project_id", "string", "Id of the project that receives replicas." },
  { "enable_acceleration", "boolean", "Whether replicas are copied over a faster line." },
}

local function pattern(fields)
  fields[#fields + 1] = { "pattern", "list of string", "Rules as in iCalendar, in UTC." }
  return fields
end

return {
  replication = {
    { "backups", "list of object", "The backups that the service accepted.", {
      { "backup_id", "string", "Id of the backup." },
      { "replication_record_id", "string", "Id of the replication record of the backup." },
    } },
    { "vault_id", "string", "Id of the source vault." },
    { "project_id", "string", "Id of the source project." },
    { "source_region", "string", "The source region." },
    { "provider_id", "string", "Id of the kind of resource." },
    { "destination_vault_id", "string", "Id of the destination vault." },
    { "destination_project_id", "string", "Id of the destination project." },
    { "destination_region", "string", "The destination region." },
    { "reconciled", "boolean", "Added by cbr: `true` if the response was lost and cbr has found the order." },
  },
  sync = {
    { "operation_log_id", "string", "Id of the task that imports the backups." },
    { "vault_id", "string", "Id of the vault." },
    { "reconciled", "boolean", "Added by cbr: `true` if the response was lost and cbr has found the order." },
  },
  copy = {
    { "backup_id", "string", "Id of the backup." },
    { "replication_record_id", "string", "Id of the replication record of the backup." },
    { "project_id", "string", "Id of the source project." },
    { "source_region", "string", "The source region." },
    { "provider_id", "string", "Id of the kind of resource." },
    { "destination_vault_id", "string", "Id of the destination vault." },
    { "destination_project_id", "string", "Id of the destination project." },
    { "destination_region", "string", "The destination region." },
    { "reconciled", "boolean", "Added by cbr: `true` if the response was lost and cbr has found the order." },
  },
  started = {
    { "operation_type", "string", "Type of the task that was started." },
    { "vault_id", "string", "Id of the vault that is deleted." },
    { "backup_id", "string", "Id of the backup that is restored." },
    { "target_id", "string", "Id of the resource to which the backup is restored, if the request named one." },
    { "request_id", "string", "Id of the request, by which client:wait recognizes the task." },
    { "started_at", "string", "When the request was sent, by the service's clock." },
  },
  checkpoint = {
    { "id", "string", "Id of the restore point." },
    { "status", "string", "`available`, `protecting`, `deleting`, `deleted`, `error-deleting` or `error`." },
    { "created_at", "string", "When the restore point was made (UTC)." },
    { "project_id", "string", "Id of the project." },
    { "vault", "object", "The vault.", {
      { "id", "string", "Id of the vault." },
      { "name", "string", "Name of the vault." },
      { "resources", "list of object", "The resources that are backed up. Here, numbers are texts.", {
        { "id", "string", "Id of the resource." },
        { "type", "string", "Type of the resource." },
        { "name", "string", "Name of the resource." },
        { "protect_status", "string", "`available`, `error`, `protecting`, `restoring` or `removing`." },
        { "resource_size", "string", "Size of the resource in GB." },
        { "backup_size", "string", "Capacity that the backups of the resource use, in MB." },
        { "backup_count", "string", "Number of backups of the resource." },
        { "extra_info", "string", "More about the resource, as JSON text." },
      } },
      { "skipped_resources", "list of object", "The resources that are not backed up.", SKIPPED },
    } },
    { "extra_info", "object", "More about the restore point.", {
      { "name", "string", "Name of the backups." },
      { "description", "string", "Free text about the backups." },
      { "retention_duration", "integer", "For how many days the backups are kept; -1 means for ever." },
    } },
  },
  policy = {
    { "id", "string", "Id of the policy." },
    { "name", "string", "Name of the policy." },
    { "enabled", "boolean", "Whether the policy runs." },
    { "operation_type", "string", "`backup` or `replication`." },
    { "policy_type", "string", "Who made the policy." },
    { "operation_definition", "object", "How long backups are kept, and where replicas go.", DEFINITION },
    { "trigger", "object", "When the policy runs.", {
      { "id", "string", "Id of the schedule." },
      { "name", "string", "Name of the schedule." },
      { "type", "string", "`time`." },
      { "properties", "object", "The schedule.", pattern {
        { "start_time", "string", "When the schedule begins (UTC)." },
      } },
    } },
    { "associated_vaults", "list of object", "Vaults to which the policy is applied.", {
      { "vault_id", "string", "Id of the vault." },
      { "destination_vault_id", "string", "Id of the vault that receives replicas." },
    } },
  },
  organization_policy = {
    { "id", "string", "Id of the organization policy." },
    { "name", "string", "Name of the organization policy." },
    { "description", "string", "Free text about the organization policy." },
    { "status", "string", "State of the policy's deployment." },
    { "operation_type", "string", "`backup` or `replication`." },
    { "domain_id", "string", "Id of the account that manages the policy." },
    { "domain_name", "string", "Name of the account that manages the policy." },
    { "effective_scope", "string", "Which accounts or units get the policy." },
    { "policy_name", "string", "Name that the policy has in each account." },
    { "policy_enabled", "boolean", "Whether the policies run." },
    { "policy_operation_definition", "object", "How long backups are kept, and where replicas go.", DEFINITION },
    { "policy_trigger", "object", "When the policies run.", {
      { "properties", "object", "The schedule.", pattern {} },
    } },
  },
  association = {
    { "vault_id", "string", "Id of the vault." },
    { "policy_id", "string", "Id of the policy." },
    { "destination_vault_id", "string", "Id of the vault that receives replicas." },
  },
  member = {
    { "id", "string", "Id of the sharing." },
    { "status", "string", "`pending`, `accepted` or `rejected`." },
    { "backup_id", "string", "Id of the backup." },
    { "dest_project_id", "string", "Id of the project with which the backup is shared." },
    { "vault_id", "string", "Id of the vault in which that project keeps the backup." },
    { "image_id", "string", "Id of an image that the project made from the backup." },
    { "created_at", "string", "When the backup was shared (UTC)." },
    { "updated_at", "string", "When the sharing was last changed (UTC)." },
  },
  protectable = {
    { "id", "string", "Id of the resource." },
    { "type", "string", "Type of the resource." },
    { "name", "string", "Name of the resource." },
    { "size", "integer", "Size of the resource in GB." },
    { "status", "string", "State of the resource, in the words of its own service." },
    { "protectable", "object", "Whether the resource can be put into a vault.", {
      { "result", "boolean", "`true` if the resource can be put into a vault." },
      { "code", "string", "Code of the reason why the resource cannot be put into a vault." },
      { "reason", "string", "The reason in words." },
      { "message", "string", "More about the reason." },
      { "vault", "object", "The vault that holds the resource already.", {} },
    } },
    { "children", "list of object", "The disks of a server.", {} },
    { "detail", "object", "The resource, as its own service describes it.", {} },
  },
  agent = {
    { "agent_id", "string", "Id of the agent." },
    { "agent_type", "string", "Type of the agent." },
    { "agent_version", "string", "Version of the agent." },
    { "status", "string", "State of the agent." },
    { "host_name", "string", "Name of the machine." },
    { "host_nickname", "string", "Another name of the machine." },
    { "host_ip", "string", "Address of the machine." },
    { "host_os", "string", "Operating system of the machine." },
    { "created_at", "string", "When the agent was registered (UTC)." },
    { "updated_at", "string", "When the agent was last changed (UTC)." },
    { "last_active_time", "string", "When the agent last reported (UTC)." },
    { "paths", "list of object", "The paths that the agent backs up.", {
      { "id", "string", "Id of the path." },
      { "agent_id", "string", "Id of the agent." },
      { "dir_path", "string", "The path." },
      { "exclude_paths", "string", "Paths that are left out." },
      { "status", "string", "State of the path." },
    } },
  },
}
