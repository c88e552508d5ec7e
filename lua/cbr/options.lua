--- Reads options and environment variables, for clients, credentials and preflight. No other module reads them.

local attempt = require "cbr.call.attempt"
local check = require "cbr.util.check"
local check_options = require "cbr.util.check_options"
local choose_credentials = require "cbr.credentials.choose"
local choose_loop = require "cbr.loop.choose"
local core = require "cbr.core"
local errors = require "cbr.errors"
local late = require "cbr.util.late"
local option_rules = require "cbr.option_rules"
local origin = require "cbr.endpoint.origin"
local pool_options = require "cbr.endpoint.pool_options"
local resolve = require "cbr.endpoint.resolve"
local retry_budget = require "cbr.call.retry_budget"
local tables = require "cbr.util.tables"
local text = require "cbr.util.text"

local ids = late "cbr.credentials.ids"

local options = {
  client = option_rules.client, call = option_rules.call, wait = option_rules.wait, map = option_rules.map,
  find_order = option_rules.find_order,
}

--- Checks the options of a method. Raises an error for a wrong type and for an unknown option.
---@param method string name of the method, for the message
---@param rules cbr.Rule[]
---@param given any
---@param level integer stack level for raised errors, as if this function called `error`
---@return table options
function options.check(method, rules, given, level)
  given = check_options(method, rules, given, level + 1) -- a tail call would make an error name another line
  return given
end

--- Returns the value of an environment variable; nil if the variable is not set or empty.
---@param name string
---@return string?
function options.variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local variable = options.variable

--- Returns the origins of a region, in the order in which to try them.
---@param region string
---@param allow_http? boolean
---@return string[]? origins
---@return string? about why the region may not exist, as a warning; without origins, the reason why there are none
---@return string? region in lower case
---@return boolean? is_configured the origins are from the environment or the regions file
function options.origins_of(region, allow_http)
  local endpoints, reason = resolve.cbr(region, variable)
  if not endpoints then
    return nil, reason
  end
  local origins
  origins, reason = origin.parse_all(endpoints.urls, { setting = endpoints.setting, allow_http = allow_http })
  return origins, reason or endpoints.doubt, text.lower(region), endpoints.is_configured
end

-- The readers below set fields of the new client. Each returns a message or an error if something is wrong.

local function region_of_variables()
  local region = variable "CBR_REGION" or variable "HW_REGION_NAME" or variable "OS_REGION_NAME"
  return region and text.lower(region)
end

local function read_origins(client, given)
  local about
  client.region = given.region and text.lower(given.region) or region_of_variables()
  client.allow_http, client.origin_index = given.allow_http, 1
  if given.endpoint then
    local urls = type(given.endpoint) == "table" and given.endpoint or { given.endpoint }
    client.origins, about = origin.parse_all(urls, { setting = "endpoint", allow_http = client.allow_http })
  elseif client.region then
    client.origins, about = options.origins_of(client.region, client.allow_http)
    client.region_doubt = about or false
  else
    about = "neither region nor endpoint is given, and CBR_REGION is not set"
  end
  return not client.origins and about or nil
end

--- Sets `iam_origin` and `iam_problem`, `sts_origin` and `sts_problem` of a client with origins.
---@param client cbr.Client
---@param given? string the option `iam_endpoint`
function options.set_iam(client, given)
  local url, setting = given, "iam_endpoint"
  if not url then
    url, setting = resolve.iam(client.region, variable, client.origins[1])
  end
  local parsed, about = nil, setting
  if url then
    parsed, about = origin.parse(url, {
      setting = setting, allow_http = client.allow_http, has_path = setting == "OS_AUTH_URL",
    })
  end
  client.iam_origin, client.iam_problem = parsed, not parsed and about or nil
  url, setting = resolve.sts(client.region, variable, parsed)
  local sts, problem = nil, setting
  if url then
    sts, problem = origin.parse(url, { setting = setting, allow_http = client.allow_http })
  end
  client.sts_origin, client.sts_problem = sts or false, not sts and problem or false
end

local function read_iam(client, given)
  client.iam_is_given = given.iam_endpoint ~= nil
  options.set_iam(client, given.iam_endpoint)
  -- an invalid value of the environment is an error only when IAM is needed
  return client.iam_is_given and client.iam_problem or nil
end

local function read_loop(client, given)
  local reason
  client.loop, reason = choose_loop.by_option(given.loop)
  return reason
end

