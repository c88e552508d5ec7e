-- Bad input: one clear error that names every problem, and nothing sent.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("bad parameters", function()
  local client

  setup(function()
    client = support.client()
  end)

  teardown(function()
    client:close()
  end)

  before_each(function()
    sandbox.reset()
  end)

  after_each(function()
    assert.same({}, sandbox.ledger())
    assert.same({}, sandbox.requests())
  end)

  it("are all named in one error", function()
    local replication, err = client:replicate {
      vault_id = "3f1c2d4e",
      destination_project_id = ("g"):rep(32),
      destination_region = "cn east 3",
      auto_trigger = "yes",
      destination_vaultid = fixtures.vaults.replicas.id,
      [1] = true,
    }
    assert.is_nil(replication)
    assert.equal("argument", err.kind)
    assert.equal("replicate", err.operation)
    assert.equal("not_sent", err.outcome)
    assert.is_false(err.retryable)
    assert.is_nil(err.attempts)
    assert.same({
      { parameter = "vault_id", problem = "must be a UUID (8-4-4-4-12 hex digits)" },
      { parameter = "destination_project_id", problem = "must be a project id (32 hex digits)" },
      { parameter = "destination_region", problem = "must be a region id (letters, digits, '.', '_', '-')" },
      { parameter = "destination_vault_id", problem = "is missing" },
      { parameter = "auto_trigger", problem = "must be a boolean, not a string" },
      { parameter = "1", problem = "is unknown" },
      { parameter = "destination_vaultid", problem = "is unknown (did you mean 'destination_vault_id'?)" },
    }, err.problems)
    for _, problem in ipairs(err.problems) do
      assert.matches(problem.parameter .. " " .. problem.problem, tostring(err), 1, true)
    end
  end)

  it("are found in every parameter of replicate", function()
    for parameter, bad in pairs {
      vault_id = { false, 1, "", "x", fixtures.vaults.server.id .. "0", {} },
      destination_project_id = { false, 12, "", "abc", ("a"):rep(31), ("a"):rep(33), fixtures.vaults.server.id },
      destination_region = { false, 7, "", ("r"):rep(256), "a/b", "a\nb" },
      destination_vault_id = { false, 1, "", "not-a-uuid" },
      auto_trigger = { "true", 1, {} },
      enable_acceleration = { "true", 0, {} },
      cross_account_urn = { true, 5, "" },
    } do
      for _, value in ipairs(bad) do
        local replication, err = client:replicate(support.replicate_params { [parameter] = value })
        assert.is_nil(replication)
        assert.equal("argument", err.kind)
        assert.equal(1, #err.problems)
        assert.equal(parameter, err.problems[1].parameter)
      end
    end
    for _, mandatory in ipairs { "vault_id", "destination_project_id", "destination_region", "destination_vault_id" } do
      local params = support.replicate_params()
      params[mandatory] = nil
      local _, err = client:replicate(params)
      assert.same({ { parameter = mandatory, problem = "is missing" } }, err.problems)
    end
  end)

  it("are found in every parameter of sync", function()
    local _, err = client:sync { vault_id = 5, auto_trigger = 1, autotrigger = true }
    assert.same({
      { parameter = "vault_id", problem = "must be a string, not a number" },
      { parameter = "auto_trigger", problem = "must be a boolean, not a number" },
      { parameter = "autotrigger", problem = "is unknown (did you mean 'auto_trigger'?)" },
    }, err.problems)
    _, err = client:sync {}
    assert.same({ { parameter = "vault_id", problem = "is missing" } }, err.problems)
  end)

  it("can be asked for, and are those that the order is refused for", function()
    local id = fixtures.vaults.server.id
    for operation, given in pairs {
      replicate = support.replicate_params { vault_id = "x", auto_trigger = "yes", destnation_region = "r" },
      copy_checkpoint = {}, sync = { vault_id = 5 }, list_backups = { limit = 0 },
      create_vault = { name = "a", billing = { print }, resources = {} }, -- of the right types, and no JSON
      update_vault = { vault_id = id, billing = { ["\255"] = "\255" }, name = "" },
    } do
      local _, err = client[operation](client, given)
      assert.equal("argument", err.kind)
      assert.same(err.problems, client:problems(operation, given))
    end
    assert.same({}, client:problems("replicate", support.replicate_params()))
    assert.same({}, client:problems("sync", { vault_id = id }))
    assert.same({}, client:problems("list_vault", {}))
    assert.same({}, sandbox.requests())
  end)

  it("can be asked of a closed client, too", function()
    local one = support.client()
    one:close()
    assert.same({}, one:problems("sync", { vault_id = fixtures.vaults.hybrid.id }))
    assert.same({ { parameter = "vault_id", problem = "is missing" } }, one:problems("sync", {}))
  end)

  it("are found in a request of one's own", function()
    local answer, err = client:request {
      method = "G T",
      query = { a = print },
      headers = { ["X-A"] = "one\r\nX-B: two" },
      body = { print },
    }
    assert.is_nil(answer)
    for name, words in pairs {
      Authorization = "which the client sets", ["x-sdk-date"] = "which the client sets", host = "which the client sets",
      ["a b"] = "cannot be sent", [""] = "cannot be sent",
    } do
      local _, other = client:request { method = "GET", path = "/", headers = { [name] = "x" } }
      assert.matches(words, tostring(other), 1, true)
    end
    for words, query in pairs {
      ["has a value of 'a' that is a table"] = { a = { {} } },
      ["has a value of 'a' that is a nil"] = { a = { b = 1 } },
      ["has a value of 'a' that is a number"] = { a = 0 / 0 },
      ["has a name that is a number"] = { "a" },
    } do
      local _, other = client:request { method = "GET", path = "/", query = query }
      assert.matches(words, tostring(other), 1, true)
    end
    for method, body in pairs { HEAD = "x", head = {} } do
      local _, other = client:request { method = method, path = "/", body = body }
      assert.same({ { parameter = "body", problem = "cannot go with HEAD" } }, other.problems)
    end
    local found = {}
    for i, problem in ipairs(err.problems) do
      found[i] = problem.parameter
    end
    table.sort(found)
    assert.same({ "body", "headers", "method", "path", "query" }, found)
  end)
end)

describe("misuse", function()
  -- Calls fn on a line of this file; -> the message, which must name that line.
  local function raised_here(fn, ...)
    local line, results
    local function caller(...)
      line = debug.getinfo(1, "l").currentline + 1
      results = { fn(...) }
    end
    local ok, message = pcall(caller, ...)
    assert.is_false(ok)
    assert.is_nil(results)
    assert.matches(("bad_input_spec.lua:%d: "):format(line), message, 1, true)
    return message
  end

  it("raises at the caller's line and names the field", function()
    assert.matches("option 'timeout' must be a number, not a string", raised_here(cbr.new, { timeout = "soon" }))
    assert.matches("unknown option 'regoin' %(did you mean 'region'%?%)", raised_here(cbr.new, { regoin = "x" }))
    assert.matches("options must be a table", raised_here(cbr.new, "cn-north-4"))
    assert.matches("option 'timeout' must be a number above 0", raised_here(cbr.new, { timeout = 0 }))
    assert.matches("option 'timeout' must be a number above 0", raised_here(cbr.new, { timeout = 0 / 0 }))
    assert.matches("option 'max_response' must be a whole number", raised_here(cbr.new, { max_response = 1.5 }))
    assert.matches("'credentials' must be a table or function", raised_here(cbr.new, { credentials = "AK" }))
    assert.matches("request and credentials must be tables", raised_here(cbr.sign, nil, {}))
    assert.matches("request.method is missing", raised_here(cbr.sign, {}, {}))
  end)

  it("raises for inherited options too, and for what would break a header line", function()
    local inherited = setmetatable({}, { __index = { timeout = "5" } })
    assert.matches("option 'timeout' must be a number", raised_here(cbr.new, inherited))
    for _, name in ipairs { "user_agent", "domain_id", "ca_file", "proxy" } do
      for _, value in ipairs { "x\r\nX-Evil: 1", "a\0b" } do
        assert.matches(("option '%s' must be without control"):format(name), raised_here(cbr.new, { [name] = value }))
      end
    end
    assert.matches("must be a number above 0", raised_here(cbr.new, { max_response = 1e300 }))
  end)

  it("costs no time for a name without end #many", function()
    local long = ("x"):rep(1e6)
    local from = os.clock()
    local client = support.client()
    client:sync { vault_id = fixtures.vaults.hybrid.id, [long] = 1 }
    raised_here(cbr.new, { [long] = 1 })
    client:close()
    assert.is_true(os.clock() - from < 1)
  end)

  it("of a method raises too", function()
    local client = support.client()
    assert.matches("parameters must be a table, not a string", raised_here(client.replicate, client, "vault"))
    assert.matches("replicate: parameters must be a table, not a nil", raised_here(cbr.replicate))
    assert.matches("unknown option 'time_out'", raised_here(client.sync, client, {}, { time_out = 1 }))
    assert.matches("options must be a table", raised_here(client.sync, client, {}, 5))
    assert.matches("called without one", raised_here(client.sync, {}))
    assert.matches("called without one", raised_here(client.request, nil))
    assert.matches("unknown option 'url'", raised_here(client.request, client, { url = "/" }))
    assert.matches("not a client", raised_here(client.close, {}))
    assert.matches("problems: operation 'replicat' is unknown (did you mean 'replicate'?)",
      raised_here(client.problems, client, "replicat", {}), 1, true)
    assert.matches("problems: operation 'nil' is unknown", raised_here(client.problems, client), 1, true)
    assert.matches("problems: parameters must be a table, not a nil", raised_here(client.problems, client, "sync"))
    assert.matches("called without one", raised_here(client.problems, "sync", {}))
    client:close()
    assert.matches("closed client", raised_here(client.sync, client, {}))
  end)
end)
