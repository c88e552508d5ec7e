-- luacheck: std ngx_lua+luajit
--- The calls that concern more than one project: vaults of another region, the account's projects, the features of a
-- region. Only Huawei Cloud has these calls.

local calls = require "sandbox.cbr.calls"
local fixtures = require "sandbox.fixtures"
local iam_projects = require "sandbox.iam.projects"
local json = require "sandbox.json"
local listing = require "sandbox.cbr.listing"
local responses = require "sandbox.gateway.responses"
local state = require "sandbox.state"
local views = require "sandbox.cbr.views"

local other_regions = {}

local OBJECT_TYPE = {
  server = true, disk = true, turbo = true, workspace = true, vmware = true, rds = true, file = true,
}

local EXTERNAL_QUERY = {
  external_project_id = "text", region_id = "text", vault_id = "text", limit = "limit", offset = "offset",
  protect_type = { backup = true, replication = true, hybrid = true }, cloud_type = { public = true, hybrid = true },
  -- The API definitions and the SDKs have the misspelt name, the newest API pages have the right one.
  objcet_type = OBJECT_TYPE, object_type = OBJECT_TYPE,
}

-- Whether a vault matches the query. If the query has vault_id, the other filters have no effect.
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
other_regions.list_external_vault = calls.with_query(EXTERNAL_QUERY, function(query, project)
  for _, name in ipairs { "external_project_id", "region_id" } do
    if not query[name] then
      return responses.reject("BackupService.9900", "'" .. name .. "' is a required property")
    end
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
  return listing.respond("vaults", found, query, function(vault) return views.vault(vault, target) end)
end)

local FEATURES_QUERY = { limit = "limit", offset = "offset" }

-- The features of a project. A test can add features, or change the value of a feature, with the project's field
-- `features`.
local function features_of(project)
  local destinations = json.list(state.destinations(project))
  local features = {
    ["replication.enable"] = #destinations > 0,
    ["replication.source_region"] = project.region,
    ["replication.destination_regions"] = destinations,
    ["replication.destination_dgw_regions"] = json.list(),
    ["features.backup_double_az"] = false,
  }
  for key, value in pairs(project.features or {}) do features[key] = value end
  return features
end

--- GET …/cbr-features: one object of keys and values. limit and offset have no effect, since an object has no order.
other_regions.list_features = calls.with_query(FEATURES_QUERY, function(_, project)
  return responses.ok(features_of(project))
end)

--- GET …/cbr-features/{feature_key}
other_regions.show_feature = calls.with_query(FEATURES_QUERY, function(_, project, key)
  local value = features_of(project)[key]
  if value == nil then
    return responses.reject("BackupService.9900", "the feature key is not supported")
  end
  return responses.ok { [key] = value }
end)

--- GET /v3/region-projects: the projects of the caller's account in all regions of Huawei Cloud.
other_regions.list_projects = calls.with_query({}, function(_, holder)
  local found = json.list()
  for _, project in ipairs(state.projects_of(holder.account)) do
    if project.cloud == "huawei" then
      found[#found + 1] = iam_projects.view(project)
    end
  end
  return responses.ok { projects = found, links = { self = iam_projects.links().self } }
end)

-- The account with this name; nil if there is no such account.
local function account_named(name)
  for key, account in pairs(fixtures.accounts) do
    if account.name == name then
      return key
    end
  end
end

--- GET /v3/domain/{domain_name}/projects: the projects that a backup can be shared with.
other_regions.list_domain_projects = calls.with_query({}, function(_, _, domain_name)
  local account = account_named(domain_name)
  if not account then
    return responses.reject("BackupService.9900", "no such account: " .. domain_name)
  end
  local found = json.list()
  for _, project in ipairs(state.projects_of(account)) do
    if project.cloud == "huawei" then
      found[#found + 1] = { project_id = project.id, project_name = project.name }
    end
  end
  return responses.ok { projects = found }
end)

--- GET /v3/domain/{source_project_id}: the account that a shared backup comes from.
function other_regions.show_domain(_, _, project_id)
  local project = state.projects[project_id]
  if not project then
    return responses.reject("BackupService.9900", "no such project: " .. project_id)
  end
  local account = fixtures.accounts[project.account]
  return responses.ok {
    domain_id = account.id, domain_name = account.name, project_id = project.id, project_name = project.name,
  }
end

return other_regions
