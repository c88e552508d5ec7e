--- The command completion. argparse writes the completion scripts. Its scripts for bash and fish do not complete
-- positional arguments, so this module adds the names of operations to these scripts.

local completion = {}

-- Code that is added for each command whose argument is the name of an operation.
local BASH = [==[
    if [[ "$cmd" = %s && "$prev" = %s ]]; then
        COMPREPLY=($(compgen -W "%s" -- "$cur"))
    fi
]==]
local FISH = "complete -c cbr -n '__fish_cbr_seen_command %s' -xa '%s'\n"

local BASH_END = "    if %[%[ \"%$cur\" = %-%* %]%]; then\n"

-- Returns the commands whose first argument has a list of values, and the values, separated by spaces.
local function commands_with_values(parser)
  local list = {}
  for _, command in ipairs(parser._commands) do
    local argument = command._arguments[1]
    if argument and argument._choices then
      list[#list + 1] = { name = command._name, values = table.concat(argument._choices, " ") }
    end
  end
  return list
end

local MORE = {}

function MORE.bash(script, commands)
  local added = {}
  for i, command in ipairs(commands) do
    added[i] = BASH:format(command.name, command.name, command.values)
  end
  local at = script:find(BASH_END)
  return at and script:sub(1, at - 1) .. table.concat(added) .. script:sub(at) or script
end

function MORE.fish(script, commands)
  for _, command in ipairs(commands) do
    script = script .. FISH:format(command.name, command.values)
  end
  return script
end

function MORE.zsh(script)
  return script
end

--- The supported shells.
completion.SHELLS = { "bash", "zsh", "fish" }

--- Returns the completion script for a shell.
---@param parser table parser of argparse; an argument that is the name of an operation must have all names as choices
---@param shell string
---@return string script
function completion.script(parser, shell)
  local script = parser[("get_%s_complete"):format(shell)](parser)
  return MORE[shell](script, commands_with_values(parser))
end

return completion
