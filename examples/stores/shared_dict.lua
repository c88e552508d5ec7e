--- A store for dr.replicate in a lua_shared_dict of nginx. Its entries survive a reload and a killed
-- worker, but not a restart.

--- Makes a store.
---@param dict table a shared dictionary, such as ngx.shared.cbr_orders
---@return { get: fun(key: string): string?, any, set: fun(key: string, text: string): true?, any }
return function(dict)
  return {
    get = function(key)
      return dict:get(key)
    end,
    set = function(key, text)
      return dict:safe_set(key, text) -- unlike `set`, `safe_set` never evicts another entry
    end,
  }
end
