--- A directory that keeps the state of a run of `cbr dr replicate`, so that another process can resume the run. Each
-- key is a file. A file is replaced atomically, so that a reader never sees a partial file.

local exit_status = require "cbr_cli.exit_status"

local store = {}

local NOT_FOUND = 2 -- the number of ENOENT on Linux

local function write(name, text)
  local file, reason = io.open(name .. ".new", "wb")
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

--- Makes a store for `dr.replicate`. Ends the command if the directory does not exist or cannot be written to.
---@param directory string
---@return { get: fun(key: string): string?, string?, set: fun(key: string, text: string): true?, string? }
function store.open(directory)
  local probe = directory .. "/cbr-dr.probe"
  local ok, problem = write(probe, "")
  if not ok then
    exit_status.usage(("the store %s cannot be used: %s"):format(directory, problem))
  end
  os.remove(probe)

  local function get(key)
    local file, reason, code = io.open(directory .. "/" .. key, "rb")
    if not file then
      return nil, code ~= NOT_FOUND and reason or nil
    end
    local text
    text, reason = file:read "*a"
    file:close()
    return text, reason
  end

  return { get = get, set = function(key, text) return write(directory .. "/" .. key, text) end }
end

return store
