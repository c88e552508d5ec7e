-- Random faults for a campaign: every kind of fault that the sandbox plays. Orders, searches for lost orders, and IAM
-- are affected. A fault that can happen before or after the order is accepted is armed twice, once for each moment.
--
-- No fault makes the sandbox report an accepted order as rejected. The sandbox accepts an order and lists it within the
-- client's settle time after the request, since the client assumes this of the service.

local sandbox = require "sandbox.control"

local chaos = {}

chaos.LATEST_SECONDS = 1 -- the sandbox accepts an order at most this long after it received the request
chaos.TIME_SCALE = 6000 -- a sync ends within milliseconds, so that the service would accept a duplicate

-- The share of the orders, searches and sign-ins that meet a fault.
local SHARE_OF_ORDERS, SHARE_OF_SEARCHES, SHARE_OF_SIGN_INS = 0.4, 0.25, 0.3

local OVERSIZE = 1024 * 1024 -- bytes; more than the option max_response of the client allows
-- Tasks and records appear half a second late, in real time.
local LATE = { late_tasks = 0.5 * chaos.TIME_SCALE, late_records = 0.5 * chaos.TIME_SCALE }

-- `both`: the fault is armed twice, once before and once after the order is accepted. `label`: the fault's name in the
-- report, if its fields do not say enough. `weight`: how often the fault happens, compared with a fault of weight 1,
-- which is the default.
--- Faults that any request may meet.
chaos.ANYWHERE = {
  { fault = "reset_before" }, { fault = "reset_after" }, { fault = "close_before" }, { fault = "close_after" },
  { fault = "slow_headers", seconds = 5 }, { fault = "slow_before", seconds = 0.3 },
  { fault = "silent", seconds = 3, both = true },
  { fault = "drip", interval = 0.2 }, { fault = "truncated", both = true },
  { fault = "oversized", bytes = OVERSIZE, both = true }, { fault = "endless_headers", bytes = OVERSIZE, both = true },
  { fault = "invalid_json", both = true }, { fault = "wrong_type", both = true }, { fault = "empty", both = true },
  { fault = "null_fields", both = true }, { fault = "garbage", both = true },
  { fault = "gzip" }, { fault = "gzip", status = 500, code = "APIGW.0601", both = true },
  { fault = "gzip", status = 400, code = "BackupService.6129" },
  { fault = "html_502", both = true }, { fault = "html_502", status = 503, both = true },
  { fault = "html_502", status = 504, both = true },
  { fault = "throttled" }, { fault = "throttled", retry_after = 0 }, { fault = "throttled", retry_after = 1 },
  { fault = "throttled", limit = 5, time = "1 second", label = "throttled for a window" },
  { fault = "throttled", limit = 5, time = "1 minute", label = "throttled for a minute" },
  { fault = "unauthorized", code = "APIGW.0303" }, -- after 0301, a client with one key sends nothing for a minute
  { fault = "redirect" }, { fault = "redirect", status = 302 },
  { fault = "error_in_200", code = "APIGW.0601", both = true }, { fault = "error_in_200", code = "BackupService.6129" },
  { fault = "status", status = 500, code = "APIGW.0601", both = true },
  { fault = "status", status = 504, code = "APIGW.0201", both = true },
  { fault = "status", status = 503, code = "APIGW.0613" },
  { fault = "status", status = 500, code = "BackupService.9910", both = true },
  { fault = "status", status = 400, code = "BackupService.6118" },
  { fault = "status", status = 400, code = "BackupService.6129" },
  { fault = "refused", seconds = 0.1, weight = 0.1 }, -- rare: affects all requests in progress
}

--- More faults that orders may meet.
chaos.ON_ORDERS = {
  { fault = "other_vault" },
  { fault = "close_after", quirks = LATE, label = "close_after, shown late" },
  { fault = "html_502", quirks = LATE, after = true, label = "html_502 after, shown late" },
  { fault = "slow_before", seconds = 0.3, quirks = LATE, label = "slow_before, shown late" },
  { fault = "unauthorized", code = "APIGW.0307" }, -- makes a client with a token renew the token
}

-- More faults that the reads of a search for a lost order may meet.
local ON_SEARCHES = {
  { fault = "quirks", quirks = { page_size = 1 }, label = "short page", weight = 10 },
  { fault = "quirks", quirks = { page_size = 1, count_of_page = true }, label = "short page with its own count",
    weight = 10 },
  { fault = "quirks", quirks = { ignored_parameters = { "start_time", "status", "operation_type" } },
    label = "ignored filters", weight = 4 },
  { fault = "quirks", quirks = { ignored_parameters = { "vault_id" }, page_size = 50 }, label = "ignored vault_id",
    weight = 4 },
  { fault = "other_vault", label = "other_vault in a search", weight = 4 },
}

