-- The sandbox's clock and time line. Tests move both forward together, or shift only the clock that the server shows.

local cbr = require "cbr"
local raw_client = require "spec.helpers.raw_client"
local service = require "spec.helpers.service"
local support = require "spec.helpers.support"
local text = require "cbr.util.text"

local sandbox, fixtures = support.sandbox, support.fixtures
local vaults = fixtures.vaults

local HOUR, DAY = 3600, 86400

-- A time stamp of Huawei Cloud as seconds. Only differences of the results are meaningful.
local function seconds(stamp)
  local year, month, day, hour, minute, second = stamp:match "^(%d+)-(%d+)-(%d+)T(%d+):(%d+):([%d]+)"
  return os.time { year = year, month = month, day = day, hour = hour, min = minute, sec = second, isdst = false }
end

local function sync()
  return service.get("import_checkpoint", {
    body = { sync = { vault_id = vaults.hybrid.id, auto_trigger = false } },
  }).sync.operation_log_id
end

local function task(id)
  return service.get("show_op_log", { operation_log_id = id }).operation_log
end

describe("the sandbox's clock #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  it("sandbox.forward moves the sandbox's clock, and a task ends at the time when it is due", function()
    sandbox.time_scale(1)
    local id = sync()
    local before = sandbox.forward(0)
    local after = sandbox.forward(DAY)
    for _, name in ipairs { "now", "cloud_time" } do
      local passed = after[name] - before[name]
      -- JSON rounds fractions, hence the tolerance of a second.
      assert.is_true(passed > DAY - 1 and passed < DAY + HOUR, passed)
    end
    local ended = task(id)
    assert.equal("success", ended.status)
    -- The task takes 10 seconds in the queue, 30 for each of four backups, and 30 more.
    local took = seconds(ended.ended_at) - seconds(ended.created_at)
    assert.is_true(took >= 10 + 30 * 5 - 1 and took <= 10 + 30 * 5 + 60, took)
    assert.is_true(seconds(task(sync()).created_at) - seconds(ended.created_at) >= DAY)
  end)

  it("the seconds of several calls of sandbox.forward add up", function()
    local start = sandbox.forward(0).offset
    for _ = 1, 3 do
      sandbox.forward(HOUR)
    end
    assert.equal(3 * HOUR, sandbox.forward(0).offset - start)
  end)

  it("sandbox.clock sets an offset of the clock, which does not advance tasks", function()
    sandbox.time_scale(0.001)
    local id = sync()
    sandbox.clock(DAY)
    assert.equal("waiting", task(id).status)
  end)

  it("after sandbox.forward, clients may sign by their own clock or by the sandbox's clock", function()
    local function status(shift)
      local path = raw_client.path "vaults"
      local signed = cbr.sign({
        method = "GET", host = sandbox.plain:match "//(.+)$", path = path,
        headers = { ["X-Project-Id"] = fixtures.projects.home.id },
      }, support.keys "home", os.date("!%Y%m%dT%H%M%SZ", os.time() + shift))
      local headers = { ["x-auth-token"] = false }
      for name, value in pairs(signed.headers) do
        headers[text.lower(name)] = value -- LuaSocket's own conversion depends on the locale
      end
      return raw_client.send(path, { headers = headers }).status
    end
    assert.same({ 200, 401 }, { status(0), status(DAY) })
    sandbox.forward(DAY)
    assert.same({ 200, 200, 401 }, { status(0), status(DAY), status(DAY / 2) })
  end)

  it("a token whose lifetime ends within a step of sandbox.forward expires", function()
    sandbox.lifetimes { token = 100 }
    local user = fixtures.users.home
    local function sign_in()
      return raw_client.send("/v3/auth/tokens", { method = "POST", body = { auth = {
        identity = { methods = { "password" }, password = { user = {
          name = user.name, password = user.password, domain = { name = fixtures.accounts.home.name },
        } } },
        scope = { project = { id = fixtures.projects.home.id } },
      } } }).headers["x-subject-token"]
    end
    local token = sign_in()
    local function status()
      return raw_client.send(raw_client.path "vaults", { headers = { ["x-auth-token"] = token } }).status
    end
    assert.equal(200, status())
    sandbox.forward(200)
    assert.equal(401, status())
  end)

  it("the events within one step of sandbox.forward happen in the order of their times", function()
    -- Each backup of the policy is made before it is replicated, and expires after the replication.
    sandbox.patch { vaults = { single = { size = 100000 } } }
    local function apply(policy, destination)
      policy.name = "p"
      local id = service.get("create_policy", { body = { policy = policy } }).policy.id
      service.get("associate_vault_policy", {
        vault_id = vaults.single.id, body = { policy_id = id, destination_vault_id = destination },
      })
    end
    apply {
      operation_type = "backup", operation_definition = { retention_duration_days = 1 },
      trigger = { properties = { pattern = { "FREQ=HOURLY;BYMINUTE=0" } } },
    }
    apply({
      operation_type = "replication", trigger = { properties = { pattern = { "FREQ=HOURLY;BYMINUTE=30" } } },
      operation_definition = {
        destination_region = "cn-east-3", destination_project_id = fixtures.projects.east.id,
      },
    }, vaults.replicas.id)
    local before = service.get("list_backups", { vault_id = vaults.replicas.id }, "east").count
    sandbox.forward(3 * DAY)
    local replicas = service.get("list_backups", { vault_id = vaults.replicas.id }, "east").count - before
    -- One backup for each hour, and the backup of the fixtures.
    assert.is_true(replicas >= 71 and replicas <= 73, replicas)
    local kept = service.get("list_backups", { vault_id = vaults.single.id }).count
    assert.is_true(kept >= 24 and kept <= 26, kept)
  end)
end)
