--- Reads the evidence of an order at the service: the tasks of the order, and for a replication also the
-- records in the backups.
--
-- A client cannot mark its orders. A client recognizes an order by the vault or the backup, the destination and the
-- time, and ignores orders that a policy has placed.

local core = require "cbr.core"
local replications = require "cbr.lost_orders.replications"
local service_clock = require "cbr.call.service_clock"
local tasks = require "cbr.lost_orders.tasks"

local evidence = {}

---@class cbr.FoundOrder an order that the service shows
---@field parts table[] tasks and records of the order, in the form of `err.seen`
---@field request_id? string
---@field result? table what the lost response would have contained; nil if that is not known
---@field is_complete boolean whether the service shows all parts of the order
---@field is_mixed? boolean the parts may belong to several orders: no request id tells them apart
---@field is_proved? boolean a request id proves that this is the order that the client searches for

---@class cbr.Evidence
---@field orders cbr.FoundOrder[] the orders that match
---@field is_running boolean whether another task of the same type is in progress on the vault (for a copy: on the
-- backup)
---@field doubtful table[] parts that match except for their time
---@field is_dated boolean whether the service's time is known from a Date header
---@field vault_id? string for a copy: the vault of its backup
---@field backup_ids? table<string, true> for a replication: the ids of its vault's backups in lower case, as keys

---@alias cbr.Reader fun(name: string, params: table): table?, cbr.Error? calls an operation that reads

-- Reads the evidence of a sync. Returns cbr.Evidence; or nil and an error.
local function of_sync(entry, read)
  local shown, err = tasks.read(entry, read, entry.params)
  if not shown then
    return nil, err
  end
  local orders = {}
  for _, task in ipairs(shown.matching) do
    local part = tasks.part(task)
    orders[#orders + 1] = {
      parts = { part }, request_id = part.request_id, is_complete = true,
      result = { operation_log_id = task.id, vault_id = entry.params.vault_id },
    }
  end
  return { orders = orders, is_running = shown.is_running, doubtful = tasks.parts(shown.doubtful) }
end

local KINDS = { replication = replications.of_vault, copy = replications.of_backup, sync = of_sync }

--- Reads the evidence of an order.
---@param entry cbr.Entry entry of the order, with `began`
---@param read cbr.Reader
---@return cbr.Evidence?
---@return cbr.Error? err
function evidence.read(entry, read)
  local asked_at = core.monotonic()
  local shown, err = KINDS[entry.kind](entry, read)
  if shown then
    local date = entry.client.date_header
    shown.is_dated = date and date.at >= asked_at and service_clock.date(date) ~= nil or false
  end
  return shown, err
end

return evidence
