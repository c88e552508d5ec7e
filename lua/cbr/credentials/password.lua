--- An IAM user's name and password: a project-scoped token, renewed ahead of its end.

local fresh = require "cbr.credentials.renewed"
local iam = require "cbr.credentials.iam"

local password = {}

--- Makes the source. Its project is the client's, or the region's main one.
---@param given { username: string, password: string, domain_name: string, project_id?: string, project_name?: string }
---@return function? source
---@return string? reason
function password.source(given)
  for _, name in ipairs { "username", "password", "domain_name" } do
    if type(given[name]) ~= "string" or given[name] == "" then
      return nil, ("%s is missing"):format(name)
    end
  end
  return fresh.source("password", function(self, deadline)
    local form = {
      username = given.username, password = given.password, domain_name = given.domain_name,
      project_id = self.project_id or given.project_id,
      project_name = given.project_name or self.region,
    }
    if not form.project_id and not form.project_name then
      return nil, "a token needs a project: set project_id or region"
    end
    return iam.password_token(self, form, deadline)
  end)
end

return password
