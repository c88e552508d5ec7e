-- cbr.dr.protection: the findings about a resource.

local protection = require "cbr.dr.protection"

local function findings(facts)
  facts.vault_of = facts.vault_of or { r = { id = "v" } }
  facts.without_agent = facts.without_agent or {}
  return table.concat(protection.findings({ id = "r" }, facts), " ")
end

describe("the protection of a resource", function()
  it("a resource with enabled policies, a successful last backup and an agent has no findings", function()
    local policies = { v = { backup = "enabled", replication = "enabled" } }
    assert.equal("", findings { policies = policies, last_run = { r = { status = "success" } } })
    assert.equal("", findings { policies = policies, last_run = { r = { status = "running" } } })
    assert.equal("last_run_failed agent_missing", findings {
      policies = policies, last_run = { r = { status = "timeout" } }, without_agent = { r = true },
    })
  end)

  it("data that could not be read makes no finding about a resource", function()
    assert.equal("", findings {})
  end)

  it("a resource without a vault has only the finding no_vault", function()
    assert.equal("no_vault", findings { vault_of = {}, policies = {} })
    assert.same({ id = "v" }, protection.vault_of { protectable = { vault = { id = "v" } } })
    assert.is_nil(protection.vault_of { protectable = { vault = "v" } })
    assert.is_nil(protection.vault_of {})
  end)
end)
