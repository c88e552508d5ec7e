--- Credentials of an agency (IAM's assume_role). IAM issues temporary keys of the account that created the
-- agency, in exchange for the credentials of a user who may use the agency. Source:
-- CreateTemporaryAccessKeyByAgency of the IAM API reference.

local iam = require "cbr.credentials.iam"
local key_guard = require "cbr.call.key_guard"
local renewed = require "cbr.credentials.renewed"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local agency = {}

-- IAM's limits for the life of the keys, in seconds.
local MIN_DURATION_SECONDS, MAX_DURATION_SECONDS = 900, 86400

-- Returns a copy of the client without its project id. The project belongs to the agency's account, so requests that
-- are signed with the credentials of the user's own account must not name the project.
local function of_own_account(client)
  return setmetatable({ project_id = false, home = client.home or client }, { __index = client })
end

--- Makes the source of an agency's credentials (see cbr.credentials.choose).
---@param given { agency: string, domain_name?: string, domain_id?: string, duration?: integer }
---@param own_source fun(client: cbr.Client, rejected: table?, deadline: number): table?, any source of the credentials
-- that may use the agency
---@return function? source
---@return string? reason
function agency.source(given, own_source)
  if type(given.agency) ~= "string" or given.agency == "" then
    return nil, "agency is empty"
  elseif not given.domain_name and not given.domain_id then
    return nil, "domain_name or domain_id must be given"
  elseif given.domain_name and given.domain_id then
    return nil, "domain_name and domain_id are both given: give one of them"
  elseif (given.domain_name or given.domain_id) == "" then
    return nil, ("%s is empty"):format(given.domain_name and "domain_name" or "domain_id")
  elseif given.duration and (given.duration < MIN_DURATION_SECONDS or given.duration > MAX_DURATION_SECONDS) then
    return nil, ("duration must be from %d to %d seconds"):format(MIN_DURATION_SECONDS, MAX_DURATION_SECONDS)
  end
  given = tables.copy(given) -- the caller may change the table later
  return renewed.source("agency", function(client, deadline)
    local own_client = of_own_account(client)
    local credentials, reason = own_source(own_client, nil, deadline)
    if not credentials then
      return nil, reason
    end
    local keys, life = iam.agency_keys(own_client, given, credentials, deadline)
    if not keys and life.status == 401 then -- the source may have other credentials
      local others = own_source(own_client, credentials, deadline)
      if others and not key_guard.is_same(others, credentials) then
        credentials = others
        keys, life = iam.agency_keys(own_client, given, credentials, deadline)
      end
    end
    if keys then
      keys.domain_id, keys.iam_endpoint = given.domain_id, credentials.iam_endpoint
    end
    return keys, life
  end)
end

-- Name of a field -> the environment variable of Terraform's provider.
local VARIABLES = {
  agency = "HW_ASSUME_ROLE_AGENCY_NAME", domain_name = "HW_ASSUME_ROLE_DOMAIN_NAME",
  domain_id = "HW_ASSUME_ROLE_DOMAIN_ID", duration = "HW_ASSUME_ROLE_DURATION",
}

--- Makes the source of the agency that the environment names. If the environment has the id and the name of the
-- agency's account, the id is used.
---@param getenv fun(name: string): string?
---@param own_source fun(client: cbr.Client, rejected: table?, deadline: number): table?, any source of the credentials
-- that may use the agency
---@return function? source
---@return string? reason names the variable
function agency.from_environment(getenv, own_source)
  local given = {}
  for field, variable in pairs(VARIABLES) do
    given[field] = getenv(variable)
  end
  given.duration = given.duration and (text.number(given.duration) or 0)
  given.domain_name = not given.domain_id and given.domain_name or nil
  local source, reason = agency.source(given, own_source)
  return source, reason and (reason:gsub("[a-z_]+", VARIABLES))
end

return agency
