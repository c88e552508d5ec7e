--- Operations on restore points. A restore point has the backups from one backup run of a vault.

local nested = require "cbr.operations.nested"
local rules = require "cbr.operations.rules"

local operations = {}

-- For `vault_id` of `replicate` and `sync`, the pages name a UUID, unlike the pages of other operations. The
-- destination vault needs a UUID, too, because the search for a lost order finds the order by both vaults.
local VAULT_ID = { name = "vault_id", type = "string", required = true, form = "uuid" }
local DESTINATION_VAULT_ID = { name = "destination_vault_id", type = "string", required = true, form = "uuid" }

operations.create_checkpoint = {
  method = "POST",
  path = "/v3/{project_id}/checkpoints",
  wrap = "checkpoint",
  unwrap = "checkpoint",
  params = {
    rules.the_vault_id,
    {
      name = "parameters", type = "table",
      fields = {
        { name = "auto_trigger", type = "boolean", service_default = false },
        rules.description,
        { name = "incremental", type = "boolean", service_default = true },
        rules.name,
        { name = "resources", type = "list", items = "string" },
        { name = "resource_details", type = "list", items = "table", most = 256, fields = nested.resource },
      },
    },
  },
}

operations.copy_checkpoint = { -- called "Replicating a Restore Point" (CopyCheckpoint) in the API pages
  alias = "replicate",
  method = "POST",
  path = "/v3/{project_id}/checkpoints/replicate",
  order_kind = "replication",
  looks_up_project = true,
  followed_by = "backups",
  wrap = "replicate",
  unwrap = "replication",
  params = {
    VAULT_ID,
    rules.destination_project_id,
    rules.destination_region,
    DESTINATION_VAULT_ID,
    -- These parameters are sent only if the caller sets them. For accounts without the feature, the service rejects a
    -- request that contains their names (BackupService.9900).
    { name = "auto_trigger", type = "boolean" },
    { name = "enable_acceleration", type = "boolean" },
    rules.cross_account_urn,
  },
}

operations.import_checkpoint = { -- called "Synchronizing a Restore Point" (ImportCheckpoint) in the API pages
  alias = "sync",
  method = "POST",
  path = "/v3/{project_id}/checkpoints/sync",
  order_kind = "sync",
  followed_by = "operation_log_id",
  wrap = "sync",
  unwrap = "sync",
  params = {
    VAULT_ID,
    -- The service requires this parameter, although the API page names a default.
    { name = "auto_trigger", type = "boolean", default = false },
  },
}

operations.show_checkpoint = {
  method = "GET",
  path = "/v3/{project_id}/checkpoints/{checkpoint_id}",
  unwrap = "checkpoint",
  same_id = "checkpoint_id",
  params = { rules.checkpoint_id },
}

return operations
