--- The forms that the option `credentials` can have, as data: which fields go together.

local check = require "cbr.util.check"
local errors = require "cbr.errors"
local origin = require "cbr.endpoint.origin"
local sources = require "cbr.credentials.sources"
local text = require "cbr.util.text"

local forms = {}

local function texts(...)
  local rules = {}
  for i, name in ipairs { ... } do
    rules[i] = { name = name, type = "string" }
  end
  return rules
end

-- Returns the form of a named source, whose other fields hold file names and URLs.
local function form_of_source(source)
  local rules = { { name = "source", type = "string" } }
  for _, name in ipairs(source.fields) do
    rules[#rules + 1] = { name = name, type = "string", filled = true, form = "line" }
  end
  return { says = ("source '%s'"):format(source.name), rules = rules }
end

local KEY = { says = "an access key or a token", rules = texts("access_key", "secret_key", "security_token", "token") }

local PASSWORD = { says = "a username and a password",
  rules = texts("username", "password", "domain_name", "project_id", "project_name") }

local FEDERATED = { says = "a federated identity", rules = texts("idp_id", "id_token_file", "iam_endpoint") }

local AGENCY = { says = "an agency", rules = texts("agency", "domain_name", "domain_id") }
-- the source of the credentials that may use the agency
AGENCY.rules[4] = { name = "source", type = { "string", "table", "function" } }
AGENCY.rules[5] = { name = "duration", type = "integer" }

local ALL = { KEY, PASSWORD, FEDERATED, AGENCY }
local SOURCES, SOURCE_NAMES = {}, {} -- name of a source -> its form; the names as a list
for i, source in ipairs(sources) do
  SOURCES[source.name], SOURCE_NAMES[i] = form_of_source(source), source.name
  ALL[#ALL + 1] = SOURCES[source.name]
end

-- Every field of every form.
local FIELDS = {}
for _, form in ipairs(ALL) do
  for _, rule in ipairs(form.rules) do
    FIELDS[rule.name] = true
  end
end

-- Name of a field in other tools -> its name in cbr.
local MEANT = {
  ak = "access_key", sk = "secret_key", accesskey = "access_key", secretkey = "secret_key",
  access_key_id = "access_key", secret_access_key = "secret_key", accesskeyid = "access_key",
  secretaccesskey = "secret_key", securitytoken = "security_token", session_token = "security_token",
  auth_token = "token", user = "username", user_name = "username", name = "username", domain = "domain_name",
  user_domain_name = "domain_name", project = "project_name", tenant_name = "project_name", profile = "source",
  idp = "idp_id", id_token = "id_token_file", path = "file", agency_name = "agency",
}

--- Every field of every form.
---@type table<string, true>
forms.fields = FIELDS

--- Maps a field name of cbr or of another tool (such as `ak`) to cbr's field name; nil if it is unknown.
---@param name any
---@return string? field
function forms.field(name)
  return FIELDS[name] and name or type(name) == "string" and MEANT[text.lower(name)] or nil
end

-- Returns a suggestion for a name that is not a field of any form; empty if no field has a similar name.
local function meant(name)
  local field = forms.field(name)
  return field and (" (did you mean '%s'?)"):format(field) or text.meant(name, FIELDS)
end

--- Returns the form of credentials.
---@param given table
---@return "agency"|"source"|"password"|"federated"|"key" form
function forms.of(given)
  return given.agency ~= nil and "agency" or given.source ~= nil and "source"
    or (given.username or given.password) and "password"
    or (given.idp_id or given.id_token_file) and "federated" or "key"
end

local BY_NAME = { agency = AGENCY, password = PASSWORD, federated = FEDERATED, key = KEY }

--- Checks which fields credentials have, and their types, but not their values.
---@param given table
---@return string? problem names the first field that is unknown, belongs to another form or has a wrong
-- type, without its value
function forms.problem(given)
  local form = BY_NAME[forms.of(given)] or SOURCES[given.source]
  if not form then
    local name = text.line(tostring(given.source), 100)
    return ("credentials: source '%s' must be %s or %s%s"):format(name, table.concat(SOURCE_NAMES, ", ", 1,
      #SOURCE_NAMES - 1), SOURCE_NAMES[#SOURCE_NAMES], text.meant(given.source, SOURCES))
  end
  local problem = check.problems(form.rules, given)[1]
  if not problem then
    return nil
  elseif problem.problem:find "^is unknown" then
    if FIELDS[problem.parameter] then
      return ("credentials: '%s' does not belong to %s"):format(problem.parameter, form.says)
    end
    return ("credentials: unknown field '%s'%s"):format(problem.parameter, meant(problem.parameter))
  end
  return ("credentials: %s %s"):format(problem.parameter, problem.problem)
end

--- Makes the error for a setting of credentials that cannot be used.
---@param message string
---@param kind? cbr.ErrorKind default: `config`
---@return cbr.Error
function forms.config_error(message, kind)
  return errors.new({ kind = kind or "config", message = message }, {})
end

--- Reads a URL in the settings of credentials.
---@param url string
---@param rules cbr.UrlRules
---@return string? origin
---@return string|cbr.Error|nil path or, without an origin, the error
function forms.origin(url, rules)
  local parsed, about = origin.parse(url, rules)
  if not parsed then
    return nil, forms.config_error(about)
  end
  return parsed, about
end

return forms
