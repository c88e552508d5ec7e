-- The malformed responses in spec/data/malformed_responses.lua, each sent in response to a read and to two orders.
-- Every call ends as the table says, before its deadline and with bounded memory.

local core = require "cbr.core"
local rows = require "spec.data.malformed_responses"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local PATIENCE = 30 -- timeout, in seconds, of a call whose response ends by itself
local DEADLINE = 0.6 -- timeout, in seconds, of a call whose response is endless
local ROOM = 16 * 1024 * 1024 -- number of bytes by which one call may enlarge the process

-- Operation -> its parameters, and the body of a valid response.
local CALLS = {
  list_vault = { is_read = true, params = {}, body = '{"vaults":[],"count":0}' },
  replicate = {
    params = support.replicate_params(),
    body = ('{"replication":{"vault_id":"%s","backups":[]}}'):format(fixtures.vaults.server.id),
  },
  sync = {
    params = { vault_id = fixtures.vaults.hybrid.id },
    body = ('{"sync":{"vault_id":"%s","operation_log_id":"%s"}}'):format(
      fixtures.vaults.hybrid.id, fixtures.vaults.hybrid.id),
  },
}

-- Peak memory of this process since the last call of this function, in bytes; nil if Linux does not report it.
local function peak_memory()
  if os.getenv "LD_PRELOAD" then
    return nil -- ASan and valgrind use memory themselves
  end
  local status = support.read "/proc/self/status"
  local file = io.open("/proc/self/clear_refs", "w")
  if not file or not file:write "5" or not file:close() then
    return nil
  end
  return tonumber(status:match "VmHWM:%s*(%d+) kB") * 1024
end

local function seconds(act)
  local clock = require "socket".gettime
  local from = clock()
  act()
  return clock() - from
end

