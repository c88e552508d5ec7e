-- The clients of a call of cbr.dr.

local clients = require "cbr.dr.clients"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

describe("the clients of cbr.dr", function()
  local client

  before_each(function()
    recovery.reset()
    client = recovery.client()
  end)
  after_each(function()
    client:close()
  end)
  teardown(support.sandbox.reset)

  it("are one client, or a list of clients", function()
    assert.same({ client }, clients.list("x", client, 1))
    assert.same({ client, client }, clients.list("x", { client, client }, 1))
    for _, bad in ipairs { {}, "client", 5, setmetatable({}, { __name = "other" }) } do
      assert.has_error(function() clients.list("x", bad, 1) end)
    end
    assert.has_error(function() clients.list("x", nil, 1) end)
  end)

  it("a client for a destination reads the destination's vaults", function()
    local there = assert(clients.at(client, recovery.destination))
    local vault = assert(there:show_vault { vault_id = recovery.destination.vault_id })
    assert.equal(recovery.destination.project_id, vault.project_id)
    there:close()
  end)

  it("a list is read over all of its pages, and an error says that it is incomplete", function()
    support.sandbox.quirks { page_size = 3 }
    local seen = 0
    local function take() seen = seen + 1 end
    assert.is_true(clients.each(client, "list_backups", {}, take))
    assert.is_true(seen > 20)
    seen = 0
    support.sandbox.fault {
      call = "list_backups", skip = 1, fault = "status", status = 403, code = "APIGW.0302",
    }
    local ok, err = clients.each(client, "list_backups", {}, take)
    assert.same({ nil, "forbidden", 3 }, { ok, err.kind, seen })
  end)

  it("a list with an item that has no id cannot be read", function()
    support.sandbox.fault { call = "list_backups", fault = "null_fields" }
    local ok, err = clients.each(client, "list_backups", {}, function() end)
    assert.same({ nil, "protocol" }, { ok, err.kind })
    assert.is_true(clients.each(client, "list_policies", {}, function() end))
  end)
end)
