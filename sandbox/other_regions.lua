-- luacheck: std ngx_lua+luajit
--- The calls that reach beyond one project: vaults of another region, the account's projects, the features of a region.
-- Only Huawei Cloud has them.

local apply_quirks = require "sandbox.apply_quirks"
local fixtures = require "sandbox.fixtures"
local iam_projects = require "sandbox.iam_projects"
local json = require "sandbox.json"
local listing = require "sandbox.listing"
local parameters = require "sandbox.parameters"
local responses = require "sandbox.responses"
local state = require "sandbox.state"
local views = require "sandbox.views"

local other_regions = {}

local OBJECT_TYPE = {
  server = true, disk = true, turbo = true, workspace = true, vmware = true, rds = true, file = true,
}

local EXTERNAL_QUERY = {
  external_project_id = "text", region_id = "text", vault_id = "text", limit = "limit", offset = "offset",
  protect_type = { backup = true, replication = true, hybrid = true }, cloud_type = { public = true, hybrid = true },
  -- The API definitions and SDKs misspell the name; the newest API pages do not.
  objcet_type = OBJECT_TYPE, object_type = OBJECT_TYPE,
}

-- With vault_id the other filters have no effect.
local function matches(vault, query)
  if query.vault_id then
    return vault.id == query.vault_id
  end
  local object_type = query.objcet_type or query.object_type
  return vault.cloud_type == (query.cloud_type or "public")
    and (not query.protect_type or vault.protect_type == query.protect_type)
    and (not object_type or vault.object_type == object_type)
end

--- GET …/vaults/external. The list is empty if the project does not exist, or is in another account or region.
function other_regions.list_external_vault(request, project)
  local query, problem = listing.query(request, EXTERNAL_QUERY)
  for _, name in ipairs { "external_project_id", "region_id" } do
    if query and not query[name] then
      query, problem = nil, "'" .. name .. "' is a required property"
    end
  end
  if not query then
    return responses.reject("BackupService.9900", problem)
  end
  local target, found = state.projects[query.external_project_id], {}
  if target and target.account == project.account and target.region == query.region_id
    and target.cloud == project.cloud then
    for _, vault in ipairs(state.vault_list) do
      if vault.project_id == target.id and matches(vault, query) then
        found[#found + 1] = vault
      end
    end
  end
  return apply_quirks(listing.respond("vaults", found, query, function(vault) return views.vault(vault, target) end))
end

local FEATURES_QUERY = { limit = "limit", offset = "offset" }

local function features_of(project)
  local destinations = json.list()
  for _, row in ipairs(fixtures.capabilities) do
    if row.region == project.region then
      destinations = json.list(row.destinations)
    end
  end
  return {
    ["replication.enable"] = #destinations > 0,
    ["replication.source_region"] = project.region,
    ["replication.destination_regions"] = destinations,
  }
end

--- GET …/cbr-features: key → value, without a wrapper. limit and offset have no effect, since an object has no order.
function other_regions.list_features(request, project)
  local query, problem = parameters.query(request:arguments(), FEATURES_QUERY)
  if not query then
    return responses.reject("BackupService.9900", problem)
  end
  return responses.ok(features_of(project))
end

--- GET …/cbr-features/{feature_key}
function other_regions.show_feature(request, project, key)
  local query, problem = parameters.query(request:arguments(), FEATURES_QUERY)
  if not query then
    return responses.reject("BackupService.9900", problem)
  end
  local value = features_of(project)[key]
  if value == nil then
    return responses.reject("BackupService.9900", "the feature key is not supported")
  end
  return responses.ok { [key] = value }
end

--- GET /v3/region-projects: the projects of the caller's account in all regions of Huawei Cloud.
function other_regions.list_projects(request, holder)
  local query, problem = parameters.query(request:arguments(), {})
  if not query then
    return responses.reject("BackupService.9900", problem)
  end
  local found = json.list()
  for _, project in ipairs(state.projects_of(holder.account)) do
    if project.cloud == "huawei" then
      found[#found + 1] = iam_projects.view(project)
    end
  end
  return responses.ok { projects = found, links = { self = iam_projects.links().self } }
end

return other_regions
