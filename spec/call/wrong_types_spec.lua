-- Right answers with one value of a wrong type in them, one after another: every value of every answer that the client
-- reads. Nothing raises, nothing that was taken in is called refused, and what comes back is a result or an error.

local cbr = require "cbr"
local errors = require "cbr.errors"
local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures

-- JSON as text. null is here as what is missing.
local ALL = { "null", '"text"', '""', "-0.5", "1e999", "false", '[1,"a",false]', '{"a":{}}' }
-- What Lua versions differ in is numbers, and what they do with a nil.
local WRONG = _VERSION == "Lua 5.4" and ALL or { ALL[1], ALL[5], ALL[7] }

local OUTCOMES = { unknown = true, rejected = true, not_sent = true }

local function check_error(err, what)
  assert.is_true(errors.is(err), what .. ": " .. tostring(err))
  assert.is_string(errors.kinds[err.kind], what)
  assert.is_true(err.outcome == nil or OUTCOMES[err.outcome], what)
  for _, name in ipairs { "message", "code", "request_id", "advice", "hint" } do
    local kind = type(err[name])
    assert.is_true(kind == "nil" or kind == "string", ("%s: %s is a %s"):format(what, name, kind))
  end
  assert.is_string(tostring(err))
  assert.is_true(tostring(err):find "%c" == nil, what)
end

local OPTIONS = { timeout = 0.02, interval = 0.005 }

local function new(changes)
  changes.endpoint = changes.endpoint or sandbox.plain
  return support.single(changes)
end

