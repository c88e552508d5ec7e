-- Tags of the sandbox's vaults. A change that one operation makes must be visible in the response of another operation.

local raw_client = require "spec.helpers.raw_client"
local service = require "spec.helpers.service"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local vaults = fixtures.vaults

local function add(vault, key, value)
  return service.call("create_vault_tags", { vault_id = vault.id, body = { tag = { key = key, value = value } } })
end

local function tags_of(vault)
  local tags = {}
  for _, tag in ipairs(service.get("show_vault_tag", { vault_id = vault.id }).tags) do
    tags[tag.key] = tag.value
  end
  return tags
end

local function found(body)
  body.action = body.action or "filter"
  local ids = {}
  local response = service.get("show_vault_resource_instances", { body = body })
  for i, row in ipairs(response.resources or {}) do
    ids[i] = row.resource_id
  end
  return ids, response.total_count
end

describe("the sandbox's tags #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  it("create_vault_tags adds a tag, or gives an existing tag another value", function()
    assert.equal(204, add(vaults.server, "team", "web").status)
    add(vaults.server, "team", "db")
    assert.same({ team = "db" }, tags_of(vaults.server))
  end)

  it("create_vault_tags allows at most 20 tags for a vault", function()
    for n = 1, 20 do
      add(vaults.server, "key" .. n, "")
    end
    assert.equal("BackupService.6600", add(vaults.server, "one_more", "").body.error_code)
  end)

  it("show_vault_tag shows only the tags of one vault, the same tags that show_vault shows", function()
    add(vaults.server, "team", "web")
    assert.same({ team = "web" }, tags_of(vaults.server))
    assert.same({}, tags_of(vaults.single))
    local vault = service.get("show_vault", { vault_id = vaults.server.id }).vault
    assert.same({ { key = "team", value = "web" } }, vault.tags)
  end)

  it("batch_create_and_delete_vault_tags adds and deletes several tags", function()
    local function change(action, tags)
      local body = { action = action, tags = tags }
      return service.call("batch_create_and_delete_vault_tags", { vault_id = vaults.server.id, body = body })
    end
    change("create", { { key = "a", value = "1" }, { key = "b", value = "2" } })
    assert.same({ a = "1", b = "2" }, tags_of(vaults.server))
    assert.equal(404, change("delete", { { key = "a", value = "" }, { key = "c", value = "" } }).status)
    assert.same({ a = "1", b = "2" }, tags_of(vaults.server))
    assert.equal(204, change("delete", { { key = "a", value = "1" } }).status)
    assert.same({ b = "2" }, tags_of(vaults.server))
  end)

  it("delete_vault_tag deletes one tag", function()
    add(vaults.server, "team", "web")
    local params = { vault_id = vaults.server.id, key = "team" }
    assert.equal(204, service.call("delete_vault_tag", params).status)
    assert.same({}, tags_of(vaults.server))
    assert.equal("6601", service.rejection("delete_vault_tag", params))
  end)

  it("show_vault_project_tag joins the tags of all vaults of the project", function()
    add(vaults.server, "team", "web")
    add(vaults.single, "team", "db")
    add(vaults.single, "stage", "test")
    local values = {}
    for _, tag in ipairs(service.get "show_vault_project_tag".tags) do
      values[tag.key] = tag.values
    end
    assert.same({ team = "web,db", stage = "test" }, values)
  end)

  it("show_vault_project_tag shows lists of values, as in the API page's sample, if a test asks for lists", function()
    add(vaults.server, "team", "web")
    add(vaults.single, "team", "db")
    sandbox.quirks { tag_values_list = true }
    local tags = raw_client.get "vault/tags".tags
    assert.is_true(#tags > 0)
    for _, tag in ipairs(tags) do
      assert.is_table(tag.values)
    end
  end)

  it("show_vault_resource_instances finds vaults by their tags", function()
    add(vaults.server, "team", "web")
    add(vaults.single, "team", "db")
    add(vaults.single, "stage", "test")
    local team = { { key = "team", values = { "web", "db" } } }
    assert.equal(2, select(2, found { tags = team }))
    assert.same({ vaults.single.id }, found { tags = { team[1], { key = "stage", values = {} } } })
    assert.same({ vaults.single.id }, found { tags_any = { { key = "stage", values = { "test" } } } })
    assert.same({ vaults.server.id }, found { tags = team, not_tags_any = { { key = "stage", values = {} } } })
    assert.same({ vaults.server.id }, found { matches = { { key = "resource_name", value = "serv" } } })
    local ids, total = found { tags = team, limit = "1", offset = "1" }
    assert.same({ 1, 2 }, { #ids, total })
    assert.same({ {}, 2 }, { found { action = "count", tags = team } })
  end)
end)
