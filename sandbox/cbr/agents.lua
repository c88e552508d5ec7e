-- luacheck: std ngx_lua+luajit
--- Agents of two kinds. The agents of file backups register themselves. The agents of application-consistent backups
-- run on servers.

local calls = require "sandbox.cbr.calls"
local clock = require "sandbox.clock"
local json = require "sandbox.json"
local listing = require "sandbox.cbr.listing"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"

local agents = {}

--- Finds an agent of the project by its id. → the agent and its position; nil if the project has no such agent
function agents.find(project, id)
  return state.find(state.agents, project, id)
end

--- Makes the object that responses have for a path of an agent.
local function path_view(path, agent)
  return {
    id = path.id, agent_id = agent.id, dir_path = path.dir_path, status = path.status,
    exclude_paths = table.concat(path.exclude_paths, ","),
  }
end

local FIELDS = { "agent_type", "agent_version", "host_ip", "host_name", "host_nickname", "host_os", "status" }

local function view(agent)
  local paths = json.list()
  for i, path in ipairs(agent.paths) do paths[i] = path_view(path, agent) end
  local shown = {
    agent_id = agent.id, paths = paths, created_at = clock.stamp(agent.created, "huawei"),
    updated_at = clock.stamp(agent.updated, "huawei"), last_active_time = clock.stamp(agent.active, "huawei"),
  }
  for _, field in ipairs(FIELDS) do shown[field] = agent[field] or "" end
  return shown
end

--- GET …/agents
agents.list = calls.with_query({ limit = "limit", offset = "offset", status = "text", agent_id = "list" },
  function(query, project)
    local wanted, found = {}, {}
    for _, id in ipairs(query.agent_id or {}) do wanted[id] = true end
    for _, agent in ipairs(state.agents) do
      if agent.project_id == project.id and (not query.status or agent.status == query.status)
        and (not query.agent_id or wanted[agent.id]) then
        found[#found + 1] = agent
      end
    end
    return listing.respond("agents", found, query, view)
  end)

--- POST …/agents. If the agent is registered already, its data are updated.
agents.register = calls.with_body([[
  agent!
    agent_id! text
    agent_type text
    agent_version text
    host_ip! text
    host_name! text
    host_nickname text
    host_os! text
]], function(body, project)
  local params = body.agent
  if params.agent_version and not params.agent_version:find "%d+%.%d+%.%d+$" then
    return responses.reject("BackupService.9900", "invalid value for agent_version: " .. params.agent_version)
  end
  local agent = agents.find(project, params.agent_id)
  if agent and agent.status == "uninstall" then
    return responses.reject "BackupService.7403"
  elseif not agent then
    agent = { id = params.agent_id, project_id = project.id, created = clock.now(), paths = {} }
    table.insert(state.agents, agent)
  end
  for _, field in ipairs(FIELDS) do agent[field] = params[field] end
  agent.status, agent.updated, agent.active = "online", clock.now(), clock.now()
  return responses.ok { agent = view(agent) }
end)

--- GET …/agents/{agent_id}
function agents.show(_, project, id)
  local agent = agents.find(project, id)
  if not agent then
    return responses.reject "BackupService.7410"
  end
  return responses.ok { agent = view(agent) }
end

--- PUT …/agents/{agent_id}. The only status that a call can set is "uninstall".
agents.update = calls.with_body([[
  agent!
    status! text
]], function(body, project, id)
  local agent = agents.find(project, id)
  if not agent then
    return responses.reject "BackupService.7410"
  elseif body.agent.status ~= "uninstall" then
    return responses.reject("BackupService.9900", "invalid value for status: " .. body.agent.status)
  elseif agent.status == "uninstall" then
    return responses.reject "BackupService.7403"
  end
  agent.status, agent.updated = body.agent.status, clock.now()
  return responses.ok { agent = view(agent) }
end)

--- DELETE …/agents/{agent_id}. This call deletes the backups of the agent's host too.
function agents.unregister(_, project, id)
  local agent, position = agents.find(project, id)
  if not agent then
    return responses.reject "BackupService.7410"
  end
  table.remove(state.agents, position)
  local of_host = {}
  for _, backup in pairs(state.backups) do
    if backup.resource_id == id and backup.project_id == project.id then
      of_host[#of_host + 1] = backup
    end
  end
  for _, backup in ipairs(of_host) do state.remove_backup(backup) end
  return { status = 200, body = {} }
end

-- What `POST agent/check` says about a server.
local function check(resource, row)
  local agent = resource and resource.agent
  return {
    resource_id = row.resource_id, installed = agent ~= nil, is_old = agent ~= nil and agent.is_old or false,
    version = agent and agent.version or "", code = agent and 0 or 1,
    message = agent and "" or "The agent is not installed.",
  }
end

--- POST …/agent/check
agents.check = calls.with_body([[
  agent_status! []
    resource_id! id
    resource_name text
    resource_type! text
]], function(body, project)
  local list = json.list()
  for i, row in ipairs(body.agent_status) do
    local resource = state.resources[row.resource_id]
    if not resource or resource.project_id ~= project.id then
      return responses.reject("BackupService.7100", row.resource_id)
    end
    list[i] = check(resource, row)
  end
  return responses.ok { agent_status = list }
end)

return agents
