--- The part `exact`: counts user-space instructions (valgrind's callgrind) and system calls (strace). Unlike times,
-- these counts are nearly the same in every run (README.md), so a regression is visible.

local contestants = require "bench.contestants"

local SCRATCH = os.getenv "CBR_SANDBOX_DIR"

local SIGNED, COUNTS = SCRATCH .. "/bench.exact", SCRATCH .. "/bench.counts"

-- Each function runs a command under a tool that counts. Returns the count, or nil and a reason.
local tools = {}

function tools.instructions(command)
  local output, reason = contestants.run(("valgrind --tool=callgrind --callgrind-out-file=/dev/null %s 2>&1"):format(
    command))
  local count = output and output:match "Collected : (%d+)"
  return tonumber(count), not count and (reason or "valgrind reported no count") or nil
end

function tools.system_calls(command)
  local output, reason = contestants.run(("LC_ALL=C strace -f -c -o '%s' %s"):format(COUNTS, command))
  if not output then
    return nil, reason
  end
  local file, count = assert(io.open(COUNTS)), nil
  for line in file:lines() do
    count = line:match "^%s*[%d.]+%s+[%d.]+%s+%d*%s+(%d+).*%stotal$" or count
  end
  file:close()
  return tonumber(count), not count and "strace reported no count" or nil
end

local COMMANDS = {
  floor = {
    calls = "build/bench/floor sequence '" .. SIGNED .. "' %d",
    first = "build/bench/floor first '" .. SIGNED .. "'",
  },
  cbr = {
    calls = "lua5.4 bench/cbr.lua sequence %d", first = "lua5.4 bench/cbr.lua first",
    require = [[lua5.4 -e 'require "cbr"']],
  },
}

---@param result table the table of bench/run
---@param size { few: integer, many: integer } numbers of calls; the counts of `few` calls are subtracted from those of
--- `many` calls
return function(result, size)
  assert(contestants.run("lua5.4 bench/signed.lua >'" .. SIGNED .. "'"))

  -- Adds a row with the results of `measure(commands)` for each contestant.
  local function row(label, measure)
    local figures = {}
    for name, commands in pairs(COMMANDS) do
      local figure, reason = measure(commands)
      figures[name] = figure or reason and "fails" or nil
      if reason then
        result:note(("%s of %s: %s"):format(label, name, reason))
      end
    end
    result:row(label, figures)
  end

  local function per_call(count)
    return function(commands)
      local few, reason = count(commands.calls:format(size.few))
      local many
      if few then
        many, reason = count(commands.calls:format(size.many))
      end
      return many and (many - few) / (size.many - size.few), reason
    end
  end

  local function of_process(name)
    return function(commands)
      if commands[name] then
        local count, reason = tools.instructions(commands[name])
        return count and count / 1e6, reason
      end
    end
  end

  result:section(("counted, not timed: what %d calls need more than %d calls"):format(size.many, size.few))
  row("user-space instructions per call", per_call(tools.instructions))
  row("system calls per call", per_call(tools.system_calls))
  row("instructions of a process with one call, millions", of_process "first")
  row("instructions of a process with require \"cbr\" alone, millions", of_process "require")
end
