--- The requests to the identity service (IAM) that a client needs. These requests look up ids and sign in, and change
-- nothing in the account.

local errors = require "cbr.errors"
local http = require "cbr.call.http"
local json = require "cbr.util.json"
local service_clock = require "cbr.call.service_clock"
local static = require "cbr.credentials.static"
local tables = require "cbr.util.tables"
local time = require "cbr.util.time"

local iam = {}

local CONTENT_TYPE = json.MEDIA_TYPE .. ";charset=utf8" -- as the official SDKs send it

-- Makes a context for a request to IAM.
local function context_of(client, operation, credentials, deadline)
  return { client = client, operation = operation, credentials = credentials, attempt_deadline = deadline }
end

-- Sends a request to IAM, signed with the context's credentials if there are any. A wrong clock is corrected once.
-- Returns the body; or nil and an error.
local function send(context, request)
  local client, credentials = context.client, context.credentials
  local given = request.endpoint or credentials and credentials.iam_endpoint
  request.origin = request.origin or not client.iam_is_given and given or client.iam_origin
  if not request.origin then
    return nil, errors.new({ kind = "config", message = client.iam_problem }, context)
  end
  request.headers = request.headers or {}
  request.headers.Accept = json.MEDIA_TYPE
  request.service = "iam"
  if request.form then
    request.body = assert(json.encode(request.form))
    request.headers["Content-Type"] = CONTENT_TYPE
  end
  local body, err = http.send(context, request, credentials)
  if err and err.status == 401 and credentials and service_clock.correct(context) then
    body, err = http.send(context, request, credentials)
  end
  return body == true and {} or body, err
end

-- Returns the least number of seconds that are left before `expires_at`, by the server's clock if the response has a
-- Date header. One second is subtracted, because a Date header has no fraction.
local function life_of(expires_at, response)
  local ends = time.parse(expires_at)
  local now = time.parse(response.headers.date)
  return ends and ends - (now or os.time()) - 1
end

local function incomplete(context)
  return nil, errors.new({
    kind = "protocol", message = "the response lacks what was asked for", status = context.response.status,
  }, context)
end

