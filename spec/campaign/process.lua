-- One client process of a campaign. It is killed now and then, and a new process then continues from the journal.

local process = {}

local Process = {}
Process.__index = Process

--- Makes the object for a process, but does not start the process.
---@param number integer
---@param plan_file string
---@param concurrency integer orders in progress at the same time
function process.new(number, plan_file, concurrency)
  local journal_file = os.tmpname()
  return setmetatable({
    number = number, plan_file = plan_file, concurrency = concurrency, journal_file = journal_file,
    pid_file = journal_file .. ".pid", status_file = os.tmpname(), journal = assert(io.open(journal_file)),
  }, Process)
end

local function number_in(file_name)
  local file = io.open(file_name)
  local number = file and file:read "*n"
  if file then
    file:close()
  end
  return number
end

function Process:start()
  os.remove(self.status_file)
  os.remove(self.pid_file)
  local lua = os.getenv "CBR_LUA" or "lua5.4"
  os.execute(("{ %s spec/campaign/worker.lua %s %s %d %d; echo $? >%s; } &"):format(
    lua, self.plan_file, self.journal_file, self.concurrency, self.number, self.status_file))
end

--- The exit status; nil while the process runs. The shell writes the status to a file, even if the process was killed.
function Process:status()
  return number_in(self.status_file)
end

--- Kills the process. This has no effect before the process has reported its id.
function Process:kill()
  local pid = number_in(self.pid_file)
  if pid then
    os.execute(("kill -KILL %d 2>/dev/null"):format(pid))
  end
  return pid ~= nil
end

--- Calls `take(event, n, detail, time)` for each new line of the process's journal. Returns whether there was a new
-- line.
function Process:read_journal(take)
  local has_news = false
  self.journal:seek "cur" -- without this call, Lua 5.1 reads nothing more after the end of the file
  for line in self.journal:lines() do
    local event, n, detail, time = line:match "^(%l+) (%d+) (%S+) (%S+)$"
    if event then
      has_news = true
      take(event, tonumber(n), detail, tonumber(time))
    end
  end
  return has_news
end

--- Reads the journal from its beginning, because the last line may have been read only in part.
function Process:rewind()
  self.journal:seek "set"
end

function Process:close()
  self.journal:close()
  for _, file in ipairs { self.journal_file, self.pid_file, self.status_file } do
    os.remove(file)
  end
end

return process
