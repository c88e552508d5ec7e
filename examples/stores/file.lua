--- A store for dr.replicate that writes one file per key into a directory. It is for a script
-- that never runs twice at the same time.
--
-- A file is replaced atomically, so that a reader never sees a partial file. If the entries must survive a failure of
-- the machine, use a directory on a file system that is mounted with `sync`.

--- Makes a store.
---@param directory string name of the directory, which must exist
---@return { get: fun(key: string): string?, string?, set: fun(key: string, text: string): true?, string? }
return function(directory)
  local store = {}

  function store.get(key)
    local file, reason, code = io.open(directory .. "/" .. key, "r")
    if not file then
      return nil, code ~= 2 and reason or nil -- 2 (ENOENT): the key is not set
    end
    local text
    text, reason = file:read "*a"
    file:close()
    return text, reason
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
