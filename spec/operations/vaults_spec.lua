-- Vaults and the resources in them: the operations, compared with the API reference.

local cbr = require "cbr"
local documented = require "spec.helpers.documented"
local json = require "cbr.util.json"
local support = require "spec.helpers.support"

local fixtures = support.fixtures

describe("operations: vaults and the resources in them", function()
  it("cbr.operations.vaults has exactly the 15 operations of its group in the reference", function()
    documented.is_complete("vaults", 15)
  end)

  for _, known in ipairs(documented.group "vaults") do
    it(documented.title(known), function()
      documented.is_sent(known)
    end)
  end

  it("create_vault sends an empty list of resources when none is given", function()
    local billing = {
      protect_type = "backup", object_type = "server", size = 100, consistent_level = "crash_consistent",
    }
    local request = documented.sent("create_vault", { name = "new", billing = billing })
    assert.matches('"resources":%[%]', request.body)
    assert.same({ vault = { name = "new", billing = billing, resources = {} } }, json.decode(request.body))
    for _, empty in ipairs { {}, cbr.empty_array } do
      request = documented.sent("create_vault", { name = "new", billing = billing, resources = empty })
      assert.matches('"resources":%[%]', request.body)
    end
  end)

  it("operations on vaults send an empty list as [] and an empty object as {} at every level", function()
    local request = documented.sent("add_vault_resource", {
      vault_id = fixtures.vaults.server.id,
      resources = { { id = "a", type = "OS::Nova::Server", extra_info = { exclude_volumes = {} } } },
    })
    assert.matches('"extra_info":{"exclude_volumes":%[%]}', request.body)
    request = documented.sent("update_vault", { vault_id = fixtures.vaults.server.id, bind_rules = { tags = {} } })
    assert.equal('{"vault":{"bind_rules":{"tags":[]}}}', request.body)
    request = documented.sent("update_vault", { vault_id = fixtures.vaults.server.id, bind_rules = {} })
    assert.equal('{"vault":{"bind_rules":{}}}', request.body)
  end)

  it("list_vault accepts one id as well as a list of ids", function()
    local id = fixtures.vaults.server.id
    assert.equal("/vaults?id=" .. id, documented.sent("list_vault", { id = id }).path)
  end)

  it("operations on vaults accept ids that are not UUIDs, and send such ids in paths, queries and bodies", function()
    local volume = { id = "64f77ea2-babc-3a17-fc57-f734ad210772", type = "OS::Cinder::Volume" }
    local request = documented.sent("add_vault_resource", { vault_id = "mock_vault_id", resources = { volume } })
    assert.equal("/vaults/mock_vault_id/addresources", request.path)
    request = documented.sent("associate_vault_policy", { vault_id = "mock_vault_id", policy_id = "new_policy_id1" })
    assert.equal("/vaults/mock_vault_id/associatepolicy", request.path)
    assert.equal('{"policy_id":"new_policy_id1"}', request.body)
    assert.equal("/vaults?id=mock_vault_id", documented.sent("list_vault", { id = "mock_vault_id" }).path)
  end)

  it("operations on one vault reject a vault id that is a word in the API's paths, such as 'summary'", function()
    local client = support.client()
    support.sandbox.reset()
    for name, word in pairs { update_vault = "batch-update", show_vault = "summary", delete_vault = "order" } do
      local _, err = client[name](client, { vault_id = word })
      local problem = ("must not be '%s', a word in the paths of the API"):format(word)
      assert.same({ { parameter = "vault_id", problem = problem } }, err and err.problems)
    end
    client:close()
    assert.same({}, support.sandbox.requests())
  end)

  it("update_vault sends an empty object when no field is given", function()
    assert.equal('{"vault":{}}', documented.sent("update_vault", { vault_id = fixtures.vaults.server.id }).body)
  end)

  it("list_external_vault sends the parameter object_type under the service's misspelt name 'objcet_type'", function()
    assert.equal(("/vaults/external?external_project_id=%s&objcet_type=server&region_id=cn-east-3"):format(
      fixtures.projects.east.id), documented.sent("list_external_vault", {
        external_project_id = fixtures.projects.east.id, region_id = "cn-east-3", object_type = "server",
      }).path)
  end)

  it("show_vault returns a vault without the enclosing 'vault'", function()
    local id = fixtures.vaults.server.id
    local _, vault = documented.sent("show_vault", { vault_id = id })
    assert.equal(id, vault.id)
    local _, list = documented.sent("list_vault", { id = { id } })
    assert.equal(id, list.vaults[1].id)
  end)
end)
