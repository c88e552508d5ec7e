--- The project id and the account's id of a client, looked up once where they are not given.

local errors = require "cbr.errors"
local fresh = require "cbr.credentials.renewed"
local iam = require "cbr.credentials.iam"
local log = require "cbr.util.log"

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

-- Looks up once for each identity. Keys that are renewed are one; a source that can change whose keys it gives names
-- each by `identity`.
local function lookup(name, fetch)
  local kept, newest = {}, {}
  return function(self, found, deadline)
    local identity = found.identity or ""
    newest[identity] = found
    kept[identity] = kept[identity] or fresh.source(name, function(client, until_when)
      return fetch(client, newest[identity], until_when)
    end, true)
    return kept[identity](self, nil, deadline)
  end
end

--- Makes the look-ups of a client; each asks IAM once, and again only after a failure.
---@return fun(self: table, found: table, deadline: number): string?, cbr.Error? project
---@return fun(self: table, found: table, deadline: number): string?, cbr.Error? domain
function project.lookups()
  return lookup("project", fetch_project), lookup("domain", iam.domain)
end

return project
