--- The command doctor.

local cbr = require "cbr"
local client_of = require "cbr_cli.client"
local exit_status = require "cbr_cli.exit_status"
local output = require "cbr_cli.output"
local terminal = require "cbr_cli.terminal"
local text = require "cbr_cli.text"

-- Writes a text in lines that fit the terminal. The first line begins with `first`, the others with `rest`.
local function write_wrapped(first, rest, words)
  local line, width = first, terminal.width()
  for word in words:gmatch "%S+" do
    if #line > #rest and text.width(line) + 1 + text.width(word) > width then
      output.write(line, "\n")
      line = rest .. word
    else
      line = line .. (#line > #rest and " " or "") .. word
    end
  end
  output.write(line, "\n")
end

local NAME_WIDTH, VERDICT_WIDTH = 11, 9

local function write_check(check)
  local name = ("%-" .. NAME_WIDTH .. "s  %-" .. VERDICT_WIDTH .. "s  "):format(check.name, check.verdict)
  local rest = (" "):rep(#name)
  write_wrapped(name, rest, check.message)
  if check.advice and check.verdict ~= "ok" then
    write_wrapped(rest .. "-> ", rest .. "   ", check.advice)
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
