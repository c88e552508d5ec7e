-- The modules of examples/nginx in a worker that acts on what it read from Redis before another worker changed it. The
-- Redis is real, and so is nginx; in a running example, such a moment is too short for a spec.

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
    local json, store = require "replicator.json", require "replicator.store"
    local settings = {
      redis = { host = "127.0.0.1", port = %d, text = "Redis" }, redis_password = "%s", prefix = "spec:",
      host = "spec", keep = 60, lock = 60,
    }
    local result
    store.must_use(settings, function(db)
      %s
    end)
    ngx.print((json.encode(result)))
  } }
]]

-- Saves new records in Redis, with the time 1000 as the beginning of the data.
local NEW_RECORDS = [[
  local records = require "replicator.records"
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
  db:data_began(1000)
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

  it("the example asks how old the copies are only once if two workers have read that it is time to ask", function()
    local keys = fixtures.keys.home
    local result = run(TWO_QUESTIONS:format(keys.ak, keys.sk, fixtures.projects.home.id, sandbox.tls, sandbox.ca,
      fixtures.vaults.single.id))
    assert.equal(result.first, result.second)
  end)
end)
