-- cbr_cli.client: the client of a command, and vaults by name.

require "spec.helpers.command"
local client_of = require "cbr_cli.client"
local exit_status = require "cbr_cli.exit_status"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local fixtures = support.fixtures

describe("the client of a command", function()
  local client

  set_up.for_each_test(function()
    client = support.client { region = "cn-north-4" }
    return client
  end)

  it("options of the command line become options of cbr.new", function()
    assert.same({ region = "r", project_id = "p", user_agent = "cbr-cli" }, client_of.options {
      region = "r", project = "p", json = true,
    })
  end)

  it("a vault's name is looked up, also among hybrid-cloud vaults, and a vault's id is not looked up", function()
    assert.equal(fixtures.vaults.server.id, client_of.vault_id(client, "server"))
    assert.equal(fixtures.vaults.hybrid.id, client_of.vault_id(client, "hybrid"))
    support.sandbox.clear_requests()
    assert.equal(fixtures.vaults.server.id, client_of.vault_id(client, fixtures.vaults.server.id))
    assert.same({}, support.sandbox.requests())
    local ok, failure = pcall(client_of.vault_id, client, "serve")
    assert.same({ false, exit_status.FAILED, "not_found" }, { ok, failure.status, failure.err.kind })
  end)

  it("a vault's name is passed in the parameter `vault`, and a vault's id in the parameter `vault_id`", function()
    local id = fixtures.vaults.server.id
    assert.same({ vault = "a", destination_vault_id = id }, client_of.name_vault(client_of.name_vault({}, "vault", "a"),
      "destination_vault", id))
    assert.same({}, client_of.name_vault({}, "vault", nil))
  end)
end)
