--- An IAM user's name and password, for a project-scoped token that is renewed before it expires.

local iam = require "cbr.credentials.iam"
local renewed = require "cbr.credentials.renewed"
local tables = require "cbr.util.tables"

local password = {}

--- Makes the source. The token's project is the client's project, or the region's main project.
---@param given { username: string, password: string, domain_name: string, project_id?: string, project_name?: string }
---@return function? source
---@return string? reason
function password.source(given)
  for _, name in ipairs { "username", "password", "domain_name" } do
    if type(given[name]) ~= "string" or given[name] == "" then
      return nil, ("%s is missing"):format(name)
    end
  end
  given = tables.copy(given) -- the caller may change it
  return renewed.source("password", function(client, deadline)
    local form = {
      username = given.username, password = given.password, domain_name = given.domain_name,
      project_id = client.project_id or given.project_id,
      project_name = given.project_name or client.region,
    }
    if not form.project_id and not form.project_name then
      return nil, "a token needs a project: set project_id or region"
    end
    return iam.password_token(client, form, deadline)
  end)
end

return password
