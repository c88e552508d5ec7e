-- The checks of the destination vault that need the vault's fields.

local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("preflight of the destination vault", function()
  local client

  set_up.for_each_test(function()
    client = support.client { region = "cn-north-4" }
    return client
  end)

  it("preflight has no finding for a full destination vault that grows, and the service accepts the order", function()
    sandbox.patch { vaults = { [fixtures.vaults.replicas_full.id] = { auto_expand = true } } }
    local params = support.replicate_params { destination_vault_id = fixtures.vaults.replicas_full.id }
    local findings, _, unchecked = client:preflight(params)
    assert.same({ {}, {} }, { findings, unchecked })
    assert(client:replicate(params))
  end)

  it("preflight names the free space of the destination vault as unchecked if the service does not show it", function()
    local params = support.replicate_params()
    sandbox.fault { call = "list_external_vault", fault = "status", status = 200, body = ([[{"vaults":[{"id":"%s",
      "billing":{"status":"available","protect_type":"replication","object_type":"server","size":300}}]}]])
      :format(params.destination_vault_id) }
    local findings, _, unchecked = client:preflight(params)
    assert.same({ {}, { "the free space of the destination vault: the service does not show it" } },
      { findings, unchecked })
  end)
end)
