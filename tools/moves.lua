-- Counts how often one call moves between the files of lua/cbr, and in how many of these files code of the call runs:
--   tools/with_lua 5.4 lua5.4 tools/moves.lua [--trace]
-- A move is a change of the running file of lua/cbr, by a call or by a return, including the step into the library and
-- the step out of the library. Lua functions outside lua/cbr and C functions do not count. What is counted is the
-- second call of a client that has an access key, in two cases: the service accepts a replicate, or rejects a
-- replicate with HTTP 400. --trace prints every move: its number, the file, and the function with its line. The figures
-- must also stand in ARCHITECTURE.md.

local cbr = require "cbr"

local LIMITS = {
  { name = "successful replicate", moves = 30, files = 11 },
  { name = "rejected replicate (HTTP 400)", moves = 45, files = 13, rejected = true },
}

local function client()
  return assert(cbr.new {
    endpoint = os.getenv "CBR_SANDBOX_TLS",
    ca_file = os.getenv "CBR_SANDBOX_CA",
    project_id = os.getenv "HUAWEICLOUD_SDK_PROJECT_ID",
    credentials = { access_key = os.getenv "HUAWEICLOUD_SDK_AK", secret_key = os.getenv "HUAWEICLOUD_SDK_SK" },
    proxy = "",
  })
end

-- The parameters of a replicate. If `rejected` is true, the destination is a vault that the service rejects, because it
-- is not a replication vault.
local function parameters(rejected)
  return {
    vault_id = os.getenv(rejected and "MIXED_VAULT_ID" or "VAULT_ID"),
    destination_project_id = os.getenv "DESTINATION_PROJECT_ID",
    destination_region = os.getenv "DESTINATION_REGION",
    destination_vault_id = os.getenv(rejected and "VAULT_ID" or "DESTINATION_VAULT_ID"),
  }
end

local function file_of(frame)
  return frame.source:match "^@.*(lua/cbr/.+)$" or frame.source:match "^@.*(lua/cbr%.lua)$"
end

-- The nearest frame of lua/cbr at `level` of the caller's stack or above, or nil.
local function running(level)
  repeat
    level = level + 1
    local frame = debug.getinfo(level, "Sn")
    if not frame or file_of(frame) then
      return frame
    end
  until false
end

-- Calls `action`, and returns the list of moves and the results of `action`.
local function trace(action)
  local moves, current = {}, nil
  local function hook(event)
    if not file_of(debug.getinfo(2, "S")) then
      return
    end
    local frame = running(event == "return" and 3 or 2)
    local file = frame and file_of(frame)
    if file ~= current then
      current = file
      local place = frame and ("%-32s %s, line %d"):format(file, frame.name or "?", frame.linedefined)
      moves[#moves + 1] = { file = file, place = place or "(the caller)" }
    end
  end
  collectgarbage "stop" -- because a finalizer would add moves
  debug.sethook(hook, "cr")
  local result, err = action()
  debug.sethook()
  collectgarbage "restart"
  return moves, result, err
end

local function count_files(moves)
  local seen, count = {}, 0
  for _, move in ipairs(moves) do
    if move.file and not seen[move.file] then
      seen[move.file], count = true, count + 1
    end
  end
  return count
end

local function read(name)
  local file = assert(io.open(name))
  local text = file:read "*a"
  file:close()
  return text
end

local page = read "ARCHITECTURE.md"

cbr.load() -- loads all modules now, so that no move of the measured call loads a module

local failed = false
for _, limit in ipairs(LIMITS) do
  local connection = client()
  assert(connection:list_vault {})
  local params = parameters(limit.rejected)
  local moves, result, err = trace(function()
    return connection:replicate(params)
  end)
  if limit.rejected then
    assert(not result and err.status == 400, "the replicate was not rejected with HTTP 400: " .. tostring(err))
  else
    assert(result, err)
  end
  connection:close()

  local files = count_files(moves)
  local exceeded = #moves > limit.moves or files > limit.files
  failed = failed or exceeded
  print(("%s: %s: %d moves (limit %d), %d files (limit %d)"):format(exceeded and "too many" or "ok", limit.name,
    #moves, limit.moves, files, limit.files))
  local row = ("| %d | %d | %d | %d |"):format(#moves, limit.moves, files, limit.files)
  if not page:find(row, 1, true) then
    failed = true
    print(("ARCHITECTURE.md does not have these figures: %s"):format(row))
  end
  for i, move in ipairs(arg[1] == "--trace" and moves or {}) do
    print(("%4d  %s"):format(i, move.place))
  end
end
os.exit(not failed)
