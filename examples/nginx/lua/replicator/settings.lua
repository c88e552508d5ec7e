--- What an operator sets: the list of vaults in a Lua file, addresses and secrets in the environment or in files.
-- Read once, by nginx's master: workers need neither the files nor the right to read them.

local cbr = require "cbr"

local settings = {}

-- Seconds; vaults.lua may say otherwise.
local DEFAULTS = {
  tick = 1, -- between two looks at what is due
  look = 5, -- between two looks at what the service has done, the first ones
  timeout = 30, -- for one call of the service
  pause = 30, -- before an order that was certainly not taken in is tried again within its slot
  patience = 6 * 3600, -- how long a run is followed
  keep = 30 * 24 * 3600, -- how long Redis keeps what became of a slot or job
}
-- By default so many timeouts: how long one host may take over a step before another may look, and how long an order
-- without an answer is looked for. Neither is what keeps an order from being given twice.
local TIMEOUTS = { lock = 2, doubt = 3 }

-- The numbers of seconds that are set, or are so by default.
local function read_times(given, self, problems)
  for name, value in pairs(given) do
    local is_time = DEFAULTS[name] or TIMEOUTS[name]
    if is_time and (type(value) ~= "number" or value <= 0) then
      problems[#problems + 1] = ("%s must be a number of seconds"):format(name)
    elseif not is_time and name ~= "vaults" and name ~= "client" then
      problems[#problems + 1] = ("there is no setting '%s'"):format(tostring(name))
    end
  end
  for name, default in pairs(DEFAULTS) do
    self[name] = tonumber(given[name]) or default
  end
  for name, timeouts in pairs(TIMEOUTS) do
    self[name] = tonumber(given[name]) or timeouts * self.timeout
  end
  if self.doubt <= self.timeout then
    problems[#problems + 1] = "doubt must be more than timeout: the answer may still come"
  end
end

local function read_file(name)
  local file, reason = io.open(name, "r")
  if not file then
    return nil, reason
  end
  local text = file:read "*a"
  file:close()
  return (text:gsub("%s+$", ""))
end

-- A secret: from the file that <NAME>_FILE names, else from <NAME> itself.
local function secret(name, problems)
  local file = os.getenv(name .. "_FILE")
  if file then
    local text, reason = read_file(file)
    if not text then
      problems[#problems + 1] = ("%s_FILE: %s"):format(name, reason)
    end
    return text
  end
  return os.getenv(name)
end

local function redis_address(problems)
  local text = os.getenv "CBR_REDIS" or "127.0.0.1:6379"
  local path = text:match "^unix:(/.+)$"
  local host, port = text:match "^([%w.-]+):(%d+)$"
  if not path and not host then
    problems[#problems + 1] = "CBR_REDIS must be host:port or unix:/path"
  end
  return { text = text, path = path, host = host, port = tonumber(port) }
end

local OWN = { name = true, interval = true }

local function read_vault(client, row, names, problems)
  local function wrong(what, problem)
    problems[#problems + 1] = ("vault '%s': %s %s"):format(tostring(row.name), what, problem)
  end
  local vault = { name = row.name, interval = row.interval, params = {} }
  for name, value in pairs(row) do
    if not OWN[name] then
      vault.params[name] = value
    end
  end
  if type(row.name) ~= "string" or not row.name:find "^[%w_.-]+$" then
    wrong("name", "must be made of letters, digits, '.', '_' and '-'")
  elseif names[row.name] then
    wrong("name", "is given twice")
  end
  if type(row.interval) ~= "number" or row.interval < 1 then
    wrong("interval", "must be a number of seconds, 1 or more")
  end
  for _, problem in ipairs(client and client:problems("replicate", vault.params) or {}) do
    wrong(problem.parameter, problem.problem)
  end
  names[row.name or ""] = true
  vault.vault_id = vault.params.vault_id
  return vault
end

local function read_vaults(file, problems)
  local chunk, reason = loadfile(file)
  if not chunk then
    problems[#problems + 1] = reason
    return { vaults = {} }
  end
  local well, given = pcall(chunk)
  if not well or type(given) ~= "table" or type(given.vaults) ~= "table" then
    problems[#problems + 1] = ("%s: %s"):format(file, well and "must return a table with `vaults`" or tostring(given))
    return { vaults = {} }
  end
  return given
end

-- The client that all orders go through, and by which they are checked; nil: it cannot be made.
local function make_client(given, self, problems)
  local options = {}
  for name, value in pairs(type(given) == "table" and given or {}) do
    options[name] = value
  end
  options.timeout = self.timeout -- `doubt` counts on it
  local well, client, err = pcall(cbr.new, options)
  if not (well and client) then
    problems[#problems + 1] = "client: " .. tostring(err or client)
  end
  return well and client or nil
end

--- Reads everything; raises with all problems at once, so that nginx does not start, or does not take a reload.
---@param prefix string nginx's prefix
---@return table
function settings.read(prefix)
  local problems, names = {}, {}
  local given = read_vaults(os.getenv "CBR_VAULTS" or prefix .. "vaults.lua", problems)
  local self = {
    vaults = {}, redis = redis_address(problems),
    token = secret("CBR_REPLICATOR_TOKEN", problems), redis_password = secret("CBR_REDIS_PASSWORD", problems),
    prefix = os.getenv "CBR_REDIS_PREFIX" or "cbr:",
    host = os.getenv "CBR_HOST" or read_file "/proc/sys/kernel/hostname" or "unnamed",
  }
  read_times(given, self, problems)
  self.client = make_client(given.client, self, problems)
  for i, row in ipairs(given.vaults) do
    self.vaults[i] = read_vault(self.client, row, names, problems)
  end
  if not self.token or #self.token < 16 then
    problems[#problems + 1] = "CBR_REPLICATOR_TOKEN or CBR_REPLICATOR_TOKEN_FILE must give 16 characters or more"
  end
  if #problems > 0 then
    error("the replicator's settings:\n  " .. table.concat(problems, "\n  "), 0)
  end
  return self
end

return settings
