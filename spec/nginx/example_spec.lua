-- examples/nginx as a fleet runs it: two hosts of two workers, a Redis, and the sandbox's ledger as the judge.

local fleet = require "spec.helpers.nginx.fleet"
local json = require "cbr.util.json"
local socket = require "socket"
local support = require "spec.helpers.support"

-- What runs is nginx with LuaJIT, whatever Lua runs the spec: one of them is enough.
if not rawget(_G, "jit") then
  return
end

local sandbox, world = support.sandbox, support.world
local INTERVAL = 3

local function start(rows)
  return fleet.start(rows,
    "tick = 0.1, poll_interval = 0.2, timeout = 2, lock = 1, search_time = 2.5, retry_pause = 0.3")
end

local function wait_until(what, condition, seconds)
  local deadline = socket.gettime() + (seconds or 20)
  repeat
    local value = condition()
    if value then
      return value
    end
    socket.sleep(0.05)
  until socket.gettime() > deadline
  error("in vain: " .. what, 2)
end

local function slot_now()
  return math.floor(socket.gettime() / INTERVAL)
end

describe("examples/nginx: the schedule #process", function()
  local hosts, vaults

  setup(function()
    sandbox.reset()
    sandbox.time_scale(600)
    vaults = { fleet.endless_vault(1), fleet.endless_vault(2) }
    hosts = start { { "first", INTERVAL, vaults[1] }, { "second", INTERVAL, vaults[2] } }
  end)

  teardown(function()
    hosts:stop()
    sandbox.reset()
  end)

  before_each(function()
    sandbox.clear_faults()
  end)

  -- Begins at the start of a slot in which nothing has been ordered yet; -> the slot
  local function next_slot()
    local slot = slot_now() + 1
    socket.sleep(slot * INTERVAL - socket.gettime())
    return slot
  end

  local function ended(name, slot)
    return function()
      local state = hosts:redis(("hget cbr:history:%s %d"):format(name, slot))
      return state ~= "" and state ~= "claimed" and state ~= "in_progress" and state ~= "retry" and state
    end
  end

  it("orders each slot once, over reloads and killed workers", function()
    local from = slot_now() + 1
    wait_until("the first order", function() return #sandbox.ledger() > 0 end)
    for i = 1, 4 do
      hosts:reload(i % 2 + 1)
      socket.sleep(0.7)
      hosts:kill_workers((i + 1) % 2 + 1)
      socket.sleep(1.1)
    end
    local to = slot_now()
    for n, name in ipairs { "first", "second" } do
      wait_until("the last slot's end", ended(name, to))
      local ordered = 0
      for _, one in ipairs(hosts:slots(name, vaults[n], INTERVAL, from, to)) do
        local state = one.record and one.record.state
        -- a worker that is killed just after its claim leaves it to nobody
        local least = state == "unknown" and 0 or 1
        assert.is_true(one.count >= least and one.count <= 1, ("%s, slot %d: %d times, %s"):format(name, one.slot,
          one.count, tostring(state)))
        ordered = ordered + one.count
      end
      assert.is_true(ordered >= 2)
    end
  end)

  it("finds the order of workers that were killed before its answer, and follows it", function()
    socket.sleep(0.5)
    sandbox.fault { fault = "slow_headers", seconds = 20, call = "replicate", times = 2 }
    sandbox.clear_ledger()
    local slot = next_slot()
    local order = wait_until("an order taken in", function() return sandbox.ledger()[1] end)
    hosts:kill_workers(1)
    hosts:kill_workers(2)
    sandbox.clear_faults()
    local n = order.vault_id == vaults[1] and 1 or 2
    local name = n == 1 and "first" or "second"
    local state = wait_until("its end", ended(name, slot))
    local record = hosts:redis(("get cbr:slot:%s:%d"):format(name, slot))
    assert.equal("done", state, record)
    assert.equal(1, hosts:slots(name, vaults[n], INTERVAL, slot, slot)[1].count)
    assert.matches("the response was lost; the search found the order", record, 1, true)
  end)

  it("does not order again what may have been taken in, and says so", function()
    sandbox.fault { fault = "close_before", call = "replicate", times = 2 }
    sandbox.clear_ledger()
    local slot = next_slot()
    local said = wait_until("it is given up", function()
      for _, vault in ipairs(hosts:status(2).vaults) do
        if vault.name == "first" and vault.last and vault.last.slot >= slot then
          return vault
        end
      end
    end)
    assert.equal(slot, said.last.slot)
    assert.equal("unknown", said.last.state)
    assert.equal("network", said.last.error.kind)
    assert.equal(0, hosts:slots("first", vaults[1], INTERVAL, slot, slot)[1].count)
    assert.equal("done", wait_until("the slot after it", ended("first", slot + 1)))
  end)

  it("tries again within the slot what was certainly not taken in", function()
    wait_until("quiet", ended("second", slot_now()))
    sandbox.fault { fault = "throttled", call = "replicate", times = 2 }
    local slot = next_slot()
    for n, name in ipairs { "first", "second" } do
      assert.equal("done", wait_until("its end", ended(name, slot)))
      assert.equal(1, hosts:slots(name, vaults[n], INTERVAL, slot, slot)[1].count)
    end
    assert.same({}, sandbox.faults())
  end)

  it("goes on with a run under way after reloads, though its vault has left the list", function()
    local slot = next_slot()
    sandbox.time_scale(8)
    local order = wait_until("an order", function()
      for _, entry in ipairs(sandbox.ledger()) do
        if entry.vault_id == vaults[1] and entry.time >= slot * INTERVAL then
          return entry
        end
      end
    end)
    local old = hosts:workers(1)
    hosts:set_vaults { { "second", INTERVAL, vaults[2] } }
    hosts:reload(1)
    hosts:reload(2)
    wait_until("both have the new list", function()
      return #hosts:status(1).vaults == 1 and #hosts:status(2).vaults == 1
    end)
    local function record()
      return hosts:slots("first", vaults[1], INTERVAL, slot, slot)[1].record
    end
    wait_until("the old workers' end", function()
      return select(2, support.run(("! kill -0 %s && ! kill -0 %s"):format(old[1], old[2])))
    end)
    assert.equal("in_progress", record().state)
    sandbox.time_scale(600)
    wait_until("its end", function() return record().state == "done" end)
    assert.equal(order.made[1].replication_record_id, record().started.backups[1].replication_record_id)
    hosts:set_vaults { { "first", INTERVAL, vaults[1] }, { "second", INTERVAL, vaults[2] } }
    hosts:reload(1)
    hosts:reload(2)
    wait_until("both have the old list", function()
      return #hosts:status(1).vaults == 2 and #hosts:status(2).vaults == 2
    end)
  end)

  it("keeps what the service said while Redis is away", function()
    wait_until("quiet", ended("second", slot_now()))
    sandbox.clear_ledger()
    sandbox.fault { fault = "slow_headers", seconds = 1, call = "replicate", times = 2 }
    local slot = next_slot()
    wait_until("an order taken in", function() return sandbox.ledger()[1] end)
    hosts:stop_redis()
    wait_until("it is kept", function()
      return hosts:logs():find("is kept on this host until Redis is back", 1, true)
    end)
    sandbox.clear_faults()
    hosts:start_redis()
    local name = sandbox.ledger()[1].vault_id == vaults[1] and "first" or "second"
    local n = name == "first" and 1 or 2
    assert.equal("done", wait_until("its end", ended(name, slot)))
    assert.equal(1, hosts:slots(name, vaults[n], INTERVAL, slot, slot)[1].count)
  end)

  it("orders nothing while Redis is away, says why, and goes on after it", function()
    wait_until("quiet", ended("second", slot_now()))
    hosts:stop_redis()
    local before = #sandbox.ledger()
    next_slot()
    socket.sleep(1)
    for host = 1, 2 do
      local status = hosts:status(host)
      assert.is_false(status.ordering)
      assert.matches("nothing is ordered: Redis at 127.0.0.1:%d+ cannot be reached", status.why_not)
      assert.equal(2, #status.vaults)
      assert.matches("\ncbr_redis_up 0\n", (hosts:ask(host, "/metrics")))
    end
    local body, code = hosts:ask(1, "/sync", { body = json.encode { vault_id = world.vaults.hybrid.id } })
    assert.equal(503, code)
    assert.matches("nothing is ordered", body)
    assert.equal(before, #sandbox.ledger())
    hosts:start_redis()
    wait_until("orders again", function() return #sandbox.ledger() > before end)
    for host = 1, 2 do
      wait_until("it says so", function() return hosts:status(host).ordering end)
    end
  end)

  it("does not order a slot again when Redis has lost all that it knew", function()
    local before = slot_now()
    wait_until("quiet", function() return ended("first", before)() and ended("second", before)() end)
    local slot = next_slot()
    wait_until("both are through", function() return ended("first", slot)() and ended("second", slot)() end)
    hosts:redis "flushall"
    socket.sleep((slot + 1) * INTERVAL - socket.gettime() - 0.2)
    assert.equal(1, hosts:slots("first", vaults[1], INTERVAL, slot, slot)[1].count)
    assert.equal("done", wait_until("the next slot", ended("first", slot + 1)))
  end)

  it("keeps secrets out of logs", function()
    local logs = hosts:logs()
    for _, secret in ipairs { world.keys.home.sk, hosts.token, hosts.password } do
      assert.is_nil(logs:find(secret, 1, true))
    end
    for line in logs:gmatch "[^\n]+" do
      local is_bad = line:find "%[error%]" or line:find "%[crit%]" or line:find "%[emerg%]" or line:find "%[alert%]"
      local is_ours = line:find("exited on signal 9", 1, true) or line:find("recv() failed", 1, true) -- the spec did it
      assert.truthy(is_ours or not is_bad, line)
    end
  end)
end)

describe("examples/nginx: what it answers #process", function()
  local hosts
  local replicate = json.encode(support.replicate_params())

  setup(function()
    sandbox.reset()
    sandbox.time_scale(600)
    local a_year = 31536000 -- no schedule to speak of: only what is asked for
    hosts = start { { "yearly", a_year, world.vaults.single.id } }
  end)

  teardown(function()
    hosts:stop()
    sandbox.reset()
  end)

  local function job(id)
    local body, code = hosts:ask(2, "/jobs/" .. id)
    assert.equal(200, code, body)
    return json.decode(body)
  end

  it("401 without the token, and nothing is ordered", function()
    for _, path in ipairs { "/replicate", "/sync" } do
      for _, token in ipairs { false, "another-token-0123456789", hosts.token .. "0" } do
        local _, code, headers = hosts:ask(1, path, { body = replicate, token = token })
        assert.equal(401, code)
        assert.matches("^Bearer", headers["www-authenticate"])
      end
    end
    local _, code = hosts:ask(1, "/jobs/" .. ("0"):rep(32), { token = false })
    assert.equal(401, code)
    assert.same({}, sandbox.ledger())
  end)

  it("400 with every problem named", function()
    local body, code = hosts:ask(1, "/replicate", { body = '{"vault_id":"x","destnation_region":1}' })
    assert.equal(400, code)
    local named = {}
    for _, problem in ipairs(json.decode(body).problems) do
      named[problem.parameter] = problem.problem
    end
    assert.matches("UUID", named.vault_id)
    assert.matches("destination_region", named.destnation_region)
    assert.truthy(named.destination_vault_id and named.destination_project_id)
    assert.equal(400, (select(2, hosts:ask(1, "/sync", { body = "{" }))))
    assert.equal(405, (select(2, hosts:ask(1, "/sync"))))
    assert.equal(404, (select(2, hosts:ask(1, "/jobs/" .. ("0"):rep(32)))))
    assert.same({}, sandbox.ledger())
  end)

  it("202 at once, and the job is followed to its end, on any host", function()
    local body, code, headers = hosts:ask(1, "/replicate", { body = replicate })
    assert.equal(202, code)
    local id = json.decode(body).id
    assert.equal("/jobs/" .. id, headers.location)
    local done = wait_until("its end", function()
      local now = job(id)
      return now.state == "done" and now
    end)
    assert.equal(3, done.succeeded)
    assert.equal(3, #done.started.backups)
    assert.equal(1, #sandbox.ledger())
  end)

  it("a sync too, with what it took in", function()
    local id = json.decode((hosts:ask(1, "/sync", { body = json.encode { vault_id = world.vaults.hybrid.id } }))).id
    local done = wait_until("its end", function()
      local now = job(id)
      return now.state == "done" and now
    end)
    assert.equal(3, done.counts.imported)
  end)

  it("a refused one says why, and one that failed which backup", function()
    local params = support.replicate_params { vault_id = world.vaults.empty.id }
    local id = json.decode((hosts:ask(1, "/replicate", { body = json.encode(params) }))).id
    params.vault_id = world.vaults.mixed.id
    local mixed = json.decode((hosts:ask(1, "/replicate", { body = json.encode(params) }))).id
    assert.equal("BackupService.0001", wait_until("the refusal", function() return job(id).error end).code)
    local failed = wait_until("the failure", function()
      local now = job(mixed)
      return now.state == "failed" and now
    end)
    assert.equal("BackupService.1006", failed.failures[1].code)
  end)

  it("one job for one Idempotency-Key", function()
    local before = #sandbox.ledger()
    local turbo = support.replicate_params {
      vault_id = world.vaults.turbo.id, destination_vault_id = world.vaults.replicas_turbo.id,
    }
    local options = { body = json.encode(turbo), headers = { ["Idempotency-Key"] = "monday" } }
    local first = json.decode((hosts:ask(1, "/replicate", options))).id
    local second = json.decode((hosts:ask(2, "/replicate", options))).id
    assert.equal(first, second)
    wait_until("its end", function() return job(first).state == "done" end)
    assert.equal(before + 1, #sandbox.ledger())
    options.body = replicate
    assert.equal(409, (select(2, hosts:ask(1, "/replicate", options))))
  end)

  it("a reload with settings that will not do is refused, with all that is wrong, and the old ones stay", function()
    hosts:set_vaults({ { "yearly", 31536000, "x" }, { "yearly", 0, world.vaults.single.id } }, "lok = 1, tick = '1'")
    hosts:reload(1)
    local log = wait_until("the refusal", function()
      local text = hosts:logs()
      return text:find("the replicator's settings", 1, true) and text
    end)
    for _, problem in ipairs { "vault_id must be a UUID", "name is given twice", "interval must be a number",
      "there is no setting 'lok'", "tick must be a number" } do
      assert.matches(problem, log, 1, true)
    end
    hosts:set_vaults({ { "yearly", 0, world.vaults.single.id } }, "client = { regoin = 'x' }")
    hosts:reload(1)
    wait_until("the next refusal", function()
      return hosts:logs():find("client: [^\n]*unknown option 'regoin'[^\n]*\n[^\n]*interval must be a number")
    end)
    assert.equal("yearly", hosts:status(1).vaults[1].name)
  end)

  it("a status, as JSON and as a page without anything from elsewhere", function()
    local text, code, headers = hosts:ask(1, "/status", { headers = { Accept = "application/json" }, token = false })
    assert.equal(200, code)
    assert.matches("application/json", headers["content-type"])
    local status = json.decode(text)
    assert.equal("one", status.host)
    assert.equal("yearly", status.vaults[1].name)
    assert.is_true(#status.recent >= 3)
    local page
    page, code, headers = hosts:ask(1, "/status", { headers = { Accept = "text/html,*/*" }, token = false })
    assert.equal(200, code)
    assert.matches("text/html", headers["content-type"])
    assert.matches("default-src 'none'", headers["content-security-policy"], 1, true)
    local script = hosts:ask(1, "/page/status.js", { token = false })
    local style = hosts:ask(1, "/page/status.css", { token = false })
    assert.matches("/page/status.js", page, 1, true)
    assert.is_nil((page .. script .. style):find "https?://" or script:find "innerHTML")
    for _, secret in ipairs { world.keys.home.sk, world.keys.home.ak, hosts.token, hosts.password } do
      assert.is_nil((text .. page):find(secret, 1, true))
    end
  end)

  -- -> what each family is, and the samples; asserts that every line is as the format has it
  local function metrics(host)
    local text, code, headers = hosts:ask(host, "/metrics", { token = false })
    assert.equal(200, code)
    assert.equal("text/plain; version=0.0.4; charset=utf-8", headers["content-type"])
    assert.is_nil(text:find(hosts.token, 1, true))
    local typed, samples = {}, {}
    for line in text:gmatch "[^\n]+" do
      local name, kind = line:match "^# TYPE ([%w_]+) (%w+)$"
      if name then
        assert.is_nil(typed[name]) -- once for each family
        typed[name] = kind
      elseif not line:find "^# HELP [%w_]+ %S" then
        local sample, labels, value = line:match "^([%w_]+)(%b{}) (%S+)$"
        if not sample then
          sample, value = line:match "^([%w_]+) (%S+)$"
        end
        assert.truthy(sample and tonumber(value), line)
        assert.truthy(typed[sample] or typed[sample:gsub("_sum$", ""):gsub("_count$", "")], line)
        samples[sample .. (labels or "")] = tonumber(value)
      end
    end
    return typed, samples
  end

  it("metrics in Prometheus' text format", function()
    local ordered, nothing = 0, 0
    for host = 1, 2 do
      local typed, samples = metrics(host)
      assert.equal("gauge", typed.cbr_redis_up)
      assert.equal(1, samples.cbr_redis_up)
      local orders = samples['cbr_orders_total{kind="replicate",outcome="accepted"}']
      assert.equal(orders and "counter", orders and typed.cbr_orders_total)
      ordered = ordered + (orders or 0)
      nothing = nothing + (samples['cbr_orders_total{kind="replicate",outcome="nothing"}'] or 0)
    end
    assert.equal(3, ordered) -- those of the specs above: whichever host took them
    assert.equal(1, nothing)
  end)
end)