local function read_algorithm(client, given)
  client.algorithm = given.algorithm or false
  local known = core.algorithms[client.algorithm or ""]
  if client.algorithm and not known then
    local names = {}
    for name in pairs(core.algorithms) do
      names[#names + 1] = name
    end
    table.sort(names, text.is_before)
    return ("algorithm '%s' must be one of %s"):format(client.algorithm, table.concat(names, ", "))
  elseif known and known.needs_scope and not client.region then
    return ("algorithm '%s' needs a region: set region"):format(client.algorithm)
  end
end

--- Makes a function that looks up an id. The module for look-ups is loaded only when the function is first called,
-- because most clients never look up an id.
---@param name "project"|"domain"
---@return cbr.Lookup
function options.look_up(name)
  local find
  return function(client, credentials, deadline)
    if not find then
      local err = errors.of_loading({}, ids)
      if err then
        return nil, err
      end
      find = ids.lookups[name]()
    end
    local id, reason = find(client, credentials, deadline)
    return id, reason
  end
end

local function read_ids(client, given)
  client.domain_id = given.domain_id or false
  if given.domain_id == true then
    client.domain_id = variable "HUAWEICLOUD_SDK_DOMAIN_ID" or true
  end
  client.project_id = given.project_id
  -- A project is in one region. So the project that the environment names is used only in the region that it names.
  if not client.project_id and (region_of_variables() or client.region) == client.region then
    client.project_id = variable "HUAWEICLOUD_SDK_PROJECT_ID" or variable "OS_PROJECT_ID" or variable "OS_TENANT_ID"
  end
  client.find_project, client.find_domain = options.look_up "project", options.look_up "domain"
  if client.project_id and not client.project_id:find(check.forms.project.pattern) then
    return ("project_id '%s' must be %s"):format(client.project_id, check.forms.project.says)
  end
  client.project_id = client.project_id and text.lower(client.project_id)
end

local function read_credentials(client, given)
  local reason, fixed
  client.source, reason, fixed = choose_credentials.source(given.credentials, variable, client.allow_http)
  attempt.fix_credentials(client, fixed)
  return reason
end

local function read_pool_options(client, given)
  local found, about = pool_options.read(given, client.origins, variable)
  if not found then
    return about
  end
  client.proxy_problems = about or false
  client.pool = core.pool(found)
end

-- The readers are called in this order. The last reader makes the pool.
local READERS = {
  { "config", read_origins }, { "config", read_iam }, { "config", read_loop }, { "config", read_algorithm },
  { "config", read_ids }, { "credentials", read_credentials }, { "config", read_pool_options },
}

-- Returns a copy of the options of `cbr.new`, with the defaults of the options that are not given.
local function with_defaults(given)
  local all = tables.copy(option_rules.defaults)
  for name, value in pairs(given) do
    all[name] = value
  end
  return all
end

---@class cbr.Client
---@field home cbr.Client|false the client that `for_region` made this one from; false: cbr.new made it
---@field is_abroad boolean the client and its home are in different regions, so the project ids among the credentials
-- are not for this client
---@field origins string[] `scheme://host[:port]` of each endpoint of CBR
---@field origin_index integer index of the origin in use
---@field iam_origin? string nil: the host is not known, and `iam_problem` says why
---@field sts_origin string|false false: the host is not known, and `sts_problem` says why
---@field sts_problem string|false
---@field iam_is_given boolean `iam_origin` is from an option, which has precedence over a profile
---@field region? string id in lower case
---@field region_doubt string|false the region is unknown and may be misspelt, and its origins are formed from its name
---@field proxy_problems table<string, string>|false scheme -> why the proxy for it cannot be used
---@field project_id? string nil: looked up
---@field domain_id string|boolean true: looked up
---@field algorithm string|false
---@field clock_offset number seconds by which this machine's clock is behind the service's
---@field date_header? { text: string, at: number } the newest Date header of the service, and when it arrived
---@field log false|fun(event: table)
---@field source? fun(client: cbr.Client, rejected: table?, deadline: number): table?, any is asked for credentials
-- before every request; nil if the credentials never change
---@field find_project cbr.Lookup
---@field find_domain cbr.Lookup
---@field loop? cbr.Loop|false the event loop of the option `loop`; nil: detected at each wait; false: waits block
---@field pool? userdata connections; nil: the client is closed
---@field direct_pool? userdata connections without a proxy
---@field timeout number seconds
---@field connect_timeout number seconds
---@field max_attempts integer
---@field retry_pause number seconds
---@field budget cbr.RetryBudget
---@field reconcile boolean
---@field settle_time number seconds
---@field entries table<cbr.Entry, true> the entries of the orders in progress
---@field recent_orders table|false
---@field key_accepted boolean the service has accepted a signature
---@field probes? cbr.Probe[] requests that were sent before the service accepted a signature, and are in progress

--- Reads the options of `cbr.new` into the fields of a client. Sends nothing, opens no socket and resolves no name.
-- Raises an error for an unknown option and for a value of a wrong type.
---@param given table
---@param level integer stack level for raised errors, as if this function called `error`
---@return cbr.Client?
---@return cbr.Error? err kind `config` or `credentials`
function options.read(given, level)
  given = with_defaults(check_options("cbr.new", options.client, given, level + 1))
  -- These fields are false, not nil, because reading a field that is nil starts the search for a misspelt method.
  local client = {
    log = given.log or false, clock_offset = 0, region_doubt = false, recent_orders = false,
    key_accepted = false, home = false, is_abroad = false,
  }
  for _, reader in ipairs(READERS) do
    local reason = reader[2](client, given)
    if reason then
      return nil, errors.is(reason) and reason or errors.new({ kind = reader[1], message = reason }, {})
    end
  end
  client.timeout, client.connect_timeout = given.timeout, given.connect_timeout
  client.max_attempts, client.retry_pause, client.settle_time = given.max_attempts, given.retry_pause, given.settle_time
  client.budget = retry_budget.new()
  client.reconcile = given.reconcile ~= false
  client.entries = setmetatable({}, { __mode = "k" })
  return client
end

return options
