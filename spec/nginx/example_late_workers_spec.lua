-- The modules of examples/nginx in a late worker: it has read Redis, another worker changes Redis, and then the late
-- worker acts. Redis and nginx are real. In a running example, the time between the two is too short for a spec.

local fleet = require "spec.helpers.nginx.fleet"
local json = require "cbr.util.json"
local lfs = require "lfs"
local server = require "spec.helpers.nginx.server"
local support = require "spec.helpers.support"

-- The example runs in nginx with LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

local sandbox, fixtures = support.sandbox, support.fixtures

local PROGRAM = [[
  location = / { content_by_lua_block {
    package.path = "%s/examples/nginx/lua/?.lua;" .. package.path
    local json, lock = require "replicator.json", require "replicator.lock"
    local records, store = require "replicator.records", require "replicator.store"
    local settings = {
      redis = { host = "127.0.0.1", port = %d, text = "Redis" }, redis_password = "%s", prefix = "spec:",
      host = "spec", keep = 60, lock = 60, vaults = {}, webhook = { url = "https://127.0.0.1:9/", key = "unused" },
    }
    local result
    store.must_use(settings, function(db)
      db:call("flushdb")
      %s
    end)
    ngx.print((json.encode(result)))
  } }
]]

-- Saves new records in Redis, with the time 1000 as the beginning of the data.
local NEW_RECORDS = [[
  local function save(record)
    record.state = "in_progress"
    return records.save(db, { record = record, stored = "" })
  end
  local function slot(n)
    return save(records.of_slot(settings, { name = "spec", interval = 100, vault_id = "slot " .. n, params = {} }, n))
  end
  local function job(created_at)
    local id = "job " .. created_at
    return save(records.of_job(settings, { id = id, kind = "sync", params = { vault_id = id } }, created_at))
  end
  db:call("set", "spec:born", "1000")
  result = { slot_before = slot(9), job_before = job(999.9), slot_after = slot(10), job_after = job(1000.1) }
  result.kept = #db:call("keys", "spec:slot:*") + #db:call("keys", "spec:job:*")
  db:call("del", "spec:born")
  result.slot_without_time = slot(11)
]]

-- Asks for the copies twice, as two workers that have both read that it is time to ask.
local TWO_QUESTIONS = [[
  local copies = require "replicator.copies"
  settings.survey_interval, settings.client = 300, require "cbr".new {
    credentials = { access_key = "%s", secret_key = "%s" }, project_id = "%s", endpoint = "%s",
    ca_file = "%s", proxy = "",
  }
  settings.vaults = { { name = "spec", vault_id = "%s", params = { destinations = { { region = "cn-east-3" } } } } }
  copies.ask(settings)
  local first = copies.read(db)
  copies.ask(settings)
  result = { first = first.at, second = copies.read(db).at }
]]

-- Saves a record of a slot for the owner of a lock, before and after the lock has another owner.
local LOST_LOCK = [[
  db:data_began()
  local record = records.of_slot(settings, { name = "spec", interval = 100, vault_id = "vault", params = {} }, 1e9)
  local entry = { record = record, stored = "", owner = "late" }
  record.state = "in_progress"
  result = { without = records.save(db, entry) }
  lock.take(db, "vault", "late")
  result.with = records.save(db, entry)
  db:call("set", db:lock_key "vault", "other")
  result.lost = records.finish(db, entry, "done")
  result.kept = db:read(record.key).state
]]

-- Holds a lock for longer than it lasts, and tries to take it for another owner.
local LONG_STEP = [[
  settings.lock = 4
  result = { taken = lock.take(db, "vault", "owner") }
  lock.hold(settings, "vault", "owner", function()
    ngx.sleep(6)
    result.taken_by_other = lock.take(db, "vault", "other")
  end)
  result.taken_after = lock.take(db, "vault", "other")
]]

