-- The run of a slot in examples/nginx: a copy that was skipped is ordered once, however many steps the run needs. The
-- slots of these vaults last a day, so each vault has only one run.

local fleet = require "spec.helpers.nginx.fleet"
local json = require "cbr.util.json"
local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

-- The example runs in nginx with LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

local orders_of, sandbox = recovery.orders_of, support.sandbox

describe("examples/nginx: the run of a slot #process", function()
  local hosts, ended, retried

  -- Adds a backup whose replications the service skips, unless `result` names another end. Returns the backup's id.
  local function add_backup(vault_id, result)
    local fill = { vault_id = vault_id, count = 1, size = 1, replication_result = { status = result or "skip" } }
    return sandbox.patch({ fill = fill }).backups[1]
  end

  -- The key and the record of the only slot of a vault. The record is nil before the run.
  local function slot_of(name)
    local key = hosts:redis(("keys cbr:slot:%s:*"):format(name))
    return key, key ~= "" and json.decode(hosts:redis("get " .. key)) or nil
  end

  local function wait_for_state(name, state)
    return fleet.wait_until(("the state '%s' of vault '%s'"):format(state, name), function()
      local _, record = slot_of(name)
      return record and record.state == state and record
    end)
  end

  setup(function()
    sandbox.reset()
    sandbox.time_scale(600)
    ended, retried = { vault = fleet.endless_vault(1) }, { vault = fleet.endless_vault(2) }
    ended.backup, retried.backup = add_backup(ended.vault), add_backup(retried.vault)
    retried.rejected = add_backup(retried.vault, "success")
    -- The service rejects the order of this backup as long as the vault is busy.
    local call = "backups/" .. retried.rejected:sub(1, 8)
    sandbox.fault { fault = "status", status = 400, code = "BackupService.6125", call = call, times = -1 }
    hosts = fleet.start({ { "ended", fleet.ENDLESS, ended.vault }, { "retried", fleet.ENDLESS, retried.vault } },
      fleet.TIMES)
    hosts:redis "set cbr:born 0" -- the data in Redis seems to be old, so that the hosts begin the present slots
  end)

  teardown(function()
    hosts:stop()
    sandbox.reset()
  end)

  it("the example orders no skipped copy again if the worker was killed before it wrote the end of the run", function()
    local record = wait_for_state("ended", "done")
    -- After such a kill, Redis has everything that the run has written, except the last text of the record.
    local key = slot_of "ended"
    record.state, record.ended_at, record.next_at = "in_progress", nil, 0
    hosts:redis(("set %s '%s'"):format(key, json.encode(record)))
    hosts:redis(("set cbr:open:%s %s"):format(ended.vault, key))
    assert.equal("skipped", wait_for_state("ended", "done").copies[1].status)
    assert.equal(1, orders_of(ended.backup))
  end)

  it("the example orders no skipped copy again when it retries the rejected orders of the same slot", function()
    wait_for_state("retried", "retry")
    sandbox.clear_faults()
    assert.equal("done", wait_for_state("retried", "done").state)
    assert.equal(1, orders_of(retried.rejected))
    assert.equal(1, orders_of(retried.backup))
  end)
end)
