--- Runs one command, and turns every failure into a message and an exit status.

local exit_status = require "cbr_cli.exit_status"
local output = require "cbr_cli.output"
local parser = require "cbr_cli.parser"

-- Whether Ctrl-C ended the command. On Ctrl-C, the Lua interpreter raises an error with this text.
local function is_interrupt(failure)
  return type(failure) == "string" and failure:find "interrupted!$" ~= nil
end

-- Prints the JSON of a command that failed, if `--json` was given and no JSON was printed. The command line may not be
-- valid, so `--json` is searched for among the words of the command line.
local function write_json(context, fields)
  for _, word in ipairs(not context.has_output and context.arguments or {}) do
    if word == "--json" then
      output.json(fields)
      return
    end
  end
end

-- Ends a command that was interrupted, and prints the command line that resumes it.
local function interrupted(context)
  io.stderr:write "\n"
  output.error("cbr: interrupted; " .. (context.interruption or context.resume_command
    and "the orders continue at the service" or "nothing was ordered"))
  if context.resume_command then
    output.error("To resume: " .. context.resume_command)
  end
  write_json(context, { error = { message = "interrupted" }, resume_command = context.resume_command })
  return exit_status.INTERRUPTED
end

-- Returns the failure of a raised error. A function of cbr that gets a wrong argument raises an error with a line of
-- this command and the name of the function: the command line is wrong. Anything else is a fault in the command.
local function raised(message)
  local misuse = message:match "cbr_cli/[%w_]+%.lua:%d+: ([%w_.]+: .*)$"
  if misuse then
    return { status = exit_status.USAGE, message = misuse }
  end
  return { status = exit_status.FAILED, message = "fault in cbr: " .. message }
end

-- Ends a command that failed. Failures of the command itself are tables with a `status`.
local function failed(context, failure)
  if is_interrupt(failure) then
    return interrupted(context)
  elseif type(failure) ~= "table" or not failure.status then
    failure = raised(tostring(failure))
    failure.can_be_resumed = context.resume_command ~= nil
  end
  if failure.message then
    output.error("cbr: " .. failure.message)
  end
  if context.resume_command and failure.can_be_resumed then
    output.error("To resume: " .. context.resume_command)
  end
  write_json(context, {
    error = failure.err and output.error_fields(failure.err) or { message = failure.message },
    resume_command = failure.can_be_resumed and context.resume_command or nil,
  })
  return failure.status
end

-- Runs the command line. Returns its status.
local function run(context)
  local ok, result = pcall(function()
    local status = parser.run(context)
    output.flush()
    return status
  end)
  if ok then
    return result or exit_status.DONE
  end
  local failure = result
  ok, result = pcall(failed, context, failure)
  return ok and result or exit_status.FAILED -- the JSON of the failure cannot be written
end

--- Runs the command line.
---@param arguments string[] without the name of the program
---@return integer status see cbr_cli.exit_status
return function(arguments)
  local context = { arguments = arguments }
  local status = run(context)
  if context.client then
    pcall(context.client.close, context.client)
  end
  return status
end
