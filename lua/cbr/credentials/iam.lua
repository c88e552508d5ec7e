--- The few calls of the identity service (IAM) that a client needs. It only asks and signs in; it creates nothing.

local errors = require "cbr.errors"
local exchange = require "cbr.call.http"
local json = require "cbr.util.json"
local progress = require "cbr.follow.status"
local time = require "cbr.util.time"

local iam = {}

local JSON_TYPE = "application/json;charset=utf8"

-- -> body, nil, answer; or nil, err
local function call(self, operation, request, found, deadline)
  local origin = not self.iam_is_given and (request.endpoint or found and found.iam_endpoint) or self.iam_origin
  if not origin then
    return nil, errors.new { kind = "config", operation = operation, message = "IAM: " .. self.iam_problem }
  end
  local outgoing = {
    method = request.method,
    origin = origin,
    path = request.path,
    query = request.query,
    headers = request.headers or {},
    domain_id = request.domain_id,
    service = "iam",
  }
  outgoing.headers.Accept = "application/json"
  if request.body then
    outgoing.body = assert(json.encode(request.body))
    outgoing.headers["Content-Type"] = JSON_TYPE
  end
  local body, err, answer = exchange.send(self, outgoing, found, {
    operation = operation, deadline = deadline, secrets = request.secrets,
  })
  if body == true then
    body = {}
  end
  if err then
    err.request_id = err.request_id or answer and answer.headers["x-iam-trace-id"]
  end
  return body, err, answer
end

-- Seconds that something lives at least, by the server's own clock where it tells: a Date header leaves out the part of
-- a second that has passed.
local function life(expires_at, answer)
  local ends = time.parse(expires_at)
  local now = time.parse(answer.headers.date)
  return ends and ends - (now or os.time()) - 1
end

local function incomplete(operation, answer)
  return nil, errors.new {
    kind = "protocol", operation = operation, message = "the answer lacks what was asked for", status = answer.status,
  }
end

--- The ids of the projects of a name; a region's main project has the region's id as its name.
---@return string[]? ids
---@return cbr.Error? err
---@return string? trace X-IAM-Trace-Id of the answer
function iam.projects(self, found, name, deadline)
  local body, err, answer = call(self, "iam_list_projects", {
    method = "GET", path = "/v3/projects", query = { name = name },
  }, found, deadline)
  if not body then
    return nil, err
  elseif type(body.projects) ~= "table" then
    return incomplete("iam_list_projects", answer)
  end
  local ids = {}
  for _, project in ipairs(progress.tables_of(body.projects)) do
    if project.name == name and type(project.id) == "string" then
      ids[#ids + 1] = project.id
    end
  end
  return ids, nil, answer.headers["x-iam-trace-id"]
end

--- The id of the account that the credentials belong to.
---@return string? id
---@return cbr.Error? err
function iam.domain(self, found, deadline)
  local body, err, answer = call(self, "iam_auth_domains", {
    method = "GET", path = "/v3/auth/domains",
  }, found, deadline)
  if not body then
    return nil, err
  end
  local domain = progress.tables_of(body.domains)[1]
  if not domain or type(domain.id) ~= "string" then
    return incomplete("iam_auth_domains", answer)
  end
  return domain.id
end

--- Signs a user in. -> { token, project_id }, its life in seconds; or nil, err
---@param form { username: string, password: string, domain_name: string, project_id?: string, project_name?: string }
function iam.password_token(self, form, deadline)
  local body, err, answer = call(self, "iam_create_token", {
    method = "POST", path = "/v3/auth/tokens", query = { nocatalog = "true" }, secrets = { form.password },
    body = { auth = {
      identity = {
        methods = { "password" },
        password = { user = {
          name = form.username, password = form.password, domain = { name = form.domain_name },
        } },
      },
      scope = { project = form.project_id and { id = form.project_id } or { name = form.project_name } },
    } },
  }, nil, deadline)
  if not body then
    return nil, err
  end
  local token = answer.headers["x-subject-token"]
  local about = type(body.token) == "table" and body.token or {}
  if not token then
    return incomplete("iam_create_token", answer)
  end
  local project = type(about.project) == "table" and about.project.id or form.project_id
  return { token = token, project_id = project }, life(about.expires_at, answer)
end

--- Keys as they come from IAM and from the metadata service, if they are whole.
---@param credential any { access, secret, securitytoken, expires_at }
---@param answer table
---@return table? found
---@return number? life seconds
function iam.temporary_keys(credential, answer)
  if type(credential) ~= "table" or type(credential.access) ~= "string" or type(credential.secret) ~= "string"
    or type(credential.securitytoken) ~= "string" then
    return nil
  end
  return {
    access_key = credential.access, secret_key = credential.secret, security_token = credential.securitytoken,
  }, life(credential.expires_at, answer)
end

local LONGEST = 21600 -- seconds; what the official SDKs ask for

--- Temporary keys for a federated user. -> keys, life in seconds; or nil, err
---@param given { idp_id: string, iam_endpoint?: string }
---@param id_token string
function iam.federated_keys(self, given, id_token, deadline)
  local body, err, answer = call(self, "iam_id_token", {
    method = "POST", path = "/v3.0/OS-AUTH/id-token/tokens", headers = { ["X-Idp-Id"] = given.idp_id },
    secrets = { id_token }, endpoint = given.iam_endpoint,
    body = { auth = { id_token = { id = id_token } } },
  }, nil, deadline)
  if not body then
    return nil, err
  end
  local token = answer.headers["x-subject-token"]
  if not token then
    return incomplete("iam_id_token", answer)
  end
  body, err, answer = call(self, "iam_security_token", {
    method = "POST", path = "/v3.0/OS-CREDENTIAL/securitytokens",
    body = { auth = { identity = { methods = { "token" }, token = { id = token, duration_seconds = LONGEST } } } },
    endpoint = given.iam_endpoint,
  }, { token = token }, deadline)
  if not body then
    return nil, err
  end
  local found, lasts = iam.temporary_keys(body.credential, answer)
  if not found then
    return incomplete("iam_security_token", answer)
  end
  return found, lasts
end

return iam
