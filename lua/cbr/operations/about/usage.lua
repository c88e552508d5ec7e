--- The meanings of the operations on used capacity, in the form of cbr.operations.about.

return {
  show_storage_usage = {
    does = "Lists how much capacity the backups of each resource use.",
    beside = { { "resource_count", "integer", "Number of all resources." } },
    returns = "One entry for each resource, and the number of all resources.",
    huawei_only = true,
    params = {
      resource_id = "Only this resource.",
      resource_type = "Only resources of this type.",
    },
    result = {
      { "resource_id", "string", "Id of the resource." },
      { "resource_name", "string", "Name of the resource." },
      { "resource_type", "string", "Type of the resource." },
      { "backup_count", "integer", "Number of backups of the resource." },
      { "backup_size", "integer", "Used capacity in MB, of backups in one availability zone." },
      { "backup_size_multiaz", "integer", "Used capacity in MB, of backups in several availability zones." },
    },
  },
}
