-- Bad parameters cause one error that names every problem, and nothing is sent. Misuse of the module raises an error.

local cbr = require "cbr"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("bad parameters", function()
  local client

  set_up.for_all_tests(function()
    client = support.client()
    return client
  end)

  after_each(function()
    assert.same({}, sandbox.ledger())
    assert.same({}, sandbox.requests())
  end)

  it("replicate names every bad parameter in one error, and sends nothing", function()
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
      { parameter = "destination_region", problem = "must be a region id (letters, digits, '.', '_' and '-')" },
      { parameter = "destination_vault_id", problem = "is missing" },
      { parameter = "auto_trigger", problem = "must be a boolean, not a string" },
      { parameter = "1", problem = "is unknown" },
      { parameter = "destination_vaultid", problem = "is unknown (did you mean 'destination_vault_id'?)" },
    }, err.problems)
    for _, problem in ipairs(err.problems) do
      assert.matches(problem.parameter .. " " .. problem.problem, tostring(err), 1, true)
    end
  end)

  it("replicate rejects bad values of every parameter, and missing parameters", function()
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
    for _, mandatory in ipairs { "vault_id", "destination_region", "destination_vault_id" } do
      local params = support.replicate_params()
      params[mandatory] = nil
      local _, err = client:replicate(params)
      assert.same({ { parameter = mandatory, problem = "is missing" } }, err.problems)
    end
  end)

  it("sync rejects bad values of every parameter, and missing parameters", function()
    local _, err = client:sync { vault_id = 5, auto_trigger = 1, autotrigger = true }
    assert.same({
      { parameter = "vault_id", problem = "must be a string, not a number" },
      { parameter = "auto_trigger", problem = "must be a boolean, not a number" },
      { parameter = "autotrigger", problem = "is unknown (did you mean 'auto_trigger'?)" },
    }, err.problems)
    _, err = client:sync {}
    assert.same({ { parameter = "vault_id", problem = "is missing" } }, err.problems)
  end)

  it("client:problems returns the problems that a call of the operation reports, and sends nothing", function()
    local id = fixtures.vaults.server.id
    for operation, given in pairs {
      replicate = support.replicate_params { vault_id = "x", auto_trigger = "yes", destnation_region = "r" },
      copy_checkpoint = {}, sync = { vault_id = 5 }, list_backups = { limit = 0 },
      create_vault = { name = "a", billing = { print }, resources = {} }, -- a function cannot be written as JSON
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

  it("client:problems works with a closed client too", function()
    local closed = support.client()
    closed:close()
    assert.same({}, closed:problems("sync", { vault_id = fixtures.vaults.hybrid.id }))
    assert.same({ { parameter = "vault_id", problem = "is missing" } }, closed:problems("sync", {}))
  end)
end)

describe("misuse of the module", function()
  -- Calls fn, which must raise an error with the line of this file that called it. Returns the error message.
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

  it("cbr.new names a bad option, and cbr.sign a bad argument, in an error with the caller's line", function()
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

  it("cbr.new says that credentials given at the top level belong in the option credentials", function()
    for name, field in pairs {
      access_key = "access_key", secret_key = "secret_key", token = "token", username = "username", ak = "access_key",
      SK = "secret_key", password = "password", source = "source", id_token_file = "id_token_file",
    } do
      assert.matches(("unknown option '%s': it belongs in credentials = { %s = … }"):format(name, field),
        raised_here(cbr.new, { [name] = "x" }), 1, true)
    end
  end)

  it("a function of the module cbr that is called with a colon raises an error about the colon", function()
    for name, call in pairs {
      new = function() cbr:new {} end, map = function() cbr:map({}, print) end,
      replicate = function() cbr:replicate {} end, sync = function() cbr:sync {} end,
    } do
      local ok, message = pcall(call)
      assert.is_false(ok)
      assert.matches(("cbr.%s was called with a colon: write cbr.%s(…), not cbr:%s(…)"):format(name, name, name),
      message,
        1, true)
      assert.matches("^[^:]*bad_input_spec.lua:%d+: ", message)
    end
  end)

  it("a misspelt method of a client raises only when it is called, and the error suggests a method", function()
    local client = support.client()
    for misspelt, meant in pairs {
      list_vaults = "list_vault", list_vualt = "list_vault", replicat = "replicate", Replicate = "replicate",
      show_vaults = "show_vault", prefligt = "preflight", find_orders = "find_order",
    } do
      local method = client[misspelt]
      assert.is_function(method, misspelt)
      local ok, message = pcall(function() client[misspelt](client, {}) end)
      assert.is_false(ok)
      assert.matches(("a client has no method '%s' (did you mean '%s'?)"):format(misspelt, meant), message, 1, true)
      assert.matches("^[^:]*bad_input_spec.lua:%d+: ", message)
    end
    for _, name in ipairs { "entirely_different", 1, {}, "x" } do
      assert.is_nil(client[name])
    end
    client:close()
  end)

  it("a nil field of a client stays nil, and is not treated as a misspelt method", function()
    local client = support.client()
    local sources = support.run "cat lua/cbr/*.lua lua/cbr/*/*.lua"
    local count = 0
    for name in sources:gmatch "client%.([%l_]+)" do
      if rawget(client, name) == nil and name ~= "replicate" then -- client.replicate is only in a comment
        assert.is_nil(client[name], name)
        count = count + 1
      end
    end
    assert.is_true(count > 10)
    client:close()
    assert.is_nil(client.pool)
    assert.is_nil(client.source)
    assert.is_nil(client.direct_pool)
  end)

  it("the error for a call's option among the parameters says that the option is not a parameter", function()
    local client = support.client()
    for _, name in ipairs { "timeout", "connect_timeout", "max_attempts", "reconcile" } do
      local _, err = client:sync { vault_id = fixtures.vaults.hybrid.id, [name] = 5 }
      local words = ("is unknown: it is an option of the call, which goes into a second table, { %s = … }"):format(name)
      assert.same({ { parameter = name, problem = words } }, err.problems)
      assert.same(err.problems, client:problems("sync", { vault_id = fixtures.vaults.hybrid.id, [name] = 5 }))
      assert.matches(("unknown option '%s': an option of the call, which goes into a second table"):format(name),
        raised_here(client.request, client, { method = "GET", path = "/", [name] = 5 }), 1, true)
    end
    assert.matches("list_vault: parameters must be a table, not a nil; a call without parameters needs an empty table",
      raised_here(client.list_vault, client), 1, true)
    client:close()
  end)

  it("cbr.new raises for bad options from a metatable, and for options with control characters", function()
    local inherited = setmetatable({}, { __index = { timeout = "5" } })
    assert.matches("option 'timeout' must be a number", raised_here(cbr.new, inherited))
    for _, name in ipairs { "user_agent", "domain_id", "ca_file", "proxy" } do
      for _, value in ipairs { "x\r\nX-Evil: 1", "a\0b" } do
        assert.matches(("option '%s' must be without control"):format(name), raised_here(cbr.new, { [name] = value }))
      end
    end
    assert.matches("must be a number above 0", raised_here(cbr.new, { max_response = 1e300 }))
  end)

  it("an operation rejects a parameter name of a megabyte in less than a second #many", function()
    local long = ("x"):rep(1e6)
    local from = os.clock()
    local client = support.client()
    client:sync { vault_id = fixtures.vaults.hybrid.id, [long] = 1 }
    raised_here(cbr.new, { [long] = 1 })
    client:close()
    assert.is_true(os.clock() - from < 1)
  end)

  it("a misused method of a client raises at the caller's line", function()
    local client = support.client()
    assert.matches("parameters must be a table, not a string$", raised_here(client.replicate, client, "vault"))
    assert.matches("replicate: parameters must be a table, not a nil", raised_here(cbr.replicate))
    assert.matches("unknown option 'time_out'", raised_here(client.sync, client, {}, { time_out = 1 }))
    assert.matches("options must be a table", raised_here(client.sync, client, {}, 5))
    assert.matches("called without the client", raised_here(client.sync, {}))
    assert.matches("called without the client", raised_here(client.request, nil))
    assert.matches("unknown option 'url'", raised_here(client.request, client, { url = "/" }))
    assert.matches("close: the argument is not a client", raised_here(client.close, {}))
    assert.matches("problems: operation 'replicat' is unknown (did you mean 'replicate'?)",
      raised_here(client.problems, client, "replicat", {}), 1, true)
    assert.matches("problems: operation 'nil' is unknown", raised_here(client.problems, client), 1, true)
    assert.matches("problems: parameters must be a table, not a nil", raised_here(client.problems, client, "sync"))
    assert.matches("called without the client", raised_here(client.problems, "sync", {}))
    client:close()
    assert.matches("closed client", raised_here(client.sync, client, {}))
  end)
end)
