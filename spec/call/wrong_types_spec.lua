-- Valid responses in which one value has a wrong type. Every value of every response that the client reads is replaced,
-- one after another. Nothing raises, no accepted order is reported as rejected, and every call returns a result or an
-- error.

local cbr = require "cbr"
local errors = require "cbr.errors"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

-- JSON texts of wrong values, where null stands for a missing value.
local ALL = { "null", '"text"', '""', "-0.5", "1e999", "false", '[1,"a",false]', '{"a":{}}' }
-- Other Lua versions can differ only for nil, numbers and lists, and other locales and time zones only for numbers.
local WRONG = _VERSION == "Lua 5.4" and ALL or { ALL[1], ALL[5], ALL[7] }
if os.getenv "CBR_SPEC_SURROUNDINGS" then
  WRONG = { ALL[4], ALL[5] }
end

local OUTCOMES = { unknown = true, rejected = true, not_sent = true }

local function check_error(err, change)
  assert.is_true(errors.is(err), change .. ": " .. tostring(err))
  assert.is_string(errors.kinds[err.kind], change)
  assert.is_true(err.outcome == nil or OUTCOMES[err.outcome], change)
  for _, name in ipairs { "message", "code", "request_id", "advice", "hint" } do
    local kind = type(err[name])
    assert.is_true(kind == "nil" or kind == "string", ("%s: %s is a %s"):format(change, name, kind))
  end
  assert.is_string(tostring(err))
  assert.is_true(tostring(err):find "[%z\1-\31\127]" == nil, change)
end

-- Most calls with a wrong value end only with their timeout, so it is short: see `value_at` for a busy machine.
local OPTIONS = { timeout = 0.02, interval = 0.005 }

local function new(changes)
  changes.endpoint = changes.endpoint or sandbox.plain
  return support.single_attempt_client(changes)
end

