-- luacheck: std ngx_lua+luajit
--- The migration of an account from the services before CBR.

local calls = require "sandbox.cbr.calls"
local clock = require "sandbox.clock"
local json = require "sandbox.json"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"

local migration = {}

local SECONDS = 60 -- how long a migration takes, in sandbox seconds

-- → the status and the percentage of a migration
local function progress_of(row)
  local passed = clock.cloud_time() - row.began
  if passed >= SECONDS then
    return "success", 100
  end
  return "migrating", math.floor(100 * passed / SECONDS)
end

-- The project of the caller, for calls that have no project in the path.
local function own_project(caller)
  return caller.project_id or ngx.ctx.request:header "x-project-id"
end

--- GET /v3/migrates: the projects that the migration was started for; all_regions=false for one region.
migration.show = calls.with_query({ all_regions = "boolean" }, function(query, caller)
  local row = state.migrations[caller.account]
  if not row then
    return responses.reject "BackupService.4001"
  end
  local status, progress = progress_of(row)
  local list, region = json.list(), (state.projects[own_project(caller)] or {}).region
  for _, project in ipairs(state.projects_of(caller.account)) do
    local is_migrated = project.cloud == "huawei" and (row.all_regions or project.region == row.region)
    if is_migrated and (query.all_regions ~= false or project.region == region) then
      list[#list + 1] = {
        project_id = project.id, project_name = project.name, region_id = project.region, status = status,
        progress = progress, fail_code = 0, fail_reason = "",
      }
    end
  end
  return responses.ok { status = status, project_status = list }
end)

--- POST /v3/migrates
migration.start = calls.with_body([[
  all_regions! boolean
  reservation! number 0..1
]], function(body, caller)
  local row = state.migrations[caller.account]
  if row and progress_of(row) == "migrating" then
    return responses.reject "BackupService.4002"
  end
  state.migrations[caller.account] = {
    began = clock.cloud_time(), all_regions = body.all_regions,
    region = (state.projects[own_project(caller)] or {}).region,
  }
  return responses.ok {}
end)

return migration
