--- What protects the resources of a project: their vaults, the policies of these, their last runs, and agents.

local clients = require "cbr.dr.clients"
local tables = require "cbr.util.tables"
local time = require "cbr.util.time"

local protection = {}

local MOST_IN_CHECK = 50 -- servers in one check of agents; the service documents no limit
local SERVER = "OS::Nova::Server"

---@class cbr.dr.Facts
---@field vault_of table<string, { id: string, name?: string }> id of a resource -> its vault
---@field policies? table<string, table<string, "enabled"|"disabled">> vault -> type of policy -> state; nil: unread
---@field last_run? table<string, { status: string, at: number }> resource -> its last backup; nil: unread
---@field without_agent table<string, true>
---@field seen table<string, true>

-- Reads which policies the vaults have. Returns nil, after `note`, if they cannot be read.
local function read_policies(site, note)
  local policies = {}
  local ok, err = clients.each(site.client, "list_policies", {}, function(policy)
    for _, vault in ipairs(tables.list(policy.associated_vaults)) do
      local of_vault = policies[vault.vault_id or ""] or {}
      policies[vault.vault_id or ""] = of_vault
      local kind = policy.operation_type or ""
      of_vault[kind] = (policy.enabled ~= false or of_vault[kind] == "enabled") and "enabled" or "disabled"
    end
  end)
  if not ok then
    note("policies", err)
  end
  return ok and policies or nil
end

-- Reads how the last backup of each resource has ended.
local function read_runs(site, given, note)
  local last = {}
  local ok, err = clients.each(site.client, "list_op_logs", {
    operation_type = "backup", start_time = time.text(math.max(given.at - given.since, 0)),
  }, function(task)
    local id = tables.of(tables.of(task.extra_info).resource).id
    local at = time.parse(task.created_at) or 0
    if id and (not last[id] or at >= last[id].at) then
      last[id] = { status = task.status, at = at }
    end
  end)
  if not ok then
    note("tasks", err)
  end
  return ok and last or nil
end

-- The servers whose vault makes application-consistent backups, for which an agent is needed.
local function servers_with_agents(site)
  local servers = {}
  for _, vault in ipairs(site.vaults) do
    for _, resource in ipairs(vault.consistent_level == "app_consistent" and vault.resources or {}) do
      servers[#servers + 1] = resource.type == SERVER and resource or nil
    end
  end
  return servers
end

local function check(site, servers, first, missing)
  local batch = {}
  for i = first, math.min(first + MOST_IN_CHECK - 1, #servers) do
    batch[#batch + 1] = { resource_id = servers[i].id, resource_name = servers[i].name, resource_type = SERVER }
  end
  local result, err = site.client:check_agent { agent_status = batch }
  for _, agent in ipairs(result and tables.list(result.agent_status) or {}) do
    missing[agent.resource_id or ""] = agent.installed == false or nil
  end
  return result ~= nil, err
end

local function read_agents(site, note)
  local servers, missing = servers_with_agents(site), {}
  for first = 1, #servers, MOST_IN_CHECK do
    local ok, err = check(site, servers, first, missing)
    if not ok then
      note("agents", err)
    end
  end
  return missing
end

--- The vault that a protectable resource shows.
---@param resource table
---@return { id: string, name?: string }?
function protection.vault_of(resource)
  local vault = tables.of(tables.of(resource.protectable).vault)
  return type(vault.id) == "string" and vault or nil
end

--- Reads the facts about a site.
---@param site cbr.dr.Site with all of its vaults
---@param given { at: number, since: number } seconds
---@param note fun(what: string, err: cbr.Error) is called for what cannot be read
---@return cbr.dr.Facts
function protection.read(site, given, note)
  local facts = { vault_of = {}, seen = {} }
  for _, vault in ipairs(site.vaults) do
    for _, resource in ipairs(vault.resources) do
      facts.vault_of[resource.id] = vault
    end
  end
  facts.policies, facts.last_run = read_policies(site, note), read_runs(site, given, note)
  facts.without_agent = read_agents(site, note)
  return facts
end

-- Words of tasks for what is not a success.
local RUNS = { skipped = "last_run_skipped", failed = "last_run_failed", timeout = "last_run_failed" }

--- What is wrong with the protection of a resource.
---@param resource { id: string }
---@param facts cbr.dr.Facts
---@return string[] findings empty if nothing is
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
