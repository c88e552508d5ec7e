--- A store for dr.replicate in Redis, for programs on several machines. `SECONDS` is how long an entry lives: longer
-- than a run and its continuation last.

local SECONDS = 30 * 86400

--- Makes a store.
---@param redis { get: function, setex: function } a connected client, such as lua-resty-redis or redis-lua. Each run
-- needs one of its own
---@return { get: fun(key: string): string?, any, set: fun(key: string, text: string): any, any }
return function(redis)
  return {
    get = function(key)
      local text, reason = redis:get(key)
      if type(text) == "string" then
        return text
      end
      return nil, not text and reason or nil -- a missing key is ngx.null or nil, without a reason
    end,
    set = function(key, text)
      return redis:setex(key, SECONDS, text)
    end,
  }
end
