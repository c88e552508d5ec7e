--- The fixtures: the accounts, projects, vaults and backups that the sandbox starts with, by name.
-- Plain data with fixed ids, for the server, tests and examples; loads in every Lua from 5.1 on.
-- Sizes are in GB and `used` is in MB, as in the service's responses.

local fixtures = {}

-- fixtures.accounts, users, keys, tokens and so on.
for field, rows in pairs(require "sandbox.identities") do
  fixtures[field] = rows
end

-- `cloud`: "huawei" or "otc", Open Telekom Cloud, which has another form of timestamps, no sync and no replication
-- records.
-- `name`: a main project has the name of its region (the default); the name of a sub-project begins with the name of
-- its `parent`.
fixtures.projects = {
  home = { id = "84edefdec172da850d63c04dc1be2c5b", region = "cn-north-4", account = "home", cloud = "huawei" },
  east = { id = "33eab65e403de501d06e70af815cef70", region = "cn-east-3", account = "home", cloud = "huawei" },
  no_replicas = {
    id = "f48973395673765b466fa88151c51e9b", region = "cn-east-3", account = "home", cloud = "huawei",
    accepts_replicas = false, name = "cn-east-3_no_replicas", parent = "east",
  },
  de = { id = "343eef1c166d547c1aaad58c57920485", region = "eu-de", account = "home", cloud = "otc" },
  nl = { id = "6e4b4879ad7c29dcbec8a5999bddfcae", region = "eu-nl", account = "home", cloud = "otc" },
  other = { id = "b0c15c622e945343b5c5d4f7a35bb1dd", region = "cn-north-4", account = "other", cloud = "huawei" },
  -- Two projects of the same name: a client that searches for the region's project cannot tell which is meant.
  twin = { id = "5d0c3e8b71f94a2696e4f0a8b2d7c913", region = "cn-north-1", account = "home", cloud = "huawei" },
  other_twin = { id = "e81a94f6c25d4b07a3f96b1c70d8e542", region = "cn-north-1", account = "home", cloud = "huawei" },
}

--- Three regions that differ in how many projects have the region's name: one, none, two.
fixtures.regions = { one = "cn-north-4", none = "cn-south-1", two = "cn-north-1" }

-- The destination regions of each source region.
fixtures.capabilities = {
  { region = "cn-north-4", destinations = { "cn-east-3" } },
  { region = "cn-east-3", destinations = { "cn-north-4" } },
  { region = "eu-de", destinations = { "eu-nl" } },
  { region = "eu-nl", destinations = { "eu-de" } },
}

local SERVER, DISK = "0daac4c5-6707-4851-97ba-169e36266b66", "d1603440-187d-4516-af25-121250c7cc97"
local TURBO, VMWARE = "3f3c3220-245c-4805-b811-758870015881", "a13639de-00be-4e94-af30-26912d75e4a2"
local WORKSPACE = "86a80900-71bf-4961-956a-d52df944f84a"

--- The fields of a vault that follow from its kind.
fixtures.kinds = {
  server = {
    object_type = "server", protect_type = "backup", cloud_type = "public", provider_id = SERVER,
    spec_code = "vault.backup.server.normal", resource_type = "OS::Nova::Server",
  },
  disk = {
    object_type = "disk", protect_type = "backup", cloud_type = "public", provider_id = DISK,
    spec_code = "vault.backup.volume.normal", resource_type = "OS::Cinder::Volume",
  },
  turbo = {
    object_type = "turbo", protect_type = "backup", cloud_type = "public", provider_id = TURBO,
    spec_code = "vault.backup.turbo.normal", resource_type = "OS::Sfs::Turbo",
  },
  workspace = {
    object_type = "workspace", protect_type = "backup", cloud_type = "public", provider_id = WORKSPACE,
    spec_code = "vault.backup.server.normal", resource_type = "OS::Workspace::DesktopV2",
  },
  hybrid = {
    object_type = "vmware", protect_type = "hybrid", cloud_type = "hybrid", provider_id = VMWARE,
    spec_code = "vault.hybrid.server.normal", resource_type = "OS::VMware::Server",
  },
  replicas = {
    object_type = "server", protect_type = "replication", cloud_type = "public", provider_id = SERVER,
    spec_code = "vault.replication.server.normal", resource_type = "OS::Nova::Server",
  },
  replicas_turbo = {
    object_type = "turbo", protect_type = "replication", cloud_type = "public", provider_id = TURBO,
    spec_code = "vault.replication.server.normal", resource_type = "OS::Sfs::Turbo",
  },
  replicas_vmware = {
    object_type = "vmware", protect_type = "replication", cloud_type = "public", provider_id = VMWARE,
    spec_code = "vault.replication.server.normal", resource_type = "OS::VMware::Server",
  },
}

