-- How the pages of a list are joined: each item is yielded once, whatever pages the service sends.

local json = require "cbr.util.json"
local servers = require "spec.helpers.servers"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"
local walk_strictly = require("cbr.pages").complete

local sandbox = support.sandbox

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

  it("client:each steps back if the list's count falls, so that it misses no item, and yields no item twice", function()
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
