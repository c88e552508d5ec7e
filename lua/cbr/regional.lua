--- Makes clients of other regions from a client: for `client:for_region`, for the preflight check, and for what an
-- order needs to know about its destination.
--
-- Such a client has the options of the client that cbr.new made, its `home`. Both clients share the connections, the
-- credentials and their renewals, the retry budget, and what is known of the access key and of orders. A client of
-- another region has its own endpoints, project and correction of the clock. Closing the home closes all clients that
-- were made from it; closing one of these clients closes no other client.

local attempt = require "cbr.call.attempt"
local await = require "cbr.loop.await"
local check = require "cbr.util.check"
local options = require "cbr.options"
local regions = require "cbr.endpoint.regions"
local resolve = require "cbr.endpoint.resolve"
local text = require "cbr.util.text"

local regional = {}

-- Returns the origins of a region of the home's cloud, as `options.origins_of` does. The home's credentials are for its
-- own cloud alone. If the home calls a private cloud, or that of another operator, the public host of a region must not
-- get these credentials.
local function origins_in_cloud(home, region)
  local origins, about, lower, is_configured = options.origins_of(region, home.allow_http)
  local domain = resolve.domain(home.origins[home.origin_index])
  if origins and not is_configured and resolve.domain(origins[1]) ~= domain then
    return nil, ("%s%s may belong to another cloud, so it gets no credentials of this cloud; "
      .. "HUAWEICLOUD_SDK_REGION_CBR_%s can name the region's endpoint"):format(origins[1],
      regions.all[lower] and "" or text.meant(lower, regions.all), text.upper((lower:gsub("%-", "_"))))
  end
  return origins, about, lower, is_configured
end

-- Fields that are copied from the home, besides the options. Those of IAM are replaced if the region has an IAM of its
-- own. The remaining fields are set below, or are nil at first.
local SHARED = {
  "budget", "entries", "find_domain", "iam_is_given", "iam_origin", "iam_problem", "pool", "proxy_problems", "source",
  "sts_origin", "sts_problem",
}

local regions_of = setmetatable({}, { __mode = "k" }) -- home -> its open clients of other regions
local lookups_of = setmetatable({}, { __mode = "k" }) -- home -> region -> the look-up of the region's project

-- Returns the look-up of a region's project. Clients share the look-up, so that IAM is asked once for each region.
local function lookup_of(home, region)
  local lookups = lookups_of[home] or {}
  lookups_of[home] = lookups
  lookups[region] = lookups[region] or options.look_up "project"
  return lookups[region]
end

-- Sets the fields of a client that depend on its region. Returns true; or nil and a reason.
local function place(client, home, region)
  local is_configured
  client.region = text.lower(region)
  client.project_id, client.find_project = nil, nil
  if client.region == home.region then
    client.origins, client.origin_index, client.region_doubt = home.origins, home.origin_index, home.region_doubt
    client.project_id, client.find_project = home.project_id, home.find_project
    client.is_abroad = false
    return true
  end
  local about
  client.origins, about, client.region, is_configured = origins_in_cloud(home, region)
  if not client.origins then
    return nil, about
  end
  client.origin_index, client.region_doubt, client.is_abroad = 1, about or false, true
  client.find_project = lookup_of(home, client.region)
  -- the host of a configured region says nothing about the IAM of that region
  if not is_configured and not home.iam_is_given then
    options.set_iam(client)
  end
  return true
end

--- Makes a client for a region. Sends nothing.
---@param client cbr.Client open
---@param region string
---@param project_id? string project of the new client; nil: that of `client` if the region is the same, else looked up
---@return cbr.Client? made a table without methods
---@return string? reason
function regional.client(client, region, project_id)
  local home = client.home or client
  local made = { home = home, clock_offset = home.clock_offset, recent_orders = false, key_accepted = false }
  for _, rule in ipairs(options.client) do
    made[rule.name] = rawget(home, rule.name)
  end
  for _, name in ipairs(SHARED) do
    made[name] = home[name]
  end
  local ok, reason = place(made, home, region)
  if not ok then
    return nil, reason
  elseif project_id and not project_id:find(check.forms.project.pattern) then
    return nil, ("project_id '%s' must be %s"):format(project_id, check.forms.project.says)
  end
  project_id = project_id and text.lower(project_id) or made.region == client.region and client.project_id
  made.project_id = project_id or made.project_id
  attempt.share_credentials(home, made)
  regions_of[home] = regions_of[home] or setmetatable({}, { __mode = "k" })
  regions_of[home][made] = true
  return made
end

-- Closes a client, but not its connections.
local function close(client)
  client.pool, client.direct_pool, client.source = nil, nil, nil
  attempt.forget_credentials(client)
end

--- Closes a client, and all clients that were made from this client.
---@param client cbr.Client
function regional.close(client)
  local pool, direct_pool = client.pool, client.direct_pool
  if not pool then
    return
  end
  close(client)
  if client.home then
    await.cancel(pool, client)
    return
  end
  for other in pairs(regions_of[client] or {}) do
    close(other)
  end
  regions_of[client] = nil
  await.close(pool)
  if direct_pool then
    await.close(direct_pool)
  end
end

return regional
