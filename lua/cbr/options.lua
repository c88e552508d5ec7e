--- What a client is made of: options and environment, read once into settings.

local check = require "cbr.util.check"
local core = require "cbr.core"
local credentials = require "cbr.credentials.choose"
local endpoints = require "cbr.endpoint.regions"
local errors = require "cbr.errors"
local choose = require "cbr.loop.choose"
local await = require "cbr.loop.await"
local project = require "cbr.credentials.ids"
local reconcile = require "cbr.lost_orders.search"
local retry = require "cbr.call.retry"
local version = require "cbr.version"

local settings = {}

local MIB = 1024 * 1024

--- The options of `cbr.new`, as rules for `check.options`.
settings.options = {
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

local ALGORITHMS = { ["SDK-HMAC-SHA256"] = true, ["SDK-HMAC-SM3"] = true, ["V11-HMAC-SHA256"] = true }

local function failed(kind, reason)
  return nil, errors.new { kind = kind, message = reason }
end

-- A variable of the environment, unless it is empty.
local function variable(name)
  local value = os.getenv(name)
  return value ~= "" and value or nil
end

local function is_readable(file)
  local handle, reason = io.open(file, "r")
  if handle then
    handle:close()
  end
  return handle ~= nil, reason
end

local function user_agent(own)
  local engine = rawget(_G, "jit") and _G.jit.version or _VERSION
  local agent = ("cbr/%s (%s; %s)"):format(version, engine, core.libraries:match("^%S+"))
  return own and agent .. " " .. own or agent
end

-- -> origins, region; or nil, nil and why there are none
local function find_origins(options)
  local region = options.region or variable "CBR_REGION" or variable "HW_REGION_NAME" or variable "OS_REGION_NAME"
  local urls, reason
  if options.endpoint then
    urls = type(options.endpoint) == "table" and options.endpoint or { options.endpoint }
  elseif region then
    urls, reason = endpoints.of_region(region, variable)
  else
    reason = "neither region nor endpoint is given, and CBR_REGION is not set"
  end
  if not urls then
    return nil, nil, reason
  end
  local origins
  origins, reason = endpoints.parse_all(urls, options.allow_http)
  return origins, region, reason
end

-- -> ca_file, ca_path, or nil, nil and why the file is of no use
local function find_trust(options)
  local file, path = options.ca_file, options.ca_path
  if not file and not path then
    file, path = variable "SSL_CERT_FILE", variable "SSL_CERT_DIR" -- OpenSSL's own names
  end
  if file then
    local readable, reason = is_readable(file)
    if not readable then
      return nil, nil, "ca_file cannot be read: " .. reason
    end
  end
  return file, path
end

-- -> project id, or nil where it has to be looked up; nil and what is wrong with it
local function find_project(options)
  local id = options.project_id or variable "HUAWEICLOUD_SDK_PROJECT_ID" or variable "OS_PROJECT_ID"
    or variable "OS_TENANT_ID"
  if id and not id:find(check.forms.project.pattern) then
    return nil, ("project_id '%s' must be %s"):format(id, check.forms.project.says)
  end
  return id
end

---@class cbr.Settings
---@field origins string[] `scheme://host[:port]`, of one service
---@field origin_index integer the one that is used now
---@field iam_origin? string nil: `iam_problem` says why
---@field iam_is_given boolean by an option, which goes before a profile's
---@field region? string
---@field project_id? string nil: looked up
---@field domain_id? string|true true: looked up
---@field algorithm? string
---@field clock_offset number seconds by which this machine's clock is behind the service's
---@field log? fun(event: table)
---@field source fun(self: table, rejected: table?, deadline: number): table?, any where credentials come from
---@field find_project fun(self: table, found: table, deadline: number): string?, cbr.Error?
---@field find_domain fun(self: table, found: table, deadline: number): string?, cbr.Error?
---@field loop? cbr.EventLoop|false what parks a wait; nil: detected at each wait, false: waits block
---@field pool userdata connections, none of them open yet
---@field timeout number seconds
---@field connect_timeout number seconds
---@field max_attempts integer
---@field retry_pause number seconds
---@field budget cbr.Budget
---@field reconcile boolean
---@field settle_time number seconds
---@field watches table<cbr.Watch, true>
---@field service_date? { text: string, at: number } the Date of the service's last answer; changed in place

--- Reads the options of `cbr.new`. Sends nothing, opens no socket, resolves no
-- name. Raises for an option of a wrong type or an unknown one.
---@param options table
---@param level integer whom to blame for a raise, as for an `error` by this function
---@return cbr.Settings?
---@return cbr.Error? err kind `config` or `credentials`
function settings.read(options, level)
  check.options("cbr.new", settings.options, options, level + 1)
  local self = {}
  local reason
  self.origins, self.region, reason = find_origins(options)
  if not self.origins then
    return failed("config", reason)
  end
  self.origin_index = 1
  self.iam_is_given, self.allow_http = options.iam_endpoint ~= nil, options.allow_http
  self.iam_origin, self.iam_problem = endpoints.parse(
    options.iam_endpoint or endpoints.of_iam(self.region, variable), options.allow_http)
  if self.iam_problem and self.iam_is_given then
    return failed("config", "IAM: " .. self.iam_problem) -- what the environment says may never be needed
  end
  self.log = options.log
  self.clock_offset = 0
  self.loop, reason = choose.by_option(options.loop)
  if reason then
    return failed("config", reason)
  end
  self.algorithm = options.algorithm
  if self.algorithm and not ALGORITHMS[self.algorithm] then
    return failed("config", ("algorithm '%s' is not SDK-HMAC-SHA256, SDK-HMAC-SM3 or V11-HMAC-SHA256"):format(
      self.algorithm))
  elseif self.algorithm == "V11-HMAC-SHA256" and not self.region then
    return failed("config", "V11-HMAC-SHA256 signs for a region: set region")
  end
  self.domain_id = options.domain_id or nil
  if options.domain_id == true then
    self.domain_id = variable "HUAWEICLOUD_SDK_DOMAIN_ID" or true
  end
  self.project_id, reason = find_project(options)
  if reason then
    return failed("config", reason)
  end
  self.source, reason = credentials.source(options.credentials, variable)
  if not self.source then
    return failed("credentials", reason)
  end
  self.find_project, self.find_domain = project.lookups()
  local ca_file, ca_path
  ca_file, ca_path, reason = find_trust(options)
  if reason then
    return failed("config", reason)
  end
  self.timeout = options.timeout or 60
  self.connect_timeout = options.connect_timeout or 10
  self.max_attempts = options.max_attempts or retry.MAX_ATTEMPTS
  self.retry_pause = options.retry_pause or retry.PAUSE
  self.budget = retry.budget()
  self.reconcile = options.reconcile ~= false
  self.settle_time = options.settle_time or reconcile.SETTLE_TIME
  self.watches = setmetatable({}, { __mode = "k" }) -- of orders under way
  self.pool = core.pool {
    ca_file = ca_file,
    ca_path = ca_path,
    accept_any_certificate = options.verify_tls == false,
    proxy = options.proxy,
    no_proxy = options.no_proxy,
    user_agent = user_agent(options.user_agent),
    max_body = options.max_response or 16 * MIB,
    max_head = options.max_head or MIB / 4,
    max_connections = options.max_connections,
  }
  await.attach(self.pool, self.loop)
  return self
end

return settings
