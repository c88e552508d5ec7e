--- The meanings of the operations on policies of an organization, in the form of cbr.operations.about.

local PARAMS = {
  name = "Name of the organization policy.",
  description = "Free text about the organization policy.",
  policy_name = "Name of the policies that the accounts get.",
  policy_enabled = "Whether the policies run.",
  policy_operation_definition = "How long backups are kept, and where replicas go.",
  policy_trigger = "When the policies run.",
  effective_scope = "Which accounts or units of the organization get the policy.",
}

return {
  list_organization_policies = {
    does = "Lists the policies of the organization.",
    returns = "The organization policies of one page, and the number of all organization policies that match.",
    huawei_only = true,
    params = { operation_type = "Whether to list the policies that make backups, or the policies that make replicas." },
    result = "organization_policy",
  },
  create_organization_policy = {
    does = "Creates a policy in the accounts of the organization.",
    returns = "The new organization policy.",
    codes = "6001",
    huawei_only = true,
    params = PARAMS,
    result = "organization_policy",
  },
  delete_organization_policy = {
    does = "Deletes a policy of the organization.",
    returns = "`true`.",
    codes = "6000",
    huawei_only = true,
    result = true,
  },
  show_organization_policy = {
    does = "Shows one policy of the organization.",
    returns = "The organization policy.",
    codes = "6000",
    huawei_only = true,
    result = "organization_policy",
  },
  update_organization_policy = {
    does = "Changes a policy of the organization. Settings that are not given do not change.",
    returns = "The changed organization policy.",
    codes = "6000",
    huawei_only = true,
    params = PARAMS,
    result = "organization_policy",
  },
  list_organization_policy_detail = {
    does = "Shows in which accounts a policy of the organization is deployed.",
    returns = "One entry for each account and project, and the number of entries.",
    codes = "6000",
    huawei_only = true,
    result = {
      { "policy_id", "string", "Id of the policy in the account." },
      { "domain_id", "string", "Id of the account." },
      { "project_id", "string", "Id of the project." },
      { "status", "string", "State of the deployment." },
    },
  },
}
