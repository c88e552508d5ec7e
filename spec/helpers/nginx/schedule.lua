--- Two hosts that run examples/nginx with two scheduled vaults, `first` and `second`, for specs of the schedule.

local assert = require "luassert"
local busted = require "busted"
local fleet = require "spec.helpers.nginx.fleet"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

local schedule = {}

schedule.INTERVAL = 3 -- seconds between two orders of a vault

local INTERVAL = schedule.INTERVAL

--- The number of the current slot: the time is divided into slots of INTERVAL seconds.
function schedule.slot_now()
  return math.floor(socket.gettime() / INTERVAL)
end

--- Waits until the next slot begins, so that nothing has been ordered yet in the slot. Returns the slot's number.
function schedule.next_slot()
  local slot = schedule.slot_now() + 1
  socket.sleep(slot * INTERVAL - socket.gettime())
  return slot
end

local methods = {}
local meta = { __index = methods }

--- The final state of a vault's slot; false while the slot has no final state.
function methods:final_state(name, slot)
  local record = self.hosts:record(name, slot)
  return record and record.ended_at and record.state or false
end

--- Waits until a vault's slot has a final state. Returns this state.
function methods:wait_for_end(name, slot)
  return fleet.wait_until(("the end of slot %d of vault '%s'"):format(slot, name), function()
    return self:final_state(name, slot)
  end)
end

-- Whether holds(name) is true for each vault.
local function holds_for_all(vaults, holds)
  for name in pairs(vaults) do
    if not holds(name) then
      return false
    end
  end
  return true
end

--- Waits until the runs of the present slot of both vaults have ended, so that the next slot is not skipped.
function methods:wait_until_idle()
  fleet.wait_until("the ends of the runs of the present slot", function()
    local slot = schedule.slot_now() -- a new slot can begin before both runs have ended
    return holds_for_all(self.vaults, function(name) return self:final_state(name, slot) end)
  end)
end

--- Waits for an order in the ledger. Returns the order, and the name of the order's vault.
function methods:wait_for_order()
  local order = fleet.wait_until("an accepted order", function() return sandbox.ledger()[1] end)
  return order, order.vault_id == self.vaults.first and "first" or "second"
end

--- How many orders of a vault the sandbox's ledger has from one time to another.
---@return integer
function methods:orders(name, from, to)
  local count = 0
  for _, order in ipairs(sandbox.ledger()) do
    local is_counted = order.vault_id == self.vaults[name] and order.time >= from and order.time <= to
    count = count + (is_counted and 1 or 0)
  end
  return count
end

--- The run of a vault's slot: how many orders it placed, and its record in Redis. An order belongs to the run that was
-- in progress when the service accepted the order. A vault has one run at a time, and a run can last longer than its
-- slot, so the slot in which the time of the order lies can be a later one.
---@return { slot: integer, count: integer, record: table? }
function methods:slot(name, slot)
  local record = self.hosts:record(name, slot)
  local count = record and self:orders(name, record.ordered_at, record.ended_at or math.huge) or 0
  return { slot = slot, count = count, record = record }
end

--- Waits like wait_until_idle, and until no order was placed in the last `seconds` before the next slot.
function methods:wait_until_quiet(seconds)
  fleet.wait_until("a slot without late orders", function()
    self:wait_until_idle()
    local next_at = (schedule.slot_now() + 1) * INTERVAL
    return holds_for_all(self.vaults, function(name) return self:orders(name, next_at - seconds, math.huge) == 0 end)
  end)
end

--- Waits until the runs that have begun in these slots of a vault have ended. Returns the runs. A slot was skipped, and
-- has no run, if the run of an earlier slot was still in progress.
---@return { slot: integer, count: integer, record: table }[]
function methods:wait_for_runs(name, from, to)
  return fleet.wait_until(("the ends of the runs of vault '%s'"):format(name), function()
    local runs = {}
    for slot = from, to do
      local run = self:slot(name, slot)
      if run.record and not run.record.ended_at then
        return false
      end
      runs[#runs + 1] = run.record and run or nil
    end
    return runs
  end)
end

--- Gives both hosts a new list of vaults, named by `names`, and waits until both hosts use the list.
function methods:set_vaults(names)
  local rows = {}
  for i, name in ipairs(names) do
    rows[i] = { name, INTERVAL, self.vaults[name] }
  end
  self.hosts:set_vaults(rows)
  self.hosts:reload(1)
  self.hosts:reload(2)
  fleet.wait_until("the new list of vaults on both hosts", function()
    return #self.hosts:status(1).vaults == #rows and #self.hosts:status(2).vaults == #rows
  end)
end

--- Asserts that the logs hold no secret, and no errors except those that killed workers or a stopped Redis cause.
function methods:assert_clean_logs()
  local logs = self.hosts:logs()
  for _, secret in ipairs { support.fixtures.keys.home.sk, self.hosts.token, self.hosts.password } do
    assert.is_nil(logs:find(secret, 1, true))
  end
  for line in logs:gmatch "[^\n]+" do
    local is_bad = line:find "%[error%]" or line:find "%[crit%]" or line:find "%[emerg%]" or line:find "%[alert%]"
    local is_expected = line:find("exited on signal 9", 1, true) or line:find("recv() failed", 1, true)
    assert.truthy(is_expected or not is_bad, line)
  end
end

function methods:stop()
  self.hosts:stop()
  sandbox.reset()
end

--- Starts the hosts. Replications of both vaults skip all backups, so the service accepts every new order.
function schedule.start()
  sandbox.reset()
  sandbox.time_scale(600)
  local vaults = { first = fleet.endless_vault(1), second = fleet.endless_vault(2) }
  return setmetatable({
    vaults = vaults,
    hosts = fleet.start({ { "first", INTERVAL, vaults.first }, { "second", INTERVAL, vaults.second } }, fleet.TIMES),
  }, meta)
end

--- Starts the hosts before the first test of the `describe` that calls this function, and stops them after the last
-- test. Each test begins without faults.
---@param use fun(replicator: table) gets the result of schedule.start
function schedule.for_all_tests(use)
  local replicator

  busted.setup(function()
    replicator = schedule.start()
    use(replicator)
  end)

  busted.before_each(sandbox.clear_faults)

  busted.teardown(function()
    replicator:stop()
  end)
end

return schedule
