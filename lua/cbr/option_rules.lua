--- The options of the functions and the methods, as rules for cbr.util.check_options, and the defaults that are
-- numbers.

local forms = require "cbr.credentials.forms"

local rules = {}

local MIB = 1024 * 1024

--- The options of `cbr.new`, as rules for `check.options`. `default` is the value that a client without the option has.
rules.client = {
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
  { name = "timeout", type = "number", positive = true, default = 60 }, -- seconds
  { name = "connect_timeout", type = "number", positive = true, default = 10 },
  { name = "max_attempts", type = "integer", positive = true, default = 4 },
  { name = "retry_pause", type = "number", positive = true, default = 1 / 2 },
  { name = "reconcile", type = "boolean" },
  { name = "settle_time", type = "number", positive = true, default = 10 },
  { name = "max_response", type = "integer", positive = true, default = 16 * MIB },
  { name = "max_head", type = "integer", positive = true, default = MIB / 4 },
  { name = "max_connections", type = "integer", positive = true },
  { name = "log", type = "function" },
  { name = "loop", type = { "string", "table", "boolean" }, filled = true },
}

--- Option of `cbr.new` -> its default.
---@type table<string, number>
rules.defaults = {}
for _, rule in ipairs(rules.client) do
  rules.defaults[rule.name] = rule.default
end

-- Returns the hint for a field of `credentials` that is given at the top level.
rules.client.elsewhere = function(name)
  local field = forms.field(name)
  return field and ("it belongs in credentials = { %s = … }"):format(field)
end

--- The options of a call.
rules.call = {
  { name = "timeout", type = "number", positive = true },
  { name = "connect_timeout", type = "number", positive = true },
  { name = "max_attempts", type = "integer", positive = true },
  { name = "reconcile", type = "boolean" },
}

--- The options of `client:wait`.
rules.wait = {
  { name = "timeout", type = "number", positive = true },
  { name = "interval", type = "number", positive = true },
  { name = "on_progress", type = "function" },
}

--- The options of `client:find_order`.
rules.find_order = {
  { name = "since", type = "number", required = true, positive = true },
  { name = "timeout", type = "number", positive = true },
}

--- The options of `cbr.map`.
rules.map = { { name = "concurrency", type = "integer", positive = true } }

return rules
