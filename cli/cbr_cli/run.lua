--- Runs one command, and turns every failure into a message and an exit status.

local exit_status = require "cbr_cli.exit_status"
local output = require "cbr_cli.output"
local parser = require "cbr_cli.parser"

-- Ctrl-C: the Lua interpreter raises this text.
local function is_interrupt(failure)
  return type(failure) == "string" and failure:find "interrupted!$" ~= nil
end

-- Ends a command that was interrupted: says how to go on.
local function interrupted(context)
  io.stderr:write "\n"
  if context.go_on then
    output.error(context.went_on or "cbr: interrupted; what was ordered goes on at the service")
    output.error("To go on: " .. context.go_on)
  else
    output.error "cbr: interrupted; nothing was ordered"
  end
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
  if context.go_on and failure.offers_to_go_on then
    output.error("To go on: " .. context.go_on)
  end
  if context.args and context.args.json and not context.has_output then
    output.json { error = failure.err and output.error_fields(failure.err) or { message = failure.message } }
  end
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
