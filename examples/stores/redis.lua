--- A store for dr.replicate in Redis, for programs on several machines. `SECONDS` is the lifetime of an entry, which
-- must be longer than a run, including the time until the run is resumed.

local SECONDS = 30 * 86400

--- Makes a store.
---@param redis { get: function, setex: function } a connected Redis client, such as lua-resty-redis or redis-lua; each
-- run needs its own connection
---@return { get: fun(key: string): string?, any, set: fun(key: string, text: string): any, any }
return function(redis)
  return {
    get = function(key)
      local text, reason = redis:get(key)
      if type(text) == "string" then
        return text
      end
      return nil, not text and reason or nil -- for a missing key, `text` is ngx.null or nil, and there is no reason
    end,
    set = function(key, text)
      return redis:setex(key, SECONDS, text)
    end,
  }
end
