--- The records of orders in Redis, which all hosts of the fleet share. A record is changed only if Redis still holds
-- the text that was read before.

local json = require "replicator.json"
-- Debian's package lua-nginx-redis has lua-resty-redis under another name.
local has_resty, redis = pcall(require, "resty.redis")
if not has_resty then
  redis = require "nginx.redis"
end

local store = {}

local REDIS_TIMEOUT = 2000 -- milliseconds for connecting, and for each response
local BORN = "born" -- the key of the time since which Redis has its data, without the prefix
local MAX_IDLE_TIME, POOL_SIZE = 10000, 8 -- for idle connections: the milliseconds, and the number in a worker

-- Replaces a record. KEYS: the record, the key of the record that holds the vault, the set of held vaults, the queue of
-- notices, the state of the record's notice, the time since which Redis has its data, the vault's lock. ARGV: the
-- expected text ("" for none), the new text, seconds to keep it, "1" if the record holds its vault from now on, the
-- vault, a notice ("" for none), the time when the record's slot or job began, the owner of the lock ("" if the caller
-- needs no lock).
-- At most one record holds a vault. A record that has expired holds no vault. A record has one notice at most: see
-- notices.lua.
-- Redis may have lost the record of a slot or job whose order was placed. So Redis accepts no new record of a slot or
-- job that is older than the data, even if the caller read Redis before the loss.
local MOVE = [[
  if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'moved' end
  if ARGV[8] ~= '' and redis.call('GET', KEYS[7]) ~= ARGV[8] then return 'moved' end
  if ARGV[1] == '' then
    local data_began = tonumber(redis.call('GET', KEYS[6]) or '')
    if not data_began or data_began > tonumber(ARGV[7]) then return 'lost' end
  end
  local holder = redis.call('GET', KEYS[2])
  if holder and holder ~= KEYS[1] and redis.call('EXISTS', holder) == 0 then holder = false end
  if ARGV[4] == '1' then
    if holder and holder ~= KEYS[1] then return 'busy' end
    redis.call('SET', KEYS[2], KEYS[1], 'EX', ARGV[3])
    redis.call('SADD', KEYS[3], ARGV[5])
  elseif holder == KEYS[1] then
    redis.call('DEL', KEYS[2])
    redis.call('SREM', KEYS[3], ARGV[5])
  end
  if ARGV[1] == '' then
    if not redis.call('SET', KEYS[1], ARGV[2], 'NX', 'EX', ARGV[3]) then return 'moved' end
  else
    redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
  end
  if ARGV[6] ~= '' and redis.call('SET', KEYS[5], ARGV[6], 'NX', 'EX', ARGV[3]) then
    redis.call('ZADD', KEYS[4], 0, KEYS[1])
  end
  return 'done'
]]

-- Notes the present time in KEYS[1], unless the key has a time. Returns the time in the key.
local DATA_BEGAN = [[
  local time = redis.call('TIME')
  redis.call('SET', KEYS[1], ('%s.%06d'):format(time[1], time[2]), 'NX')
  return redis.call('GET', KEYS[1])
]]

-- Removes a job from the queue, if its record is still as it was read. KEYS: the record, the queue. ARGV: the expected
-- text ("" for none).
local DEQUEUE = [[
  if (redis.call('GET', KEYS[1]) or '') == ARGV[1] then redis.call('LREM', KEYS[2], 0, KEYS[1]) end
  return 1
]]

-- Adds a job to the end of the queue, unless its record exists. KEYS: the record, the queue. ARGV: the record's text,
-- seconds to keep it.
local ENQUEUE = [[
  if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return 0 end
  return redis.call('RPUSH', KEYS[2], KEYS[1])
]]

local methods = {}
local meta = { __index = methods }

--- Sends a command and returns the result, nil for a missing value. Raises an error when Redis rejects the command or
-- the connection fails; store.use catches this error.
---@param name string
---@return any
function methods:call(name, ...)
  local result, reason = self.connection[name](self.connection, ...)
  if result == nil or result == false then
    self.broken = result == nil
    error({ redis = ("Redis %s: %s"):format(name, tostring(reason)) }, 0)
  end
  if result == ngx.null then
    return nil
  end
  return result
end

--- Redis' time in seconds. The fleet uses no other clock, so the hosts' own clocks need not agree.
---@return number
function methods:now()
  local time = self:call "time"
  return tonumber(time[1]) + tonumber(time[2]) / 1e6
