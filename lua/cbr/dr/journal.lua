--- Records the orders of a run in the caller's store, so that another process can resume the run if
-- this process is killed.
--
-- A store has `get(key)`, which returns a text or nil, and `set(key, text)`. Each text is JSON with a `version`. One
-- key holds the run that is in progress, and each order has a key for its state. The state of an order is written
-- before the order is sent, after its response arrives, and when the order ends. If the store raises an error, or
-- returns a false value and a reason, no order is sent.

local json = require "cbr.util.json"
local text = require "cbr.util.text"

local journal = {}

local VERSION = 1
local DEFAULT_RUN = "replicate"

---@class cbr.dr.SavedOrder the state of an order in the store
---@field version integer
---@field run string id of the run that placed the order
---@field state "ordering"|"ordered"|"ended"
---@field since number seconds since 1970; the order was sent at this time or later
---@field result? table result of the order
---@field status? string status of an order that has ended; if it failed, `error_code` and `message` are set, too;
-- `not_started`: no order for the copy is in progress, and the next process places one

---@class cbr.dr.Journal
---@field read fun(id: string, region: string): cbr.dr.SavedOrder? nil: no order was recorded
---@field write fun(id: string, region: string, saved: table)
---@field close fun() marks the run as ended, so that the next run may order failed copies again
---@field run string id of the run; if this process resumes the run of an earlier process, the id of that run

local function fail(key, reason)
  error(("the store failed for key %s: %s"):format(key, text.line(tostring(reason), 300)), 0)
end

local function read(store, key)
  local encoded, problem = store.get(key)
  if encoded == nil and problem ~= nil then
    fail(key, problem)
  elseif not encoded then
    return nil
  end
  local value = type(encoded) == "string" and json.decode(encoded)
  if type(value) ~= "table" or value.version ~= VERSION then
    fail(key, "the text of the key was not written by this version of cbr")
  end
  return value
end

local function write(store, key, value)
  value.version = VERSION
  local encoded, reason = json.encode(value)
  if not encoded then
    fail(key, reason)
  end
  local ok, problem = store.set(key, encoded)
  if not ok and problem ~= nil then
    fail(key, problem)
  end
end

-- Makes the id of a run. The address of a new table tells apart two runs of a process that begin in the same second.
local function new_run(now)
  return ("%d-%s"):format(now, tostring({}):match "0x(%x+)" or "0")
end

local NONE = { run = "", read = function() end, write = function() end, close = function() end }

--- Opens the journal of a run. If the store has an unfinished run with this name, the new run resumes it.
---@param store? { get: fun(key: string): string?, any, set: fun(key: string, text: string): any, any }
---@param name? string name of the run; concurrent runs need different names
---@return cbr.dr.Journal journal without a store, `read` returns nil and `write` does nothing
function journal.open(store, name)
  if not store then
    return NONE
  end
  local prefix = ("cbr-dr.%d.%s"):format(VERSION, name or DEFAULT_RUN)
  local present = read(store, prefix)
  local opened = { run = present and present.state == "running" and present.run or new_run(os.time()) }
  write(store, prefix, { run = opened.run, state = "running" })

  -- The keys of orders do not contain the id of the run: all runs that use the store share these keys, so that no
  -- run repeats the order of another run.
  local function key_of(id, region)
    return ("cbr-dr.%d.order.%s.%s"):format(VERSION, text.lower(id), text.lower(region))
  end

  function opened.read(id, region)
    return read(store, key_of(id, region))
  end

  function opened.write(id, region, saved)
    saved.run = opened.run
    write(store, key_of(id, region), saved)
  end

  function opened.close()
    write(store, prefix, { run = opened.run, state = "ended" })
  end

  return opened
end

return journal
