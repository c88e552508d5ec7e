-- What protects a resource.

local protection = require "cbr.dr.protection"

local function findings(facts)
  facts.vault_of = facts.vault_of or { r = { id = "v" } }
  facts.without_agent = facts.without_agent or {}
  return table.concat(protection.findings({ id = "r" }, facts), " ")
end

describe("the protection of a resource", function()
  it("is complete with enabled policies, a good last run, and an agent", function()
    local policies = { v = { backup = "enabled", replication = "enabled" } }
    assert.equal("", findings { policies = policies, last_run = { r = { status = "success" } } })
    assert.equal("", findings { policies = policies, last_run = { r = { status = "running" } } })
    assert.equal("last_run_failed agent_missing", findings {
      policies = policies, last_run = { r = { status = "timeout" } }, without_agent = { r = true },
    })
  end)

  it("what could not be read is no finding", function()
    assert.equal("", findings {})
  end)

  it("without a vault nothing else counts", function()
    assert.equal("no_vault", findings { vault_of = {}, policies = {} })
    assert.same({ id = "v" }, protection.vault_of { protectable = { vault = { id = "v" } } })
    assert.is_nil(protection.vault_of { protectable = { vault = "v" } })
    assert.is_nil(protection.vault_of {})
  end)
end)
