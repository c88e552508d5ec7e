-- Random faults for a campaign: every kind that the sandbox plays, before and after the order is taken in where both
-- can be, on orders and on looks.
--
-- Left out is what contradicts itself: a refusal of an order that was taken in. And what is late is late by less than
-- the client's settle time, which is the promise that this makes of the service.

local sandbox = require "sandbox.control"

local chaos = {}

chaos.LONGEST = 1 -- seconds: nothing that was begun is later than that

local PART_OF_ORDERS, PART_OF_LOOKS = 0.4, 0.1 -- of the requests meet a fault

local SMALL = 1024 * 1024 -- bytes, over the client's limit all the same

-- `both`: before or after the order is taken in, by chance
local KINDS = {
  { fault = "reset_before" }, { fault = "reset_after" }, { fault = "close_before" }, { fault = "close_after" },
  { fault = "slow_headers", seconds = 5 }, { fault = "slow_before", seconds = 0.3 },
  { fault = "drip", interval = 0.2 }, { fault = "truncated", both = true },
  { fault = "oversized", bytes = SMALL, both = true }, { fault = "endless_headers", bytes = SMALL, both = true },
  { fault = "invalid_json", both = true }, { fault = "wrong_type", both = true }, { fault = "empty", both = true },
  { fault = "null_fields", both = true }, { fault = "garbage", both = true },
  { fault = "html_502", both = true }, { fault = "html_502", status = 503, both = true },
  { fault = "html_502", status = 504, both = true },
  { fault = "throttled" }, { fault = "throttled", retry_after = 0 }, { fault = "throttled", retry_after = 1 },
  { fault = "unauthorized", code = "APIGW.0303" }, -- 0301 locks the client's only key for a minute
  { fault = "redirect" }, { fault = "redirect", status = 302 },
  { fault = "status", status = 500, code = "APIGW.0601", both = true },
  { fault = "status", status = 504, code = "APIGW.0201", both = true },
  { fault = "status", status = 503, code = "APIGW.0613" },
  { fault = "status", status = 500, code = "BackupService.9910", both = true },
  { fault = "status", status = 400, code = "BackupService.6118" },
  { fault = "status", status = 400, code = "BackupService.6129" },
  { fault = "refused", seconds = 0.1, weight = 0.1 }, -- everything that is under way meets this one
}

local ORDERS = { "replicate", "sync" }
local LOOKS = { "list_op_logs", "list_backups", "show_backup" }

local played, faulted = {}, {}

local function arm(calls, part)
  local variants = {}
  for _, kind in ipairs(KINDS) do
    for _, after in ipairs(kind.both and { "before", "after" } or { "as it is" }) do
      local fault = { times = -1 }
      for name, value in pairs(kind) do
        fault[name] = value
      end
      if kind.both then
        fault.after, fault.both = after == "after", nil
      end
      variants[#variants + 1] = fault
    end
  end
  for _, call in ipairs(calls) do
    for _, fault in ipairs(variants) do
      fault.call, fault.chance = call, part / #variants * (fault.weight or 1)
      sandbox.fault(fault)
    end
  end
end

--- Arms all faults.
function chaos.start()
  arm(ORDERS, PART_OF_ORDERS)
  arm(LOOKS, PART_OF_LOOKS)
end

-- Notes which orders met a fault, and which faults there were.
local function collect()
  local requests = sandbox.requests()
  sandbox.clear_requests()
  for _, request in ipairs(requests) do
    local fault = type(request.fault) == "string" and request.fault
    if fault then
      played[fault] = (played[fault] or 0) + 1
      local vault = tostring(request.body):match '"vault_id":"([%x-]+)"' or request.uri:match "vault_id=([%x-]+)"
      if vault then
        faulted[vault] = true
      end
    end
  end
end

local collected = 0

--- Keeps count of faults, once in a while.
function chaos.watch(begun)
  if begun - collected > 300 then
    collected = begun
    collect()
  end
end

--- The vaults of the orders that met a fault.
function chaos.faulted()
  collect()
  return faulted
end

--- How often each fault was played.
function chaos.played()
  return played
end

return chaos
