-- client:each: its arguments, which items it yields, when it sends requests, and how it reports failures.
-- spec/unit/pages_spec.lua tests how it joins the pages of a list.

local servers = require "spec.helpers.servers"
local set_up = require "spec.helpers.set_up"
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

  -- Walks a list whose server responds to every request with this body. Returns the items, the error, and the number of
  -- requests.
  local function walk_served(body, name, params)
    local peer = servers.peer(([[
      repeat local line = peer:receive() until not line or line == ""
      peer:send "HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
      peer:send(%q)
    ]]):format(#body, body))
    local items, failure, requests = {}, nil, 0
    local other = support.client { endpoint = "http://127.0.0.1:" .. peer.port, log = function(event)
      requests = requests + (event.event == "attempt" and 1 or 0)
    end }
    for item, err in other:each(name, params) do
      items[#items + 1], failure = item or nil, err
    end
    other:close()
    peer.stop()
    return items, failure, requests
  end

  it("client:each requests a list once if the operation has no offset, whatever count the response has", function()
    for _, body in ipairs { '{"policies":[{"id":"a"}]}', '{"policies":[{"id":"a"}],"count":9}' } do
      local items, err, requests = walk_served(body, "list_policies", { operation_type = "backup" })
      assert.is_nil(err)
      assert.same({ { id = "a" } }, items)
      assert.equal(1, requests)
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
      local items, err = walk_served(body, "show_vault_resource_instances", { action = "count" })
      assert.same({}, items)
      assert.same({ "protocol", "the response has no 'resources'" }, { err.kind, err.message })
    end
  end)

  it("client:each raises at the caller's line for an operation that is not a list, and for bad arguments", function()
    for message, arguments in pairs {
      ["each: operation 'list_backup' is unknown (did you mean 'list_backups'?)"] = { "list_backup" },
      ["each: operation 'show_vault' does not return a list"] = { "show_vault" },
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
      assert.matches(("each_spec.lua:%d: %s"):format(line, message), raised, 1, true)
    end
  end)

  it("the iterator of client:each raises at the line of the for loop if the client was closed", function()
    local other = support.client()
    local iterator = other:each "list_vault"
    other:close()
    local line = debug.getinfo(1, "l").currentline + 2
    local ok, raised = pcall(function()
      for _ in iterator do
        error "an item of a closed client"
      end
    end)
    assert.is_false(ok)
    assert.matches(("each_spec.lua:%d: attempt to use a closed client"):format(line), raised, 1, true)
  end)
end)
