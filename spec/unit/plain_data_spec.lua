-- Everything that the module returns is plain data: each table is a list or has only names as keys, and lua-cjson can
-- encode all of it.

local cbr = require "cbr"
local cjson = require "cjson"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

-- Asserts that a value consists of lists and of tables with names, and that no table is in it twice.
local function assert_shape(value, path, seen)
  if type(value) ~= "table" then
    assert.is_true(type(value) ~= "function" and type(value) ~= "thread", path)
    return
  end
  assert.is_nil(seen[value], ("%s is also %s"):format(path, tostring(seen[value])))
  seen[value] = path
  local names, count = 0, 0
  for name, inner in pairs(value) do
    names = names + (type(name) == "string" and 1 or 0)
    count = count + 1
    assert_shape(inner, ("%s.%s"):format(path, tostring(name)), seen)
  end
  assert.is_true(names == count or names == 0 and #value == count, path .. " is a list with names or with holes")
end

local function assert_plain(value, name)
  assert.is_truthy(value, name)
  assert_shape(value, name, {})
  local ok, encoded = pcall(cjson.encode, value)
  assert.is_true(ok, ("%s: %s"):format(name, tostring(encoded)))
  assert_shape(cjson.decode(encoded), name, {})
end

describe("plain data", function()
  local client, events

  set_up.for_each_test(function()
    sandbox.time_scale(600)
    events = {}
    client = support.client {
      region = "cn-north-4", settle_time = 0.2, retry_pause = 0.01,
      log = function(event) events[#events + 1] = event end,
    }
    return client
  end)

  after_each(function()
    for i, event in ipairs(events) do
      assert_plain(event, "event " .. i)
    end
  end)

  local function replicate(vault)
    return client:replicate(support.replicate_params { vault_id = fixtures.vaults[vault].id })
  end

  local function sync(vault)
    return client:sync { vault_id = fixtures.vaults[vault].id }
  end

  -- Returns options for client:wait, whose on_progress asserts that its argument is plain data.
  local function quick()
    return { interval = 0.05, on_progress = function(progress) assert_plain(progress, "progress") end }
  end

  it("the results of orders are plain data, even for an order that was found after a lost response", function()
    assert_plain(replicate "server", "replicate")
    assert_plain(sync "hybrid", "sync")
    for name, vault in pairs { replicate = "turbo", sync = "hybrid_partial" } do
      support.lose_response(name)
      local params = { vault_id = fixtures.vaults[vault].id }
      if name == "replicate" then
        params = support.replicate_params(params)
        params.destination_vault_id = fixtures.vaults.replicas_turbo.id
      end
      local since = os.time() - 1
      local result = client[name](client, params)
      assert.is_true(result.reconciled)
      assert_plain(result, "found " .. name)
      assert_plain(client:find_order(name, params, { since = since }), "find_order")
    end
  end)

  it("the reports of client:wait and their progress are plain data", function()
    local mixed, hybrid = replicate "mixed", sync "hybrid"
    assert_plain(client:wait(hybrid, quick()), "sync")
    assert_plain(client:wait(hybrid.operation_log_id, quick()), "task")
    assert_plain(client:wait({}, quick()), "an empty list")
    assert_plain(client:wait({ replicate "server", hybrid }, quick()), "a list")
    local _, err = client:wait(mixed, quick())
    assert_plain(err, "a failure")
    _, err = client:wait({ mixed, hybrid }, quick())
    assert_plain(err, "a failure in a list")
    sandbox.time_scale(1)
    _, err = client:wait(replicate "single", { interval = 0.05, timeout = 0.1 })
    assert_plain(err, "a timeout")
  end)

  it("the report of client:wait names each backup once", function()
    local report = assert(client:wait(replicate "server", quick()))
    local encoded = cjson.encode(report)
    assert.equal(3, #report.backups)
    for _, backup in ipairs(report.backups) do
      assert.equal(1, select(2, encoded:gsub(backup.backup_id:gsub("%-", "%%-"), "")))
    end
    local count = 0
    for _ in pairs(report.backups) do
      count = count + 1
    end
    assert.equal(3, count)
  end)

  it("the findings of preflight and the problems of parameters are plain data", function()
    for _, vault in ipairs { "server", "empty", "disk", "replicated" } do
      local params = support.replicate_params { vault_id = fixtures.vaults[vault].id }
      local findings, err, unchecked = client:preflight(params)
      assert.is_nil(err)
      assert_plain(findings, "findings")
      assert_plain(unchecked, "unchecked")
    end
    assert_plain(client:problems("replicate", {}), "problems")
    assert_plain(client:problems("sync", { vault_id = fixtures.vaults.hybrid.id }), "no problems")
  end)

  it("errors are plain data", function()
    local function assert_plain_error(_, err)
      assert_plain(err, err.kind)
    end
    assert_plain_error(client:replicate {})
    assert_plain_error(sync "server")
    assert_plain_error(client:show_vault { vault_id = fixtures.nowhere.id })
    sandbox.fault { call = "sync", fault = "reset_after", times = 2 }
    sandbox.quirks { late_tasks = 1e6 }
    assert_plain_error(client:sync({ vault_id = fixtures.vaults.hybrid.id }, { timeout = 1 }))
    assert_plain_error(client:find_order("sync", { vault_id = fixtures.vaults.hybrid.id },
      { since = os.time(), timeout = 0.1 }))
    assert_plain_error(cbr.new { endpoint = "ftp://x" })
  end)

  it("responses, items of lists and signatures are plain data", function()
    assert_plain(client:list_vault {}, "list_vault")
    assert_plain(client:show_vault { vault_id = fixtures.vaults.server.id }, "show_vault")
    assert_plain(client:list_backups { vault_id = fixtures.vaults.server.id, show_replication = true }, "list_backups")
    assert_plain(client:list_op_logs {}, "list_op_logs")
    assert_plain(client:show_replication_capabilities {}, "show_replication_capabilities")
    assert_plain(client:request { method = "GET", path = "/v3/{project_id}/vaults" }, "request")
    for backup in client:each("list_backups", { limit = 20 }) do
      assert_plain(backup, "an item")
    end
    assert_plain(cbr.sign({ method = "GET", host = "x.test", path = "/" }, support.keys "home"), "sign")
  end)

  it("empty lists in results are written as lists by a lua-cjson that can write empty lists", function()
    if not cjson.array_mt then
      pending "needs OpenResty's lua-cjson"
      return
    end
    local report = assert(client:wait({}, quick()))
    assert.matches('"parts":[]', cjson.encode(report), 1, true)
    local problems = client:problems("sync", { vault_id = fixtures.vaults.hybrid.id })
    assert.equal("[]", cjson.encode(problems))
    local findings, _, unchecked = client:preflight(support.replicate_params())
    assert.equal("[][]", cjson.encode(findings) .. cjson.encode(unchecked))
  end)
end)
