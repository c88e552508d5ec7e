--- The command sandbox: starts the local server that behaves like the service.

local exit_status = require "cbr_cli.exit_status"
local go_on = require "cbr_cli.go_on"

-- Where the sandbox may be, from the directory of this file: the source tree, `make install`, LuaRocks.
local PLACES = {
  "../../sandbox/run", "../../../cbr/sandbox/run", "../../../../lib/luarocks/rocks-*/cbr-cli/*/sandbox/run",
}

-- The first file that a pattern of the shell names.
local function find()
  local directory = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$" or "."
  for _, place in ipairs(PLACES) do
    local pipe = assert(io.popen(("ls -- %s/%s 2>/dev/null"):format(go_on.quote(directory), place)))
    local name = pipe:read "*l"
    pipe:close()
    if name then
      return name
    end
  end
end

-- The exit status of a command, as os.execute of each version returns it.
local function execute(command)
  local ok, _, code = os.execute(command)
  if type(ok) == "number" then -- Lua 5.1
    return ok >= 256 and math.floor(ok / 256) or ok
  end
  return code or (ok and 0 or 1)
end

local function sandbox(context)
  local run = find()
  if not run then
    error({ status = exit_status.FAILED, message = "the files of the sandbox are not installed" }, 0)
  end
  local words = { "exec sh", go_on.quote(run) }
  for _, word in ipairs(context.args.command_line) do
    words[#words + 1] = go_on.quote(word)
  end
  return execute(table.concat(words, " "))
end

return {
  {
    name = "sandbox", run = sandbox, has_no_options = true,
    does = "Run a command with a local server that behaves like the service, or that server alone.",
    define = function(command)
      command:handle_options(false)
      command:argument("command_line", "The command and its arguments."):args "*":argname "<command>"
    end,
  },
}
