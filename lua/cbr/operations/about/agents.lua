--- The meanings of the operations on agents, which back up files, in the form of cbr.operations.about.

return {
  list_agent = {
    does = "Lists the agents that back up files.",
    returns = "The agents of one page, and the number of all agents that match.",
    huawei_only = true,
    params = {
      status = "Only agents with this status.",
      agent_id = "Only the agents with these ids.",
    },
    result = "agent",
  },
  register_agent = {
    does = "Registers an agent. The agent itself calls this operation.",
    returns = "The new agent.",
    codes = "7403",
    huawei_only = true,
    params = {
      host_name = "Name of the machine.",
      host_ip = "Address of the machine.",
      host_os = "Operating system of the machine.",
      host_nickname = "Another name of the machine, for people to read.",
      agent_version = "Version of the agent.",
      agent_type = "Type of the agent.",
    },
    result = "agent",
  },
  unregister_agent = {
    does = "Removes an agent, and deletes all of its backups.",
    returns = "`true`.",
    codes = "7403 7410",
    huawei_only = true,
    result = true,
  },
  show_agent = {
    does = "Shows one agent.",
    returns = "The agent, with the paths that it backs up.",
    codes = "7410",
    huawei_only = true,
    result = "agent",
  },
  update_agent = {
    does = "Changes the state of an agent.",
    returns = "The changed agent.",
    codes = "7403",
    huawei_only = true,
    params = { status = "The new state." },
    result = "agent",
  },
  add_agent_path = {
    does = "Adds paths that an agent backs up.",
    returns = "Which paths are new, and which existed already.",
    codes = "7407",
    huawei_only = true,
    params = {
      add_path = "The paths to add.",
      exclude_path = "Paths that are left out of the backups.",
      ["exclude_path.path_name"] = "The path that is backed up.",
      ["exclude_path.exclude_path_name"] = "Paths inside `path_name` that are left out.",
    },
    result = {
      { "added", "list of string", "Paths that are new." },
      { "existed", "list of string", "Paths that existed already." },
    },
  },
  remove_agent_path = {
    does = "Removes paths that an agent backs up.",
    returns = "Which paths were removed, and which did not exist.",
    huawei_only = true,
    params = { remove_path = "The paths to remove." },
    result = {
      { "removed", "list of string", "Paths that were removed." },
      { "not_existed", "list of string", "Paths that did not exist." },
    },
  },
}
