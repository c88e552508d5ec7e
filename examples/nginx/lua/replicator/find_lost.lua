--- Searches for an order whose result is not known.

--- Searches once, by `client:find_order`. Reads only.
---@param settings table
---@param record table of a claimed order
---@param now number Redis' time
---@return table|false|nil response of the order; false if the service shows no order that is certainly this one; nil if
-- the service cannot be read
---@return table? err an error of cbr
return function(settings, record, now)
  local client = settings.client
  -- The order's age by Redis' clock, so that the clock of the host that claimed it does not matter.
  local age = math.max(0, now - record.claimed_at)
  local response = client:find_order(record.kind, record.params, {
    since = os.time() - age, timeout = settings.timeout,
  })
  if response ~= nil then
    return response
  end
  -- Distinguishes an uncertain result from a service that cannot be read: then the search is repeated for much longer.
  local page, err = client:list_op_logs({ vault_id = record.vault_id, limit = 1 }, { timeout = settings.timeout })
  if page then
    return false
  end
  return nil, err
end