--- Looks up the ids of the projects with this name. The main project of a region is named after the region.
---@param client cbr.Client
---@param credentials table
---@param name string
---@param deadline number time on core.monotonic's clock
---@return string[]? ids
---@return cbr.Error? err
---@return string? trace X-IAM-Trace-Id of the response
function iam.projects(client, credentials, name, deadline)
  local context = context_of(client, "iam_list_projects", credentials, deadline)
  local body, err = send(context, { method = "GET", path = "/v3/projects", query = { name = name } })
  if not body then
    return nil, err
  elseif type(body.projects) ~= "table" then
    return incomplete(context)
  end
  local ids = {}
  for _, project in ipairs(tables.list(body.projects)) do
    if project.name == name and type(project.id) == "string" then
      ids[#ids + 1] = project.id
    end
  end
  return ids, nil, context.response.headers["x-iam-trace-id"]
end

-- Looks up the account id of the caller at the security token service (STS), which every user may ask. Source:
-- GetCallerIdentity of the STS API reference.
local function caller_account(client, credentials, deadline)
  local context = context_of(client, "sts_caller_identity", credentials, deadline)
  local body, err = send(context, { method = "GET", origin = client.sts_origin, path = "/v5/caller-identity" })
  if not body then
    return nil, err
  elseif type(body.account_id) ~= "string" then
    return incomplete(context)
  end
  return body.account_id
end

-- Kinds of errors that mean that this user may not list accounts.
local MAY_NOT_LIST = { forbidden = true, not_found = true }

--- Looks up the id of the account that credentials belong to, in IAM's list of accounts. If this user may not list
-- accounts, the security token service (STS) is asked.
---@param client cbr.Client
---@param credentials table
---@param deadline number time on core.monotonic's clock
---@return string? id
---@return cbr.Error? err
function iam.domain(client, credentials, deadline)
  local context = context_of(client, "iam_auth_domains", credentials, deadline)
  local body, err = send(context, { method = "GET", path = "/v3/auth/domains" })
  if not body and not MAY_NOT_LIST[err.kind] then
    return nil, err
  elseif body and type(body.domains) ~= "table" then
    return incomplete(context)
  end
  local domain = body and tables.list(body.domains)[1]
  if domain and type(domain.id) == "string" then
    return domain.id
  elseif domain then
    return incomplete(context)
  elseif not client.sts_origin then
    return nil, errors.new({
      kind = "config", message = ("the account's id is not known: IAM lists no account for this user, and %s; set "
        .. "domain_id"):format(client.sts_problem),
    }, context)
  end
  return caller_account(client, credentials, deadline)
end

--- Signs a user in.
---@param client cbr.Client
---@param form { username: string, password: string, domain_name: string, project_id?: string, project_name?: string }
---@param deadline number time on core.monotonic's clock
---@return { token: string, project_id?: string }? credentials
---@return number|cbr.Error|nil life seconds; or the error
function iam.password_token(client, form, deadline)
  local context = context_of(client, "iam_create_token", nil, deadline)
  context.secrets = { form.password }
  local body, err = send(context, {
    method = "POST", path = "/v3/auth/tokens", query = { nocatalog = "true" },
    form = { auth = {
      identity = {
        methods = { "password" },
        password = { user = {
          name = form.username, password = form.password, domain = { name = form.domain_name },
        } },
      },
      scope = { project = form.project_id and { id = form.project_id } or { name = form.project_name } },
    } },
  })
  if not body then
    return nil, err
  end
  local token = context.response.headers["x-subject-token"]
  if not token then
    return incomplete(context)
  end
  local about = tables.of(body.token)
  local project_id = tables.of(about.project).id
  if type(project_id) ~= "string" then
    project_id = form.project_id
  end
  return { token = token, project_id = project_id }, life_of(about.expires_at, context.response)
end

--- Reads temporary keys, as IAM and the metadata service send them.
---@param credential any { access, secret, securitytoken, expires_at }
---@param response table the response with these keys
---@return table? credentials nil if the keys are incomplete
---@return number? life seconds
function iam.temporary_keys(credential, response)
  if type(credential) ~= "table" or type(credential.access) ~= "string" or type(credential.secret) ~= "string"
    or type(credential.securitytoken) ~= "string" then
    return nil
  end
  return {
    access_key = credential.access, secret_key = credential.secret, security_token = credential.securitytoken,
  }, life_of(credential.expires_at, response)
end

local KEY_SECONDS = 21600 -- the official SDKs ask for keys with the same life

-- Requests temporary keys. `identity` is the `auth.identity` of the body. Returns the keys and their life in seconds;
-- or nil and an error.
local function request_keys(context, identity, endpoint)
  local body, err = send(context, {
    method = "POST", path = "/v3.0/OS-CREDENTIAL/securitytokens", endpoint = endpoint,
    form = { auth = { identity = identity } },
  })
  if not body then
    return nil, err
  end
  local keys, life = iam.temporary_keys(body.credential, context.response)
  if not keys then
    return incomplete(context)
  end
  return keys, life
end

--- Exchanges an id token for temporary keys.
---@param client cbr.Client
---@param given { idp_id: string, iam_endpoint?: string }
---@param id_token string
---@param deadline number time on core.monotonic's clock
---@return table? credentials
---@return number|cbr.Error|nil life seconds; or the error
function iam.federated_keys(client, given, id_token, deadline)
  local context = context_of(client, "iam_id_token", nil, deadline)
  context.secrets = { id_token }
  local body, err = send(context, {
    method = "POST", path = "/v3.0/OS-AUTH/id-token/tokens", headers = { ["X-Idp-Id"] = given.idp_id },
    endpoint = given.iam_endpoint, form = { auth = { id_token = { id = id_token } } },
  })
  if not body then
    return nil, err
  end
  local token = context.response.headers["x-subject-token"]
  if not token or static.problem { token = token } then
    return incomplete(context)
  end
  return request_keys(context_of(client, "iam_security_token", { token = token }, deadline), {
    methods = { "token" }, token = { id = token, duration_seconds = KEY_SECONDS },
  }, given.iam_endpoint)
end

--- Exchanges credentials for the temporary keys of an agency.
---@param client cbr.Client
---@param given { agency: string, domain_name?: string, domain_id?: string, duration?: integer }
---@param credentials table credentials that may use the agency
---@param deadline number time on core.monotonic's clock
---@return table? keys
---@return number|cbr.Error|nil life seconds; or the error
function iam.agency_keys(client, given, credentials, deadline)
  return request_keys(context_of(client, "iam_agency_key", credentials, deadline), {
    methods = { "assume_role" }, assume_role = {
      agency_name = given.agency, domain_name = given.domain_name, domain_id = given.domain_id,
      duration_seconds = given.duration or KEY_SECONDS,
    },
  })
end

return iam
