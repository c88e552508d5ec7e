-- The HTTP interface of examples/nginx: orders, jobs, settings, status and metrics, on two hosts.

local fleet = require "spec.helpers.nginx.fleet"
local json = require "cbr.util.json"
local support = require "spec.helpers.support"

-- The example runs in nginx with LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

local sandbox, fixtures = support.sandbox, support.fixtures

describe("examples/nginx: the HTTP interface #process", function()
  local hosts
  local replicate = json.encode(support.replicate_params())

  setup(function()
    sandbox.reset()
    sandbox.time_scale(600)
    -- The schedule places no order during these tests.
    hosts = fleet.start({ { "manual", fleet.ENDLESS, fixtures.vaults.single.id } }, fleet.TIMES)
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

  it("the example responds with 401 to a request without the token, and places no order", function()
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

  it("the example responds with 400 to a request with invalid parameters, and names every problem", function()
    local body, code = hosts:ask(1, "/replicate", { body = '{"vault_id":"x","destnation_region":1}' })
    assert.equal(400, code)
    local named = {}
    for _, problem in ipairs(json.decode(body).problems) do
      named[problem.parameter] = problem.problem
    end
    assert.matches("UUID", named.vault_id)
    assert.matches("destination_region", named.destnation_region)
    assert.truthy(named.destination_vault_id)
    assert.equal(400, (select(2, hosts:ask(1, "/sync", { body = "{" }))))
    assert.equal(405, (select(2, hosts:ask(1, "/sync"))))
    assert.equal(404, (select(2, hosts:ask(1, "/jobs/" .. ("0"):rep(32)))))
    assert.same({}, sandbox.ledger())
  end)

  it("the example responds with 202 to a replicate at once, and every host shows the job until its end", function()
    local body, code, headers = hosts:ask(1, "/replicate", { body = replicate })
    assert.equal(202, code)
    local id = json.decode(body).id
    assert.equal("/jobs/" .. id, headers.location)
    local done = fleet.wait_until("the end of the job", function()
      local now = job(id)
      return now.state == "done" and now
    end)
    assert.equal(3, done.succeeded)
    assert.equal(3, #done.started.backups)
    assert.equal(1, #sandbox.ledger())
  end)

  it("the example reports how many backups a sync has imported", function()
    local id = json.decode((hosts:ask(1, "/sync", { body = json.encode { vault_id = fixtures.vaults.hybrid.id } }))).id
    local done = fleet.wait_until("the end of the job", function()
      local now = job(id)
      return now.state == "done" and now
    end)
    assert.equal(3, done.counts.imported)
  end)

  it("the example reports why an order was rejected, and which backup of another order failed", function()
    local params = support.replicate_params { vault_id = fixtures.vaults.empty.id }
    local id = json.decode((hosts:ask(1, "/replicate", { body = json.encode(params) }))).id
    params.vault_id = fixtures.vaults.mixed.id
    local mixed = json.decode((hosts:ask(1, "/replicate", { body = json.encode(params) }))).id
    params.vault_id = fixtures.vaults.replicated.id
    local replicated = json.decode((hosts:ask(1, "/replicate", { body = json.encode(params) }))).id
    fleet.wait_until("the rejection", function() return job(id).error end)
    assert.same({ "rejected", "BackupService.0001" }, { job(id).state, job(id).error.code })
    fleet.wait_until("the other rejection", function() return job(replicated).error end)
    assert.same({ "nothing", "BackupService.1009" }, { job(replicated).state, job(replicated).error.code })
    local failed = fleet.wait_until("the failure", function()
      local now = job(mixed)
      return now.state == "failed" and now
    end)
    assert.equal("BackupService.1006", failed.failures[1].code)
  end)

  it("the example creates only one job for requests with the same Idempotency-Key", function()
    local before = #sandbox.ledger()
    local turbo = support.replicate_params {
      vault_id = fixtures.vaults.turbo.id, destination_vault_id = fixtures.vaults.replicas_turbo.id,
    }
    local options = { body = json.encode(turbo), headers = { ["Idempotency-Key"] = "monday" } }
    local first = json.decode((hosts:ask(1, "/replicate", options))).id
    local second = json.decode((hosts:ask(2, "/replicate", options))).id
    assert.equal(first, second)
    fleet.wait_until("the end of the job", function() return job(first).state == "done" end)
    assert.equal(before + 1, #sandbox.ledger())
    options.body = replicate
    assert.equal(409, (select(2, hosts:ask(1, "/replicate", options))))
  end)

  it("the example handles an empty Idempotency-Key like a missing one", function()
    local body = json.encode { vault_id = fixtures.vaults.hybrid.id }
    local options = { body = body, headers = { ["Idempotency-Key"] = "" } }
    local first = json.decode((hosts:ask(1, "/sync", options))).id
    assert.is_true(first ~= json.decode((hosts:ask(2, "/sync", options))).id)
  end)

  it("the example keeps the old settings when a reload brings invalid settings, and logs every problem", function()
    hosts:set_vaults({ { "manual", 1, "x/y" }, { "manual", 0, fixtures.vaults.single.id } }, "lok = 1, tick = '1'")
    hosts:reload(1)
    local log = fleet.wait_until("the rejection", function()
      local text = hosts:logs()
      return text:find("the replicator's settings", 1, true) and text
    end)
    for _, problem in ipairs { "vault_id must be", "name is given twice", "interval must be a number",
      "there is no setting 'lok'", "tick must be a number" } do
      assert.matches(problem, log, 1, true)
    end
    hosts:set_vaults({ { "manual", 0, fixtures.vaults.single.id } }, "client = { regoin = 'x' }")
    hosts:reload(1)
    fleet.wait_until("the rejection of the next settings", function()
      return hosts:logs():find "client: [^\n]*unknown option 'regoin'[^\n]*\n[^\n]*interval must be a number"
    end)
    assert.equal("manual", hosts:status(1).vaults[1].name)
  end)

  it("the example shows its status as JSON, and as a page that loads nothing from other hosts", function()
    local text, code, headers = hosts:ask(1, "/status", { headers = { Accept = "application/json" }, token = false })
    assert.equal(200, code)
    assert.matches("application/json", headers["content-type"])
    local status = json.decode(text)
    assert.equal("one", status.host)
    assert.equal("manual", status.vaults[1].name)
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
    for _, secret in ipairs { fixtures.keys.home.sk, fixtures.keys.home.ak, hosts.token, hosts.password } do
      assert.is_nil((text .. page):find(secret, 1, true))
    end
  end)

  -- Asserts that every line of a host's metrics has Prometheus's format. Returns types by family, values by sample.
  local function metrics(host)
    local text, code, headers = hosts:ask(host, "/metrics", { token = false })
    assert.equal(200, code)
    assert.equal("text/plain; version=0.0.4; charset=utf-8", headers["content-type"])
    assert.is_nil(text:find(hosts.token, 1, true))
    local typed, samples = {}, {}
    for line in text:gmatch "[^\n]+" do
      local name, kind = line:match "^# TYPE ([%w_]+) (%w+)$"
      if name then
        assert.is_nil(typed[name]) -- one TYPE for each family
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

  it("the example shows metrics in the text format of Prometheus", function()
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
    assert.equal(3, ordered) -- the orders of the tests above, of both hosts together
    assert.equal(1, nothing)
  end)

  it("the example shows how old the copies of a vault are, and which resource has no recent copy", function()
    local vault = fleet.wait_until("the response about copies", function()
      local first = hosts:status(1).vaults[1]
      return first.copies and first
    end)
    assert.is_false(vault.copies.is_green)
    assert.same({ 26 * 3600, "only" }, { vault.copies.rpo, vault.copies.problems[1].resource })
    assert.same(vault.copies, hosts:status(2).vaults[1].copies)
    local typed, samples = metrics(2)
    assert.equal("gauge", typed.cbr_newest_backup_age_seconds)
    assert.is_true(samples['cbr_newest_backup_age_seconds{vault="manual"}'] > 86400)
    assert.equal(0, samples['cbr_copies_are_green{vault="manual"}'])
    local verdict = vault.copies.problems[1].verdict
    assert.equal(1, samples[('cbr_copies{vault="manual",verdict="%s"}'):format(verdict)])
  end)
end)
