--- What a client is made of: options and environment, read once into settings.

local check = require "cbr.check"
local core = require "cbr.core"
local credentials = require "cbr.credentials"
local endpoints = require "cbr.endpoints"
local errors = require "cbr.errors"
local version = require "cbr.version"

local settings = {}

local MIB = 1024 * 1024

--- The options of `cbr.new`, as rules for `check.options`.
settings.options = {
  { name = "region", type = "string", required = true },
  { name = "endpoint", type = "string", required = true },
  { name = "project_id", type = "string", required = true },
  { name = "domain_id", type = "string", required = true },
  { name = "credentials", type = { "table", "function" } },
  { name = "algorithm", type = "string", required = true },
  { name = "ca_file", type = "string", required = true },
  { name = "ca_path", type = "string", required = true },
  { name = "verify_tls", type = "boolean" },
  { name = "allow_http", type = "boolean" },
  { name = "proxy", type = "string" },
  { name = "no_proxy", type = "string" },
  { name = "user_agent", type = "string", required = true },
  { name = "timeout", type = "number", positive = true },
  { name = "connect_timeout", type = "number", positive = true },
  { name = "max_answer", type = "integer", positive = true },
  { name = "max_head", type = "integer", positive = true },
  { name = "max_connections", type = "integer", positive = true },
}

local ALGORITHMS = { ["SDK-HMAC-SHA256"] = true, ["SDK-HMAC-SM3"] = true }

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

-- -> origin, or nil and why there is none
local function find_origin(options)
  local url = options.endpoint
  local region = options.region or variable "CBR_REGION" or variable "HW_REGION_NAME" or variable "OS_REGION_NAME"
  if not url and region then
    local reason
    url, reason = endpoints.of_region(region, variable)
    if not url then
      return nil, reason
    end
  elseif not url then
    return nil, "neither region nor endpoint is given, and CBR_REGION is not set"
  end
  return endpoints.parse(url, options.allow_http)
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

-- -> project id, or nil and why there is none
local function find_project(options)
  local id = options.project_id or variable "HUAWEICLOUD_SDK_PROJECT_ID"
  if not id then
    return nil, "project_id is not given, and HUAWEICLOUD_SDK_PROJECT_ID is not set"
  elseif not id:find(check.forms.project.pattern) then
    return nil, ("project_id '%s' must be %s"):format(id, check.forms.project.says)
  end
  return id
end

---@class cbr.Settings
---@field origin string `scheme://host[:port]`
---@field project_id string
---@field domain_id? string
---@field algorithm? string
---@field source fun(): table?, string? where credentials come from
---@field pool userdata connections, none of them open yet
---@field timeout number seconds
---@field connect_timeout number seconds

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
  self.origin, reason = find_origin(options)
  if not self.origin then
    return failed("config", reason)
  end
  self.algorithm = options.algorithm
  if self.algorithm and not ALGORITHMS[self.algorithm] then
    return failed("config", ("algorithm '%s' is not SDK-HMAC-SHA256 or SDK-HMAC-SM3"):format(self.algorithm))
  end
  self.domain_id = options.domain_id
  self.project_id, reason = find_project(options)
  if not self.project_id then
    return failed("config", reason)
  end
  self.source, reason = credentials.source(options.credentials, variable)
  if not self.source then
    return failed("credentials", reason)
  end
  local ca_file, ca_path
  ca_file, ca_path, reason = find_trust(options)
  if reason then
    return failed("config", reason)
  end
  self.timeout = options.timeout or 60
  self.connect_timeout = options.connect_timeout or 10
  self.pool = core.pool {
    ca_file = ca_file,
    ca_path = ca_path,
    accept_any_certificate = options.verify_tls == false,
    proxy = options.proxy,
    no_proxy = options.no_proxy,
    user_agent = user_agent(options.user_agent),
    max_body = options.max_answer or 16 * MIB,
    max_head = options.max_head or MIB / 4,
    max_connections = options.max_connections,
  }
  return self
end

return settings