-- Leaves in the queue a job that has ended, and a job without a record.
local QUEUE = [[
  local function queue(id)
    local record = records.of_job(settings, { id = id, kind = "sync", params = { vault_id = "vault" } }, db:now())
    db:enqueue(record)
    return record
  end
  local ended, expired, waiting = queue "ended", queue "expired", queue "waiting"
  ended.ended_at = 1
  db:call("set", ended.key, json.encode(ended))
  db:call("del", expired.key)
  local seen = require "replicator.overview".read(db)
  db:dequeue(waiting.key, nil) -- as a worker that has not found the record
  local due = require "replicator.overview".due(settings, seen)
  result = { queue = db:call("lrange", "spec:queue", 0, -1), due = { due[1].id, due[2] and due[2].id } }
]]

-- A job ends as unknown, a late response shows that its order was accepted, and then the order fails.
local NOTICE = [[
  local notices = require "replicator.notices"
  local record = records.of_job(settings, { id = "job", kind = "sync", params = { vault_id = "vault" } }, db:now())
  db:enqueue(record)
  local entry = { record = record, stored = select(2, db:read(record.key)) }
  local function due()
    return #notices.due(db, db:now())
  end
  records.finish(db, entry, "unknown")
  result = { unknown = due() }
  record.state, record.ended_at = "in_progress", nil
  records.save(db, entry)
  notices.send(settings, record.key)
  result.accepted = due()
  records.finish(db, entry, "failed")
  result.failed = due()
]]

describe("examples/nginx: a late worker #process", function()
  local hosts

  setup(function()
    sandbox.reset()
    hosts = fleet.start({}, fleet.TIMES)
  end)

  teardown(function()
    hosts:stop()
    sandbox.reset()
  end)

  -- Runs a part of a program in a worker. Returns its result.
  local function run(part)
    local nginx = server.start {
      http = "lua_shared_dict cbr_metrics 1m;",
      server = PROGRAM:format(lfs.currentdir(), hosts.redis_port, hosts.password, part),
    }
    local body, status = nginx:get "/"
    local log = nginx:problems()
    nginx:stop()
    assert.equal(200, status, log)
    return json.decode(body)
  end

  -- The worker read that Redis has no record, another worker wrote the record, and then Redis lost its data.
  it("the example's Redis accepts no new record of a slot or job that began before Redis had its data", function()
    assert.same({
      slot_before = "lost", job_before = "lost", slot_after = "done", job_after = "done", slot_without_time = "lost",
      kept = 2,
    }, run(NEW_RECORDS))
  end)

  it("a worker of the example that has lost the lock of a vault changes no record", function()
    assert.same({ without = "moved", with = "done", lost = "moved", kept = "in_progress" }, run(LOST_LOCK))
  end)

  it("a worker of the example keeps the lock of a vault as long as its step lasts, and then releases it", function()
    assert.same({ taken = true, taken_by_other = false, taken_after = true }, run(LONG_STEP))
  end)

  it("a job of the example leaves the queue if it has ended or its record has expired, and not before", function()
    assert.same({ queue = { "spec:job:waiting" }, due = { "waiting" } }, run(QUEUE))
  end)

  it("the webhook of the example gets a notice of a job that fails after it ended as unknown", function()
    assert.same({ unknown = 1, accepted = 0, failed = 1 }, run(NOTICE))
  end)

  it("the example says that a job may have been queued, and where it would be, if Redis does not respond", function()
    hosts:redis "client pause 30000 write"
    finally(function() hosts:redis "client unpause" end)
    local body, code = hosts:ask(1, "/sync", { body = json.encode { vault_id = fixtures.vaults.hybrid.id } })
    local answer = json.decode(body)
    assert.equal(503, code)
    assert.matches("^the job may have been queued: ", answer.error)
    assert.equal("/jobs/" .. answer.id, answer.location)
    hosts:redis "client unpause"
    fleet.wait_until("the end of the job, or that there is no such job", function()
      local text, job_code = hosts:ask(2, answer.location)
      return job_code == 404 or job_code == 200 and json.decode(text).ended_at
    end)
  end)

  it("the example makes one survey of the copies if two workers have read that it is due", function()
    local keys = fixtures.keys.home
    local result = run(TWO_QUESTIONS:format(keys.ak, keys.sk, fixtures.projects.home.id, sandbox.tls, sandbox.ca,
      fixtures.vaults.single.id))
    assert.equal(result.first, result.second)
  end)
end)
