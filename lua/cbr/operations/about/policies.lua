--- The meanings of the operations on policies, in the form of cbr.operations.about.

return {
  list_policies = {
    does = "Lists the policies of the project.",
    returns = "All policies that match, and the number of these policies.",
    action = "cbr:policies:list",
    params = {
      operation_type = "Whether to list only policies that make backups, or only policies that make replicas.",
      vault_id = "Only policies that are applied to this vault.",
    },
    result = "policy",
  },
  create_policy = {
    does = "Creates a policy that backs up or replicates vaults at set times.",
    returns = "The new policy. associate_vault_policy applies it to vaults.",
    action = "cbr:policies:create",
    codes = "6001 6117",
    params = {
      name = "Name of the policy.",
      enabled = "Whether the policy runs.",
    },
    result = "policy",
  },
  delete_policy = {
    does = "Deletes a policy. The backups that the policy has made are kept.",
    returns = "`true`.",
    action = "cbr:policies:delete",
    codes = "6000",
    result = true,
  },
  show_policy = {
    does = "Shows one policy.",
    returns = "The policy, with the vaults to which the policy is applied.",
    action = "cbr:policies:get",
    codes = "6000",
    result = "policy",
  },
  update_policy = {
    does = "Changes a policy. Settings that are not given do not change.",
    returns = "The changed policy.",
    action = "cbr:policies:update",
    codes = "6000 6003",
    params = {
      name = "The new name.",
      enabled = "Whether the policy runs.",
    },
    result = "policy",
  },
}