-- Places an order and waits for it. A response of status 200 is never a rejection.
local function order(name, params)
  return function(client, change)
    local response, err = client[name](client, params)
    assert.equal(1, #sandbox.ledger())
    if response and (response.vault_id or response.operation_log_id) then -- client:wait raises without an id
      local report
      report, err = client:wait(response, OPTIONS)
      response = report
    elseif not response then
      assert.same({ "protocol", "unknown" }, { err.kind, err.outcome }, change)
    end
    return response, err
  end
end

local function follow(vault, quirks)
  return function(client)
    if quirks then
      sandbox.quirks(quirks)
    end
    local response = assert(client:replicate(support.replicate_params { vault_id = fixtures.vaults[vault].id }))
    local report, err = client:wait(response, OPTIONS)
    if report then
      assert.equal(1, report.total)
    end
    return report, err
  end
end

-- Places an order from another client and searches for it. The search finds the order or leaves its outcome unknown.
local function search(name, params, quirks)
  return function(_, change)
    if quirks then
      sandbox.quirks(quirks)
    end
    local other = new {}
    assert(other[name](other, params))
    other:close()
    local client = new { settle_time = 0.01 }
    local response, err = client:find_order(name, params, { since = os.time(), timeout = 2 * OPTIONS.timeout })
    client:close()
    -- with the wrong value "text", the order can look like another order
    assert.is_true(response ~= false or change:find '"text"$' ~= nil, change)
    return response, err
  end
end

local function preflight(params)
  return function(client)
    return client:preflight(params)
  end
end

local function iterate(operation, params)
  return function(client)
    local last
    for item, err in client:each(operation, params) do
      last = err
      assert.is_true(item == false and err ~= nil or item ~= false)
    end
    return last == nil or nil, last
  end
end

local function read(client)
  return client:list_vault {}
end

local function keys(source)
  return function()
    local client = new { credentials = source(), region = "cn-north-4", iam_endpoint = sandbox.tls }
    local response, err = read(client)
    client:close()
    return response, err
  end
end

-- { name, operation whose response has the wrong value, the calls }
local CASES = {
  { "replicate and wait", "replicate", order("replicate", support.replicate_params()) },
  { "sync and wait", "sync", order("sync", { vault_id = fixtures.vaults.hybrid.id }) },
  { "wait by the list of backups", "list_backups", follow "single" },
  { "wait by a single backup", "show_backup", follow("single", { records_in_list = false }) },
  { "wait by tasks", "list_op_logs", follow("single", { records = false }) },
  { "wait for a task", "show_op_log", function(client)
    local response = assert(client:sync { vault_id = fixtures.vaults.hybrid_partial.id })
    return client:wait(response, OPTIONS)
  end },
  { "wait for a task that fails", "show_op_log", function(client)
    local response = assert(client:sync { vault_id = fixtures.vaults.hybrid_failing.id })
    return client:wait(response, OPTIONS)
  end },
  { "search for a sync", "list_op_logs", search("sync", { vault_id = fixtures.vaults.hybrid.id }) },
  { "search for a replication by tasks", "list_op_logs", search("replicate", support.replicate_params {
    vault_id = fixtures.vaults.single.id }) },
  { "search for a replication by records", "list_backups", search("replicate", support.replicate_params {
    vault_id = fixtures.vaults.single.id }) },
  { "search for a replication by the records of a single backup", "show_backup", search("replicate",
    support.replicate_params { vault_id = fixtures.vaults.single.id }, { records_in_list = false }) },
  { "preflight of the source vault", "show_vault", preflight(support.replicate_params()) },
  { "preflight of the backups", "list_backups", preflight(support.replicate_params {
    vault_id = fixtures.vaults.single.id }) },
  { "preflight of the destination region", "show_replication_capabilities", preflight(support.replicate_params()) },
  { "preflight of tasks in progress", "list_op_logs", preflight { vault_id = fixtures.vaults.hybrid_busy.id } },
  { "preflight of the destination vault", "list_external_vault", preflight(support.replicate_params {
    destination_vault_id = fixtures.vaults.replicas_full.id }) },
  { "each over vaults", "list_vault", iterate("list_vault", { limit = 5 }) },
  { "each over backups by marker", "list_backups", iterate("list_backups", { limit = 5, marker =
    fixtures.backups.server_web.id }) },
  { "the look-up of a project", "iam_list_projects", function()
    local client = assert(cbr.new { endpoint = sandbox.plain, region = "cn-north-4", iam_endpoint = sandbox.tls,
      credentials = support.keys "home", proxy = "", ca_file = sandbox.ca, timeout = 5 })
    client.project_id = nil -- the sandbox's environment sets a project id
    local response, err = read(client)
    client:close()
    return response, err
  end },
  { "the look-up of an account", "iam_auth_domains", function()
    local client = new { domain_id = true, region = "cn-north-4", iam_endpoint = sandbox.tls }
    local response, err = read(client)
    client:close()
    return response, err
  end },
  { "a sign-in with a password", "iam_create_token", keys(function()
    return { username = fixtures.users.home.name, password = fixtures.users.home.password,
      domain_name = fixtures.accounts.home.name }
  end) },
  { "the keys of a server", "metadata_key", keys(function()
    return { source = "ecs", endpoint = sandbox.metadata }
  end) },
  { "the keys of a container", "container_key", keys(function()
    return { source = "container", uri = sandbox.container, token_file = support.pod_token }
  end) },
  { "the keys of a federated user", "iam_security_token", keys(function()
    return { idp_id = fixtures.identity_providers.home.id, id_token_file = support.id_token }
  end) },
}

describe("a wrong type of any value in the response #many #wire:", function()
  setup(function()
    support.pod_token = support.file(fixtures.container.token)
    support.id_token = support.file(fixtures.id_tokens.home.value)
  end)

  teardown(function()
    os.remove(support.pod_token)
    os.remove(support.id_token)
    support.pod_token, support.id_token = nil, nil
    sandbox.reset()
  end)

  -- Runs a case with each wrong value at a position of the response. Returns the path of the value at this position, or
  -- nil if no value was replaced.
  local function replace(case, at)
    local where
    for _, wrong in ipairs(WRONG) do
      sandbox.reset()
      sandbox.time_scale(1e5)
      sandbox.fault { fault = "replaced_value", call = case[2], at = at, value = wrong, times = -1 }
      local client = new {}
      local change = ("%s %d as %s"):format(case[2], at, wrong)
      local ok, response, err = pcall(case[3], client, change)
      client:close()
      for _, request in ipairs(sandbox.requests()) do
        where = request.replaced or where
      end
      assert.is_true(ok, ("%s (%s): %s"):format(change, tostring(where), tostring(response)))
      if response == nil then
        check_error(err, change)
      end
    end
    return where
  end

  -- Like `replace`, but if no value was replaced, a second run with a longer timeout shows whether the machine was only
  -- too busy to send the request.
  local function value_at(case, at)
    local short = OPTIONS.timeout
    local where = replace(case, at)
    if not where then
      OPTIONS.timeout = 100 * short
      where = replace(case, at)
      OPTIONS.timeout = short
    end
    return where
  end

  for _, case in ipairs(CASES) do
    it(("a value of a wrong type in a response leads to a result or an error object: %s"):format(case[1]), function()
      local at, count = 1, 0
      repeat
        local where = value_at(case, at)
        at, count = at + 1, count + (where and 1 or 0)
      until not where
      assert.is_true(count >= 3, count .. " values")
    end)
  end
end)
