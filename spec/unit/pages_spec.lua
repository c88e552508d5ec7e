-- client:each: every item of a list once, over all pages, and no failure taken for an end.

local each = require "cbr.each"
local operations = require "cbr.operations"
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("client:each", function()
  local client

  setup(function()
    client = support.client()
  end)

  teardown(function()
    client:close()
  end)

  before_each(function()
    sandbox.reset()
  end)

  -- -> how many items, how many distinct ones, the error
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

  it("gives every item of every page, once", function()
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

  it("asks for nothing before it must", function()
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

  it("ends at once where there is nothing", function()
    local next_item = client:each("list_backups", { vault_id = fixtures.vaults.empty.id })
    assert.is_nil(next_item())
    assert.is_nil(next_item())
    assert.equal(1, support.count "list_backups")
  end)

  it("takes a list without pages", function()
    local regions = {}
    for region in client:each "show_replication_capabilities" do
      regions[#regions + 1] = region.name
    end
    assert.same({ "cn-north-4" }, regions)
  end)

  it("tells a failure in the middle, and ends", function()
    sandbox.patch { fill = { vault_id = "empty", count = 6 } }
    local next_item = client:each("list_backups", { vault_id = fixtures.vaults.empty.id, limit = 4 }, { max_attempts = 1 })
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

  it("tells bad parameters, and an answer without the list", function()
    local count, _, err = walk("list_backups", { limit = 0 })
    assert.equal(0, count)
    assert.equal("argument", err.kind)
    sandbox.fault { fault = "status", call = "list_vault", status = 200, body = "{}", times = -1 }
    count, _, err = walk("list_vault")
    sandbox.clear_faults()
    assert.equal(0, count)
    assert.equal("protocol", err.kind)
    assert.matches("list_vault: the answer has no 'vaults'", tostring(err), 1, true)
  end)

  it("tells that there is no list where the number alone was asked for", function()
    for _, body in ipairs {
      '{"total_count":7}', '{"total_count":7,"resources":7}', '{"total_count":7,"resources":true}',
      '{"total_count":7,"resources":"text"}', '{"total_count":7,"resources":null}',
    } do
      local peer = servers.peer(([[
        repeat local line = peer:receive() until not line or line == ""
        peer:send "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
        peer:send(%q)
      ]]):format(#body, body))
      local one = support.client { endpoint = "http://127.0.0.1:" .. peer.port }
      local items, failure = 0, nil
      for item, err in one:each("show_vault_resource_instances", { action = "count" }) do
        items, failure = items + 1, not item and err
      end
      one:close()
      peer.stop()
      assert.equal(1, items)
      assert.same({ "protocol", "the answer has no 'resources'" }, { failure.kind, failure.message })
    end
  end)

  it("raises for what is no list, at the caller's line", function()
    for message, arguments in pairs {
      ["each: operation 'list_backup' is unknown (did you mean 'list_backups'?)"] = { "list_backup" },
      ["each: operation 'show_vault' is not a list"] = { "show_vault" },
      ["each: operation 'nil' is unknown"] = {},
      ["each: parameters must be a table, not a string"] = { "list_vault", "x" },
      ["each: unknown option 'time_out'"] = { "list_vault", {}, { time_out = 1 } },
    } do
      local line = debug.getinfo(1, "l").currentline + 2
      local ok, raised = pcall(function()
        local iterator = client:each(arguments[1], arguments[2], arguments[3])
        return iterator
      end)
      assert.is_false(ok)
      assert.matches(("pages_spec.lua:%d: %s"):format(line, message), raised, 1, true)
    end
  end)

  it("raises at the loop when the client is closed meanwhile", function()
    local one = support.client()
    local iterator = one:each "list_vault"
    one:close()
    local line = debug.getinfo(1, "l").currentline + 2
    local ok, raised = pcall(function()
      for _ in iterator do
        error "an item of a closed client"
      end
    end)
    assert.is_false(ok)
    assert.matches(("pages_spec.lua:%d: attempt to use a closed client"):format(line), raised, 1, true)
  end)
end)

describe("pages", function()
  -- Walks pages that are there; -> ids of the items, the parameters of every page
  local function walk(name, given, pages)
    local ids, asked = {}, {}
    for item in each.item(operations[name], given, function(params)
      asked[#asked + 1] = { offset = params.offset, marker = params.marker }
      return table.remove(pages, 1)
    end) do
      ids[#ids + 1] = item.id
    end
    return table.concat(ids, " "), asked
  end

  local function page(ids, count)
    local items = {}
    for id in ids:gmatch "%S+" do
      items[#items + 1] = { id = id }
    end
    return { backups = items, instances = items, count = count }
  end

  it("go on behind a marker where the caller gave one", function()
    local ids, asked = walk("list_backups", { marker = "a" }, { page("b c", 6), page("d", 6), page("", 6) })
    assert.equal("b c d", ids)
    assert.same({ { marker = "a" }, { marker = "c" }, { marker = "d" } }, asked)
  end)

  it("go on without a count until one is empty", function()
    local ids, asked = walk("list_protectable", { protectable_type = "server" }, { page "a b", page "c", page "" })
    assert.equal("a b c", ids)
    assert.same({ {}, { offset = 2 }, { offset = 3 } }, asked)
  end)

  it("that overlap give no item twice", function()
    assert.equal("a b c d", (walk("list_backups", {}, { page("a b", 5), page("b c", 5), page("d", 5) })))
    local shifted = { page("a", 4), page("a", 4), page("b", 4), page("c", 4) }
    assert.equal("a b c", (walk("list_backups", { limit = 1 }, shifted)))
  end)

  it("that are one and the same come to an end", function()
    assert.equal("a b", (walk("list_protectable", {}, { page "a b", page "a b", page "c" })))
    assert.equal("a b", (walk("list_backups", { marker = "x" }, { page("a b", 9), page("a b", 9), page("c", 9) })))
  end)
end)

describe("a list that is asked for", function()
  local client

  before_each(function()
    sandbox.reset()
    client = support.client { retry_pause = 0.001 }
  end)

  after_each(function()
    sandbox.clear_faults()
    client:close()
  end)

  it("is there, or the answer is none", function()
    for _, body in ipairs { "{}", "[]", '{"vaults":7}', '{"count":0}', '{"more":{"vaults":[]}}' } do
      sandbox.fault { call = "list_vault", fault = "invalid_json", body = body, times = 4 }
      local answer, err = client:list_vault {}
      assert.is_nil(answer, body)
      assert.same({ "protocol", 200, 4 }, { err.kind, err.status, err.attempts })
      assert.matches("the answer has no 'vaults'", err.message, 1, true)
      assert.is_nil(err.outcome)
    end
    sandbox.fault { call = "list_vault", fault = "empty" }
    assert.is_true(#assert(client:list_vault {}).vaults > 0) -- the next answer is one
    sandbox.fault { call = "list_vault", fault = "raw", bytes = 0, body = "HTTP/1.1 204 No Content\r\n\r\n" }
    assert.is_true(#assert(client:list_vault {}).vaults > 0)
  end)

  it("is empty where it is null", function()
    for _, body in ipairs { '{"vaults":null,"count":0}', '{"count":0, "vaults" : null}' } do
      sandbox.fault { call = "list_vault", fault = "invalid_json", body = body }
      assert.same({}, assert(client:list_vault {}).vaults)
    end
    sandbox.fault { call = "list_vault", fault = "invalid_json", body = '{"vaults":null}' }
    for _ in client:each "list_vault" do
      error "there is none"
    end
  end)
end)
