-- Which failures are retried, and within which budget. spec/call/retry_pause_spec.lua tests the pauses.

local cbr = require "cbr"
local recorded_retries = require "spec.helpers.recorded_retries"
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local sandbox, fixtures, lose_response = support.sandbox, support.fixtures, support.lose_response

describe("a retry", function()
  local make, record = recorded_retries.for_each_test()

  local function throttle(fields)
    lose_response("list_vault", "throttled", fields)
  end

  it("a temporary failure is retried, and the log hook gets an event for each retry", function()
    throttle { times = 2 }
    assert(make({ retry_pause = 0.01 }):list_vault {})
    assert.equal(3, support.count "list_vault")
    assert.equal(2, #record.retries)
    for i, event in ipairs(record.retries) do
      assert.same({ "retry", "list_vault", i, "throttled", "APIGW.0308" },
        { event.event, event.operation, event.attempt, event.kind, event.code })
      assert.is_number(event.pause)
    end
  end)

  it("each client has a budget of 100 retries, so that a failing service is not flooded", function()
    throttle { fault = "html_502", times = -1 }
    local client = make { retry_pause = 0.0001 }
    local refused = 0
    local _, errors = cbr.map(support.list(80, 0), function()
      return client:list_vault {}
    end)
    for i = 1, 80 do
      refused = refused + (tostring(errors[i]):find("retry budget is used up", 1, true) and 1 or 0)
    end
    -- 80 calls and 100 retries; without the budget, four attempts of each call would be 320
    assert.equal(180, support.count "list_vault")
    assert.equal(100, #record.retries)
    assert.is_true(refused > 0)
    sandbox.clear_faults()
    for _ = 1, 5 do
      assert(client:list_vault {}) -- five calls without a retry add one to the budget
    end
    throttle()
    assert(client:list_vault {})
    throttle { times = 2 }
    local _, err = client:list_vault {}
    assert.equal(2, err.attempts) -- the previous call's retry succeeded, which added 1 to the budget
  end)
end)

describe("the decision to retry", function()
  local make, record = recorded_retries.for_each_test()

  local function read(client, options)
    return client:list_vault({}, options)
  end

  -- An order that leaves evidence by which a search can find it.
  local function order(client, options)
    return client:sync({ vault_id = fixtures.vaults.hybrid.id }, options)
  end

  -- Sends the same order as a custom request. The client does not know the operation of a custom request.
  local function custom_order(client, options)
    return client:request({
      method = "POST", path = "/v3/{project_id}/checkpoints/sync",
      body = { sync = { vault_id = fixtures.vaults.hybrid.id, auto_trigger = false } },
    }, options)
  end

  it("cbr retries a read whose connection broke", function()
    lose_response("list_vault", "truncated")
    assert(read(make { retry_pause = 0.002 }))
    assert.equal(1, #record.retries)
  end)

  it("cbr retries an idempotent call whose connection broke #process", function()
    local peer = servers.peer [[
      local length, line = 0, peer:receive "*l"
      while line and line ~= "" do
        length = tonumber(line:match "^[Cc]ontent%-[Ll]ength: (%d+)") or length
        line = peer:receive "*l"
      end
      if length > 0 then
        peer:receive(length)
        count = (count or 0) + 1
        if count > 1 then -- the first request gets no response
          peer:send "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
        end
      end
    ]]
    local client = make { retry_pause = 0.002, endpoint = "http://127.0.0.1:" .. peer.port }
    local response, err = client:batch_update_vault { smn_notify = true }
    peer.stop()
    assert(response, tostring(err))
    assert.equal(1, #record.retries)
    assert.equal("network", record.retries[1].kind)
  end)

  it("cbr does not retry a custom request that may have been accepted", function()
    lose_response("sync", "truncated")
    local response, err = custom_order(make { retry_pause = 0.002 })
    assert.is_nil(response)
    assert.same({ "network", "unknown", 1 }, { err.kind, err.outcome, err.attempts })
    assert.same({ {}, {} }, { record.retries, record.verdicts })
  end)

  it("cbr searches for an order that may have been accepted", function()
    lose_response("sync", "truncated")
    assert.is_true(assert(order(make { retry_pause = 0.002, settle_time = 0.1 })).reconciled)
    assert.same({ {}, { "found" } }, { record.retries, record.verdicts })
  end)

  it("cbr retries every call that was not sent", function()
    local client = make { retry_pause = 0.002, endpoint = "https://127.0.0.1:1" }
    for i, call in ipairs { read, order, custom_order } do
      local response, err = call(client, { max_attempts = 2 })
      assert.is_nil(response)
      assert.same({ "connect", 2 }, { err.kind, err.attempts })
      assert.equal(i, #record.retries)
      assert.is_true(record.retries[i].pause <= 0.002)
    end
    assert.same({}, record.verdicts)
  end)

  it("cbr does not retry a call to a server whose certificate is not trusted", function()
    local client = make { retry_pause = 0.002, endpoint = sandbox.tls_unknown_ca }
    for _, call in ipairs { read, order, custom_order } do
      local response, err = call(client)
      assert.is_nil(response)
      assert.same({ "tls", 1 }, { err.kind, err.attempts })
    end
    assert.same({ {}, {} }, { record.retries, record.verdicts })
  end)

  it("cbr retries a temporarily rejected order, after a longer pause if other work on the vault must end", function()
    local client = make { retry_pause = 0.002 }
    for i, case in ipairs {
      { order, 400, "BackupService.6130" }, { custom_order, 400, "BackupService.6118" }, { custom_order, 409, nil },
    } do
      sandbox.reset()
      lose_response("sync", "status", { status = case[2], code = case[3], body = not case[3] and "" or nil })
      assert(case[1](client))
      assert.equal(i, #record.retries)
      assert.is_true(record.retries[i].pause >= 0.03 and record.retries[i].pause <= 0.06, record.retries[i].pause)
    end
    sandbox.reset()
    lose_response("sync", "throttled")
    assert(custom_order(client))
    assert.is_true(record.retries[4].pause <= 0.002)
  end)

  it("cbr does not retry an order that was rejected permanently", function()
    lose_response("sync", "status", { status = 500, code = "BackupService.1001" })
    local response, err = order(make { retry_pause = 0.002 })
    assert.is_nil(response)
    assert.same({ "rejected", 1 }, { err.outcome, err.attempts })
    assert.same({ {}, {} }, { record.retries, record.verdicts })
  end)

  it("cbr does not retry a call that has no credentials", function()
    local asked = 0
    local client = make { credentials = function()
      asked = asked + 1
      return nil, "the safe is locked"
    end }
    local response, err = read(client)
    assert.is_nil(response)
    assert.same({ "credentials", 1 }, { err.kind, asked })
    assert.matches("the safe is locked", tostring(err), 1, true)
    assert.same({}, record.retries)
  end)
end)

describe("a server that resets the second request of every connection", function()
  -- A server that counts the orders that it accepts.
  local PEER = [[
    orders = orders or 0
    for request = 1, 2 do
      -- The server serves one connection at a time. So after its first reset, it waits only a short time for a second
      -- request.
      peer:settimeout((request == 2 and resets) and 0.1 or 5)
      local line, size = peer:receive(), 0
      repeat
        local header = peer:receive()
        size = header and tonumber(header:lower():match "^content%-length: (%d+)" or size) or size
      until not header or header == ""
      if not line or request == 2 then
        if line then
          resets = true
          peer:setoption("linger", { on = true, timeout = 0 })
        end
        break
      end
      peer:receive(size)
      orders = orders + (line:find "^POST" and 1 or 0)
      local body = ('{"orders":%d}'):format(orders)
      peer:send(("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#body, body))
    end
  ]]

  local peer

  setup(function()
    peer = servers.peer(PEER)
  end)

  teardown(function()
    peer.stop()
  end)

  it("retried writes succeed although the server resets the second request of every connection", function()
    local client = support.client { endpoint = "http://127.0.0.1:" .. peer.port, retry_pause = 0.01 }
    local function request(method)
      return client:request { method = method, path = "/x", body = method == "POST" and {} or nil }
    end
    assert(request "GET")
    local response, err = request "POST" -- sent over the connection of the GET request
    assert.same({ nil, "network", "unknown" }, { response, err.kind, err.outcome })
    for i = 1, 3 do
      assert(request "GET")
      assert.equal(i, assert(request "POST").orders)
    end
    client:close()
  end)
end)
