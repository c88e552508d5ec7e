--- The meanings of the operations on vaults, in the form of cbr.operations.about.

local ORDERS = {
  { "orders", "list of object", "The orders, for a prepaid vault.", {
    { "orderId", "string", "Id of the order." },
    { "resourceId", "string", "Id of the vault." },
    { "cloudServiceId", "string", "Id of the service." },
    { "subscribeResult", "integer", "1 if the order was paid." },
  } },
  { "retCode", "integer", "0 if the order was accepted." },
  { "errText", "string", "Why the order was not accepted." },
  { "error_code", "string", "Code of the reason in `errText`." },
}

-- Returns a copy of a list with one more entry in front.
local function before(entry, list)
  local all = { entry }
  for _, other in ipairs(list) do
    all[#all + 1] = other
  end
  return all
end

return {
  list_vault = {
    does = "Lists the vaults of the project.",
    returns = "The vaults of one page, and the number of all vaults that match.",
    action = "cbr:vaults:list",
    params = {
      name = "Only vaults with this name.",
      cloud_type = "Whether to list only vaults for cloud resources, or only vaults for hybrid clouds. The "
        .. "default is the former.",
      protect_type = "Only vaults with this purpose.",
      object_type = "Only vaults for resources of this type.",
      id = "Only the vault with this id, or the vaults with the ids in this list.",
      policy_id = "Only vaults to which this policy is applied.",
      status = "Only vaults with this status.",
      resource_ids = "Only vaults that hold one of these resources: ids, separated by commas.",
    },
    result = "vault",
  },
  create_vault = {
    does = "Creates a vault.",
    returns = "The new vault in `vault`. For a prepaid vault, its orders in `orders` instead.",
    action = "cbr:vaults:create",
    other_actions = "ecs:cloudServers:list evs:volumes:list",
    codes = "6100 6101 6102 6103 6104 6106 6132 6133 6205",
    params = {
      name = "Name of the vault.",
      backup_name_prefix = "First part of the names of automatic backups.",
      demand_billing = "Whether more than the vault's capacity can be used. What exceeds it is then paid by use.",
      sys_lock_source_service = "Service that locks the vault; only that service may set this parameter.",
      availability_zone = "Availability zone of the vault, if it is not the default zone of the region.",
      description = "Free text about the vault.",
      enterprise_project_id = "Id of the enterprise project that the vault will belong to.",
    },
    result = before({ "vault", "vault", "The new vault, if it is not prepaid." }, ORDERS),
  },
  batch_update_vault = {
    does = "Changes the settings of all vaults of the project.",
    returns = "The ids of the changed vaults.",
    codes = "6110",
    huawei_only = true,
    result = { { "updated_vaults_id", "list of string", "Ids of the changed vaults." } },
  },
  list_external_vault = {
    does = "Lists the vaults of another project in another region, such as possible destinations of replicas.",
    returns = "The vaults of one page, and the number of all vaults that match.",
    action = "cbr:vaults:listExternalVaults",
    other_actions = "cbr:vaults:listVaults",
    huawei_only = true,
    params = {
      external_project_id = "Id of the other project.",
      region_id = "Region of the other project.",
      protect_type = "Only vaults with this purpose.",
      object_type = "Only vaults for resources of this type.",
      cloud_type = "Whether to list only vaults for cloud resources, or only vaults for hybrid clouds.",
      vault_id = "Only this vault; the other conditions are ignored.",
    },
    result = "vault",
  },
  create_post_paid_vault = {
    does = "Orders a prepaid vault, despite the operation's name.",
    returns = "The orders.",
    codes = "6100 6101 6102 6103 6104 6133",
    huawei_only = true,
    params = {
      name = "Name of the vault.",
      description = "Free text about the vault.",
      enterprise_project_id = "Id of the enterprise project that the vault will belong to.",
      parameters = "More about the order.",
      ["parameters.combined_order"] = "The order, if servers and vaults are ordered together.",
      ["combined_order.combined_order_id"] = "Id of the order.",
      ["combined_order.combined_order_num"] = "Number of products in the order.",
      ["combined_order.combined_order_ecs_num"] = "Number of servers in the order.",
    },
    result = ORDERS,
  },
  show_summary = {
    does = "Shows the capacity of all vaults of the project together.",
    returns = "The total capacity and the used capacity.",
    huawei_only = true,
    result = {
      { "size", "integer", "Capacity of all vaults in GB." },
      { "used_size", "integer", "Used capacity of all vaults in MB." },
    },
  },
  delete_vault = {
    does = "Deletes a vault with all of its backups.",
    returns = "What is deleted. A task deletes the backups, and client:wait follows that task.",
    action = "cbr:vaults:delete",
    codes = "6105 6111 6112 6203 6204",
    result = "started",
  },
  show_vault = {
    does = "Shows one vault.",
    returns = "The vault, with its resources and the capacity that their backups use.",
    action = "cbr:vaults:get",
    codes = "6105",
    result = "vault",
  },
  update_vault = {
    does = "Changes a vault. Settings that are not given do not change.",
    returns = "The changed vault.",
    action = "cbr:vaults:update",
    codes = "6101 6105 6107 6110 6112 6114 6123",
    params = {
      billing = "The changes of the vault's size and kind.",
      ["billing.size"] = "The new capacity in GB.",
      name = "The new name.",
    },
    result = "vault",
  },
  add_vault_resource = {
    does = "Puts resources into a vault, so that they can be backed up.",
    returns = "The ids of the resources that were put into the vault.",
    action = "cbr:vaults:addResources",
    other_actions = "ecs:cloudServers:list evs:volumes:list",
    codes = "6100 6102 6103 6104 6105 6108 6112 6302 7006 7116",
    result = { { "add_resource_ids", "list of string", "Ids of the added resources." } },
  },
  associate_vault_policy = {
    does = "Applies a policy to a vault. For a policy that makes replicas, the destination vault must be given.",
    returns = "The vault and the policy.",
    action = "cbr:vaults:associatePolicy",
    codes = "6000 6105 6112 6119 6120 6127 6136",
    params = {
      policy_id = "Id of the policy. Either `policy_id` or `add_policy_ids` is mandatory.",
      add_policy_ids = "Ids of several policies. Only Huawei Cloud has this parameter.",
    },
    result = "association",
  },
  disassociate_vault_policy = {
    does = "Removes a policy from a vault.",
    returns = "The vault and the policy.",
    action = "cbr:vaults:dissociatePolicy",
    codes = "6000 6002 6105",
    result = "association",
  },
  migrate_vault_resource = {
    does = "Moves resources and their backups to another vault.",
    returns = "The ids of the resources that were moved.",
    action = "cbr:vaults:migrateResources",
    other_actions = "cbr:vaults:addResources",
    codes = "6100 6102 6105 6112 6114 6135",
    params = { destination_vault_id = "Id of the vault that gets the resources." },
    result = { { "migrated_resources", "list of string", "Ids of the moved resources." } },
  },
  remove_vault_resource = {
    does = "Takes resources out of a vault, and deletes the backups of these resources.",
    returns = "The ids of the resources that a task removes.",
    action = "cbr:vaults:removeResources",
    codes = "6105 6112 6115 6134 6135",
    result = { { "remove_resource_ids", "list of string", "Ids of the removed resources." } },
  },
  set_vault_resource = {
    does = "Suspends or resumes the automatic backup of resources.",
    returns = "The ids of the resources that were changed.",
    codes = "6105 6134 6135",
    huawei_only = true,
    params = { action = "`suspend` ends the automatic backup, `unsuspend` resumes it." },
    result = { { "set_resource_ids", "list of string", "Ids of the changed resources." } },
  },
}
