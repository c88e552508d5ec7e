--- The command sandbox: starts the local server that behaves like the service.

local exit_status = require "cbr_cli.exit_status"
local output = require "cbr_cli.output"
local resume = require "cbr_cli.resume"

local HELP = [=[
Usage: cbr sandbox [<command> [<argument> ...]]

Run a local server that behaves like the service. Without a command, the server
runs until Ctrl-C. With a command, the server runs until the command ends, and
the command's environment names the server. Example: cbr sandbox cbr vaults
]=]

-- Possible places of the sandbox, relative to the directory of this file: source tree, `make install`, LuaRocks.
local PLACES = {
  "../../sandbox/run", "../../../cbr/sandbox/run", "../../../../lib/luarocks/rocks-*/cbr-cli/*/sandbox/run",
}

-- Returns the path of the sandbox; nil if it is not installed.
local function find()
  local directory = debug.getinfo(1, "S").source:match "^@(.*)/[^/]*$" or "."
  for _, place in ipairs(PLACES) do
    local pipe = assert(io.popen(("ls -- %s/%s 2>/dev/null"):format(resume.quote(directory), place)))
    local name = pipe:read "*l"
    pipe:close()
    if name then
      return name
    end
  end
end

-- Runs a command, and returns its exit status. The results of os.execute depend on the version of Lua.
local function execute(command)
  local ok, _, code = os.execute(command)
  if type(ok) == "number" then -- Lua 5.1
    return ok >= 256 and math.floor(ok / 256) or ok
  end
  return code or (ok and 0 or 1)
end

local function sandbox(context)
  local first = context.args.command_line[1] or ""
  if first == "--help" or first == "-h" then
    output.write(HELP)
    return exit_status.DONE
  elseif first:find "^%-" then
    exit_status.usage(("unknown option '%s'\n%s"):format(first, HELP))
  end
  local run = find()
  if not run then
    error({ status = exit_status.FAILED, message = "the files of the sandbox are not installed" }, 0)
  end
  local words = { "exec sh", resume.quote(run) }
  for _, word in ipairs(context.args.command_line) do
    words[#words + 1] = resume.quote(word)
  end
  return execute(table.concat(words, " "))
end

return {
  {
    name = "sandbox", run = sandbox, has_no_options = true,
    does = "Run a local server that behaves like the service, alone or for one command.",
    define = function(command)
      command:handle_options(false)
      command:argument("command_line", "The command to run, and its arguments."):args "*":argname "<command>"
    end,
  },
}
