--- Defines the options and commands of the command line, and parses it with argparse.

local argparse = require "argparse"
local completion = require "cbr_cli.completion"
local exit_status = require "cbr_cli.exit_status"
local output = require "cbr_cli.output"
local places = require "cbr_cli.places"

local parser = {}

local GROUPS = {
  "cbr_cli.orders", "cbr_cli.lists", "cbr_cli.recovery", "cbr_cli.operations",
  "cbr_cli.doctor", "cbr_cli.sandbox",
}

local WIDTH = 80 -- the most characters of a line of help

local REGION, PROJECT = "Region. Default: the variable CBR_REGION.", "Id of the project. Default: looked up."

local function add_options(command, has_many_projects)
  command:flag("--json", "Print JSON.")
  command:flag("-q --quiet", "Print errors only; of a list, print the ids only.")
  if has_many_projects then
    places.define(command, "sources", {
      { option = "--region", field = "region", argname = "<region>", count = "*",
        help = REGION .. " With several regions, each --project belongs to the --region before it." },
      { option = "--project", field = "project", argname = "<id>", count = "*", help = PROJECT },
    })
  else
    command:option("--region", REGION):argname "<region>"
    command:option("--project", PROJECT):argname "<id>"
  end
  command:option("--endpoint", "URL of the service. Default: the region's URL."):argname "<url>"
  command:option("--ca-file", "File with the certificates to trust."):argname "<file>"
  command:option("--proxy", "URL of a proxy. Default: the variable https_proxy."):argname "<url>"
end

local function commands_of()
  local list = {}
  for _, group in ipairs(GROUPS) do
    for _, command in ipairs(require(group)) do
      list[#list + 1] = command
    end
  end
  return list
end

-- Makes the messages of an option's conversion begin with the name of the option. Rejects an option that is given
-- twice, because argparse would silently use the last value.
local function complete(option)
  local convert, name = option._convert, option._aliases[#option._aliases]
  if convert then
    option:convert(function(text)
      local value, reason = convert(text)
      return value, reason and ("%s: %s"):format(name, reason)
    end)
  end
  option:overwrite(false)
end

-- The common options are defined for each command, so that they can be given after its name.
local function define(parent, command, is_for_completion)
  local made = parent:command(command.name, command.does)
  made:summary(command.does):help_max_width(WIDTH):usage_max_width(WIDTH)
  if command.commands then
    made:command_target "subcommand"
    for _, part in ipairs(command.commands) do
      define(made, part, is_for_completion)
    end
    return
  end
  if command.define then
    command.define(made, is_for_completion)
  end
  if not command.has_no_options then
    add_options(made, command.has_many_projects)
  end
  for _, option in ipairs(made._options) do
    complete(option)
  end
  made:action(function(args) args.run = command.run end)
end

local make

function make(is_for_completion)
  local made = argparse("cbr", "Copies backups of CBR to other regions, and imports on-premises backups.",
    "Keys and region come from HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and\n"
    .. "CBR_REGION, or a profile. cbr doctor checks both.\n"
    .. "Exit status: 0 done, or nothing to do; 1 failed; 2 wrong usage; 3 an order would\n"
    .. "fail; 4 the outcome of an order is unknown; 5 not compliant, or no backup to\n"
    .. "copy; 6 accepted and still running; 130 interrupted.")
  made:command_target "command":help_max_width(WIDTH):usage_max_width(WIDTH)
  made:flag("--version", "Print the versions."):action(function(args) args.run = parser.print_versions end)
  made:require_command(false)
  for _, command in ipairs(commands_of()) do
    define(made, command, is_for_completion)
  end
  define(made, {
    name = "completion", does = "Print the completion for a shell.", has_no_options = true,
    run = function(context)
      output.write(completion.script(make(true), context.args.shell))
    end,
    define = function(command)
      command:argument("shell", "bash, zsh or fish."):choices(completion.SHELLS)
    end,
  })
  return made
end

--- Prints the versions of cbr, Lua and the libraries.
function parser.print_versions()
  local versions = require "cbr".versions()
  output.write(("cbr %s (%s, libcurl %s, %s, nettle %s, lua-cjson %s)\n"):format(versions.cbr, versions.lua,
    versions.libcurl, versions.tls, versions.nettle, versions.cjson))
end

-- Returns what may have been meant by a command line that is not valid; "" if nothing is known.
local function hint(message, words)
  local unknown = message:match "unknown option '(%-.-)'"
  if unknown and words[1] == unknown then
    return ("\nOptions come after the command: cbr vaults %s"):format(unknown)
  end
  for i = 2, #words do
    if words[i] == unknown and words[i - 1]:find "^%-%-%l[%l-]*$" then
      return ("\nA value that begins with a dash is given as %s=%s"):format(words[i - 1], unknown)
    end
  end
  return ""
end

--- Parses the command line and runs its command.
---@param context table its field `args` is set
---@return integer? status
function parser.run(context)
  local made = make(false)
  local words = {}
  for i, word in ipairs(context.arguments) do
    words[i] = word
  end
  context.args = made:_parse(words, function(command, message)
    exit_status.usage(("%s%s\n%s\n(see %s --help)"):format(message, hint(message, context.arguments),
      command:get_usage(), command:_get_fullname()))
  end)
  if not context.args.run then
    io.stderr:write(made:get_help(), "\n")
    return exit_status.USAGE
  end
  return context.args.run(context)
end

return parser
