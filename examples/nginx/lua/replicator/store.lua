--- What the fleet shares: records of orders in Redis, each changed only by whoever knows what it was before.

local json = require "cbr.util.json"
local redis = require "nginx.redis"

local store = {}

local CONNECT_AND_ANSWER = 2000 -- milliseconds; a Redis slower than this is as good as away
local IDLE, POOL = 10000, 8

-- Moves a record from what it was to what it is to be. KEYS: the record, what is open on its vault, the vaults that are
-- held. ARGV: the text expected ("" for none), the new text, seconds to keep it, "1" where the record holds its vault
-- from now on, the vault.
-- One vault has one open record at a time; a holder whose record is gone holds nothing.
local MOVE = [[
  if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 'moved' end
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
  return 'done'
]]

-- Takes a job on, and puts it behind those that wait. KEYS: the record, the queue. ARGV: its text, seconds to keep it.
local ENQUEUE = [[
  if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return 0 end
  return redis.call('RPUSH', KEYS[2], KEYS[1])
]]

local UNLOCK = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

local methods = {}
local meta = { __index = methods }

-- Every command goes through here: what Redis refuses, or the network loses, is raised, and store.use catches it.
local function command(self, name, ...)
  local answer, reason = self.connection[name](self.connection, ...)
  if answer == nil or answer == false then
    self.broken = answer == nil
    error({ redis = ("Redis %s: %s"):format(name, tostring(reason)) }, 0)
  end
  if answer == ngx.null then
    return nil
  end
  return answer
end

--- Any command; a missing value is nil.
function methods:call(name, ...)
  return command(self, name, ...)
end

--- The one clock of the fleet, in seconds: slots are numbered by it, whatever the hosts' own clocks say.
function methods:now()
  local answer = command(self, "time")
  return tonumber(answer[1]) + tonumber(answer[2]) / 1e6
end

--- Reads a record. -> record, its text as `move` wants it; nil, "" where there is none
function methods:read(key)
  local text = command(self, "get", key)
  if not text then
    return nil, ""
  end
  return assert(json.decode(text)), text
end

--- Writes a record over what it was. -> "done"; "moved" when it is no longer that; "busy" when it is to hold its
-- vault and another one does. The second value is the text it has now.
---@param record table with `key` and `vault_id`
---@param before string the text that was read, "" for none
---@param holds boolean whether it holds its vault from now on
function methods:move(record, before, holds)
  local after = assert(json.encode(record))
  local open, held = self:open_key(record.vault_id), self.prefix .. "held"
  local answer = command(self, "eval", MOVE, 3, record.key, open, held, before, after, math.ceil(self.keep),
    holds and "1" or "0", record.vault_id)
  return answer, after
end

--- Takes a job on. -> whether it is new
function methods:enqueue(job)
  local text = assert(json.encode(job))
  return command(self, "eval", ENQUEUE, 2, job.key, self.prefix .. "queue", text, math.ceil(self.keep)) > 0
end

function methods:open_key(vault_id)
  return self.prefix .. "open:" .. vault_id
end

--- Takes a lock that ends by itself after so many seconds. -> whether it was free
function methods:lock(name, owner, seconds)
  return command(self, "set", self.prefix .. "lock:" .. name, owner, "NX", "PX", math.ceil(seconds * 1000)) ~= nil
end

--- Gives it back, unless it is another's by now.
function methods:unlock(name, owner)
  command(self, "eval", UNLOCK, 1, self.prefix .. "lock:" .. name, owner)
end

local function connect(settings)
  local connection = assert(redis:new())
  connection:set_timeout(CONNECT_AND_ANSWER)
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
      return nil, ("Redis at %s refused the password: %s"):format(address.text, tostring(reason))
    end
  end
  return connection
end

--- Runs `fn(db)` with a connection. -> what it returned; nil and a message when Redis failed it.
---@param settings table
---@param fn fun(db: table): any
function store.use(settings, fn)
  local connection, reason = connect(settings)
  if not connection then
    return nil, reason
  end
  local db = setmetatable({ connection = connection, prefix = settings.prefix, keep = settings.keep }, meta)
  local well, result = pcall(fn, db)
  if db.broken or not well then
    connection:close()
  else
    connection:set_keepalive(IDLE, POOL)
  end
  if well then
    return result == nil or result
  elseif type(result) == "table" and result.redis then
    return nil, result.redis
  end
  error(result, 0)
end

return store
