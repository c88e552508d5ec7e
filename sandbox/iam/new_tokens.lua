-- luacheck: std ngx_lua+luajit
--- The calls by which IAM issues a token, in exchange for a password or for the id token of an identity provider.

local catalog = require "sandbox.iam.catalog"
local clock = require "sandbox.clock"
local fixtures = require "sandbox.fixtures"
local iam_body = require "sandbox.iam.body"
local json = require "sandbox.json"
local responses = require "sandbox.gateway.responses"
local tokens = require "sandbox.iam.tokens"

local iam_tokens = {}

-- Lengths of tokens in bytes. A token contains the service catalog, unless the request excludes the catalog.
local LENGTH_WITH_CATALOG, LENGTH_WITHOUT = 6000, 900

local WRONG_PASSWORD = "The username or password is wrong."

local function domain_of(account)
  return { id = fixtures.accounts[account].id, name = fixtures.accounts[account].name }
end

-- Responds with 201 and a new token for the scope that the body asks for. `about`: {methods, user} of the token.
local function respond_with_token(request, body, account, about)
  local project, status, cause = iam_body.scope(body, account)
  if project == nil then
    return responses.keystone(status, cause)
  end
  local with_catalog = (request:arguments().nocatalog or {})[1] ~= "true"
  local issued = tokens.issue(account, project and project.id, with_catalog and LENGTH_WITH_CATALOG or LENGTH_WITHOUT)
  local token = {
    issued_at = clock.stamp(issued.issued, "iam"), expires_at = clock.stamp(issued.expires, "iam"),
    methods = about.methods, user = about.user, roles = json.list { { id = "0", name = "op_gated_sandbox" } },
  }
  if project then
    token.project = { id = project.id, name = project.name, domain = domain_of(account) }
  else
    token.domain = domain_of(account)
  end
  if with_catalog then
    token.catalog = catalog.of(project)
  end
  return { status = 201, body = { token = token }, headers = { ["X-Subject-Token"] = issued.value } }
end

local function find_user(asked)
  local account = iam_body.account(asked.domain)
  for _, user in pairs(fixtures.users) do
    if asked.id == user.id or (asked.name == user.name and user.account == account) then
      return user
    end
  end
end

--- POST /v3/auth/tokens
function iam_tokens.by_password(request)
  local body, rejection = iam_body.read(request)
  if not body then
    return rejection
  end
  local methods = iam_body.at(body, "auth.identity.methods", "table")
  if not methods then
    return responses.keystone(400, "Expecting to find methods in identity.")
  end
  if #methods ~= 1 or methods[1] ~= "password" then
    return responses.keystone(400, "The sandbox knows the method password only.")
  end
  local asked = iam_body.at(body, "auth.identity.password.user", "table")
  if not asked or type(asked.password) ~= "string" or not (asked.id or asked.name and asked.domain) then
    return responses.keystone(400, "Expecting to find user with password, and name with domain or id, in password.")
  end
  local user = find_user(asked)
  if not user or user.password ~= asked.password then
    return responses.keystone(401, WRONG_PASSWORD)
  end
  return respond_with_token(request, body, user.account, {
    methods = json.list { "password" },
    user = { id = user.id, name = user.name, domain = domain_of(user.account), password_expires_at = "" },
  })
end

local function find_provider(id)
  for key, provider in pairs(fixtures.identity_providers) do
    if provider.id == id then
      return provider, key
    end
  end
end

local function accepts(provider_key, text)
  for _, id_token in pairs(fixtures.id_tokens) do
    if id_token.value == text and id_token.idp == provider_key then
      return not id_token.expired
    end
  end
end

--- POST /v3.0/OS-AUTH/id-token/tokens
function iam_tokens.by_id_token(request)
  local body, rejection = iam_body.read(request)
  if not body then
    return rejection
  end
  local text = iam_body.at(body, "auth.id_token.id", "string")
  if not text then
    return responses.keystone(400, "Expecting to find id in id_token.")
  end
  local idp = request:header "x-idp-id"
  if not idp then
    return responses.keystone(400, "The header X-Idp-Id is missing.")
  end
  local provider, key = find_provider(idp)
  if not provider then
    return responses.keystone(404, ("Could not find identity provider: %s."):format(idp))
  end
  if not accepts(key, text) then
    return responses.keystone(401, "The id token is invalid or has expired.")
  end
  return respond_with_token(request, body, provider.account, {
    methods = json.list { "mapped" },
    user = {
      id = "f0a1b2c3d4e5f60718293a4b5c6d7e8f", name = "FederationUser", domain = domain_of(provider.account),
      ["OS-FEDERATION"] = { groups = json.list(), identity_provider = { id = idp }, protocol = { id = "oidc" } },
    },
  })
end

return iam_tokens