-- `backups`: rows {name, GB, fields that differ from an ordinary available backup}.
-- `replication_result` {status, code, reason} of a backup: how replications of the backup end. `sync_result` of a
-- vault: how syncs of the vault end. By default replications and syncs succeed.
-- `replicated_to`: a vault that has replicas of all backups. `replicating_to`: a vault to which all backups are being
-- copied, by replications that never end.
-- `on_premises`: how many backups the next sync imports, removes, and fails to import.
fixtures.vaults = {
  server = {
    id = "7379f99e-c640-44c5-90b8-e4650dab754e", project = "home", kind = "server", size = 1000,
    backups = {
      { "web", 40 }, { "db", 100 }, { "cache", 60 },
      { "broken", 40, status = "error" },
      { "data_only", 80, contain_system_disk = false },
      { "replica", 40, image_type = "replication" },
    },
  },
  single = {
    id = "6d132719-0417-421f-80b9-9f99521d69ab", project = "home", kind = "server", size = 100,
    backups = { { "only", 40 } },
  },
  mixed = {
    id = "9040f484-93d1-4a3e-a172-50fff346d185", project = "home", kind = "server", size = 1000,
    backups = {
      { "good", 40 },
      { "fails", 40, replication_result = { status = "fail", code = "BackupService.1006",
        reason = "Failed to create the replica." } },
      { "skipped", 40, replication_result = { status = "skip", code = "BackupService.1009",
        reason = "The backup is being replicated to or already exists in the destination region." } },
      { "also_good", 60 },
    },
  },
  turbo = {
    id = "40961384-147b-4855-87ae-6b50494b838b", project = "home", kind = "turbo", size = 2000,
    backups = { { "share", 500 }, { "home", 500 } },
  },
  empty = { id = "ce08bb33-39a7-4c4b-b27a-38760f477821", project = "home", kind = "server", size = 100 },
  unready = {
    id = "bdd2ebc3-b92e-498b-b952-11530df2ae58", project = "home", kind = "server", size = 500,
    backups = { { "protecting", 40, status = "protecting" }, { "data_only", 40, contain_system_disk = false } },
  },
  replicated = {
    id = "d6f8f639-61d5-4507-bf0b-1a926b2e9fa7", project = "home", kind = "server", size = 500,
    backups = { { "web", 40 }, { "db", 40 } }, replicated_to = "replicas",
  },
  replicating = {
    id = "9b0d673e-3355-4211-a34c-8d792d45a3ea", project = "home", kind = "server", size = 500,
    backups = { { "web", 40 } }, replicating_to = "replicas",
  },
  disk = {
    id = "6c8c03f8-a23c-4e4b-8aa1-ec5405e30f1f", project = "home", kind = "disk", size = 500,
    backups = { { "data", 100 } },
  },
  workspace = {
    id = "3ed98e39-ac2b-4d0d-bd56-c71e58d7cb5d", project = "home", kind = "workspace", size = 500,
    backups = { { "desktop", 80 } },
  },
  locked = {
    id = "c6a9399c-1000-4bf5-bc05-258cd6eca879", project = "home", kind = "server", size = 100, status = "lock",
    locked = true,
  },
  frozen = {
    id = "33cea86f-542e-49fe-9eff-97682d856fcf", project = "home", kind = "server", size = 100, status = "frozen",
  },
  deleting = {
    id = "0af31366-388e-4843-80f1-675cd6849973", project = "home", kind = "server", size = 100, status = "deleting",
  },
  error = {
    id = "197923e0-7b7a-4c28-98a1-dbb9db77fd1c", project = "home", kind = "server", size = 100, status = "error",
  },

  hybrid = {
    id = "8cee8ced-bfc3-407c-ae31-e7f9d9ccf4d0", project = "home", kind = "hybrid", size = 2000,
    backups = { { "esx_1", 100 }, { "esx_2", 100 } },
    on_premises = { imported = 3, removed = 1, failed = 0 },
  },
  hybrid_partial = {
    id = "59045dce-9c0d-45ff-b8c8-4ad03a0a8e2f", project = "home", kind = "hybrid", size = 2000,
    on_premises = { imported = 2, removed = 0, failed = 1 },
  },
  hybrid_failing = {
    id = "3bca9856-014f-40ca-8554-65306e274973", project = "home", kind = "hybrid", size = 2000,
    on_premises = { imported = 2, removed = 0, failed = 0 },
    sync_result = { status = "failed", code = "BackupService.6406", reason = "Failed to list the bucket's objects." },
  },
  hybrid_busy = {
    id = "438aa4bc-dfa2-4fcc-b61c-464156a7043b", project = "home", kind = "hybrid", size = 2000, syncing = true,
  },
  hybrid_filled = {
    id = "e8491b32-1ff7-4e11-8fe4-4b622ac96cfa", project = "home", kind = "hybrid", size = 2000,
    backups = { { "foreign", 100 } }, syncs_only_empty = true,
  },
  hybrid_frozen = {
    id = "e58563cf-acde-40b9-a263-021465fbd53d", project = "home", kind = "hybrid", size = 2000, status = "frozen",
  },

  replicas = { id = "a6cd9fe8-5eda-48ee-9ebb-5d48afbaa185", project = "east", kind = "replicas", size = 10000 },
  replicas_turbo = {
    id = "f3f29c22-8039-4f89-97aa-70025ce68a75", project = "east", kind = "replicas_turbo", size = 10000,
  },
  replicas_vmware = {
    id = "4be687b9-f9f8-4ca7-85fd-2713dc553821", project = "east", kind = "replicas_vmware", size = 10000,
  },
  replicas_full = {
    id = "630f2df9-be76-49cb-bc31-495c9208aca0", project = "east", kind = "replicas", size = 100, used = 102000,
  },
  replicas_frozen = {
    id = "144dffae-7d17-4ac1-8438-abb9241ba839", project = "east", kind = "replicas", size = 10000, status = "frozen",
  },
  east_backups = { id = "dd9ef424-32f9-4f21-83cd-d63776f2eeef", project = "east", kind = "server", size = 1000 },
  no_replicas = {
    id = "1cc22bf3-4fc2-43bf-b50a-93f1110ee04d", project = "no_replicas", kind = "replicas", size = 1000,
  },

  de_server = {
    id = "e3a75fe6-330c-4b78-b400-5c7bd8d017d1", project = "de", kind = "server", size = 500,
    backups = { { "web", 40 }, { "db", 80 } },
  },
  nl_replicas = { id = "7d962a84-60dd-4afa-baa8-6ae89a6210cf", project = "nl", kind = "replicas", size = 5000 },
  other_server = {
    id = "f195741b-523f-4304-8a0b-f95e30b236a9", project = "other", kind = "server", size = 500,
    backups = { { "secret", 40 } },
  },
}

