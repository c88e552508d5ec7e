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
  if context.resume_command then
    output.error(context.interruption or "cbr: interrupted; orders that were placed continue at the service")
    output.error("To resume: " .. context.resume_command)
  else
    output.error "cbr: interrupted; nothing was ordered"
  end
  write_json(context, { error = { message = "interrupted" }, resume_command = context.resume_command })
  return exit_status.INTERRUPTED
end

-- Ends a command that failed. Failures of the command itself are tables with a `status`.
local function failed(context, failure)
  if is_interrupt(failure) then
    return interrupted(context)
  elseif type(failure) ~= "table" or not failure.status then
    output.error("cbr: " .. tostring(failure))
    failure = { status = exit_status.FAILED, message = tostring(failure), is_shown = true }
  end
  if failure.message and not failure.is_shown then
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

--- Runs the command line.
---@param arguments string[] without the name of the program
---@return integer status see cbr_cli.exit_status
return function(arguments)
  local context = { arguments = arguments }
  local ok, result = pcall(parser.run, context)
  local status = ok and (result or exit_status.DONE) or failed(context, result)
  if context.client then
    pcall(context.client.close, context.client)
  end
  return status
end
