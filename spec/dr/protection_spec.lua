-- cbr.dr.protection: the findings about a resource.

local protection = require "cbr.dr.protection"

local function findings(facts)
  facts.vault_of = facts.vault_of or { r = { id = "v" } }
  facts.without_agent = facts.without_agent or {}
  return table.concat(protection.findings({ id = "r" }, facts), " ")
end

describe("the protection of a resource", function()
  it("a resource has no findings if it has enabled policies, no failed last backup, and an agent", function()
    local policies = { v = { backup = "enabled", replication = "enabled" } }
    assert.equal("", findings { policies = policies, last_run = { r = { status = "success" } } })
    assert.equal("", findings { policies = policies, last_run = { r = { status = "running" } } })
    assert.equal("last_run_failed agent_missing", findings {
      policies = policies, last_run = { r = { status = "timeout" } }, without_agent = { r = true },
    })
  end)

  it("data that could not be read causes no finding about a resource", function()
    assert.equal("", findings {})
  end)

  it("a resource without a vault has only the finding no_vault", function()
    assert.equal("no_vault", findings { vault_of = {}, policies = {} })
    assert.same({ id = "v" }, protection.vault_of { protectable = { vault = { id = "v" } } })
    assert.is_nil(protection.vault_of { protectable = { vault = "v" } })
    assert.is_nil(protection.vault_of {})
  end)

  it("protection.read reads vaults, policies and last backups, and finds the servers without an agent", function()
    local SERVER = "OS::Nova::Server"
    local lists = {
      list_policies = {
        { id = "p1", operation_type = "backup", enabled = false, associated_vaults = { { vault_id = "v" } } },
        { id = "p2", operation_type = "backup", enabled = true, associated_vaults = { { vault_id = "v" } } },
        { id = "p3", operation_type = "replication", enabled = false, associated_vaults = { { vault_id = "v" } } },
      },
      list_op_logs = {
        { id = "t1", status = "failed", created_at = "1970-01-02T00:00:00Z", extra_info = { resource = { id = "r" } } },
        { id = "t2", status = "success", created_at = "1970-01-01T00:00:00Z",
          extra_info = { resource = { id = "r" } } },
      },
    }
    local client, asked = {}, {}
    function client.each(_, name, params)
      local i, list = 0, lists[name]
      asked[name] = params
      return function()
        i = i + 1
        if not list then
          return false, name .. " failed"
        end
        return list[i]
      end
    end
    function client.check_agent(_, params)
      asked.check_agent = params.agent_status
      if asked.fails then
        return nil, "check_agent failed"
      end
      return { agent_status = { { resource_id = "r", installed = false }, { resource_id = "s", installed = true } } }
    end
    local vault = { id = "v", consistent_level = "app_consistent", resources = {
      { id = "r", name = "one", type = SERVER }, { id = "s", type = SERVER }, { id = "d", type = "OS::Cinder::Volume" },
    } }
    local function read()
      local failures = {}
      local facts = protection.read({ client = client, vaults = { vault } }, { at = 90000, since = 86400 },
        function(part, err) failures[#failures + 1] = part .. ": " .. err end)
      return facts, table.concat(failures, ", ")
    end
    local facts, failures = read()
    assert.equal("", failures)
    assert.equal(vault, facts.vault_of.d)
    assert.same({ v = { backup = "enabled", replication = "disabled" } }, facts.policies)
    assert.same({ r = { status = "failed", at = 86400 } }, facts.last_run)
    assert.same({ r = true }, facts.without_agent)
    assert.equal("1970-01-01T01:00:00Z", asked.list_op_logs.start_time)
    assert.equal("backup", asked.list_op_logs.operation_type)
    assert.same({
      { resource_id = "r", resource_name = "one", resource_type = SERVER },
      { resource_id = "s", resource_type = SERVER },
    }, asked.check_agent)
    lists, asked.fails = {}, true
    facts, failures = read()
    assert.equal("policies: list_policies failed, tasks: list_op_logs failed, agents: check_agent failed", failures)
    assert.same({ nil, nil, {} }, { facts.policies, facts.last_run, facts.without_agent })
  end)
end)
