--- Looks up the project id and the account id of a client, each of them once, if they are not given.

local errors = require "cbr.errors"
local iam = require "cbr.credentials.iam"
local log = require "cbr.util.log"
local renewed = require "cbr.credentials.renewed"

local ids = {}

local function config_error(message)
  return nil, errors.new({ kind = "config", message = message }, {})
end

-- Looks up the project of the client's region. Unlike some SDKs, this function creates no project if there is none. If
-- there are several projects, this function does not choose one.
local function fetch_project(client, credentials, deadline)
  if not client.region then
    return config_error "project_id is not given, and cannot be looked up without a region: set project_id"
  end
  local project_ids, err, trace = iam.projects(client, credentials, client.region, deadline)
  if not project_ids then
    err.message = ("project id of region %s: %s"):format(client.region, err.message)
    return nil, err
  elseif #project_ids == 1 then
    log.tell(client, { event = "project", region = client.region, project_id = project_ids[1] })
    return project_ids[1]
  end
  local where = ("in region %s (X-IAM-Trace-Id %s)"):format(client.region, trace or "unknown")
  if #project_ids == 0 then
    return config_error(("this account has no project %s: set project_id, or correct the region"):format(where))
  end
  return config_error(("there are several projects %s: %s; set project_id to one of them"):format(where,
    table.concat(project_ids, ", ")))
end

-- Makes a function that looks up an id once for each user. A source that may return credentials of several users sets
-- the field `identity` of the credentials. Credentials without this field, renewed ones too, are of the same user.
local function lookup(name, fetch)
  local kept, newest = {}, {}
  return function(client, credentials, deadline)
    local identity = credentials.identity or ""
    newest[identity] = credentials
    kept[identity] = kept[identity] or renewed.source(name, function(of_client, renewal_deadline)
      return fetch(of_client, newest[identity], renewal_deadline)
    end, true)
    return kept[identity](client, nil, deadline)
  end
end

---@alias cbr.Lookup fun(client: cbr.Client, credentials: table, deadline: number): string?, any

--- These functions make the look-ups of a client. Each look-up asks IAM once, and retries only after a failure.
---@type table<"project"|"domain", fun(): cbr.Lookup>
ids.lookups = {
  project = function() return lookup("project", fetch_project) end,
  domain = function() return lookup("domain", iam.domain) end,
}

return ids
