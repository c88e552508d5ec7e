--- Reads options and environment variables, for clients, credentials and preflight. No other module reads them.

local attempt = require "cbr.call.attempt"
local await = require "cbr.loop.await"
local check = require "cbr.util.check"
local choose_credentials = require "cbr.credentials.choose"
local choose_loop = require "cbr.loop.choose"
local core = require "cbr.core"
local errors = require "cbr.errors"
local ids = require "cbr.credentials.ids"
local origin = require "cbr.endpoint.origin"
local resolve = require "cbr.endpoint.resolve"
local retry = require "cbr.call.retry"
local search = require "cbr.lost_orders.search"
local text = require "cbr.util.text"
local version = require "cbr.version"

local options = {}

local MIB = 1024 * 1024

--- The options of `cbr.new`, as rules for `check.options`.
options.client = {
  { name = "region", type = "string", filled = true, form = "line" },
  { name = "endpoint", type = { "string", "table" }, filled = true },
  { name = "iam_endpoint", type = "string", filled = true, form = "line" },
  { name = "project_id", type = "string", filled = true, form = "line" },
  { name = "domain_id", type = { "string", "boolean" }, filled = true, form = "line" },
  { name = "credentials", type = { "table", "function" } },
  { name = "algorithm", type = "string", filled = true, form = "line" },
  { name = "ca_file", type = "string", filled = true, form = "line" },
  { name = "ca_path", type = "string", filled = true, form = "line" },
  { name = "verify_tls", type = "boolean" },
  { name = "allow_http", type = "boolean" },
  { name = "proxy", type = "string", form = "line" },
  { name = "no_proxy", type = "string", form = "line" },
  { name = "user_agent", type = "string", filled = true, form = "line" },
  { name = "timeout", type = "number", positive = true },
  { name = "connect_timeout", type = "number", positive = true },
  { name = "max_attempts", type = "integer", positive = true },
  { name = "retry_pause", type = "number", positive = true },
  { name = "reconcile", type = "boolean" },
  { name = "settle_time", type = "number", positive = true },
  { name = "max_response", type = "integer", positive = true },
  { name = "max_head", type = "integer", positive = true },
  { name = "max_connections", type = "integer", positive = true },
  { name = "log", type = "function" },
  { name = "loop", type = { "string", "table", "boolean" }, filled = true },
}

--- The options of a call.
options.call = {
  { name = "timeout", type = "number", positive = true },
  { name = "connect_timeout", type = "number", positive = true },
  { name = "max_attempts", type = "integer", positive = true },
  { name = "reconcile", type = "boolean" },
}

--- The options of `client:wait`.
options.wait = {
  { name = "timeout", type = "number", positive = true },
  { name = "interval", type = "number", positive = true },
  { name = "on_progress", type = "function" },
}

--- The options of `client:find_order`.
options.find_order = {
  { name = "since", type = "number", required = true, positive = true },
  { name = "timeout", type = "number", positive = true },
}

--- The options of `cbr.map`.
options.map = { { name = "concurrency", type = "integer", positive = true } }

--- Checks the options of a method. Raises an error for a wrong type and for an unknown option.
---@param method string its name, for the message
---@param rules cbr.Rule[]
---@param given any
---@param level integer stack level that a raised error names, as for `error` called in this function
---@return table options
function options.check(method, rules, given, level)
  check.options(method, rules, given, level + 1)
  return given
end

--- An environment variable, unless it is empty.
---@param name string
---@return string?
function options.variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local variable = options.variable

--- The origins of a region, in the order in which to try them.
---@param region string
---@param allow_http? boolean
---@return string[]? origins
---@return string? reason
function options.origins_of(region, allow_http)
  local urls, reason = resolve.cbr(region, variable)
  if not urls then
    return nil, reason
  end
  return origin.parse_all(urls, allow_http)
end

-- The readers below set fields of the new client. Each returns a message if something is wrong.

local function read_origins(client, given)
  local reason
  client.region = given.region or variable "CBR_REGION" or variable "HW_REGION_NAME" or variable "OS_REGION_NAME"
  client.allow_http, client.origin_index = given.allow_http, 1
  if given.endpoint then
    local urls = type(given.endpoint) == "table" and given.endpoint or { given.endpoint }
    client.origins, reason = origin.parse_all(urls, client.allow_http)
  elseif client.region then
    client.origins, reason = options.origins_of(client.region, client.allow_http)
  else
    reason = "neither region nor endpoint is given, and CBR_REGION is not set"
  end
  return reason
end

local function read_iam(client, given)
  client.iam_is_given = given.iam_endpoint ~= nil
  client.iam_origin, client.iam_problem = origin.parse(
    given.iam_endpoint or resolve.iam(client.region, variable), client.allow_http)
  -- an invalid value in the environment is an error only if IAM is needed
  return client.iam_is_given and client.iam_problem and "IAM: " .. client.iam_problem or nil
end

local function read_loop(client, given)
  local reason
  client.loop, reason = choose_loop.by_option(given.loop)
  return reason
end