--- Cloud resources that no vault protects. The resources in the vaults are cloud resources too; each has the name of
-- its first backup.
fixtures.resources = {
  spare_server = {
    id = "c15521b1-b3dc-450a-adaa-37e51b591d75",
    name = "spare_server", type = "OS::Nova::Server", project = "home", size = 40,
    tags = { team = "web" }, agent = { version = "1.2.0", is_old = false },
  },
  spare_server_2 = {
    id = "3f372617-f0ba-4f3a-a6f0-ce2ea6ec39c1",
    name = "spare_server_2", type = "OS::Nova::Server", project = "home", size = 60,
    tags = { team = "db" },
  },
  spare_disk = {
    id = "4a800646-417a-4105-ac31-99944567ceb1",
    name = "spare_disk", type = "OS::Cinder::Volume", project = "home", size = 100,
  },
  spare_turbo = {
    id = "732242fd-a890-4e32-a297-9bfcbbeb508f",
    name = "spare_turbo", type = "OS::Sfs::Turbo", project = "home", size = 500,
  },
  spare_desktop = {
    id = "df7142dc-af29-46f8-a774-4cca4d909eb2",
    name = "spare_desktop", type = "OS::Workspace::DesktopV2", project = "home", size = 80,
  },
  spare_server_east = {
    id = "e8af30f7-c70b-43bf-a4d0-b50f658c6762",
    name = "spare_server_east", type = "OS::Nova::Server", project = "east", size = 40,
  },
  spare_server_de = {
    id = "deeda8b2-3927-47d6-a375-d0341e4f6f2a",
    name = "spare_server_de", type = "OS::Nova::Server", project = "de", size = 40,
  },
}
for _, resource in pairs(fixtures.resources) do resource.project_id = fixtures.projects[resource.project].id end

--- Well-formed ids that belong to nothing in the fixtures.
fixtures.nowhere = {
  project = "9d22b782ffc945095a0f1c2af6c69e1c", id = "4e105171-8723-486f-92c6-5838cd0b5919", region = "cn-south-9",
}

--- The id of a vault's nth backup: the vault's id with the number as its last group.
function fixtures.backup_id(vault_id, n)
  return ("%s%012d"):format(vault_id:sub(1, 24), n)
end

-- The backups by name: "<vault>_<backup>", for example server_web. This also sets the project_id of each vault.
fixtures.backups = {}
for vault_name, vault in pairs(fixtures.vaults) do
  vault.project_id = fixtures.projects[vault.project].id
  for n, row in ipairs(vault.backups or {}) do
    fixtures.backups[vault_name .. "_" .. row[1]] = {
      id = fixtures.backup_id(vault.id, n), name = row[1], size = row[2], vault_id = vault.id,
      status = row.status or "available", image_type = row.image_type or "backup",
    }
  end
end

return fixtures
