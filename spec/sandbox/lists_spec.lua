-- The sandbox's lists of vaults, backups and tasks, and the quirks that change how these lists respond.

local raw_client = require "spec.helpers.raw_client"
local support = require "spec.helpers.support"

local sandbox, vaults = support.sandbox, support.fixtures.vaults
local get = raw_client.get

local function ids(list)
  local found = {}
  for i, item in ipairs(list) do
    found[i] = item.id
  end
  return found
end

-- Returns the ids on all pages of a list. Each page is requested with the last id of the page before as its marker.
local function walk(path, key, first_page)
  local page, found = first_page, ids(first_page[key])
  while #page[key] > 0 do
    page = get(path .. "&marker=" .. found[#found])
    for _, id in ipairs(ids(page[key])) do
      found[#found + 1] = id
    end
  end
  return found
end

describe("the sandbox's lists", function()
  before_each(sandbox.reset)
  teardown(sandbox.reset)

  -- Places a sync of each of these vaults.
  local function order(...)
    for _, name in ipairs { ... } do
      local response = raw_client.send(raw_client.path "checkpoints/sync", {
        method = "POST", body = { sync = { vault_id = vaults[name].id, auto_trigger = false } },
      })
      assert.equal(200, response.status)
    end
  end

  it("the sandbox's lists of vaults, backups and tasks accept a marker", function()
    order("hybrid", "hybrid_partial")
    sandbox.patch { fill = { vault_id = "empty", count = 25 } }
    for path, key in pairs {
      ["vaults?limit=3"] = "vaults",
      ["backups?limit=10&vault_id=" .. vaults.empty.id] = "backups",
      ["operation-logs?limit=1"] = "operation_logs",
    } do
      local all = get(path:gsub("limit=%d+", "limit=1000"))
      assert.is_true(#all[key] > 1)
      assert.same(ids(all[key]), walk(path, key, get(path)))
      assert.equal(400, raw_client.send(raw_client.path(path .. "&marker=nonsense")).status)
    end
  end)

  it("the quirks page_size and count_of_page make pages shorter than the limit", function()
    sandbox.patch { fill = { vault_id = "empty", count = 7 } }
    local path = "backups?show_replication=true&vault_id=" .. vaults.empty.id
    sandbox.quirks { page_size = 3 }
    local page = get(path .. "&limit=1000")
    assert.same({ 3, 7, 1000 }, { #page.backups, page.count, page.limit })
    assert.equal(1, #get(path .. "&offset=6").backups)
    assert.equal(2, #get(path .. "&limit=2").backups)
    sandbox.quirks { count_of_page = true }
    page = get(path .. "&limit=1000&offset=6")
    assert.same({ 1, 1 }, { #page.backups, page.count })
    assert.equal(3, #get "vaults".vaults)
  end)

  it("the sandbox's lists ignore the parameters that the quirk ignored_parameters names", function()
    order("hybrid", "hybrid_partial")
    local path = ("operation-logs?operation_type=sync&vault_id=%s&status=success&start_time=2040-01-01T00:00:00Z")
      :format(vaults.hybrid.id)
    assert.equal(0, get(path).count)
    sandbox.quirks { ignored_parameters = { "start_time", "status" } }
    assert.equal(1, get(path).count)
    sandbox.quirks { ignored_parameters = { "start_time", "status", "vault_id" } }
    assert.equal(3, get(path).count) -- two orders of this test; a sync of another vault is in the fixtures
    assert.equal(400, raw_client.send(raw_client.path "operation-logs?status=nonsense").status)
    sandbox.quirks { ignored_parameters = { "offset" } }
    assert.same(ids(get "vaults".vaults), ids(get "vaults?offset=5".vaults))
  end)

  it("the quirk late_tasks hides a new task both from list_op_logs and from show_op_log for a while", function()
    sandbox.quirks { late_tasks = 1e6 }
    order "hybrid"
    local path = "operation-logs?vault_id=" .. vaults.hybrid.id
    assert.equal(0, get(path).count)
    local task = sandbox.ledger()[1].made[1].operation_log_id
    local response = raw_client.send(raw_client.path("operation-logs/" .. task))
    assert.same({ 404, "BackupService.6500" }, { response.status, response.body.error_code })
    sandbox.quirks { late_tasks = 0 }
    assert.equal(1, get(path).count)
    assert.equal(task, get("operation-logs/" .. task).operation_log.id)
  end)
end)
