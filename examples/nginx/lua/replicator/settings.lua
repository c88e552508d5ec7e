--- The operator's settings: vaults and times from a Lua file, addresses and secrets from the environment or from files.
-- nginx's master reads them once, so workers need neither the files nor the right to read them.

local cbr = require "cbr"
local dr = require "cbr.dr"
local webhook = require "replicator.webhook"

local settings = {}

-- The defaults of the times, in seconds.
local DEFAULTS = {
  tick = 1, -- pause between two checks for due records
  poll_interval = 5, -- pause between the first steps of a run
  timeout = 30, -- timeout of one call of the service
  retry_pause = 30, -- pause before a failed slot is tried again, if nothing was accepted
  follow_time = 6 * 3600, -- how long a run is followed
  survey_interval = 300, -- pause between two checks of the age of the copies
  keep = 30 * 24 * 3600, -- how long Redis keeps the record of a slot or job, at least
}
-- Defaults in multiples of `timeout`. lock: a worker that does not renew its lock of a vault loses the lock after this
-- time. search_time: how long an order without a response is searched for.
local DEFAULT_TIMEOUTS = { lock = 2, search_time = 3 }

local OTHERS = { vaults = true, client = true } -- the settings that are not times

local function read_times(given, result, problems)
  for name, value in pairs(given) do
    local is_time = DEFAULTS[name] or DEFAULT_TIMEOUTS[name]
    if is_time and (type(value) ~= "number" or value <= 0) then
      problems[#problems + 1] = ("%s must be a number of seconds"):format(name)
    elseif not is_time and not OTHERS[name] then
      problems[#problems + 1] = ("there is no setting '%s'"):format(tostring(name))
    end
  end
  for name, default in pairs(DEFAULTS) do
    result[name] = tonumber(given[name]) or default
  end
  for name, timeouts in pairs(DEFAULT_TIMEOUTS) do
    result[name] = tonumber(given[name]) or timeouts * result.timeout
  end
  for _, name in ipairs { "lock", "search_time" } do
    if result[name] <= result.timeout then
      problems[#problems + 1] = name .. " must be longer than timeout"
    end
  end
  result.step = math.max(1, math.floor(result.timeout / 2)) -- how long one step of dr.replicate follows orders
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

-- Reads a secret from the file that the variable <NAME>_FILE names, or else from the variable <NAME>.
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

-- Returns the URL and the key of the webhook, from the environment; nil if no webhook is set.
local function read_webhook(problems)
  local text, key = os.getenv "CBR_WEBHOOK_URL", secret("CBR_WEBHOOK_KEY", problems)
  if not text then
    return nil
  end
  local url = webhook.parse(text)
  if not url then
    problems[#problems + 1] = "CBR_WEBHOOK_URL must be a URL like https://example.com/hook"
  end
  if not key or #key < 16 then
    problems[#problems + 1] = "CBR_WEBHOOK_KEY or CBR_WEBHOOK_KEY_FILE must give 16 characters or more"
  end
  return { url = url, key = key }
end

local OURS = { name = true, interval = true, vault_id = true, rpo = true, lag = true } -- the rest is for dr.replicate
local RPO, DURATION = "26h", "^%d+[smhdw]$" -- RPO: the default of a vault's `rpo`
local ACCEPTED = { destinations = true, select = true, method = true, concurrency = true }

-- Asks dr.replicate for the problems of a vault's parameters. dr.replicate checks all parameters before it sends
-- anything. This call passes an `interval` that is never valid, so nothing is sent.
local function problems_of(client, vault)
  local params = { vault_ids = { vault.vault_id }, dry_run = true, interval = -1 }
  for name, value in pairs(vault.params) do
    params[name] = value
  end
  local _, err = dr.replicate(client, params)
  local found = {}
  for _, problem in ipairs(err.problems) do
    found[#found + 1] = problem.parameter ~= "interval" and problem or nil
  end
  return found
end

local function read_vault(client, row, problems)
  local function add_problem(parameter, problem)
    problems[#problems + 1] = ("vault '%s': %s %s"):format(tostring(row.name), parameter, problem)
  end
  local vault = {
    name = row.name, interval = row.interval, vault_id = row.vault_id, rpo = row.rpo or RPO, lag = row.lag, params = {},
  }
  for name, value in pairs(row) do
    if ACCEPTED[name] then
      vault.params[name] = value
    elseif not OURS[name] then
      add_problem(tostring(name), "is unknown")
    end
  end
  if type(row.name) ~= "string" or not row.name:find "^[%w_.-]+$" then
    add_problem("name", "must consist of letters, digits, '.', '_' and '-'")
  end
  if type(row.interval) ~= "number" or row.interval < 1 then
    add_problem("interval", "must be a number of seconds, 1 or more")
  end
  for _, field in ipairs { "rpo", "lag" } do
    if vault[field] ~= nil and not tostring(vault[field]):find(DURATION) then
      add_problem(field, "must be a duration like 26h")
    end
  end
  for _, problem in ipairs(client and problems_of(client, vault) or {}) do
    add_problem(problem.parameter:gsub("^vault_ids%[1%]$", "vault_id"), problem.problem)
  end
  return vault
end

local function check_names(vaults, problems)
  local is_used = {}
  for _, vault in ipairs(vaults) do
    local name = vault.name
    if name ~= nil and is_used[name] then
      problems[#problems + 1] = ("vault '%s': name is given twice"):format(tostring(name))
    end
    is_used[name or ""] = true
  end
end

local function read_vaults(file, problems)
  local chunk, reason = loadfile(file)
  if not chunk then
    problems[#problems + 1] = reason
    return { vaults = {} }
  end
  local ok, given = pcall(chunk)
  if not ok or type(given) ~= "table" or type(given.vaults) ~= "table" then
    problems[#problems + 1] = ("%s: %s"):format(file, ok and "must return a table with `vaults`" or tostring(given))
    return { vaults = {} }
  end
  return given
end

-- Makes the client for all orders. -> the client; nil if the options are not valid
local function make_client(given, timeout, problems)
  local options = {}
  for name, value in pairs(type(given) == "table" and given or {}) do
    options[name] = value
  end
  options.timeout = timeout -- `search_time` is based on this timeout
  local ok, client, err = pcall(cbr.new, options)
  if not (ok and client) then
    problems[#problems + 1] = "client: " .. tostring(err or client)
  end
  return ok and client or nil
end

-- The record of a slot is kept until the slot is over, so that the slot is not run again.
local function extend_keep(result)
  local longest = result.follow_time
  for _, vault in ipairs(result.vaults) do
    longest = math.max(longest, tonumber(vault.interval) or 0)
  end
  result.keep = math.max(result.keep, 2 * longest)
end

--- Reads all settings. Raises an error that names all problems; nginx then does not start, or keeps its old settings.
---@param prefix string nginx's prefix
---@return table
function settings.read(prefix)
  local problems = {}
  local given = read_vaults(os.getenv "CBR_VAULTS" or prefix .. "vaults.lua", problems)
  local result = {
    vaults = {}, redis = redis_address(problems),
    token = secret("CBR_REPLICATOR_TOKEN", problems), redis_password = secret("CBR_REDIS_PASSWORD", problems),
    prefix = os.getenv "CBR_REDIS_PREFIX" or "cbr:",
    host = os.getenv "CBR_HOST" or read_file "/proc/sys/kernel/hostname" or "unnamed",
  }
  result.webhook = read_webhook(problems)
  read_times(given, result, problems)
  result.client = make_client(given.client, result.timeout, problems)
  for i, row in ipairs(given.vaults) do
    result.vaults[i] = read_vault(result.client, row, problems)
  end
  check_names(result.vaults, problems)
  extend_keep(result)
  if not result.token or #result.token < 16 then
    problems[#problems + 1] = "CBR_REPLICATOR_TOKEN or CBR_REPLICATOR_TOKEN_FILE must give 16 characters or more"
  end
  if #problems > 0 then
    error("the replicator's settings:\n  " .. table.concat(problems, "\n  "), 0)
  end
  return result
end

return settings
