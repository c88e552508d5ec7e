--- The API as data: what is called, where, with which parameters, and what its
-- answer is unwrapped from. Source of each: its page of the CBR API reference.
--
-- Official snake_case names (those of the SDKs); `alias` is the name of this
-- module's own. `order`: sets work in motion that must not be doubled.

local operations = {}

operations.copy_checkpoint = { -- "Replicating a Restore Point" (CopyCheckpoint)
  alias = "replicate",
  method = "POST",
  path = "/v3/{project_id}/checkpoints/replicate",
  order = true,
  wrap = "replicate",
  unwrap = "replication",
  params = {
    { name = "vault_id", type = "string", required = true, form = "uuid" },
    { name = "destination_project_id", type = "string", required = true, form = "project" },
    { name = "destination_region", type = "string", required = true, filled = true, max = 255, form = "region" },
    { name = "destination_vault_id", type = "string", required = true, form = "uuid" },
    -- the rest only goes out when the caller sets it: accounts without the
    -- feature get BackupService.9900 for the mere key
    { name = "auto_trigger", type = "boolean" },
    { name = "enable_acceleration", type = "boolean" },
    { name = "cross_account_urn", type = "string", filled = true, max = 1024, form = "line" },
  },
}

operations.import_checkpoint = { -- "Synchronizing a Restore Point" (ImportCheckpoint)
  alias = "sync",
  method = "POST",
  path = "/v3/{project_id}/checkpoints/sync",
  order = true,
  wrap = "sync",
  unwrap = "sync",
  params = {
    { name = "vault_id", type = "string", required = true, form = "uuid" },
    -- mandatory on the wire, though the page names a default
    { name = "auto_trigger", type = "boolean", default = false },
  },
}

return operations
