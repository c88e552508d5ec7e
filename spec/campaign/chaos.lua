-- Random faults for a campaign: every kind that the sandbox plays, on orders and on searches for lost orders. Faults
-- that can happen before or after the order is accepted do both.
--
-- No fault rejects an order that is accepted. No order is accepted later than the client's settle time after its
-- request, because the settle time assumes this of the service.

local sandbox = require "sandbox.control"

local chaos = {}

chaos.LATEST_SECONDS = 1 -- no order is accepted later than this after its request

local SHARE_OF_ORDERS, SHARE_OF_SEARCHES = 0.4, 0.1 -- share of the requests that meet a fault

local OVERSIZE = 1024 * 1024 -- bytes, more than the client's max_response

-- `both`: once before and once after the order is accepted
local KINDS = {
  { fault = "reset_before" }, { fault = "reset_after" }, { fault = "close_before" }, { fault = "close_after" },
  { fault = "slow_headers", seconds = 5 }, { fault = "slow_before", seconds = 0.3 },
  { fault = "drip", interval = 0.2 }, { fault = "truncated", both = true },
  { fault = "oversized", bytes = OVERSIZE, both = true }, { fault = "endless_headers", bytes = OVERSIZE, both = true },
  { fault = "invalid_json", both = true }, { fault = "wrong_type", both = true }, { fault = "empty", both = true },
  { fault = "null_fields", both = true }, { fault = "garbage", both = true },
  { fault = "html_502", both = true }, { fault = "html_502", status = 503, both = true },
  { fault = "html_502", status = 504, both = true },
  { fault = "throttled" }, { fault = "throttled", retry_after = 0 }, { fault = "throttled", retry_after = 1 },
  { fault = "unauthorized", code = "APIGW.0303" }, -- with 0301 the client would not use its only key for a minute
  { fault = "redirect" }, { fault = "redirect", status = 302 },
  { fault = "status", status = 500, code = "APIGW.0601", both = true },
  { fault = "status", status = 504, code = "APIGW.0201", both = true },
  { fault = "status", status = 503, code = "APIGW.0613" },
  { fault = "status", status = 500, code = "BackupService.9910", both = true },
  { fault = "status", status = 400, code = "BackupService.6118" },
  { fault = "status", status = 400, code = "BackupService.6129" },
  { fault = "refused", seconds = 0.1, weight = 0.1 }, -- it affects every request in progress
}

local ORDERS = { "replicate", "sync" }
local SEARCHES = { "list_op_logs", "list_backups", "show_backup" }

local played, faulted_vaults = {}, {} -- count by fault; set of vault ids

-- Arms every fault for these operations, so that a share of the requests meets one.
local function arm(operations, share)
  local variants = {}
  for _, kind in ipairs(KINDS) do
    for _, after in ipairs(kind.both and { "before", "after" } or { "default" }) do
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
  for _, operation in ipairs(operations) do
    for _, fault in ipairs(variants) do
      fault.call, fault.chance = operation, share / #variants * (fault.weight or 1)
      sandbox.fault(fault)
    end
  end
end

--- Arms all faults.
function chaos.start()
  arm(ORDERS, SHARE_OF_ORDERS)
  arm(SEARCHES, SHARE_OF_SEARCHES)
end

-- Reads from the sandbox which orders met a fault, and which faults were played.
local function collect()
  local requests = sandbox.requests()
  sandbox.clear_requests()
  for _, request in ipairs(requests) do
    local fault = type(request.fault) == "string" and request.fault
    if fault then
      played[fault] = (played[fault] or 0) + 1
      local vault = tostring(request.body):match '"vault_id":"([%x-]+)"' or request.uri:match "vault_id=([%x-]+)"
      if vault then
        faulted_vaults[vault] = true
      end
    end
  end
end

local collected = 0 -- orders begun at the last collection

--- Collects the faults every 300 orders, before the sandbox forgets requests.
---@param begun integer orders begun so far
function chaos.watch(begun)
  if begun - collected > 300 then
    collected = begun
    collect()
  end
end

--- The vaults whose orders, or searches, met a fault.
---@return table<string, true>
function chaos.faulted_vaults()
  collect()
  return faulted_vaults
end

--- How often each fault was played.
---@return table<string, integer>
function chaos.played()
  return played
end

return chaos
