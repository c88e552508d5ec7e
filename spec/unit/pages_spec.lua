-- client:each yields every item of a list once, over all pages, and reports failures.

local json = require "cbr.util.json"
local set_up = require "spec.helpers.set_up"
local walk_strictly = require("cbr.pages").complete
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("client:each", function()
  local client

  set_up.for_all_tests(function()
    client = support.client()
    return client
  end)

  -- Returns the number of items, the number of different ids, and the error.
  local function walk(name, params)
    local count, distinct, ids, failure = 0, 0, {}, nil
    for item, err in client:each(name, params) do
      if item == false then
        failure = err
      else
        assert.is_nil(failure)
        count = count + 1
        distinct = distinct + (ids[item.id] and 0 or 1)
        ids[item.id] = true
      end
    end
    return count, distinct, failure
  end

  it("client:each yields every item of every page once, for any page size", function()
    sandbox.patch { fill = { vault_id = "empty", count = 25 } }
    for limit, pages in pairs { [10] = 3, [25] = 1, [5] = 5, [24] = 2, [1000] = 1 } do
      sandbox.clear_requests()
      local params = { vault_id = fixtures.vaults.empty.id, limit = limit }
      local count, distinct, err = walk("list_backups", params)
      assert.is_nil(err)
      assert.equal(25, count)
      assert.equal(25, distinct)
      assert.equal(pages, support.count "list_backups")
      assert.same({ vault_id = fixtures.vaults.empty.id, limit = limit }, params)
    end
    assert.equal(5, (walk("list_backups", { vault_id = fixtures.vaults.empty.id, limit = 3, offset = 20 })))
    assert.equal(25, (walk("list_backups", { vault_id = fixtures.vaults.empty.id })))
  end)

  it("client:each works inside cbr.map on every Lua if the caller calls the iterator without a for loop", function()
    local counts, errors = require "cbr".map({ 1, 2 }, function()
      local next_item, count = client:each("list_vault", { limit = 2 }), 0
      local item, err = next_item()
      while item do
        count = count + 1
        item, err = next_item()
      end
      return not err and count or nil, err
    end)
    assert.same({}, errors)
    assert.is_true(counts[1] > 2 and counts[1] == counts[2])
  end)

  it("client:each requests a page only when its first item is wanted", function()
    sandbox.patch { fill = { vault_id = "empty", count = 6 } }
    sandbox.clear_requests()
    local next_item = client:each("list_backups", { vault_id = fixtures.vaults.empty.id, limit = 3 })
    assert.equal(0, #sandbox.requests())
    for _ = 1, 3 do
      assert.is_table(next_item())
    end
    assert.equal(1, #sandbox.requests())
    assert.is_table(next_item())
    assert.equal(2, #sandbox.requests())
  end)

  it("client:each ends after one request for an empty list", function()
    local next_item = client:each("list_backups", { vault_id = fixtures.vaults.empty.id })
    assert.is_nil(next_item())
    assert.is_nil(next_item())
    assert.equal(1, support.count "list_backups")
  end)

  it("client:each yields the items of a list that has no pages", function()
    local regions = {}
    for region in client:each "show_replication_capabilities" do
      regions[#regions + 1] = region.name
    end
    assert.same({ "cn-north-4" }, regions)
  end)

  it("client:each requests a list once if the operation has no offset, whatever count the response has", function()
    for _, body in ipairs { '{"policies":[{"id":"a"}]}', '{"policies":[{"id":"a"}],"count":9}' } do
      local requests = 0
      local peer = servers.peer(([[
        repeat local line = peer:receive() until not line or line == ""
        peer:send "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        peer:send(%q)
      ]]):format(#body, body))
      local other = support.client { endpoint = "http://127.0.0.1:" .. peer.port, log = function(event)
        requests = requests + (event.event == "attempt" and 1 or 0)
      end }
      local ids = {}
      for policy, err in other:each("list_policies", { operation_type = "backup" }) do
        ids[#ids + 1] = policy and policy.id or tostring(err)
      end
      other:close()
      peer.stop()
      assert.same({ { "a" }, 1 }, { ids, requests })
    end
  end)

  it("client:each yields false and the error when a page fails, and then ends", function()
    sandbox.patch { fill = { vault_id = "empty", count = 6 } }
    local params = { vault_id = fixtures.vaults.empty.id, limit = 4 }
    local next_item = client:each("list_backups", params, { max_attempts = 1 })
    for _ = 1, 4 do
      assert.is_table(next_item())
    end
    sandbox.fault { fault = "throttled", call = "list_backups" }
    local item, err = next_item()
    assert.is_false(item)
    assert.equal("throttled", err.kind)
    assert.equal("list_backups", err.operation)
    assert.is_nil(next_item())
    assert.is_nil(next_item())
  end)

  it("client:each yields an error for bad parameters, and for a response without the list", function()
    local count, _, err = walk("list_backups", { limit = 0 })
    assert.equal(0, count)
    assert.equal("argument", err.kind)
    sandbox.fault { fault = "status", call = "list_vault", status = 200, body = "{}", times = -1 }
    count, _, err = walk "list_vault"
    sandbox.clear_faults()
    assert.equal(0, count)
    assert.equal("protocol", err.kind)
    assert.matches("list_vault: the response has no 'vaults'", tostring(err), 1, true)
  end)

  it("client:each yields an error if the response has only a count, and no items", function()
    for _, body in ipairs {
      '{"total_count":7}', '{"total_count":7,"resources":7}', '{"total_count":7,"resources":true}',
      '{"total_count":7,"resources":"text"}', '{"total_count":7,"resources":null}',
    } do
      local peer = servers.peer(([[
        repeat local line = peer:receive() until not line or line == ""
        peer:send "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        peer:send(%q)
      ]]):format(#body, body))
      local other = support.client { endpoint = "http://127.0.0.1:" .. peer.port }
      local items, failure = 0, nil
      for item, err in other:each("show_vault_resource_instances", { action = "count" }) do
        items, failure = items + 1, not item and err
      end
      other:close()
      peer.stop()
      assert.equal(1, items)
      assert.same({ "protocol", "the response has no 'resources'" }, { failure.kind, failure.message })
    end
  end)

  it("the error of cbr.pages.complete has the number of items in a list, and the count that the list states", function()
    for count, shown in pairs { ["9"] = "9", ["null"] = "nil", ["{}"] = "table", ["true"] = "true" } do
      local _, err = walk_strictly(function()
        return json.decode(('{"vaults":[{"id":"a"}],"count":%s}'):format(count))
      end, "list_vault", {}, { "id" })
      assert.equal("protocol", err.kind)
      assert.equal(("the response has only 1 of %s items in 'vaults'"):format(shown), err.message)
    end
  end)
end)

describe("client:each on given pages", function()
  local client

  set_up.for_each_test(function()
    client = support.client()
    return client
  end)

  -- Walks a list of backups with the given pages. Returns the ids of the items, and each request's offset and marker.
  local function walk(params, pages)
    for _, page in ipairs(pages) do
      sandbox.fault { call = "list_backups", fault = "invalid_json", body = json.encode(page) }
    end
    local ids, asked = {}, {}
    for item, err in client:each("list_backups", params, { max_attempts = 1 }) do
      assert.is_nil(err)
      ids[#ids + 1] = item.id
    end
    for i, request in ipairs(sandbox.requests()) do
      asked[i] = {
        offset = tonumber(request.uri:match "[?&]offset=(%d+)"), marker = request.uri:match "[?&]marker=(%w+)",
      }
    end
    return table.concat(ids, " "), asked
  end

  local function page(ids, count)
    local items = {}
    for id in ids:gmatch "%S+" do
      items[#items + 1] = { id = id }
    end
    items = items[1] and items or json.empty_array
    return { backups = items, count = count }
  end

  it("client:each requests the next page by marker if the caller gave a marker", function()
    local ids, asked = walk({ marker = "a" }, { page("b c", 6), page("d", 6), page("", 6) })
    assert.equal("b c d", ids)
    assert.same({ { marker = "a" }, { marker = "c" }, { marker = "d" } }, asked)
  end)

  it("client:each requests pages until one is empty if the service does not send a count", function()
    local ids, asked = walk({}, { page "a b", page "c", page "" })
    assert.equal("a b c", ids)
    assert.same({ {}, { offset = 2 }, { offset = 3 } }, asked)
  end)

  it("client:each requests the next page although the page before was shorter than the limit", function()
    assert.equal("a b c d e", (walk({ limit = 3 }, { page("a b", 5), page("c d", 5), page("e", 5) })))
  end)

  it("client:each yields no item twice when pages overlap", function()
    assert.equal("a b c d", (walk({}, { page("a b", 5), page("b c", 5), page("d", 5) })))
    assert.equal("a b c", (walk({ limit = 1 }, { page("a", 4), page("a", 4), page("b", 4), page("c", 4) })))
  end)

  it("client:each steps back by as many items as the list's count fell, and yields no item twice", function()
    local pages = { page("a b c", 9), page("f g h", 7), page("c d e", 7), page("f g h", 7), page("i", 7) }
    local ids, asked = walk({}, pages)
    assert.equal("a b c f g h d e i", ids)
    assert.same({ {}, { offset = 3 }, { offset = 0 }, { offset = 3 }, { offset = 6 } }, asked)
  end)

  it("client:each does not step back before the offset that the caller gave", function()
    local ids, asked = walk({ offset = 4 }, { page("e f", 9), page("", 2), page("", 2) })
    assert.equal("e f", ids)
    assert.same({ { offset = 4 }, { offset = 6 } }, asked)
  end)

  it("client:each fails when the list's count falls and rises for ever while no page has a new item", function()
    for i = 1, 40 do
      local body = json.encode(page("a", 10 - i % 2))
      sandbox.fault { call = "list_backups", fault = "invalid_json", body = body }
    end
    local failure
    for item, err in client:each("list_backups", { limit = 1 }, { max_attempts = 1 }) do
      failure = not item and err
    end
    assert.equal("protocol", failure and failure.kind)
    assert.is_true(support.count "list_backups" < 20)
  end)

  it("client:each ends when the service ignores offset or marker and repeats a page", function()
    assert.equal("a b", (walk({}, { page "a b", page "a b", page "c" })))
    sandbox.clear_faults()
    assert.equal("a b", (walk({ marker = "x" }, { page("a b", 9), page("a b", 9), page("c", 9) })))
  end)

  it("client:each fails when the service repeats a page for ever and gives a count that no page reaches", function()
    sandbox.fault { call = "list_backups", fault = "invalid_json", body = json.encode(page("a b", 1000)), times = -1 }
    local count, failure = 0, nil
    for item, err in client:each "list_backups" do
      count, failure = count + (item and 1 or 0), err
    end
    assert.same({ 2, "protocol" }, { count, failure and failure.kind })
    assert.is_true(support.count "list_backups" < 20)
  end)
end)

-- A service with 25 backups that can be listed and deleted. POST fills the list again.
local SHRINKING_LIST = [[
  local function fill()
    backups = {}
    for i = 1, 25 do
      backups[i] = ("aaaaaaaa-0000-4000-8000-%012d"):format(i)
    end
  end
  if not backups then
    fill()
  end
  while true do
    local line = peer:receive()
    repeat local header = peer:receive() until not header or header == ""
    if not line then
      break
    end
    local body, deleted = "", line:match "^DELETE .*/backups/(%S+)"
    if deleted then
      for i = #backups, 1, -1 do
        if backups[i] == deleted then
          table.remove(backups, i)
        end
      end
    elseif line:find "^POST" then
      fill()
    else
      local first = tonumber(line:match "offset=(%d+)" or 0)
      local items = {}
      for i = first + 1, math.min(first + tonumber(line:match "limit=(%d+)" or 1000), #backups) do
        items[#items + 1] = '{"id":"' .. backups[i] .. '"}'
      end
      body = ('{"backups":[%s],"count":%d}'):format(table.concat(items, ","), #backups)
    end
    peer:send(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body))
  end
]]

describe("client:each on a list that shrinks", function()
  local client, peer

  setup(function()
    peer = servers.peer(SHRINKING_LIST)
    client = support.client { endpoint = "http://127.0.0.1:" .. peer.port }
  end)

  teardown(function()
    client:close()
    peer.stop()
  end)

  local function ids_of_all()
    local ids = {}
    for i, backup in ipairs(assert(client:list_backups {}).backups) do
      ids[i] = backup.id
    end
    return ids
  end

  before_each(function()
    assert(client:request { method = "POST", path = "/fill" })
    assert.equal(25, #ids_of_all())
  end)

  for _, limit in ipairs { 1, 4, 10, 24, 25, 1000 } do
    it(("client:each yields every item to a loop that deletes all of them, in pages of %d"):format(limit), function()
      local count = 0
      for backup, err in client:each("list_backups", { limit = limit }) do
        assert.is_nil(err)
        count = count + 1
        assert(client:delete_backup { backup_id = backup.id })
      end
      assert.equal(25, count)
      assert.same({}, ids_of_all())
    end)
  end

  for limit = 2, 9 do
    it(("client:each yields every item that stays while others are deleted, in pages of %d"):format(limit), function()
      local seen, all, deleted = {}, ids_of_all(), {}
      for backup, err in client:each("list_backups", { limit = limit }) do
        assert.is_nil(err)
        assert.is_nil(seen[backup.id])
        seen[backup.id] = true
        if #deleted < 12 then
          local id = all[#deleted * 7 % 25 + 1]
          assert(client:delete_backup { backup_id = id })
          deleted[#deleted + 1], deleted[id] = id, true
        end
      end
      for _, id in ipairs(all) do
        assert.is_true(seen[id] or deleted[id], id)
      end
    end)
  end
end)

describe("client:each with a marker", function()
  local client

  set_up.for_each_test(function()
    client = support.client()
    return client
  end)

  local function arm(ids)
    local items = json.decode("[" .. ids:gsub("%w", '{"id":"%0"}') .. "]")
    sandbox.fault { call = "list_backups", fault = "invalid_json", body = json.encode { backups = items, count = 9 } }
  end

  it("client:each requests the next page before it yields the item that is the marker", function()
    arm "b,c"
    arm "d"
    sandbox.fault { call = "list_backups", fault = "invalid_json", body = '{"backups":[],"count":9}' }
    local requests = {}
    for item in client:each("list_backups", { marker = "a" }, { max_attempts = 1 }) do
      requests[#requests + 1] = item.id .. support.count "list_backups"
    end
    assert.same({ "b2", "c2", "d3" }, requests)
  end)

  it("client:each yields the items of a page before the error of the page after it", function()
    arm "b,c"
    sandbox.fault { call = "list_backups", fault = "throttled" }
    local seen = {}
    for item, err in client:each("list_backups", { marker = "a" }, { max_attempts = 1 }) do
      seen[#seen + 1] = item and item.id or err.kind
    end
    assert.same({ "b", "c", "throttled" }, seen)
  end)
end)

describe("the response to a list operation", function()
  local client

  set_up.for_each_test(function()
    client = support.client { retry_pause = 0.001 }
    return client
  end)

  it("a list operation fails when the response lacks its list", function()
    for _, body in ipairs { "{}", "[]", '{"vaults":7}', '{"count":0}', '{"more":{"vaults":[]}}' } do
      sandbox.fault { call = "list_vault", fault = "invalid_json", body = body, times = 4 }
      local response, err = client:list_vault {}
      assert.is_nil(response, body)
      assert.same({ "protocol", 200, 4 }, { err.kind, err.status, err.attempts })
      assert.matches("the response has no 'vaults'", err.message, 1, true)
      assert.is_nil(err.outcome)
    end
    sandbox.fault { call = "list_vault", fault = "empty" }
    assert.is_true(#assert(client:list_vault {}).vaults > 0) -- the retry gets the list
    sandbox.fault { call = "list_vault", fault = "raw", bytes = 0, body = "HTTP/1.1 204 No Content\r\n\r\n" }
    assert.is_true(#assert(client:list_vault {}).vaults > 0)
  end)

  it("a list operation treats a list that is null as empty", function()
    for _, body in ipairs { '{"vaults":null,"count":0}', '{"count":0, "vaults" : null}' } do
      sandbox.fault { call = "list_vault", fault = "invalid_json", body = body }
      assert.same({}, assert(client:list_vault {}).vaults)
    end
    sandbox.fault { call = "list_vault", fault = "invalid_json", body = '{"vaults":null}' }
    for _ in client:each "list_vault" do
      error "an item of an empty list"
    end
  end)
end)
