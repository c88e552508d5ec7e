--- The project id and the account's id of a client, looked up once where they are not given.

local errors = require "cbr.errors"
local fresh = require "cbr.credentials.fresh"
local iam = require "cbr.iam"
local log = require "cbr.log"

local project = {}

local function config(message)
  return nil, errors.new { kind = "config", message = message }
end

-- Nothing is created where there is none (as some SDKs do), and none is chosen where there are several.
local function fetch_project(self, found, deadline)
  if not self.region then
    return config("project_id is not given, and without a region it cannot be looked up: set project_id")
  end
  local ids, err, trace = iam.projects(self, found, self.region, deadline)
  if not ids then
    err.message = ("project id of region %s: %s"):format(self.region, err.message)
    return nil, err
  elseif #ids == 1 then
    log.tell(self, { event = "project", region = self.region, project_id = ids[1] })
    return ids[1]
  end
  local where = ("in region %s (X-IAM-Trace-Id %s)"):format(self.region, trace or "unknown")
  if #ids == 0 then
    return config(("no project of this account %s: set project_id, or the region that you mean"):format(where))
  end
  return config(("several projects %s: %s: set project_id to one of them"):format(where, table.concat(ids, ", ")))
end

--- Makes the look-ups of a client; each asks IAM once, and again only after a failure.
---@return fun(self: table, found: table, deadline: number): string?, cbr.Error? project
---@return fun(self: table, found: table, deadline: number): string?, cbr.Error? domain
function project.lookups()
  local found_now -- the credentials of whoever fetches; they only differ by renewal
  local kept_project = fresh.source("project", function(self, deadline)
    return fetch_project(self, found_now, deadline)
  end)
  local kept_domain = fresh.source("domain", function(self, deadline)
    return iam.domain(self, found_now, deadline)
  end)
  return function(self, found, deadline)
    found_now = found
    return kept_project(self, nil, deadline)
  end, function(self, found, deadline)
    found_now = found
    return kept_domain(self, nil, deadline)
  end
end

return project
