--- Rules of the fields inside parameters that several operations share.
--
-- Where the documents of the service contradict each other, the wider rule holds, and a comment gives both versions.
-- "The definition" is the machine-readable one of Huawei Cloud's API Explorer; "the pages" are in the API references of
-- Huawei Cloud and Open Telekom Cloud.

local regions = require "cbr.endpoint.regions"
local text = require "cbr.util.text"

local nested = {}

--- The names of the known regions. New regions open before new lists are released.
local names = {}
for name in pairs(regions.all) do
  names[#names + 1] = name
end
table.sort(names, text.is_before)
nested.REGIONS = names

--- Types of resources. The service adds new types. OS::Sfs::Turbo is in the pages and in use,
-- but not in the definition.
nested.RESOURCE_TYPES = {
  "OS::Nova::Server", "OS::Cinder::Volume", "OS::Sfs::Turbo", "OS::Ironic::BareMetalServer", "OS::Native::Server",
  "OS::VMware::Server", "OS::Workspace::DesktopV2",
}

--- Types of the objects that a vault can hold. The service adds new types.
nested.OBJECT_TYPES = { "server", "disk", "turbo", "workspace", "vmware", "rds", "file" }

--- Codes of products that an order can name. The service adds new codes.
nested.SPEC_CODES = {
  "vault.backup.server.normal", "vault.backup.turbo.normal", "vault.backup.database.normal",
  "vault.backup.volume.normal", "vault.backup.rds.normal", "vault.replication.server.normal",
  "vault.hybrid.server.normal",
}

--- The fields of a resource that is put into a vault, or backed up.
nested.resource = {
  { name = "id", type = "string", required = true },
  { name = "type", type = "string", required = true, known = nested.RESOURCE_TYPES },
  { name = "name", type = "string", max = 255 },
  {
    name = "extra_info", type = "table",
    fields = {
      { name = "exclude_volumes", type = "list", items = "string" },
      { -- this field is in Huawei Cloud's pages of 2022, but not in the definition
        name = "include_volumes", type = "list", items = "table",
        fields = {
          { name = "id", type = "string", required = true }, { name = "os_version", type = "string" },
        },
      },
    },
  },
}

--- The fields of a tag that is added.
nested.tag = {
  { name = "key", type = "string", required = true },
  { name = "value", type = "string", required = true },
}

--- The fields of a tag whose value may be missing. The definition requires the value. Open Telekom Cloud's pages do
-- not, and say that a tag can be deleted by its key.
nested.tag_or_key = {
  { name = "key", type = "string", required = true },
  { name = "value", type = "string" },
}

--- The fields of a condition in a search by tags.
nested.tag_filter = {
  { name = "key", type = "string", required = true },
  { name = "values", type = "list", items = "string", required = true },
}

nested.bind_rules = { { name = "tags", type = "list", items = "table", fields = nested.tag_or_key } }

nested.consistent_level = { "app_consistent", "crash_consistent" }

--- The fields that say how a new vault is billed, and what the vault is for.
nested.billing = {
  { name = "cloud_type", type = "string", one_of = { "public", "hybrid" } },
  { name = "consistent_level", type = "string", required = true, one_of = nested.consistent_level },
  { name = "object_type", type = "string", required = true, known = nested.OBJECT_TYPES },
  -- The definition of the request lacks `hybrid`, but the definition of the vault in the response has it.
  { name = "protect_type", type = "string", required = true, one_of = { "backup", "replication", "hybrid" } },
  -- The minimum is 10 in the definition and in Open Telekom Cloud's pages, but 1 in Huawei Cloud's pages of 2022.
  { name = "size", type = "integer", required = true, from = 10, to = 10485760 },
  {
    name = "charging_mode", type = "string", one_of = { "post_paid", "pre_paid" }, service_default = "post_paid",
  },
  { name = "period_type", type = "string", one_of = { "year", "month" } },
  { name = "period_num", type = "integer" },
  { name = "is_auto_renew", type = "boolean", service_default = false },
  { name = "is_auto_pay", type = "boolean", service_default = false },
  { name = "console_url", type = "string", min = 1, max = 255 },
  { name = "is_multi_az", type = "boolean", service_default = false },
  { -- this field is in Huawei Cloud's pages of 2022, but not in the definition
    name = "extra_info", type = "table",
    fields = {
      { name = "combined_order_id", type = "string" }, { name = "combined_order_ecs_num", type = "integer" },
    },
  },
}

--- The fields that say how long backups are kept, and where replicas go.
nested.operation_definition = {
  { name = "day_backups", type = "integer", from = 0, to = 100 },
  { name = "week_backups", type = "integer" }, -- the definition limits the other periods, but not this one
  { name = "month_backups", type = "integer", from = 0, to = 100 },
  { name = "year_backups", type = "integer", from = 0, to = 100 },
  -- The definition allows 1 to 99999, and says that -1 is the default. Open Telekom Cloud's pages allow "-1 or 1 to
  -- 99999", and Huawei Cloud's pages allow "-1 or 0 to 99999".
  { name = "max_backups", type = "integer", from = -1, to = 99999, service_default = -1 },
  -- The definition allows 1 to 99999, and says that -1 is the default. All pages say that -1 is valid, too.
  { name = "retention_duration_days", type = "integer", from = 1, to = 99999, besides = -1, service_default = -1 },
  { name = "full_backup_interval", type = "integer", from = -1, to = 100 },
  -- The pattern in the definition begins and ends with a quote, but recorded values have no quotes.
  { name = "timezone", type = "string", form = "timezone" },
  -- The pages limit the length to 255 characters, the definition does not.
  { name = "destination_region", type = "string", form = "region_in_body", known = nested.REGIONS },
  { name = "destination_project_id", type = "string" },
  { name = "enable_acceleration", type = "boolean" },
  -- only the SDKs have this field
  { name = "cross_account_urn", type = "string", filled = true, max = 1024, form = "line" },
}

--- The fields that say when a policy runs.
nested.trigger = {
  {
    name = "properties", type = "table", required = true,
    fields = { { name = "pattern", type = "list", items = "string", required = true } },
  },
}

return nested
