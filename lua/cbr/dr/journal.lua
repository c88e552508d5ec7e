--- What a run has ordered, in the caller's store, so that another process can go on after this one was killed.
--
-- A store has `get(key)`, which returns a text or nil, and `set(key, text)`. Each text is JSON with a `version`. One
-- key says which run is in progress, one key for each order what became of it. An order is noted before it is sent, and
-- again with its result. A store that fails raises, or returns nil or false and a reason: then nothing is ordered.

local json = require "cbr.util.json"
local text = require "cbr.util.text"

local journal = {}

local VERSION = 1
local DEFAULT_RUN = "replicate"

---@class cbr.dr.Entry what a store says about an order
---@field version integer
---@field run string id of the run that placed the order
---@field state "ordering"|"ordered"|"ended"
---@field since number seconds since 1970: the order was not sent before
---@field result? table of the order
---@field status? string at the end, with `error_code` and `message` if it failed

---@class cbr.dr.Journal
---@field read fun(id: string, region: string): cbr.dr.Entry? nil: nothing was ever ordered
---@field write fun(id: string, region: string, entry: table)
---@field close fun() the run has ended: the next one may order again what has failed
---@field run string id of the run; that of an earlier process if this one goes on with its run

local function fail(key, reason)
  error(("the store has failed for %s: %s"):format(key, text.line(tostring(reason), 300)), 0)
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
    fail(key, "its text is not what this version of cbr has written")
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

-- An id that no other run has: two runs of a process begin with tables at different addresses.
local function new_run(now)
  return ("%d-%s"):format(now, tostring({}):match "0x(%x+)" or "0")
end

local NONE = { run = "", read = function() end, write = function() end, close = function() end }

--- Opens the journal of a run.
---@param store? { get: fun(key: string): string?, any, set: fun(key: string, text: string): any, any }
---@param name? string of the run: runs that are in progress at the same time need different names
---@return cbr.dr.Journal journal that remembers nothing, if there is no store
function journal.open(store, name)
  if not store then
    return NONE
  end
  local prefix = ("cbr-dr.%d.%s"):format(VERSION, name or DEFAULT_RUN)
  local present = read(store, prefix)
  local opened = { run = present and present.state == "running" and present.run or new_run(os.time()) }
  write(store, prefix, { run = opened.run, state = "running" })

  -- Orders are shared by all runs with the store, so that no run doubles an order of another one.
  local function key_of(id, region)
    return ("cbr-dr.%d.order.%s.%s"):format(VERSION, text.lower(id), text.lower(region))
  end

  function opened.read(id, region)
    return read(store, key_of(id, region))
  end

  function opened.write(id, region, entry)
    entry.run = opened.run
    write(store, key_of(id, region), entry)
  end

  function opened.close()
    write(store, prefix, { run = opened.run, state = "ended" })
  end

  return opened
end

return journal
