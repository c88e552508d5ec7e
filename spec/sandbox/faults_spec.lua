-- The sandbox's faults, as a plain HTTP client receives them.

local cjson = require "cjson"
local raw_client = require "spec.helpers.raw_client"
local support = require "spec.helpers.support"
local socket = require "socket"

local sandbox, fixtures = support.sandbox, support.fixtures
local vaults = fixtures.vaults

local function sync(vault)
  return raw_client.send(raw_client.path "checkpoints/sync", {
    method = "POST", body = { sync = { vault_id = vaults[vault or "hybrid"].id, auto_trigger = false } },
  })
end

local function list_vaults()
  return raw_client.send(raw_client.path "vaults")
end

local function gunzip(bytes)
  local file = support.file(bytes)
  local text, ok = support.run("gzip -dc <" .. file)
  os.remove(file)
  assert.is_true(ok, text)
  return text
end

describe("a fault of the sandbox", function()
  before_each(sandbox.reset)
  teardown(sandbox.reset)

  it("with skip = 2, a fault of the sandbox leaves the first two calls unchanged, and changes the third", function()
    sandbox.fault { fault = "html_502", call = "list_vault", skip = 2 }
    local statuses = {}
    for i = 1, 4 do
      statuses[i] = list_vaults().status
    end
    assert.same({ 200, 200, 502, 200 }, statuses)
  end)

  it("each of three faults of the sandbox makes one renewal of a token fail", function()
    local body = { auth = {
      identity = { methods = { "password" }, password = { user = {
        id = fixtures.users.home.id, password = fixtures.users.home.password,
      } } },
      scope = { project = { id = fixtures.projects.home.id } },
    } }
    local function sign_in()
      return raw_client.send("/v3/auth/tokens", { method = "POST", body = body })
    end
    for _, way in ipairs { { "html_502", 503 }, { "throttled", 429 }, { "close_before" } } do
      sandbox.reset()
      sandbox.fault { fault = way[1], status = way[2], call = "iam_create_token", skip = 1 }
      assert.equal(201, sign_in().status)
      local ok, response = pcall(sign_in)
      assert.equal(way[2] or nil, ok and response.status or nil)
      assert.equal(201, sign_in().status)
    end
  end)

  it("under the fault silent, the sandbox sends no response, whether it has processed the call or not", function()
    for _, after in ipairs { false, true } do
      sandbox.reset()
      sandbox.fault { fault = "silent", call = "sync", seconds = 0.3, after = after }
      local from = socket.gettime()
      assert.is_false(pcall(sync))
      assert.is_true(socket.gettime() - from > 0.25)
      assert.equal(after and 1 or 0, #sandbox.ledger())
    end
  end)

  it("under the fault held, the sandbox accepts an order at once, and responds when the faults are deleted", function()
    sandbox.fault { fault = "held", call = "sync" }
    local client = assert(socket.connect(sandbox.plain:match "//(.+):(%d+)"))
    local body = cjson.encode { sync = { vault_id = vaults.hybrid.id, auto_trigger = false } }
    client:send(("POST %s HTTP/1.1\r\nHost: localhost\r\nX-Auth-Token: %s\r\nContent-Length: %d\r\n\r\n%s"):format(
      raw_client.path "checkpoints/sync", fixtures.tokens.home.value, #body, body))
    assert.equal(1, support.soon(1, function() return #sandbox.ledger() end))
    client:settimeout(0.3)
    assert.equal("timeout", select(2, client:receive()))
    assert.equal(1, #sandbox.ledger())
    sandbox.clear_faults()
    client:settimeout(10)
    assert.equal("HTTP/1.1 200 OK", client:receive())
    client:close()
  end)

  it("the fault other_vault replaces the vault's id in a response, or the values of given fields", function()
    sandbox.fault { fault = "other_vault", call = "sync" }
    local response = sync()
    assert.same({ 200, fixtures.nowhere.id }, { response.status, response.body.sync.vault_id })
    assert.same({ vaults.hybrid.id, 1 }, { sandbox.ledger()[1].vault_id, #sandbox.ledger() })

    local fields = { vault_id = vaults.server.id, destination_region = "cn-south-9" }
    sandbox.fault { fault = "other_vault", call = "list_op_logs", fields = fields }
    local tasks = raw_client.get("operation-logs").operation_logs
    assert.is_true(#tasks > 1)
    for _, task in ipairs(tasks) do
      assert.equal(vaults.server.id, task.vault_id)
      assert.equal(task.extra_info.replication and "cn-south-9", (task.extra_info.replication or {}).destination_region)
    end
    assert.is_true(raw_client.get("operation-logs").operation_logs[1].vault_id ~= vaults.server.id)
  end)

  it("the fault quirks sets quirks for a single call, for example a delay for the task of one order", function()
    sandbox.fault { fault = "quirks", call = "list_vault", quirks = { page_size = 2, count_of_page = true } }
    assert.equal(2, list_vaults().body.count)
    assert.is_true(list_vaults().body.count > 2)

    sandbox.fault { fault = "close_after", call = "sync", quirks = { late_tasks = 1e6 } }
    assert.is_false(pcall(sync))
    assert.equal(200, sync("hybrid_partial").status)
    assert.equal(0, raw_client.get("operation-logs?vault_id=" .. vaults.hybrid.id).count)
    assert.equal(1, raw_client.get("operation-logs?vault_id=" .. vaults.hybrid_partial.id).count)
    sandbox.time_scale(1e8)
    support.run "sleep 0.05"
    assert.equal(1, raw_client.get("operation-logs?vault_id=" .. vaults.hybrid.id).count)
    assert.is_false(pcall(sandbox.fault, { fault = "quirks", quirks = { nonsense = 1 } }))
  end)

  it("the fault error_in_200 makes the sandbox send an error with status 200", function()
    sandbox.fault { fault = "error_in_200", call = "sync", code = "BackupService.7302", message = "busy" }
    local response = sync()
    assert.same({ 200, "BackupService.7302", "busy", 0 },
      { response.status, response.body.error_code, response.body.error_msg, #sandbox.ledger() })
  end)

  it("the fault gzip compresses a response or an error although the client did not ask for compression", function()
    sandbox.fault { fault = "gzip", call = "sync" }
    local response = sync()
    assert.equal("gzip", response.headers["content-encoding"])
    assert.matches(vaults.hybrid.id, gunzip(response.text), 1, true)
    assert.equal(1, #sandbox.ledger())

    sandbox.fault { fault = "gzip", call = "sync", status = 400, code = "BackupService.6112" }
    response = sync "hybrid_partial"
    assert.same({ 400, "gzip", 1 }, { response.status, response.headers["content-encoding"], #sandbox.ledger() })
    assert.matches('"error_code":"BackupService.6112"', gunzip(response.text), 1, true)

    sandbox.fault { fault = "gzip", call = "list_vault", bytes = 1e6 }
    response = list_vaults()
    assert.is_true(#response.text < 1e4)
    assert.equal(1e6, #gunzip(response.text))
  end)

  it("the fault rate_limit allows a few calls in each window, and states the limit in text and headers", function()
    sandbox.fault { fault = "rate_limit", limit = 2, time = "1 minute", call = "list_vault" }
    local seen = {}
    for i = 1, 3 do
      local response = list_vaults()
      seen[i] = { response.status, response.headers["x-apig-ratelimit-api"] }
    end
    assert.same({
      { 200, "remain:1,limit:2,time:1 minute" }, { 200, "remain:0,limit:2,time:1 minute" },
      { 429, "remain:0,limit:2,time:1 minute" },
    }, seen)
    local response = list_vaults()
    assert.equal("APIGW.0308", response.body.error_code)
    assert.equal("The throttling threshold has been reached: policy user over ratelimit,limit:2,time:1 minute",
      response.body.error_msg)
    assert.equal(response.headers["x-apig-ratelimit-api"], response.headers["x-apig-ratelimit-user"])
    sandbox.clear_faults()
    sandbox.fault { fault = "rate_limit", limit = 1, time = "1 second", call = "list_vault" }
    local tries = 0
    repeat -- the limit is reached once two calls come within a second
      tries = tries + 1
    until list_vaults().status == 429 or tries == 20
    assert.is_true(tries < 20)
    socket.sleep(1.05)
    assert.equal(200, list_vaults().status)
    assert.equal(1, #sandbox.faults())
  end)

  it("the fault throttled can state a rate limit in the error's message", function()
    sandbox.fault { fault = "throttled", call = "list_vault", limit = 5, time = "1 minute", without_headers = true }
    local response = list_vaults()
    assert.equal(429, response.status)
    assert.matches("over ratelimit,limit:5,time:1 minute", response.body.error_msg, 1, true)
    assert.is_nil(response.headers["x-apig-ratelimit-api"])
  end)
end)