local ON_SIGN_INS = {
  { fault = "html_502", status = 503, label = "sign-in: 503" }, { fault = "throttled", label = "sign-in: 429" },
  { fault = "close_before", label = "sign-in: closed" }, { fault = "silent", seconds = 1, label = "sign-in: late" },
}

local ORDERS = { "replicate", "copy_backup", "sync" }
local SEARCHES = { "list_op_logs", "list_backups", "show_backup" }
local SIGN_INS = { "iam_create_token" }

-- How the first call of a client process may fail. All other calls of the process wait for the first call.
local FIRST_CALL = { fault = "silent", call = "/v3/", seconds = 3, label = "first call hangs" }

local CUT_OFF = 499 -- the request log has this status if the connection ended before the response

local played = {} -- for each fault, how often the sandbox played it
local met = {} -- for the key of each order, the set of faults that the order met

local function label_of(kind, when)
  local words = { kind.fault, kind.status, kind.code, kind.retry_after and "retry_after " .. kind.retry_after, when }
  local label = kind.fault
  for i = 2, 5 do
    label = words[i] and label .. " " .. words[i] or label
  end
  return label
end

--- Arms the faults of `lists` for the requests of `operations`, so that `share` of these requests meets a fault.
---@param operations string[]
---@param share number
---@param lists table[][]
function chaos.arm(operations, share, lists)
  local variants, sum = {}, 0
  for _, list in ipairs(lists) do
    for _, kind in ipairs(list) do
      for _, when in ipairs(kind.both and { "before", "after" } or { "" }) do
        local fault = { times = -1, label = label_of(kind, when ~= "" and when or nil) }
        for name, value in pairs(kind) do
          fault[name] = value
        end
        if kind.both then
          fault.after, fault.both = when == "after", nil
        end
        variants[#variants + 1], sum = fault, sum + (kind.weight or 1)
      end
    end
  end
  for _, operation in ipairs(operations) do
    for _, fault in ipairs(variants) do
      local weight = fault.weight or 1
      fault.weight = nil
      fault.call, fault.chance = operation, share * weight / sum
      sandbox.fault(fault)
      fault.weight = weight
    end
  end
end

--- Arms all faults.
function chaos.start()
  chaos.arm(ORDERS, SHARE_OF_ORDERS, { chaos.ANYWHERE, chaos.ON_ORDERS })
  chaos.arm(SEARCHES, SHARE_OF_SEARCHES, { chaos.ANYWHERE, ON_SEARCHES })
  chaos.arm(SIGN_INS, SHARE_OF_SIGN_INS, { ON_SIGN_INS })
  sandbox.lifetimes { token = 4 }
end

--- Lets the first call of the next client process hang, now and then.
function chaos.before_process()
  if math.random(3) == 1 then
    sandbox.fault(FIRST_CALL)
  end
end

--- The key of an order: its vault, and the number of the process that placed it.
function chaos.key(vault, process)
  return vault .. " " .. process
end

-- The vault that a request is about. The id of a backup ends with the id of the backup's vault (see plan.lua).
local function vault_of(request)
  local vault = tostring(request.body):match '"vault_id":"([%x-]+)"' or request.uri:match "vault_id=([%x-]+)"
  if vault then
    return vault
  end
  local seed, number = request.uri:match "/backups/(%x+)%-%x+%-4000%-8000%-(%x+)"
  return seed and ("%s-0000-4000-8000-%s"):format(seed, number)
end

-- Reads from the sandbox which orders met a fault, and which faults were played.
local function collect()
  local requests = sandbox.requests()
  sandbox.clear_requests()
  for _, request in ipairs(requests) do
    local fault = type(request.fault) == "string" and request.fault
    if not fault and request.status == CUT_OFF then
      fault = "cut off by refused, or with its process"
    end
    if fault then
      played[fault] = (played[fault] or 0) + 1
      local vault = vault_of(request)
      local process = tostring((request.headers or {})["user-agent"]):match "campaign/(%d+)$"
      if vault and process then
        local key = chaos.key(vault, process)
        met[key] = met[key] or {}
        met[key][fault] = true
      end
    end
  end
end

local collected = 0 -- number of orders that had begun when the faults were last collected

--- Collects the faults every 200 orders, before the sandbox forgets requests.
---@param begun integer orders begun so far
function chaos.watch(begun)
  if begun - collected > 200 then
    collected = begun
    collect()
  end
end

--- The faults that each order met, including the faults of the searches for this order.
---@return table<string, table<string, true>> met for the key of each order, the set of faults
function chaos.met()
  collect()
  return met
end

--- How often each fault was played.
---@return table<string, integer>
function chaos.played()
  return played
end

return chaos
