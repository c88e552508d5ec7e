--- The commands call and describe.

local cbr = require "cbr"
local client_of = require "cbr_cli.client"
local exit_status = require "cbr_cli.exit_status"
local json = require "cbr_cli.json"
local output = require "cbr_cli.output"
local values = require "cbr_cli.values"

-- Returns a table that maps every official name and every alias of an operation to the official name.
local function names_of(client)
  local names = {}
  for _, name in ipairs(cbr.operations()) do
    names[name] = name
    local alias = client:describe(name).alias
    if alias then
      names[alias] = name
    end
  end
  return names
end

-- Returns the description of an operation.
local function describe(client, given)
  local name = given:gsub("-", "_")
  local ok, description, err = pcall(client.describe, client, name)
  if not ok then -- the message suggests similar names
    exit_status.usage((tostring(description):gsub("^.-describe: ", "")) .. " (cbr describe lists all operations)")
  end
  return exit_status.result(description, err)
end

local function call(context)
  local args, client = context.args, client_of.of(context)
  local description = describe(client, args.operation)
  local params = values.params(description, args.parameters)
  context.interruption = description.method ~= "GET" and "the service may have carried out the call" or nil
  local result, err = client[description.name](client, params)
  exit_status.result(result, err)
  context.has_output = true
  if not args.quiet or args.json then
    local shape = description.result
    if shape.type == "list" and type(result) == "table" then
      json.list(result)
    end
    output.json(json.mark(result, shape.fields))
  end
end

local SUMMARY = {
  { "OPERATION", function(description) return description.alias or description.name end },
  { "DOES", function(description) return description.does end, may_be_cut = true },
}

-- Describes the type and the limits of a parameter.
local function limits_of(parameter)
  local words = { parameter.type .. (parameter.items and " of " .. parameter.items or "") }
  words[#words + 1] = parameter.required and "mandatory" or nil
  local minimum, maximum = parameter.minimum, parameter.maximum
  if minimum or maximum then
    local form = minimum and maximum and "%s to %s" or minimum and "at least %s" or "at most %s"
    words[#words + 1] = form:format(tostring(minimum or maximum), tostring(maximum))
  end
  if parameter.values or parameter.known_values then
    words[#words + 1] = table.concat(parameter.values or parameter.known_values, " | ")
  end
  if parameter.default ~= nil and type(parameter.default) ~= "table" then
    words[#words + 1] = "default " .. tostring(parameter.default)
  end
  return table.concat(words, ", ")
end

local function write_parameters(parameters, indent)
  for _, parameter in ipairs(parameters) do
    output.paragraph(indent, indent .. "    ", ("%s (%s)"):format(parameter.name, limits_of(parameter)))
    output.paragraph(indent .. "    ", indent .. "    ", parameter.meaning)
    write_parameters(parameter.fields or {}, indent .. "  ")
  end
end

local function write_fields(fields, indent)
  for _, field in ipairs(fields or {}) do
    output.paragraph(indent, indent .. "    ", ("%s (%s): %s"):format(field.name, field.type, field.meaning))
  end
end

local function write_description(description)
  local alias = description.alias and (" (cbr call %s)"):format(description.alias) or ""
  output.write(description.name, alias, "\n")
  output.paragraph("", "", description.does)
  output.write(description.method, " ", description.path, "\n")
  if description.action then
    output.write("Permission: ", description.action, "\n")
  end
  if #description.other_actions > 0 then
    output.paragraph("Other permissions: ", "  ", table.concat(description.other_actions, ", "))
  end
  output.write(#description.parameters > 0 and "\nParameters:\n" or "\nThe operation has no parameters.\n")
  write_parameters(description.parameters, "  ")
  output.write "\n"
  output.paragraph("Result: ", "", description.returns or description.result.type)
  write_fields(description.result.fields, "  ")
  output.write(#description.codes > 0 and "\nErrors:\n" or "")
  for _, code in ipairs(description.codes) do
    output.paragraph("  ", "      ", ("%s: %s"):format(code.code, code.meaning or code.advice))
  end
  output.write("\n", description.page, "\n")
end

local function show_description(context)
  local client = client_of.for_descriptions()
  context.client = client
  if not context.args.operation then
    local rows = {}
    for i, name in ipairs(cbr.operations()) do
      rows[i] = client:describe(name)
    end
    output.list(context, SUMMARY, rows)
    return
  end
  local description = describe(client, context.args.operation)
  context.has_output = true
  if context.args.json then
    output.json(description)
  else
    write_description(description)
  end
end

local function add_names(argument)
  -- The choices are only for completion. cbr itself checks the name of the operation, and suggests similar names.
  local names = {}
  for name in pairs(names_of(client_of.for_descriptions())) do
    names[#names + 1] = name
  end
  table.sort(names)
  argument:choices(names)
end

return {
  {
    name = "call", run = call, does = "Call any operation of the service. The result is JSON.",
    define = function(command, is_for_completion)
      local argument = command:argument("operation", "Name of the operation: see cbr describe."):argname "<operation>"
      if is_for_completion then
        add_names(argument)
      end
      command:argument("parameters", "A parameter as key=value. Write a list as a,b or as JSON, and an object as "
        .. "JSON. key=@FILE reads one value from a file with JSON; @FILE alone reads all parameters from the file.")
        :args "*":argname "<key=value>"
    end,
  },
  {
    name = "describe", run = show_description,
    does = "List the operations, or show the parameters and the result of one operation.",
    define = function(command, is_for_completion)
      local argument = command:argument("operation", "Name of the operation."):args "?":argname "<operation>"
      if is_for_completion then
        add_names(argument)
      end
    end,
  },
}
