-- What goes wrong on the way: each fault is played by the server, over real sockets.

local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures

describe("when the way there breaks", function()
  local client

  setup(function()
    client = support.single { timeout = 2, connect_timeout = 1 }
  end)

  teardown(function()
    client:close()
  end)

  before_each(function()
    sandbox.reset()
  end)

  after_each(function()
    sandbox.clear_faults()
  end)

  -- How long fn takes, in seconds.
  local function seconds(fn)
    local clock = require "socket".gettime
    local from = clock()
    fn()
    return clock() - from
  end

  -- Plays a fault on a replicate; -> the error, and how many orders were taken in
  local function play(fault, call)
    fault.call = fault.call or "replicate"
    sandbox.fault(fault)
    local replication, err = client:replicate(support.replicate_params(), call)
    assert.is_nil(replication)
    assert.equal("replicate", err.operation)
    assert.equal(1, err.attempts)
    return err, #sandbox.ledger()
  end

  local function expect(err, kind, outcome, retryable)
    assert.same({ kind, outcome, retryable }, { err.kind, err.outcome, err.retryable })
  end

  it("says that a refused connection sent nothing", function()
    local one = support.single()
    sandbox.fault { fault = "refused" } -- until it is cleared
    local _, err = one:replicate(support.replicate_params())
    expect(err, "connect", "not_sent", true)
    sandbox.clear_faults()
    assert.equal(0, #sandbox.ledger())
    assert(one:replicate(support.replicate_params()))
    one:close()
  end)

  it("says that an unknown host sent nothing", function()
    local one = support.single { endpoint = "https://no-such-host.invalid" }
    local _, err = one:replicate(support.replicate_params())
    expect(err, "connect", "not_sent", true)
    one:close()
  end)

  it("does not know the outcome of a reset, whether the order was taken in or not", function()
    local err, orders = play { fault = "reset_before" }
    expect(err, "network", "unknown", false)
    assert.equal(0, orders)
    err, orders = play { fault = "reset_after" }
    expect(err, "network", "unknown", false)
    assert.equal(1, orders)
  end)

  it("never sends an order twice over a kept connection that dies", function()
    -- libcurl by itself sends a request again when a reused connection closes before a byte of an answer
    for _, fault in ipairs { "close_after", "reset_after" } do
      sandbox.reset()
      assert(client:request { method = "GET", path = "/v3/{project_id}/vaults" })
      local err, orders = play { fault = fault, times = -1 }
      expect(err, "network", "unknown", false)
      assert.equal(1, orders)
      local sent = 0
      for _, request in ipairs(sandbox.requests()) do
        sent = sent + (request.operation == "replicate" and 1 or 0)
      end
      assert.equal(1, sent)
    end
  end)

  it("lets a read go out again when its kept connection dies", function()
    assert(client:request { method = "GET", path = "/v3/{project_id}/vaults" })
    sandbox.fault { call = "list_vault", fault = "close_before" }
    assert(client:request { method = "GET", path = "/v3/{project_id}/vaults" })
  end)

  it("ends at the deadline when the answer is slow", function()
    local err, orders
    local took = seconds(function()
      err, orders = play({ fault = "slow_headers", seconds = 5 }, { timeout = 0.3 })
    end)
    expect(err, "timeout", "unknown", false)
    assert.equal(1, orders)
    assert.is_true(took > 0.25 and took < 1)
  end)

  it("ends at the deadline when the answer drips", function()
    local err = play({ fault = "drip", interval = 0.1 }, { timeout = 0.5 })
    expect(err, "timeout", "unknown", false)
  end)

  it("ends at the deadline when nothing answers the connection", function()
    local listener = require "socket".bind("127.0.0.1", 0) -- accepts in the kernel, never speaks TLS
    local _, port = listener:getsockname()
    local one = support.single { endpoint = "https://127.0.0.1:" .. port, connect_timeout = 0.2 }
    local err
    local function call(options)
      return function()
        err = select(2, one:replicate(support.replicate_params(), options))
        expect(err, "timeout", "not_sent", true)
      end
    end
    assert.is_true(seconds(call()) < 1)
    local took = seconds(call { connect_timeout = 0.6 })
    assert.is_true(took > 0.5 and took < 1.5)
    assert.is_true(seconds(call { timeout = 0.1 }) < 0.5)
    one:close()
    listener:close()
  end)

  it("says that a peer which hangs up in the handshake sent nothing, and is no question of trust", function()
    local listener = require "socket".bind("127.0.0.1", 0)
    local _, port = listener:getsockname()
    local one = support.single { endpoint = "https://127.0.0.1:" .. port }
    local function hang_up()
      listener:settimeout(5)
      listener:accept():close()
    end
    local core = require "cbr.core"
    local pool = core.pool { max_body = 1000, proxy = "" }
    local transfer = pool:start { method = "POST", origin = "https://127.0.0.1:" .. port, path = "/", timeout = 30 }
    while pool:in_flight() > 0 do
      pool:step(0.05)
      if hang_up then
        hang_up()
        hang_up = nil
      end
    end
    local answer = transfer:finish()
    assert.same({ "connect", "not_sent" }, { answer.result, answer.reach })
    pool:close()
    one:close()
    listener:close()
  end)

  it("ends at its deadline even while it waits for a connection to become free", function()
    local one = support.single { endpoint = sandbox.plain, max_connections = 1 }
    local cbr = require "cbr"
    local took = {}
    assert(one:request { method = "GET", path = "/v3/{project_id}/vaults" })
    cbr.map({ { 1, 5 }, { 0, 0.3 } }, function(item, index)
      took[index] = seconds(function()
        one:request({
          method = "GET", path = "/v3/{project_id}/echo", query = { delay = item[1] },
        }, { timeout = item[2] })
      end)
    end)
    assert.is_true(took[2] > 0.25 and took[2] < 0.8, took[2] .. " s")
    one:close()
  end)

  it("goes by the proxy that is given, and past it where it is told to", function()
    local one = support.single { proxy = "http://127.0.0.1:1" }
    local _, err = one:replicate(support.replicate_params())
    expect(err, "connect", "not_sent", true)
    one:close()
    one = support.single { proxy = "http://127.0.0.1:1", no_proxy = "localhost" }
    assert(one:replicate(support.replicate_params()))
    one:close()
    one = support.single { proxy = "nonsense://user:password@127.0.0.1:1" }
    _, err = one:sync { vault_id = world.vaults.hybrid.id }
    expect(err, "config", "not_sent", false)
    assert.is_nil(tostring(err):find("password", 1, true))
    one:close()
  end)

  it("refuses a truncated answer", function()
    expect(play { fault = "truncated" }, "network", "unknown", false)
  end)

  it("refuses a body over its limit, early", function()
    local one = support.single { max_response = 100000 }
    sandbox.fault { call = "replicate", fault = "oversized" }
    local before = support.memory()
    local _, err = one:replicate(support.replicate_params())
    expect(err, "protocol", "unknown", false)
    assert.matches("body is larger than allowed", err.message)
    assert.is_true(support.memory() - before < 8e6)
    one:close()
  end)

  it("refuses headers over their limit", function()
    local err = play { fault = "endless_headers" }
    expect(err, "protocol", "unknown", false)
    assert.matches("larger than allowed", err.message)
  end)

  it("refuses what is not JSON", function()
    for _, fault in ipairs { "invalid_json", "wrong_type" } do
      sandbox.reset()
      local err = play { fault = fault }
      expect(err, "protocol", "unknown", false)
      assert.equal(200, err.status)
      assert.matches("not JSON", err.message)
    end
  end)

  it("refuses an answer without what it should hold", function()
    local err = play { fault = "empty" }
    expect(err, "protocol", "unknown", false)
    assert.matches("has no 'replication'", err.message)
    sandbox.fault { call = "replicate", fault = "status", status = 200, body = '{"replication":null}' }
    local _, other = client:replicate(support.replicate_params())
    expect(other, "protocol", "unknown", false)
  end)

  it("refuses what is not HTTP", function()
    local err = play { fault = "garbage" }
    expect(err, "protocol", "unknown", false)
  end)

  it("does not know the outcome of a gateway's 500, 502, 503 and 504", function()
    local err = play { fault = "html_502" }
    expect(err, "service", "unknown", false)
    assert.equal(502, err.status)
    assert.matches("text/html", err.message)
    for _, status in ipairs { 500, 503, 504 } do
      sandbox.reset()
      err = play { fault = "status", status = status, code = "APIGW.0201", message = "Backend timeout" }
      expect(err, "service", "unknown", false)
      assert.same({ "APIGW.0201", status }, { err.code, err.status })
    end
  end)

  it("knows that the service's own 500 is a refusal, and that its 9910 is not", function()
    local err = play { fault = "status", status = 500, code = "BackupService.1005", message = "m" }
    expect(err, "service", "rejected", false)
    err = play { fault = "status", status = 500, code = "BackupService.6118", message = "m" }
    expect(err, "service", "rejected", true)
    err = play { fault = "status", status = 500, code = "BackupService.9910", message = "m" }
    expect(err, "service", "unknown", false)
  end)

  it("never follows a redirect", function()
    for status, outcome in pairs { [301] = "rejected", [302] = "unknown", [307] = "rejected", [308] = "rejected" } do
      sandbox.reset()
      local err = play { fault = "redirect", status = status }
      expect(err, "protocol", outcome, false)
      assert.equal(status, err.status)
      assert.equal(1, #sandbox.requests())
    end
  end)

  it("goes on working afterwards", function()
    assert(client:replicate(support.replicate_params()))
    assert(client:sync { vault_id = world.vaults.hybrid.id })
  end)
end)
