-- cbr.dr.clients reads the parameter `client`, makes clients of destinations, and reads lists.

local clients = require "cbr.dr.clients"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

describe("cbr.dr.clients", function()
  local client

  recovery.for_each_test(function(made)
    client = made
  end)

  it("clients.list takes one client or a list of clients, and raises an error for anything else", function()
    assert.same({ client }, clients.list("x", client, 1))
    assert.same({ client, client }, clients.list("x", { client, client }, 1))
    for _, bad in ipairs { {}, "client", 5, setmetatable({}, { __name = "other" }) } do
      assert.has_error(function() clients.list("x", bad, 1) end)
    end
    assert.has_error(function() clients.list("x", nil, 1) end)
  end)

  it("clients.at makes a client that reads the vaults of the destination", function()
    local there = assert(clients.at(client, recovery.destination))
    local vault = assert(there:show_vault { vault_id = recovery.destination.vault_id })
    assert.equal(recovery.destination.project_id, vault.project_id)
    there:close()
  end)

  it("clients.each reads all pages of a list, and returns an error if a page fails", function()
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

  it("clients.each returns an error if an item of the list has no id", function()
    support.sandbox.fault { call = "list_backups", fault = "null_fields" }
    local ok, err = clients.each(client, "list_backups", {}, function() end)
    assert.same({ nil, "protocol" }, { ok, err.kind })
    assert.is_true(clients.each(client, "list_policies", {}, function() end))
  end)
end)
