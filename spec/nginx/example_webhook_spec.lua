-- What examples/nginx copies, which failures it shows, and what it sends to a webhook, in a real nginx with a real
-- receiver.

local fleet = require "spec.helpers.nginx.fleet"
local json = require "cbr.util.json"
local receiver = require "spec.helpers.nginx.receiver"
local recovery = require "spec.helpers.recovery"
local socket = require "socket"
local support = require "spec.helpers.support"

-- The example runs in nginx with LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

local orders_of, sandbox = recovery.orders_of, support.sandbox
local INTERVAL = 3 -- seconds
local KEY = "a-key-for-the-webhook-0123456789"

describe("examples/nginx: copies and the webhook #process", function()
  local hosts, hook, vaults

  -- Adds a backup of a new resource. Returns its id.
  local function add_backup(vault, result, reason)
    local ids = sandbox.patch {
      fill = { vault_id = vaults[vault], count = 1, size = 1, name = vault, replication_result = {
        status = result or "success", code = reason and "BackupService.1006", reason = reason,
      } },
    }
    return ids.backups[1]
  end

  setup(function()
    sandbox.reset()
    sandbox.time_scale(600)
    vaults = {}
    for n, name in ipairs { "good", "manual" } do
      vaults[name] = ("c0ffee00-0000-4000-8000-%012d"):format(n)
      sandbox.patch { vaults = { [vaults[name]] = { kind = "server", project = "home", size = 1000 } } }
      add_backup(name)
    end
    hook = receiver.start()
    hosts = fleet.start({ { "good", INTERVAL, vaults.good }, { "manual", fleet.ENDLESS, vaults.manual } }, fleet.TIMES,
      ("export CBR_WEBHOOK_URL=%s CBR_WEBHOOK_KEY=%s CBR_WEBHOOK_CA_FILE=%s"):format(hook.url, KEY, sandbox.ca))
  end)

  teardown(function()
    hosts:stop()
    hook:stop()
    sandbox.reset()
  end)

  before_each(function()
    sandbox.clear_faults()
    hook:clear()
  end)

  local function vault(name)
    for _, one in ipairs(hosts:status(1).vaults) do
      if one.name == name then
        return one
      end
    end
  end

  -- Waits for the end of a slot of a vault that begins after this call. Returns the result of this slot.
  local function wait_for_next(name)
    local slot = math.floor(socket.gettime() / INTERVAL)
    return fleet.wait_until("the end of a new slot", function()
      local last = vault(name).last
      return last and last.slot > slot and last
    end)
  end

  -- Places a replication whose only backup fails. Returns the id of the job.
  local function place_failing_job()
    add_backup("manual", "fail", "the disk is gone")
    local params = support.replicate_params { vault_id = vaults.manual }
    local body, code = hosts:ask(1, "/replicate", { body = json.encode(params) })
    assert.equal(202, code, body)
    return json.decode(body).id
  end

  local function assert_signed(request)
    local file = support.file(request.body)
    local printed = support.run(("openssl dgst -sha256 -hmac %s < %s"):format(KEY, file))
    os.remove(file)
    assert.equal("sha256=" .. printed:match "%x+%s*$":gsub("%s", ""), request.signature)
  end

  local function metric(text, outcome)
    return tonumber(text:match('cbr_notices_total{outcome="' .. outcome .. '"} (%d+)')) or 0
  end

  -- Returns how many notices have this outcome on both hosts together.
  local function notices(outcome)
    return metric((hosts:ask(1, "/metrics")), outcome) + metric((hosts:ask(2, "/metrics")), outcome)
  end

  it("the example copies each new backup once, even if a vault can be replicated only once", function()
    sandbox.quirks { vault_once_per_region = true }
    local backups = {}
    for i = 1, 3 do
      backups[i] = add_backup "good"
      wait_for_next "good"
      fleet.wait_until("the copy", function() return orders_of(backups[i]) > 0 end)
    end
    assert.same({ "nothing", 0 }, { wait_for_next("good").state, vault("good").last.failed })
    for i = 1, 3 do
      assert.equal(1, orders_of(backups[i]))
    end
    sandbox.quirks { vault_once_per_region = false }
    assert.same({}, hook:requests())
  end)

  it("the example finds out what became of an order whose response was lost, and orders nothing twice", function()
    sandbox.fault { fault = "close_after", call = "copy_backup", times = 1 }
    local accepted = add_backup "good"
    fleet.wait_until("the order", function() return orders_of(accepted) > 0 end)
    sandbox.fault { fault = "close_before", call = "copy_backup", times = 1 }
    local lost = add_backup "good"
    fleet.wait_until("the order", function() return orders_of(lost) > 0 end)
    fleet.wait_until("a slot without missing copies", function() return wait_for_next("good").state == "nothing" end)
    assert.same({ 1, 1 }, { orders_of(accepted), orders_of(lost) })
    assert.same({}, hook:requests())
  end)

  it("the example goes on with a run whose workers were all killed, and orders nothing twice", function()
    sandbox.fault { fault = "slow_headers", seconds = 1.5, call = "copy_backup", times = 4 }
    local backups = {}
    for i = 1, 4 do
      backups[i] = add_backup "good"
    end
    fleet.wait_until("the first order", function() return orders_of(backups[1]) + orders_of(backups[4]) > 0 end)
    hosts:kill_workers(1)
    hosts:kill_workers(2)
    sandbox.clear_faults()
    for i = 1, 4 do
      fleet.wait_until("the order", function() return orders_of(backups[i]) > 0 end)
    end
    fleet.wait_until("a slot without missing copies", function() return wait_for_next("good").state == "nothing" end)
    for i = 1, 4 do
      assert.equal(1, orders_of(backups[i]))
    end
    assert.same({}, hook:requests())
  end)

  it("a worker that was suspended until another worker took over its vault orders nothing more", function()
    sandbox.fault { fault = "slow_headers", seconds = 1, call = "copy_backup", times = 8 }
    local backups = {}
    for i = 1, 12 do -- more copies than can be in progress at the same time
      backups[i] = add_backup "good"
    end
    local function total()
      local count = 0
      for i = 1, 12 do
        count = count + orders_of(backups[i])
      end
      return count
    end
    fleet.wait_until("the first order", function() return total() > 0 end)
    local pid = hosts:redis("get cbr:lock:" .. vaults.good):match "^%a+:(%d+):"
    support.run("kill -STOP " .. pid)
    local ok, reason = pcall(fleet.wait_until, "the orders by the other host", function() return total() == 12 end)
    support.run("kill -CONT " .. pid)
    assert.is_true(ok, ok or tostring(reason))
    fleet.wait_until("a slot without missing copies", function() return wait_for_next("good").state == "nothing" end)
    for i = 1, 12 do
      assert.equal(1, orders_of(backups[i]))
    end
    assert.same({}, hook:requests())
  end)

  it("the example names the backup whose copy failed in a slot, and sends one signed notice of the failure", function()
    local id = add_backup("good", "fail", "the disk is gone")
    local last = fleet.wait_until("the failure", function()
      local one = vault("good").last
      return one and one.state == "failed" and one
    end)
    sandbox.patch { backups = { [id] = { replication_result = { status = "success" } } } }
    local failure = last.failures[1]
    assert.same({ id, "good_00001", "BackupService.1006", "the disk is gone" },
      { failure.backup_id, failure.backup_name, failure.code, failure.reason })
    local request = fleet.wait_until("the notice", function() return hook:requests()[1] end)
    assert_signed(request)
    local body = json.decode(request.body)
    assert.same({ "failed", "good", last.slot, id }, { body.state, body.vault, body.slot, body.failures[1].backup_id })
    assert.equal(body.id, request.idempotency_key)
    fleet.wait_until("a slot that succeeds", function() return wait_for_next("good").state == "nothing" end)
    -- On a slow machine, the copy fails in several slots. Each slot has one order, and each failed slot has one notice.
    fleet.wait_until("the notices", function() return #hook:requests() == orders_of(id) - 1 end)
    local slots = {}
    for _, notice in ipairs(hook:requests()) do
      assert.is_nil(slots[notice.idempotency_key])
      slots[notice.idempotency_key] = true
    end
  end)

  it("the example sends a signed notice of a failed job, and sends the notice again if it was not accepted", function()
    hook:respond(503)
    local id = place_failing_job()
    fleet.wait_until("the first try", function() return #hook:requests() == 1 end)
    hook:respond(204)
    local requests = fleet.wait_until("the second try", function()
      local all = hook:requests()
      return #all == 2 and all
    end)
    for _, request in ipairs(requests) do
      assert_signed(request)
      assert.equal(id, request.idempotency_key)
      assert.equal(requests[1].body, request.body)
    end
    assert.equal("the disk is gone", json.decode(requests[1].body).failures[1].reason)
  end)

  it("a notice is not sent again if its worker was killed after the receiver had got the notice", function()
    local unknown = notices "unknown"
    hook:respond(204, 5)
    local id = place_failing_job()
    fleet.wait_until("the notice", function() return #hook:requests() == 1 end)
    hosts:kill_workers(1)
    hosts:kill_workers(2)
    hosts:redis(("zadd cbr:notices 0 cbr:job:%s"):format(id)) -- as if the dead worker's lease had ended
    fleet.wait_until("the end of the notice", function() return notices "unknown" == unknown + 1 end)
    assert.equal(1, #hook:requests())
    assert.equal(id, hook:requests()[1].idempotency_key)
  end)

  it("a notice is sent by another worker if its worker was killed before it had sent anything", function()
    hook:pause() -- nobody accepts the connection, so that the worker waits for the TLS handshake
    local id = place_failing_job()
    fleet.wait_until("the claim of the notice", function()
      return (tonumber((hosts:redis(("zscore cbr:notices cbr:job:%s"):format(id)))) or 0) > 0
    end)
    hosts:kill_workers(1)
    hosts:kill_workers(2)
    hook:resume()
    hosts:redis(("zadd cbr:notices 0 cbr:job:%s"):format(id))
    local request = fleet.wait_until("the notice", function() return hook:requests()[1] end)
    assert.equal(id, request.idempotency_key)
    socket.sleep(1)
    assert.equal(1, #hook:requests())
  end)

  it("the example writes neither the webhook's key nor another secret to its logs", function()
    local logs = hosts:logs()
    for _, secret in ipairs { KEY, hosts.token, hosts.password, support.fixtures.keys.home.sk } do
      assert.is_nil(logs:find(secret, 1, true))
    end
  end)
end)

describe("examples/nginx: a webhook that cannot be trusted #process", function()
  local hosts, hook

  setup(function()
    sandbox.reset()
    local id = "c0ffee00-0000-4000-8000-000000000009" -- a vault without a backup, so that its slot fails
    sandbox.patch { vaults = { [id] = { kind = "server", project = "home", size = 1000 } } }
    hook = receiver.start()
    hosts = fleet.start({ { "empty", fleet.ENDLESS, id } }, fleet.TIMES,
      ("export CBR_WEBHOOK_URL=%s CBR_WEBHOOK_KEY=%s"):format(hook.url, KEY))
  end)

  teardown(function()
    hosts:stop()
    hook:stop()
    sandbox.reset()
  end)

  it("the example sends nothing to a receiver whose certificate it cannot verify", function()
    fleet.wait_until("the first look into Redis", function() return hosts:redis "get cbr:born" ~= "" end)
    hosts:redis "set cbr:born 1" -- so that Redis' data counts as older than the slot
    local notice
    local ok, problem = pcall(fleet.wait_until, "the try", function()
      local name = hosts:redis "keys cbr:slot:empty:*:notice":match "%S+"
      notice = name and json.decode((hosts:redis("get " .. name)))
      return notice and notice.reason
    end)
    assert.is_true(ok, ok or tostring(problem) .. json.encode(notice or {}) .. hosts:logs())
    local last
    fleet.wait_until("the result of the order", function()
      last = hosts:status(1).vaults[1].last
      return last and last.error
    end)
    assert.same({ "failed", "nothing_to_do" }, { last.state, last.error.kind })
    assert.is_true(tonumber(hosts:redis("ttl " .. hosts:redis "keys cbr:slot:empty:*":match "%S+")) > fleet.ENDLESS)
    assert.same({ "due", 1 }, { notice.state, notice.tries })
    assert.matches("certificate", notice.reason)
    assert.same({}, hook:requests())
  end)

  it("the command in the example's README turns a resolv.conf into a resolver directive", function()
    local page = support.read "examples/nginx/README.md"
    local command = page:match "\n(awk '[^\n]+) >/etc/cbr%-replicator/resolver.conf\n"
    for address, directive in pairs { ["192.0.2.53"] = "192.0.2.53", ["2001:db8::53"] = "[2001:db8::53]" } do
      local file = support.file("search example.com\nnameserver " .. address .. "\nnameserver 192.0.2.54\n")
      assert.equal("resolver " .. directive .. ";\n", (support.run((command:gsub("/etc/resolv.conf", file)))))
      os.remove(file)
    end
  end)

  it("the example rejects settings with a webhook that has no valid URL or no key", function()
    sandbox.reset()
    local ok, reason = pcall(fleet.start, {}, fleet.TIMES, "export CBR_WEBHOOK_URL=ftp://example.com CBR_WEBHOOK_KEY=x")
    assert.is_false(ok)
    assert.matches("CBR_WEBHOOK_URL must be a URL like", reason, 1, true)
    assert.matches("CBR_WEBHOOK_KEY or CBR_WEBHOOK_KEY_FILE must give 16 characters", reason, 1, true)
  end)
end)
