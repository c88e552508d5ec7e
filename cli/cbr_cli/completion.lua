--- The command completion. argparse writes the scripts. In those for bash and fish it leaves out the values of
-- positional arguments, so the names of operations are added here.

local completion = {}

-- What is added for each command that takes the name of an operation.
local BASH = [==[
    if [[ "$cmd" = %s && "$prev" = %s ]]; then
        COMPREPLY=($(compgen -W "%s" -- "$cur"))
    fi
]==]
local FISH = "complete -c cbr -n '__fish_cbr_seen_command %s' -xa '%s'\n"

local BASH_END = "    if %[%[ \"%$cur\" = %-%* %]%]; then\n"

-- The commands whose first argument has values -> the values, separated by spaces.
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

--- The shells for which there is a completion.
completion.SHELLS = { "bash", "zsh", "fish" }

--- The completion for a shell.
---@param parser table of argparse; the arguments that name operations have all names as choices
---@param shell string
---@return string script
function completion.script(parser, shell)
  local script = parser[("get_%s_complete"):format(shell)](parser)
  return MORE[shell](script, commands_with_values(parser))
end

return completion
