-- docs/reference/permissions.md: each job makes the requests whose actions the page names, and no others.

local cbr = require "cbr"
local cjson = require "cjson"
local describe_operation = require "cbr.describe".operation
local dr = require "cbr.dr"
local jobs = require "tools.reference.words.jobs"
local operations = require "cbr.operations"
local replica_source = require "cbr.dr.replica_source"
local pages = require "spec.helpers.pages"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local vaults, HOME, EAST = fixtures.vaults, fixtures.projects.home, fixtures.projects.east
local ORDER = support.replicate_params()
local DESTINATIONS = { { region = EAST.region, vault_id = vaults.replicas.id } }
local WAIT = { interval = 0.02 }

local function copy_params()
  return {
    backup_id = fixtures.backups.single_only.id, destination_project_id = EAST.id, destination_region = EAST.region,
    destination_vault_id = vaults.replicas.id,
  }
end

local function lose(call)
  sandbox.fault { call = call, fault = "reset_after" }
end

-- Places an order, and clears the request log, so that the order's requests are not counted for the job under test.
local function ordered(client, operation, params)
  local order = cbr.assert(client[operation](client, params))
  sandbox.clear_requests()
  return order
end

-- Makes an old and a new replica, whose descriptions have the mark that dr.replicate writes. Returns a client of the
-- replicas' project, and the parameters of dr.prune.
local function replicas_to_prune(client)
  local vault = recovery.vault("dr", { kind = "replicas", project = "east" })
  for day = 1, 2 do
    local age = day * recovery.DAY
    recovery.backup(vault, "web", age, {
      image_type = "replication", description = replica_source.mark(fixtures.backups.single_only.id, os.time() - age),
    })
  end
  return cbr.assert(client:for_region(EAST.region, EAST.id)),
    { vault_id = vault, keep = { last = 1 }, sources = client, dry_run = false }
end

-- For each job, several ways to do the job. Together, these ways make all requests that the job can make.
local WAYS = {
  replicate = {
    function(client) cbr.assert(client:replicate(ORDER)) end,
    function(client)
      lose "replicate"
      assert.is_true(cbr.assert(client:replicate(ORDER)).reconciled)
    end,
  },
  copy_backup = {
    function(client)
      lose "copy_backup"
      assert.is_true(cbr.assert(client:copy_backup(copy_params())).reconciled)
    end,
  },
  sync = {
    function(client)
      lose "sync"
      assert.is_true(cbr.assert(client:sync { vault_id = vaults.hybrid.id }).reconciled)
    end,
  },
  names = {
    function(client)
      client:replicate { vault = "server", destination_region = EAST.region, destination_vault = "nothing" }
    end,
  },
  wait_replication = {
    function(client) cbr.assert(client:wait(ordered(client, "replicate", ORDER), WAIT)) end,
    function(client) cbr.assert(client:wait(ordered(client, "copy_backup", copy_params()), WAIT)) end,
    function(client)
      sandbox.quirks { records = false }
      cbr.assert(client:wait(ordered(client, "replicate", ORDER), WAIT))
    end,
  },
  wait_sync = {
    function(client) cbr.assert(client:wait(ordered(client, "sync", { vault_id = vaults.hybrid.id }), WAIT)) end,
  },
  preflight_replicate = {
    function(client) cbr.assert(client:preflight(ORDER)) end,
    function(client)
      sandbox.fault { call = "list_external_vault", fault = "status", status = 403, code = "APIGW.0302" }
      cbr.assert(client:preflight(ORDER))
    end,
  },
  preflight_sync = { function(client) cbr.assert(client:preflight { vault_id = vaults.hybrid.id }) end },
  dr_copies = {
    function(client)
      cbr.assert(dr.copies(client, { vault_ids = { vaults.single.id }, destinations = DESTINATIONS, rpo = "1d" }))
    end,
    function(client) cbr.assert(dr.copies(client, { all = true, destinations = DESTINATIONS, rpo = "1d" })) end,
  },
  dr_replicate = {
    function(client)
      local params = { vault_ids = { vaults.single.id }, destinations = DESTINATIONS, interval = 0.02 }
      cbr.assert(dr.replicate(client, params))
      params.vault_ids, params.all, params.dry_run = nil, true, true
      cbr.assert(dr.replicate(client, params))
    end,
    function(client) -- an earlier process has placed the order, and its replica was deleted
      local params = { vault_ids = { vaults.single.id }, destinations = DESTINATIONS, interval = 0.02 }
      local store = recovery.store(function(_, text) assert(not text:find '"ended"', "killed") end)
      params.store = store
      pcall(dr.replicate, client, params)
      local there = cbr.assert(client:for_region(EAST.region, EAST.id))
      for replica in there:each("list_backups", { vault_id = vaults.replicas.id }) do
        cbr.assert(there:delete_backup { backup_id = replica.id })
      end
      sandbox.forward(60)
      sandbox.clear_requests()
      params.store = { get = store.get, set = function() return true end }
      cbr.assert(dr.replicate(client, params))
    end,
  },
  dr_prune = {
    function(client)
      local there, params = replicas_to_prune(client)
      assert.equal(1, cbr.assert(dr.prune(there, params)).totals.deleted)
    end,
    function(client)
      sandbox.quirks { records = false }
      cbr.assert(dr.prune(replicas_to_prune(client)))
    end,
  },
  dr_unprotected = {
    function(client)
      sandbox.patch { vaults = { single = { consistent_level = "app_consistent" } } }
      cbr.assert(dr.unprotected(client, {}))
    end,
  },
  diagnose = { function() assert.is_true(cbr.diagnose { region = HOME.region }.is_ok) end },
}

-- Adds the IAM actions that these operations need to a set. Returns the set.
local function actions(names, set)
  for _, name in ipairs(names or {}) do
    local words = describe_operation(operations[name])
    set[assert(words.action, name)] = true
    for _, action in ipairs(words.other_actions) do
      set[action] = true
    end
  end
  return set
end

-- Adds the operations that the sandbox has served in a region to a set, without operations of IAM. Returns the set.
local function served(region, set)
  for _, request in ipairs(sandbox.requests()) do
    local name = request.operation
    if request.region == region and not name:find "^iam_" then
      set[name == "replicate" and "copy_checkpoint" or name == "sync" and "import_checkpoint" or name] = true
    end
  end
  return set
end

local function as_set(names)
  local set = {}
  for _, name in ipairs(names or {}) do
    set[name] = true
  end
  return set
end

describe("docs/reference/permissions.md #process", function()
  teardown(sandbox.reset)

  for _, job in ipairs(jobs) do
    it(("the job %s makes the requests whose permissions the page names, and no others"):format(job.name), function()
      local here, there = {}, {}
      for _, way in ipairs(WAYS[job.name]) do
        sandbox.reset()
        sandbox.time_scale(6000)
        local client = support.client { region = HOME.region, settle_time = 0.2, retry_pause = 0.01 }
        way(client)
        client:close()
        served(HOME.region, here)
        served(EAST.region, there)
      end
      assert.same(as_set(job.here), here)
      assert.same(as_set(job.there), there)
    end)
  end

  it("the policy in docs/getting-started.md allows a replication by vault name, a dry run, and a wait", function()
    local policy = cjson.decode(pages.snippets("docs/getting-started.md", "json")[1])
    local needed = {}
    for _, job in ipairs(jobs) do
      if job.name:find "replicat" and not job.name:find "^dr_" or job.name == "names" then
        actions(job.here, needed)
      end
    end
    assert.same(needed, as_set(policy.Statement[1].Action))
  end)
end)