local function read_algorithm(client, given)
  client.algorithm = given.algorithm
  local known = core.algorithms[client.algorithm or ""]
  if client.algorithm and not known then
    local names = {}
    for name in pairs(core.algorithms) do
      names[#names + 1] = name
    end
    table.sort(names, text.is_before)
    return ("algorithm '%s' must be one of %s"):format(client.algorithm, table.concat(names, ", "))
  elseif known and known.needs_scope and not client.region then
    return ("%s signs for a region: set region"):format(client.algorithm)
  end
end

local function read_ids(client, given)
  client.domain_id = given.domain_id or nil
  if given.domain_id == true then
    client.domain_id = variable "HUAWEICLOUD_SDK_DOMAIN_ID" or true
  end
  client.project_id = given.project_id or variable "HUAWEICLOUD_SDK_PROJECT_ID" or variable "OS_PROJECT_ID"
    or variable "OS_TENANT_ID"
  client.find_project, client.find_domain = ids.lookups()
  if client.project_id and not client.project_id:find(check.forms.project.pattern) then
    return ("project_id '%s' must be %s"):format(client.project_id, check.forms.project.says)
  end
end

local function read_credentials(client, given)
  local reason, fixed
  client.source, reason, fixed = choose_credentials.source(given.credentials, variable)
  attempt.fix_credentials(client, fixed)
  return reason
end

local function is_readable(file)
  local handle, reason = core.in_c_locale(io.open, file, "r")
  if handle then
    handle:close()
  end
  return handle ~= nil, reason
end

-- A message if none of the directories in a list, separated by colons as OpenSSL reads it, exists.
local function missing_directories(list)
  for directory in list:gmatch "[^:]+" do
    if is_readable(directory .. "/.") then
      return nil
    end
  end
  return ("ca_path '%s' is not a directory that exists"):format(list)
end

local function read_trust(client, given)
  client.ca_file, client.ca_path = given.ca_file, given.ca_path
  if not client.ca_file and not client.ca_path then
    client.ca_file, client.ca_path = variable "SSL_CERT_FILE", variable "SSL_CERT_DIR" -- OpenSSL's own names
  end
  if client.ca_file then
    local ok, reason = is_readable(client.ca_file)
    return not ok and "ca_file cannot be read: " .. reason or nil
  end
  return client.ca_path and missing_directories(client.ca_path)
end

local READERS = {
  { "config", read_origins }, { "config", read_iam }, { "config", read_loop }, { "config", read_algorithm },
  { "config", read_ids }, { "credentials", read_credentials }, { "config", read_trust },
}

local function user_agent(given)
  local engine = rawget(_G, "jit") and _G.jit.version or _VERSION
  local agent = ("cbr/%s (%s; %s)"):format(version, engine, core.libraries:match "^%S+")
  return given and agent .. " " .. given or agent
end

local function new_pool(client, given)
  local pool = core.pool {
    ca_file = client.ca_file,
    ca_path = client.ca_path,
    accept_any_certificate = given.verify_tls == false,
    proxy = given.proxy,
    no_proxy = given.no_proxy,
    user_agent = user_agent(given.user_agent),
    max_body = given.max_response or 16 * MIB,
    max_head = given.max_head or MIB / 4,
    max_connections = given.max_connections,
  }
  await.attach(pool, client.loop)
  return pool
end

---@class cbr.Client
---@field origins string[] `scheme://host[:port]` of each endpoint of CBR
---@field origin_index integer index of the origin in use
---@field iam_origin? string nil: `iam_problem` says why
---@field iam_is_given boolean `iam_origin` is from an option, which has precedence over a profile
---@field region? string
---@field project_id? string nil: looked up
---@field domain_id? string|true true: looked up
---@field algorithm? string
---@field clock_offset number seconds by which this machine's clock is behind the service's
---@field date_header? { text: string, at: number } Date header of the service's last response, and when it arrived
---@field log? fun(event: table)
---@field source? fun(client: cbr.Client, rejected: table?, deadline: number): table?, any called before every request;
-- returns credentials, or nil and a reason; nil if the credentials never change
---@field find_project cbr.Lookup
---@field find_domain cbr.Lookup
---@field loop? cbr.EventLoop|false the event loop of the option; nil: detected at each wait; false: waits block
---@field pool? userdata connections; nil: the client is closed
---@field direct_pool? userdata connections without a proxy
---@field timeout number seconds
---@field connect_timeout number seconds
---@field max_attempts integer
---@field retry_pause number seconds
---@field budget cbr.RetryBudget
---@field reconcile boolean
---@field settle_time number seconds
---@field entries table<cbr.Entry, true> orders in progress
---@field recent_orders? table
---@field key_accepted? boolean the service has accepted a signature
---@field probe? cbr.Signal set when the first request with an access key has ended

--- Reads the options of `cbr.new` into the fields of a client. Sends nothing, opens no socket and resolves no name.
-- Raises an error for an unknown option and for a value of a wrong type.
---@param given table
---@param level integer stack level that a raised error names, as for `error` called in this function
---@return cbr.Client?
---@return cbr.Error? err kind `config` or `credentials`
function options.read(given, level)
  check.options("cbr.new", options.client, given, level + 1)
  local client = { log = given.log, clock_offset = 0 }
  for _, reader in ipairs(READERS) do
    local reason = reader[2](client, given)
    if reason then
      return nil, errors.new({ kind = reader[1], message = reason }, {})
    end
  end
  client.timeout = given.timeout or 60
  client.connect_timeout = given.connect_timeout or 10
  client.max_attempts = given.max_attempts or retry.MAX_ATTEMPTS
  client.retry_pause = given.retry_pause or retry.PAUSE_SECONDS
  client.budget = retry.budget()
  client.reconcile = given.reconcile ~= false
  client.settle_time = given.settle_time or search.SETTLE_SECONDS
  client.entries = setmetatable({}, { __mode = "k" })
  client.pool = new_pool(client, given)
  return client
end

return options
