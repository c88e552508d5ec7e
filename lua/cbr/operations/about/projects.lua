--- The meanings of the operations on projects and accounts, in the form of cbr.operations.about.

return {
  list_domain_projects = {
    does = "Lists the projects of an account, to share backups with them.",
    returns = "The projects.",
    beside = {},
    huawei_only = true,
    params = { domain_name = "Name of the account." },
    result = {
      { "project_id", "string", "Id of the project." },
      { "project_name", "string", "Name of the project." },
    },
  },
  show_domain = {
    does = "Shows the account that owns a project, for example a project that shares a backup.",
    returns = "The project and its account.",
    huawei_only = true,
    params = { source_project_id = "Id of the project." },
    result = {
      { "project_id", "string", "Id of the project." },
      { "project_name", "string", "Name of the project." },
      { "domain_id", "string", "Id of the account." },
      { "domain_name", "string", "Name of the account." },
    },
  },
  show_migrate_status = {
    does = "Shows the progress of the account's migration from the older backup services.",
    returns = "The state of each project.",
    codes = "4001 4007",
    huawei_only = true,
    params = { all_regions = "Whether to show the migration in all regions, instead of only in this region." },
    result = {
      { "status", "string", "`migrating`, `success` or `failed`." },
      { "project_status", "list of object", "One entry for each project.", {
        { "project_id", "string", "Id of the project." },
        { "project_name", "string", "Name of the project." },
        { "region_id", "string", "Region of the project." },
        { "status", "string", "`migrating`, `success` or `failed`." },
        { "progress", "integer", "Percent." },
        { "fail_code", "integer", "Code of the reason for a failure." },
        { "fail_reason", "string", "Reason for a failure." },
      } },
    },
  },
  migrate_domain = {
    does = "Moves the account from the older backup services CSBS and VBS to CBR.",
    returns = "An empty object, or `true`.",
    codes = "4002 4003 4004 4006",
    huawei_only = true,
    params = {
      all_regions = "Whether to migrate in all regions, instead of only in this region.",
      reservation = "Free capacity of the new vaults, as a share of their used capacity.",
    },
    result = {},
  },
  list_projects = {
    does = "Lists the account's projects in all regions, for example to choose a project for replicas.",
    returns = "The projects.",
    beside = { { "links", "object", "Where the list is shown.", { { "self", "string", "URL of the list." } } } },
    huawei_only = true,
    result = {
      { "id", "string", "Id of the project." },
      { "name", "string", "Name of the project; a region's main project has the name of the region." },
      { "domain_id", "string", "Id of the account." },
      { "parent_id", "string", "Id of the account or project that contains the project." },
      { "enabled", "boolean", "Whether the project can be used." },
      { "is_domain", "boolean", "Whether the entry stands for the account itself." },
      { "description", "string", "Free text about the project." },
      { "links", "object", "Where the project is shown.", { { "self", "string", "URL of the project." } } },
    },
  },
}
