--- The lock of a vault. One worker of the fleet makes a step for a vault at a time: the owner of the lock.

local store = require "replicator.store"

local lock = {}

-- Renews a lock, and sets a key if a text is given, unless the owner has lost the lock. KEYS: the lock, the key. ARGV:
-- the owner, milliseconds of the lock, the text ("" for none), seconds to keep the text.
local WRITE = [[
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  if ARGV[3] ~= '' then redis.call('SET', KEYS[2], ARGV[3], 'EX', ARGV[4]) end
  return 1
]]

local RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0"

local function milliseconds(settings)
  return math.ceil(settings.lock * 1000)
end

--- A name for an owner. No other step for the same vault has this name.
---@param settings table
---@return string owner
function lock.new_owner(settings)
  return ("%s:%d:%f"):format(settings.host, ngx.worker.pid(), ngx.now())
end

--- Takes a vault's lock. The owner loses the lock if it does not renew it for `settings.lock` seconds.
---@param db table
---@param vault_id string
---@param owner string
---@return boolean was_free
function lock.take(db, vault_id, owner)
  return db:call("set", db:lock_key(vault_id), owner, "NX", "PX", milliseconds(db.settings)) ~= nil
end

--- The key in Redis of a key of the store for dr.replicate.
function lock.store_key(settings, key)
  return settings.prefix .. "store:" .. key
end

-- Renews the lock of a vault. If a text is given, also writes it under a key of the store for dr.replicate. Returns
-- false and a reason if the owner has lost the lock; nil and a reason if Redis failed.
local function write(settings, vault_id, owner, key, text)
  local is_ours, reason = store.use(settings, function(db)
    return db:call("eval", WRITE, 2, db:lock_key(vault_id), lock.store_key(settings, key or ""), owner,
      milliseconds(settings), text or "", math.ceil(settings.keep)) == 1
  end)
  return is_ours, is_ours == false and "this worker has lost the lock" or reason
end

--- A store for dr.replicate, for the owner of a vault's lock. An owner that has lost the lock writes nothing and orders
-- nothing: another worker continues the run.
---@param settings table
---@param vault_id string
---@param owner string
---@return { get: function, set: function }
function lock.store(settings, vault_id, owner)
  return {
    get = function(key)
      local text, reason = store.use(settings, function(db)
        return db:call("get", lock.store_key(settings, key)) or false
      end)
      return text or nil, text == nil and reason or nil
    end,
    set = function(key, text)
      return write(settings, vault_id, owner, key, text)
    end,
  }
end

--- Calls `fn` for the owner of a vault's lock, renews the lock as long as `fn` runs, and then releases it. So a worker
-- loses its lock only if it is killed, or if it is suspended or without Redis for most of the time that the lock lasts.
-- Raises the error that `fn` raises.
---@param settings table
---@param vault_id string
---@param owner string
---@param fn fun()
function lock.hold(settings, vault_id, owner, fn)
  local renewal = ngx.thread.spawn(function()
    while true do
      ngx.sleep(settings.lock / 4)
      write(settings, vault_id, owner)
    end
  end)
  local ok, reason = pcall(fn)
  ngx.thread.kill(renewal)
  store.use(settings, function(db)
    db:call("eval", RELEASE, 1, db:lock_key(vault_id), owner)
  end)
  if not ok then
    error(reason, 0)
  end
end

return lock
