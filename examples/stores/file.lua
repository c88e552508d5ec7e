--- A store for dr.replicate in the files of a directory, for scripts on one machine: one file for each key.
--
-- A file is replaced at once, so that it is never read half written. If the machine itself may fail, use a directory
-- whose file system is mounted with `sync`.

--- Makes a store.
---@param directory string that exists
---@return { get: fun(key: string): string?, set: fun(key: string, text: string): true?, string? }
return function(directory)
  local store = {}

  function store.get(key)
    local file, reason, code = io.open(directory .. "/" .. key, "r")
    if not file then
      return nil, code ~= 2 and reason or nil -- 2: there is no such file, so nothing was set
    end
    local text = file:read "*a"
    file:close()
    return text
  end

  function store.set(key, text)
    local name = directory .. "/" .. key
    local file, reason = io.open(name .. ".new", "w")
    if not file then
      return nil, reason
    end
    local ok
    ok, reason = file:write(text)
    ok = file:close() and ok
    if not ok then
      return nil, reason or "the file could not be written"
    end
    return os.rename(name .. ".new", name)
  end

  return store
end
