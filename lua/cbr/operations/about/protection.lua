--- The meanings of the operations on protectable resources, in the form of cbr.operations.about.

return {
  check_agent = {
    does = "Checks whether servers have the agent that makes backups consistent for applications.",
    returns = "The state of the agent on each server.",
    action = "cbr:backups:checkAgent",
    other_actions = "ecs:cloudServers:list",
    codes = "7100",
    huawei_only = true,
    params = {
      agent_status = "The servers to check.",
      ["agent_status.resource_id"] = "Id of the server.",
      ["agent_status.resource_name"] = "Name of the server.",
      ["agent_status.resource_type"] = "Type of the server.",
    },
    result = {
      { "agent_status", "list of object", "One entry for each server.", {
        { "resource_id", "string", "Id of the server." },
        { "installed", "boolean", "Whether the agent is installed." },
        { "version", "string", "Version of the agent." },
        { "is_old", "boolean", "Whether a newer agent exists." },
        { "message", "string", "Why the agent cannot be used." },
        { "code", "integer", "Code of the reason in `message`." },
      } },
    },
  },
  list_protectable = {
    does = "Lists the resources of the project that can be put into a vault.",
    returns = "The resources of one page, and the number of all resources that match.",
    action = "cbr:vaults:listProtectables",
    other_actions = "ecs:cloudServers:list evs:volumes:list",
    huawei_only = true,
    params = {
      name = "Only resources with this name.",
      status = "Only resources with this status.",
      id = "Only the resource with this id.",
      server_id = "Only disks of this server.",
    },
    result = "protectable",
  },
  show_protectable = {
    does = "Shows whether one resource can be put into a vault.",
    returns = "The resource.",
    action = "cbr:vaults:getProtectables",
    other_actions = "ecs:cloudServers:list evs:volumes:list",
    codes = "6302 7000 7100",
    huawei_only = true,
    params = { protectable_type = "Type of the resource.", instance_id = "Id of the resource." },
    result = "protectable",
  },
  show_replication_capabilities = {
    does = "Shows to which regions backups can be replicated.",
    returns = "The source regions, each with its destinations.",
    beside = {},
    action = "cbr:backups:queryReplicationCapability",
    result = {
      { "name", "string", "The source region." },
      { "replication_destinations", "list of string", "Destination regions for backups of the source region." },
    },
  },
}
