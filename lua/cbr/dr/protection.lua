--- Reads what protects the resources of a project: the vaults of the resources, the policies of these vaults, the last
-- backup of each resource, and the agents on servers.

local clients = require "cbr.dr.clients"
local fields = require "cbr.objects.fields"
local tables = require "cbr.util.tables"
local time = require "cbr.util.time"

local protection = {}

local MAX_SERVERS_PER_CHECK = 50 -- servers in one `check_agent` request; the service documents no limit
local SERVER = "OS::Nova::Server"

---@class cbr.dr.Facts
---@field vault_of table<string, { id: string, name?: string }> id of a resource -> its vault
---@field policies? table<string, table<string, "enabled"|"disabled">> id of a vault -> type of policy -> state; nil:
-- the policies could not be read
---@field last_run? table<string, { status: string, at: number }> id of a resource -> its last backup task; nil: the
-- tasks could not be read
---@field without_agent table<string, true> ids of the servers without the agent that their vault needs
---@field seen table<string, true> ids of the resources that have been reported

-- Reads the policies of the vaults. If the policies cannot be read, calls `record_error` with the
-- error and returns nil.
local function read_policies(project, record_error)
  local policies = {}
  local ok, err = clients.each(project.client, "list_policies", {}, function(policy)
    for _, vault in ipairs(tables.list(policy.associated_vaults)) do
      local of_vault = policies[vault.vault_id or ""] or {}
      policies[vault.vault_id or ""] = of_vault
      local kind = policy.operation_type or ""
      of_vault[kind] = (policy.enabled ~= false or of_vault[kind] == "enabled") and "enabled" or "disabled"
    end
  end)
  if not ok then
    record_error("policies", err)
  end
  return ok and policies or nil
end

-- Reads the last backup task of each resource. If the tasks cannot be read, calls `record_error` and returns nil.
local function read_runs(project, given, record_error)
  local last = {}
  local ok, err = clients.each(project.client, "list_op_logs", {
    operation_type = "backup", start_time = time.text(math.max(given.at - given.since, 0)),
  }, function(task)
    local id = fields.id(fields.about(task, "resource").id)
    local at = time.parse(task.created_at) or 0
    if id and (not last[id] or at >= last[id].at) then
      last[id] = { status = task.status, at = at }
    end
  end)
  if not ok then
    record_error("tasks", err)
  end
  return ok and last or nil
end

-- Returns the servers in vaults with application-consistent backups, which need an agent on the server.
local function servers_with_agents(project)
  local servers = {}
  for _, vault in ipairs(project.vaults) do
    for _, resource in ipairs(vault.consistent_level == "app_consistent" and vault.resources or {}) do
      servers[#servers + 1] = resource.type == SERVER and resource or nil
    end
  end
  return servers
end

local function check(project, servers, first, missing)
  local batch = {}
  for i = first, math.min(first + MAX_SERVERS_PER_CHECK - 1, #servers) do
    batch[#batch + 1] = { resource_id = servers[i].id, resource_name = servers[i].name, resource_type = SERVER }
  end
  local result, err = project.client:check_agent { agent_status = batch }
  for _, agent in ipairs(result and tables.list(result.agent_status) or {}) do
    missing[agent.resource_id or ""] = agent.installed == false or nil
  end
  return result ~= nil, err
end

local function read_agents(project, record_error)
  local servers, missing = servers_with_agents(project), {}
  for first = 1, #servers, MAX_SERVERS_PER_CHECK do
    local ok, err = check(project, servers, first, missing)
    if not ok then
      record_error("agents", err)
    end
  end
  return missing
end

--- Returns the vault in the fields of a protectable resource.
---@param resource table the resource as `list_protectable` returns it
---@return { id: string, name?: string }?
function protection.vault_of(resource)
  local vault = tables.of(tables.of(resource.protectable).vault)
  return type(vault.id) == "string" and vault or nil
end

--- Reads what protects the resources of a project.
---@param project cbr.dr.Project with all of its vaults
---@param given { at: number, since: number } seconds since 1970
---@param record_error fun(what: string, err: cbr.Error) is called for each list that cannot be read
---@return cbr.dr.Facts
function protection.read(project, given, record_error)
  local facts = { vault_of = {}, seen = {} }
  for _, vault in ipairs(project.vaults) do
    for _, resource in ipairs(vault.resources) do
      facts.vault_of[resource.id] = vault
    end
  end
  facts.policies, facts.last_run = read_policies(project, record_error), read_runs(project, given, record_error)
  facts.without_agent = read_agents(project, record_error)
  return facts
end

-- Status of an unsuccessful task -> finding.
local RUNS = { skipped = "last_run_skipped", failed = "last_run_failed", timeout = "last_run_failed" }

--- Returns what is missing or wrong in the protection of a resource.
---@param resource { id: string }
---@param facts cbr.dr.Facts
---@return string[] findings empty if the resource is protected
function protection.findings(resource, facts)
  local vault, findings = facts.vault_of[resource.id], {}
  if not vault then
    return { "no_vault" }
  end
  for _, kind in ipairs(facts.policies and { "backup", "replication" } or {}) do
    local state = (facts.policies[vault.id] or {})[kind]
    if state ~= "enabled" then
      findings[#findings + 1] = state and kind .. "_policy_disabled" or ("no_%s_policy"):format(kind)
    end
  end
  local run = facts.last_run and facts.last_run[resource.id]
  findings[#findings + 1] = run and RUNS[run.status] or nil
  findings[#findings + 1] = facts.without_agent[resource.id] and "agent_missing" or nil
  return findings
end

return protection
