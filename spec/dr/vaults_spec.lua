-- cbr.dr.vaults: the selected vaults.

local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"
local vaults = require "cbr.dr.vaults"

describe("cbr.dr.vaults", function()
  local client

  recovery.for_each_test(function(made)
    client = made
  end)

  it("vaults.read returns vaults with their resources, hybrid vaults included, replication vaults excluded", function()
    local projects = vaults.read({ client }, { all = true, concurrency = 2 })
    local project, by_name = projects[1], {}
    for _, vault in ipairs(project.vaults) do
      by_name[vault.name] = vault
    end
    assert.equal(#project.vaults, project.total)
    assert.same({ "vmware", "hybrid", "hybrid" },
      { by_name.hybrid.object_type, by_name.hybrid.protect_type, by_name.hybrid.cloud_type })
    assert.same({ 6, true, 40 },
      { #by_name.server.resources, by_name.server.is_complete, by_name.server.resources[1].size })
    local there = recovery.client_there()
    projects = vaults.read({ there }, { all = true, concurrency = 2 })
    assert.equal(1, #projects[1].vaults)
    there:close()
  end)

  it("vaults.add_resource adds a resource once", function()
    local vault = { resources = {}, by_resource = {} }
    local one = vaults.add_resource(vault, { id = "a", name = "x", size = "7" })
    assert.equal(one, vaults.add_resource(vault, { id = "a" }))
    assert.same({ 7, 1 }, { one.size, #vault.resources })
  end)

  it("vaults.read requests a few vaults one by one, but lists all vaults if many ids are given", function()
    local ids = {}
    for _, name in ipairs { "server", "single", "hybrid" } do
      ids[#ids + 1] = support.fixtures.vaults[name].id
    end
    local projects = vaults.read({ client }, { vault_ids = ids, concurrency = 2 })
    assert.same({ 3, 3, 0 }, { #projects[1].vaults, support.count "show_vault", support.count "list_vault" })
    for n = #ids + 1, 9 do
      ids[n] = recovery.vault("v" .. n)
    end
    support.sandbox.clear_requests()
    projects = vaults.read({ client }, { vault_ids = ids, concurrency = 2 })
    assert.same({ 9, 0, 2 }, { #projects[1].vaults, support.count "show_vault", support.count "list_vault" })
  end)

  it("in `tags` of vaults.read, \"\" selects a tag without a value, and true a tag with any value", function()
    local shown = {
      { id = "a", tags = { { key = "use", value = "prod" }, { key = "bare" } } },
      { id = "b", tags = { { key = "use", value = "test" } } },
      { id = "c" },
    }
    local function ids_of(tags)
      local names = {}
      local fake = {
        each = function(_, _, params)
          local i = 0
          return function()
            i = i + 1
            return params.cloud_type == "public" and shown[i] or nil
          end
        end,
      }
      for _, vault in ipairs(vaults.read({ fake }, { tags = tags, concurrency = 1 })[1].vaults) do
        names[#names + 1] = vault.id
      end
      return table.concat(names)
    end
    assert.same({ "a", "ab", "", "a", "a", "", "" }, {
      ids_of { use = "prod" }, ids_of { use = true }, ids_of { use = "" }, ids_of { bare = "" }, ids_of { bare = true },
      ids_of { bare = "x" }, ids_of { use = "test", bare = true },
    })
  end)

  it("a vault that the service shows with its id in upper case is not missing", function()
    local fake = { show_vault = function(_, params)
      return { id = params.vault_id:upper() }
    end }
    local projects, missing = vaults.read({ fake }, { vault_ids = { "abc-1" }, concurrency = 1 })
    assert.same({ "ABC-1", {} }, { projects[1].vaults[1].id, missing })
  end)

  it("a vault id that no project has is reported as missing, once for all clients", function()
    local id = support.fixtures.vaults.server.id
    local projects, missing = vaults.read({ client, client },
      { vault_ids = { id, support.fixtures.nowhere.id }, concurrency = 2 })
    assert.same({ 1, 1 }, { #projects[1].vaults, #projects[2].vaults })
    assert.same({ { vault_id = support.fixtures.nowhere.id, message = "no project has the vault" } }, missing)
  end)
end)
