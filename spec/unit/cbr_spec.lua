-- The functions of the module: cbr.new, cbr.replicate, cbr.sync, cbr.map, and values for JSON.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("cbr", function()
  before_each(sandbox.reset)

  it("cbr.new makes a client from the environment variables of the official SDKs", function()
    local client = assert(cbr.new { ca_file = sandbox.ca, proxy = "" }) -- sandbox/run has set the variables
    assert.equal(("cbr.client (%s)"):format(sandbox.tls), tostring(client))
    assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    client:close()
  end)

  it("cbr.assert returns its arguments if the first one is true", function()
    assert.same({ 1, "a", false }, { cbr.assert(1, "a", false) })
    assert.equal(4, select("#", cbr.assert({}, nil, nil, nil)))
    local client = cbr.assert(cbr.new(support.options()))
    assert.equal(fixtures.vaults.hybrid.id, cbr.assert(client:sync { vault_id = fixtures.vaults.hybrid.id }).vault_id)
    client:close()
  end)

  it("cbr.assert raises the text of an error, without a position", function()
    local _, err = cbr.sync {}
    local ok, message = pcall(cbr.assert, nil, err)
    assert.same({ false, tostring(err) }, { ok, message })
    assert.same({ false, "words" }, { pcall(cbr.assert, false, "words") })
    assert.same({ false, "5" }, { pcall(cbr.assert, nil, 5) })
    assert.same({ false, "assertion failed!" }, { pcall(cbr.assert, nil) })
  end)

  it("a script that fails in cbr.assert shows the error's message on every Lua #process", function()
    local name = support.file [[
      local cbr = require "cbr"
      local client = cbr.assert(cbr.new { proxy = "" })
      cbr.assert(client:sync { vault_id = os.getenv "VAULT_ID" })
    ]]
    local output, is_success = support.run(("%s %s"):format(os.getenv "CBR_LUA" or "lua5.4", name))
    os.remove(name)
    assert.is_false(is_success)
    assert.matches("sync: BackupService.7300: The vault does not support synchronization. - choose a hybrid-cloud",
      output, 1, true)
  end)

  it("cbr.replicate and cbr.sync work without a client", function()
    local replication = assert(cbr.replicate(support.replicate_params()))
    local sync = assert(cbr.sync { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(fixtures.vaults.server.id, replication.vault_id)
    assert.equal(fixtures.vaults.hybrid.id, sync.vault_id)
    assert.equal(2, #sandbox.ledger())
    -- With an old GnuTLS, each order opens a connection.
    assert.equal(support.has_old_gnutls and 2 or 1, support.connections())
  end)

  it("cbr.sync accepts options of the call in a second table", function()
    sandbox.fault { call = "sync", fault = "slow_before", seconds = 2 }
    local _, err = cbr.sync({ vault_id = fixtures.vaults.hybrid.id }, { timeout = 0.2, reconcile = false })
    assert.same({ "timeout", "sync" }, { err.kind, err.operation })
  end)

  it("a client sends cbr.null as null and cbr.empty_array as an empty list", function()
    local client = support.client()
    local received = assert(client:request {
      method = "POST", path = "/v3/{project_id}/echo", body = { a = { cbr.null }, b = cbr.empty_array },
    })
    client:close()
    assert.matches('"a":[null]', received.body, 1, true)
    assert.matches('"b":[]', received.body, 1, true)
  end)

  it("cbr.map maps a function over a list, and keeps results and failures by index", function()
    local results, errors = cbr.map({ 1, 2, 3 }, function(item, index)
      assert.equal(item, index)
      if item == 2 then
        return nil, "failed"
      end
      return item * 10
    end)
    assert.same({ 10, nil, 30 }, results)
    assert.same({ [2] = "failed" }, errors)
  end)

  it("cbr.map accepts a function that is written in C", function()
    assert.same({ "number", "string" }, (cbr.map({ 1, "1" }, type)))
  end)

  it("cbr.map raises for misuse", function()
    for _, arguments in ipairs { { 5, print }, { {}, "print" }, { {} }, { {}, print, { concurency = 2 } },
      { {}, print, { concurrency = 0 } }, { {}, print, 5 } } do
      assert.is_false(pcall(cbr.map, arguments[1], arguments[2], arguments[3]))
    end
  end)
end)
