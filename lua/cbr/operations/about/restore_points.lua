--- The meanings of the operations on restore points, in the form of cbr.operations.about.

return {
  create_checkpoint = {
    does = "Backs up some or all resources of a vault now.",
    returns = "The restore point. Tasks make its backups, and client:wait follows these tasks.",
    action = "cbr:vaults:backup",
    other_actions = "ecs:cloudServers:list evs:volumes:list",
    codes = "0002 1001 2010 6105 6112 6113 6114 6124 6125 6142",
    params = {
      parameters = "How to make the backups.",
      ["parameters.description"] = "Free text about the backups.",
      ["parameters.incremental"] = "Whether the backups are incremental; `false` makes full ones.",
      ["parameters.name"] = "Name of the backups.",
      ["parameters.resources"] = "Ids of the resources to back up; by default, all resources of the vault.",
      ["parameters.resource_details"] = "Resources to back up, with their types and excluded disks.",
      ["resource_details.id"] = "Id of the resource.",
      ["resource_details.type"] = "Type of the resource.",
      ["resource_details.name"] = "Name of the resource.",
      ["resource_details.extra_info"] = "More about the resource.",
    },
    result = "checkpoint",
  },
  copy_checkpoint = {
    does = "Copies a vault's backups to a vault in another region, except the backups that are there already.",
    returns = "Which backups the service accepted, and the ids by which client:wait follows the copies.",
    action = "cbr:vaults:replicate",
    codes = "0001 0002 1001 1002 1003 1004 1005 1007 1008 1009 1011 1012 1013 4005 6105 6112 6118 6119 6120 6122 6125 "
      .. "6128 6129 6130 6142 6203",
    params = { vault_id = "Id of the source vault." },
    result = "replication",
  },
  import_checkpoint = {
    does = "Imports the new backups that a hybrid cloud has put into the vault's storage.",
    returns = "The id of the task that imports the backups.",
    action = "cbr:vaults:sync",
    codes = "6105 6112 6136 7300 7301 7302 7303",
    huawei_only = true,
    params = { vault_id = "Id of the hybrid-cloud vault." },
    result = "sync",
  },
  show_checkpoint = {
    does = "Shows a restore point, with its vault and the resources that were backed up.",
    returns = "The restore point.",
    codes = "6217",
    result = "checkpoint",
  },
}