end

--- Reads a record.
---@param key string
---@return table? record nil if Redis has no such record
---@return string stored the record's text in Redis; "" if Redis has no such record
function methods:read(key)
  local text = self:call("get", key)
  if not text then
    return nil, ""
  end
  return assert(json.decode(text)), text
end

--- Writes a changed record. If the outcome is "done", `entry.stored` is set to the new text.
---@param entry { record: table, stored: string, owner: string? } see records.lua
---@param holds boolean whether the record holds its vault from now on
---@param began number the time when the record's slot or job began
---@param notice? string state of a notice, which is queued unless the record has had one
---@return "done"|"moved"|"busy"|"lost" outcome "moved": another worker has changed the record, or has taken the lock of
-- the vault; "busy": another record holds the vault; "lost": Redis has no record, and may have lost the record
function methods:move(entry, holds, began, notice)
  local record, prefix = entry.record, self.settings.prefix
  local text = assert(json.encode(record))
  local outcome = self:call("eval", MOVE, 7, record.key, self:holder_key(record.vault_id), prefix .. "held",
    prefix .. "notices", record.key .. ":notice", prefix .. BORN, self:lock_key(record.vault_id),
    entry.stored, text, math.ceil(self.settings.keep), holds and "1" or "0", record.vault_id, notice or "",
    ("%.6f"):format(began), entry.owner or "")
  if outcome == "done" then
    entry.stored = text
  end
  return outcome
end

--- The time since which Redis has its data, by Redis' clock. If Redis loses its data, this time becomes later.
---@return number? time nil if the key has no valid time
function methods:data_began()
  return tonumber(self:call("eval", DATA_BEGAN, 1, self.settings.prefix .. BORN))
end

--- Removes a job from the queue, unless its record has changed since it was read.
---@param key string the key of the job's record
---@param stored? string the text of the record when it was read; nil if Redis had no such record
function methods:dequeue(key, stored)
  self:call("eval", DEQUEUE, 2, key, self.settings.prefix .. "queue", stored or "")
end

--- Adds a job to the queue.
---@param record table
---@return boolean is_new false if the job exists already
function methods:enqueue(record)
  local text, keep = assert(json.encode(record)), math.ceil(self.settings.keep)
  return self:call("eval", ENQUEUE, 2, record.key, self.settings.prefix .. "queue", text, keep) > 0
end

--- The key in Redis under which the key of the record that holds a vault is kept.
function methods:holder_key(vault_id)
  return self.settings.prefix .. "open:" .. vault_id
end

--- The key of a vault's lock. The value of the key is the owner of the lock: see lock.lua.
function methods:lock_key(vault_id)
  return self.settings.prefix .. "lock:" .. vault_id
end

local function connect(settings)
  local connection = assert(redis:new())
  connection:set_timeout(REDIS_TIMEOUT)
  local address = settings.redis
  local ok, reason
  if address.path then
    ok, reason = connection:connect("unix:" .. address.path)
  else
    ok, reason = connection:connect(address.host, address.port)
  end
  if not ok then
    return nil, ("Redis at %s cannot be reached: %s"):format(address.text, tostring(reason))
  end
  if settings.redis_password and connection:get_reused_times() == 0 then
    ok, reason = connection:auth(settings.redis_password)
    if not ok then
      connection:close()
      return nil, ("Redis at %s rejected the password: %s"):format(address.text, tostring(reason))
    end
  end
  return connection
end

--- Runs `fn(db)` with a connection to Redis.
---@param settings table
---@param fn fun(db: table): any
---@return any result what `fn` returned, true for nil; nil when Redis failed
---@return string? reason
function store.use(settings, fn)
  local connection, reason = connect(settings)
  if not connection then
    return nil, reason
  end
  local db = setmetatable({ connection = connection, settings = settings }, meta)
  local ok, result = pcall(fn, db)
  if db.broken or not ok then
    connection:close()
  else
    connection:set_keepalive(MAX_IDLE_TIME, POOL_SIZE)
  end
  if ok then
    return result == nil or result
  elseif type(result) == "table" and result.redis then
    return nil, result.redis
  end
  error(result, 0)
end

--- Like store.use, but raises an error when Redis fails. The error ends the step. The next step continues from the data
-- in Redis.
function store.must_use(settings, fn)
  local result, reason = store.use(settings, fn)
  if result == nil then
    error({ redis = reason }, 0)
  end
  return result
end

return store