-- An order, and the wait for what it says. An answer of 200 is no refusal, whatever it holds.
local function order(name, params)
  return function(client, what)
    local answer, err = client[name](client, params)
    assert.equal(1, #sandbox.ledger())
    if answer and (answer.vault_id or answer.operation_log_id) then -- without any, it is misuse to wait for it
      local report
      report, err = client:wait(answer, OPTIONS)
      answer = report
    elseif not answer then
      assert.same({ "protocol", "unknown" }, { err.kind, err.outcome }, what)
    end
    return answer, err
  end
end

local function follow(vault, quirks)
  return function(client)
    if quirks then
      sandbox.quirks(quirks)
    end
    local answer = assert(client:replicate(support.replicate_params { vault_id = world.vaults[vault].id }))
    local report, err = client:wait(answer, OPTIONS)
    if report then
      assert.equal(1, report.total)
    end
    return report, err
  end
end

-- An order of another client, and the search for it. What is found is the order, or nothing is certain.
local function search(name, params, quirks)
  return function(client, what)
    if quirks then
      sandbox.quirks(quirks)
    end
    local other = new {}
    assert(other[name](other, params))
    other:close()
    client.settle_time = 0.01
    local answer, err = client:find_order(name, params, { since = os.time(), timeout = 0.04 })
    assert.is_true(answer ~= false or what:find '"text"$' ~= nil, what) -- a text may well be that of another order
    return answer, err
  end
end

local function look(params)
  return function(client)
    return client:preflight(params)
  end
end

local function walk(operation, params)
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
    local answer, err = read(client)
    client:close()
    return answer, err
  end
end

-- { what is done, the call whose answer has a wrong type, how }
local CASES = {
  { "replicate, and a wait", "replicate", order("replicate", support.replicate_params()) },
  { "sync, and a wait", "sync", order("sync", { vault_id = world.vaults.hybrid.id }) },
  { "a wait by the list of backups", "list_backups", follow "single" },
  { "a wait by the backup", "show_backup", follow("single", { records_in_list = false }) },
  { "a wait by tasks", "list_op_logs", follow("single", { records = false }) },
  { "a wait for a task", "show_op_log", function(client)
    local answer = assert(client:sync { vault_id = world.vaults.hybrid_partial.id })
    return client:wait(answer, OPTIONS)
  end },
  { "a wait for a task that fails", "show_op_log", function(client)
    local answer = assert(client:sync { vault_id = world.vaults.hybrid_failing.id })
    return client:wait(answer, OPTIONS)
  end },
  { "a search for a sync", "list_op_logs", search("sync", { vault_id = world.vaults.hybrid.id }) },
  { "a search for a replication by tasks", "list_op_logs", search("replicate", support.replicate_params {
    vault_id = world.vaults.single.id }) },
  { "a search for a replication by records", "list_backups", search("replicate", support.replicate_params {
    vault_id = world.vaults.single.id }) },
  { "a search for a replication by the backup's records", "show_backup", search("replicate", support.replicate_params {
    vault_id = world.vaults.single.id }, { records_in_list = false }) },
  { "a look at the source", "show_vault", look(support.replicate_params()) },
  { "a look at the backups", "list_backups", look(support.replicate_params { vault_id = world.vaults.single.id }) },
  { "a look at the route", "show_replication_capabilities", look(support.replicate_params()) },
  { "a look at tasks", "list_op_logs", look { vault_id = world.vaults.hybrid_busy.id } },
  { "a look at the destination", "list_external_vault", look(support.replicate_params {
    destination_vault_id = world.vaults.replicas_full.id }) },
  { "a walk through vaults", "list_vault", walk("list_vault", { limit = 5 }) },
  { "a walk through backups by marker", "list_backups", walk("list_backups", { limit = 5, marker =
    world.backups.server_web.id }) },
  { "a project looked up", "iam_list_projects", function()
    local client = assert(cbr.new { endpoint = sandbox.plain, region = "cn-north-4", iam_endpoint = sandbox.tls,
      credentials = support.keys "home", proxy = "", ca_file = sandbox.ca, timeout = 5 })
    client.project_id = nil -- the sandbox's variables name one
    local answer, err = read(client)
    client:close()
    return answer, err
  end },
  { "an account looked up", "iam_auth_domains", function()
    local client = new { domain_id = true, region = "cn-north-4", iam_endpoint = sandbox.tls }
    local answer, err = read(client)
    client:close()
    return answer, err
  end },
  { "a sign-in", "iam_create_token", keys(function()
    return { username = world.users.home.name, password = world.users.home.password,
      domain_name = world.accounts.home.name }
  end) },
  { "keys of a machine", "metadata_key", keys(function() return { source = "ecs", endpoint = sandbox.metadata } end) },
  { "keys of a container", "container_key", keys(function()
    return { source = "container", uri = sandbox.container, token_file = support.pod_token }
  end) },
  { "keys of a federated user", "iam_security_token", keys(function()
    return { idp_id = world.identity_providers.home.id, id_token_file = support.id_token }
  end) },
}

describe("with one value of a wrong type #many #wire", function()
  setup(function()
    support.pod_token = support.file(world.container.token)
    support.id_token = support.file(world.id_tokens.home.value)
  end)

  teardown(function()
    os.remove(support.pod_token)
    os.remove(support.id_token)
    support.pod_token, support.id_token = nil, nil
    sandbox.reset()
  end)

  for _, case in ipairs(CASES) do
    it(case[1], function()
      local at, count = 1, 0
      repeat
        local where
        for _, wrong in ipairs(WRONG) do
          sandbox.reset()
          sandbox.time_scale(1e5)
          sandbox.fault { fault = "replaced_value", call = case[2], at = at, value = wrong, times = -1 }
          local client = new {}
          local what = ("%s %d as %s"):format(case[2], at, wrong)
          local ok, answer, err = pcall(case[3], client, what)
          client:close()
          for _, request in ipairs(sandbox.requests()) do
            where = request.replaced or where
          end
          assert.is_true(ok, ("%s (%s): %s"):format(what, tostring(where), tostring(answer)))
          if answer == nil then
            check_error(err, what)
          end
        end
        at, count = at + 1, count + (where and 1 or 0)
      until not where
      assert.is_true(count >= 3, count .. " values")
    end)
  end
end)
