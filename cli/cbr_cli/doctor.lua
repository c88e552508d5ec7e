--- The command doctor.

local cbr = require "cbr"
local client_of = require "cbr_cli.client"
local exit_status = require "cbr_cli.exit_status"
local output = require "cbr_cli.output"
local terminal = require "cbr_cli.terminal"

local NAME_WIDTH, VERDICT_WIDTH = 11, 9

local function write_check(check)
  local name = ("%-" .. NAME_WIDTH .. "s  %-" .. VERDICT_WIDTH .. "s  "):format(check.name, check.verdict)
  local rest = (" "):rep(#name)
  output.paragraph(name, rest, check.message)
  if check.advice and check.verdict ~= "ok" then
    output.paragraph(rest .. "-> ", rest .. "   ", check.advice)
  end
end

local function write_line(check)
  output.write(("%s\t%s\t%s\t%s\n"):format(check.name, check.verdict, check.message, check.advice or "-"))
end

local function doctor(context)
  local diagnosis = cbr.diagnose(client_of.options(context.args))
  context.has_output = true
  if context.args.json then
    output.json(diagnosis)
  else
    for _, check in ipairs(diagnosis.checks) do
      if not context.args.quiet or check.verdict == "fault" then
        (terminal.is_output() and write_check or write_line)(check)
      end
    end
  end
  return diagnosis.is_ok and exit_status.DONE or exit_status.FAILED
end

return {
  {
    name = "doctor", run = doctor,
    does = "Check credentials, region, network, clock, project and permissions, and say what to do.",
  },
}