-- Returns the fault by which the sandbox sends the response of a row to a call of this operation.
local function fault_for(response, call)
  local fault = {}
  for name, value in pairs(type(response) == "table" and response or { fault = "raw", body = response }) do
    fault[name] = value
  end
  local words = {
    BODY = call.body, LENGTH = tostring(#call.body), CHUNK = ("%x\r\n%s\r\n"):format(#call.body, call.body),
  }
  local function fill(text)
    for _, word in ipairs { "BODY", "LENGTH", "CHUNK" } do
      text = text:gsub(word, words[word])
    end
    return text
  end
  fault.body, fault.times = fault.body and fill(fault.body), -1
  return fault
end

describe("a malformed response #wire:", function()
  before_each(sandbox.reset)

  teardown(sandbox.reset)

  local function play(client, name, call, fault, timeout)
    assert(client:show_vault { vault_id = fixtures.vaults.server.id }) -- connects before the call's deadline begins
    fault.call = name
    sandbox.fault(fault)
    local result, err
    collectgarbage()
    peak_memory()
    local before = support.memory()
    local took = seconds(function()
      result, err = client[name](client, call.params, { timeout = timeout })
    end)
    local peak = peak_memory()
    sandbox.clear_faults()
    assert.is_true(took < timeout + 3, ("%s took %.1f s"):format(name, took))
    if peak then
      assert.is_true(peak - before < ROOM, ("%s grew by %d bytes"):format(name, peak - before))
    end
    return result, err
  end

  local function expect(name, call, expected, result, err)
    local is_valid = not expected.kind or call.is_read and expected.valid_for_read
    if is_valid or expected.may_be_valid and not err then
      assert.is_nil(err, tostring(err))
      assert.is_table(result)
      return
    end
    assert.is_nil(result)
    local outcome = not call.is_read and (expected.outcome or "unknown") or nil
    assert.same({ expected.kind, outcome, name }, { err.kind, err.outcome, err.operation }, tostring(err))
    if expected.status then
      assert.equal(expected.status, err.status)
    end
    if expected.says then
      assert.matches(expected.says, err.message)
    end
    assert.is_true(#tostring(err) < 2000)
    assert.is_nil(tostring(err):find "[%z\1-\31\127]")
  end

  for _, row in ipairs(rows) do
    it("each call ends with the expected result or error after this response: " .. row[1], function()
      for name, call in pairs(CALLS) do
        -- a new client for each call, since an order fails on a connection that an earlier fault has broken
        local client = support.single_attempt_client { max_response = 4 * 1024 * 1024 }
        local timeout = row[3] and row[3].kind == "timeout" and DEADLINE or PATIENCE
        local plays = 0
        local result, err
        repeat -- on a busy machine, the short deadline may pass before the order is sent
          result, err = play(client, name, call, fault_for(row[2], call), timeout)
          plays = plays + 1
        until timeout == PATIENCE or call.is_read or not err or err.outcome ~= "not_sent" or plays == 3
        expect(name, call, row[3] or {}, result, err)
        if not call.is_read then
          assert.equal(1, support.count(name))
        end
        for _, request in ipairs(sandbox.requests()) do
          -- the request went to the TLS port, so no redirect was followed
          assert.equal(tonumber(sandbox.tls:match ":(%d+)$"), request.port)
        end
        sandbox.clear_requests()
        -- the client must not take bytes of this response for the next response
        if not (row[3] or {}).rejects_key then
          local vault = assert(client:show_vault { vault_id = fixtures.vaults.server.id })
          assert.equal(fixtures.vaults.server.id, vault.id)
        end
        client:close()
      end
    end)
  end

  it("the request id comes from the head of a response, not from a trailer", function()
    local client = support.single_attempt_client()
    sandbox.fault { call = "list_vault", fault = "raw",
      body = "HTTP/1.1 400 No\r\nX-Request-Id: of the head\r\n"
      .. "Transfer-Encoding: chunked\r\n\r\n0\r\nX-Request-Id: of a trailer\r\n\r\n" }
    local _, err = client:list_vault {}
    assert.equal("of the head", err.request_id)
    client:close()
  end)

  it("the request id does not come from an interim response", function()
    local client = support.single_attempt_client()
    sandbox.fault { call = "list_vault", fault = "raw", body = "HTTP/1.1 103 Early\r\nX-Request-Id: early\r\n\r\n"
      .. "HTTP/1.1 400 No\r\nContent-Length: 0\r\n\r\n" }
    local _, err = client:list_vault {}
    assert.same({ 400, nil }, { err.status, err.request_id })
    client:close()
  end)

  it("reads succeed although many idle connections of the client have broken before", function()
    -- libcurl counts broken connections per handle, and fails a call at the fifth
    local client = support.single_attempt_client()
    for _ = 1, 20 do
      sandbox.fault { call = "list_vault", fault = "close_before" }
      assert(client:show_vault { vault_id = fixtures.vaults.server.id })
      assert(client:list_vault {})
    end
    client:close()
  end)

  it("client:wait reads at most two pages of a list that returns the same full page forever", function()
    local client = support.single_attempt_client()
    local backups = {}
    for i = 1, 1000 do
      backups[i] = ('{"id":"%d"}'):format(i)
    end
    local order = { backups = {}, vault_id = fixtures.vaults.server.id, destination_region = "cn-east-3" }
    for _, list in ipairs { table.concat(backups, ","), ("1,"):rep(999) .. "1" } do
      sandbox.reset()
      sandbox.fault { call = "list_backups", fault = "status", status = 200, body = '{"backups":[' .. list .. "]}",
        times = -1 }
      local report = assert(client:wait(order, { timeout = 20 }))
      assert.is_true(#report.left_out <= 1000)
      assert.is_true(support.count "list_backups" <= 2)
    end
    client:close()
  end)

  -- The tag #many leaves this test out under ASan and valgrind, which need memory themselves.
  it("a response enlarges the process by at most 64 times its size, whatever the response contains #many", function()
    local client = support.single_attempt_client { max_response = 2 * 1024 * 1024 }
    for _, piece in ipairs { "[],", "{},", '"",', "1,", '"a\\u0000b",', '{"":[{}]},' } do
      local body = '{"vaults":[' .. piece:rep(math.floor(1e6 / #piece)) .. "0]}"
      sandbox.fault { call = "list_vault", fault = "status", status = 200, body = body }
      collectgarbage()
      peak_memory()
      local before = support.memory()
      assert.is_table(client:list_vault {})
      local peak = peak_memory()
      assert.is_true(not peak or peak - before < 64 * 1e6, piece .. (peak or 0) - before)
    end
    client:close()
  end)

  it("a response that arrives on an idle connection is not taken for the response to the next request", function()
    local forged = '{"replication":{"vault_id":"forged","backups":[]}}'
    local client = support.single_attempt_client()
    sandbox.fault { call = "list_vault", fault = "raw",
      body = "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{\"vaults\":[]}",
      again = ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"):format(#forged, forged), bytes = 1, interval = 0.05,
      seconds = 3 }
    assert(client:list_vault {})
    core.poll({ client.pool:fd() }, 2) -- until the forged response begins to arrive, or the client has read it
    local replication = assert(client:replicate(support.replicate_params()))
    assert.equal(fixtures.vaults.server.id, replication.vault_id)
    client:close()
  end)
end)
