-- luacheck: std ngx_lua+luajit
--- The paths that an agent of file backups backs up.

local agents = require "sandbox.cbr.agents"
local calls = require "sandbox.cbr.calls"
local ids = require "sandbox.ids"
local json = require "sandbox.json"
local position_of = require "sandbox.position"
local responses = require "sandbox.gateway.responses"

local agent_paths = {}

local MAX_PATHS = 8

-- Absolute paths, of Unix or with the letter of a drive.
local function is_path(text)
  return text:find "^/" ~= nil or text:find "^%a:[\\/]" ~= nil
end

--- POST …/agents/{agent_id}/add-path
agent_paths.add = calls.with_body([[
  add_path! [text]
  exclude_path []
    path_name text
    exclude_path_name [text]
]], function(body, project, id)
  local agent = agents.find(project, id)
  if not agent then
    return responses.reject "BackupService.7410"
  end
  local added, existed, excluded = json.list(), json.list(), {}
  for _, row in ipairs(body.exclude_path or {}) do excluded[row.path_name or ""] = row.exclude_path_name end
  for _, dir_path in ipairs(body.add_path) do
    if not is_path(dir_path) then
      return responses.reject("BackupService.9900", "invalid value for add_path: " .. dir_path)
    end
    table.insert(position_of(agent.paths, "dir_path", dir_path) and existed or added, dir_path)
  end
  if #agent.paths + #added > MAX_PATHS then
    return responses.reject "BackupService.7407"
  end
  for _, dir_path in ipairs(added) do
    table.insert(agent.paths, {
      id = ids.uuid(), dir_path = dir_path, status = "normal", exclude_paths = excluded[dir_path] or {},
    })
  end
  return responses.ok { added = added, existed = existed }
end)

--- POST …/agents/{agent_id}/remove-path
agent_paths.remove = calls.with_body([[
  remove_path! [text]
]], function(body, project, id)
  local agent = agents.find(project, id)
  if not agent then
    return responses.reject "BackupService.7410"
  end
  local removed, not_existed = json.list(), json.list()
  for _, dir_path in ipairs(body.remove_path) do
    local position = position_of(agent.paths, "dir_path", dir_path)
    if position then
      table.remove(agent.paths, position)
    end
    table.insert(position and removed or not_existed, dir_path)
  end
  return responses.ok { removed = removed, not_existed = not_existed }
end)

return agent_paths
