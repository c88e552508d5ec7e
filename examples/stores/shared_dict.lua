--- A store for dr.replicate in a lua_shared_dict of nginx. Its entries survive a reload and a killed worker, but not a
-- restart. `SECONDS` is the lifetime of an entry, which must be longer than a run, including the time until the run is
-- resumed.

local SECONDS = 30 * 86400

--- Makes a store.
---@param dict table a shared dictionary, such as ngx.shared.cbr_orders
---@return { get: fun(key: string): string?, any, set: fun(key: string, text: string): true?, any }
return function(dict)
  return {
    get = function(key)
      return dict:get(key)
    end,
    set = function(key, text)
      return dict:safe_set(key, text, SECONDS) -- unlike `set`, `safe_set` never evicts another entry
    end,
  }
end
