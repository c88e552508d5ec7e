--- The name and the password of an IAM user, in exchange for a token that is renewed before it expires. A token is for
-- one project, so clients of several regions that share a source have one token each.

local iam = require "cbr.credentials.iam"
local renewed = require "cbr.credentials.renewed"
local tables = require "cbr.util.tables"

local password = {}

--- Makes the source of a user's tokens (see cbr.credentials.choose). A token is for the client's project,
-- or for the main project of the client's region. A project that is given here belongs to the region of the
-- client that cbr.new made.
---@param given { username: string, password: string, domain_name: string, project_id?: string, project_name?: string }
---@return function? source
---@return string? reason
function password.source(given)
  for _, name in ipairs { "username", "password", "domain_name" } do
    if type(given[name]) ~= "string" or given[name] == "" then
      return nil, ("%s is missing"):format(name)
    end
  end
  given = tables.copy(given) -- the caller may change the table later
  local by_scope, rejections = {}, {} -- shared: a wrong password is wrong for every project

  local function new_source(form)
    return renewed.source("password", function(client, deadline)
      return iam.password_token(client, form, deadline)
    end, false, rejections)
  end

  return function(client, rejected, deadline)
    local form = {
      username = given.username, password = given.password, domain_name = given.domain_name,
      project_id = client.project_id or not client.is_abroad and given.project_id or nil,
      project_name = not client.is_abroad and given.project_name or client.region,
    }
    local scope = form.project_id or form.project_name
    if not scope then
      return nil, "a token needs a project: set project_id or region"
    end
    by_scope[scope] = by_scope[scope] or new_source(form)
    return by_scope[scope](client, rejected, deadline)
  end
end

return password
