--- Makes types/: LuaCATS annotations for editors, of everything that users of the module meet. Operations, options and
-- events are written from the data. Functions and the other classes are taken from the comments in the sources.

local about = require "cbr.operations.about"
local annotations = require "tools.reference.annotations"
local cbr = require "cbr"
local client = require "tools.reference.client"
local credential_words = require "tools.reference.words.credentials"
local custom_request = require "cbr.custom_request"
local describe = require "cbr.describe"
local errors = require "cbr.errors"
local event_loop = require "tools.reference.words.event_loop"
local events = require "tools.reference.words.events"
local forms = require "cbr.credentials.forms"
local markdown = require "tools.reference.markdown"
local operation_types = require "tools.reference.operation_types"
local options = require "cbr.options"
local option_words = require "tools.reference.words.options"

local NOTICE = "---@meta\n-- " .. markdown.NOTICE .. "\n\n"

-- The source file that declares each class.
local CLASSES = {
  { "lua/cbr/errors.lua", "cbr.Error", "cbr.Problem" },
  { "lua/cbr/objects/status.lua", "cbr.Status" },
  { "lua/cbr/follow/progress.lua", "cbr.Item" },
  { "lua/cbr/follow/follow.lua", "cbr.Progress", "cbr.Report", "cbr.LeftOut" },
  { "lua/cbr/preflight/findings.lua", "cbr.Finding" },
  { "lua/cbr/diagnose.lua", "cbr.Check", "cbr.Diagnosis" },
  { "lua/cbr/sign.lua", "cbr.SignRequest", "cbr.SignCredentials", "cbr.Signature" },
  {
    "lua/cbr/describe.lua", "cbr.Description", "cbr.ParameterDescription", "cbr.ResultDescription", "cbr.ResultField",
    "cbr.CodeDescription",
  },
}

-- The class of the options of each function.
local OPTION_CLASSES = {
  client = "cbr.Options", call = "cbr.CallOptions", wait = "cbr.WaitOptions", find_order = "cbr.FindOrderOptions",
  map = "cbr.MapOptions",
}

local TYPES = { list = "any[]", ["function"] = "function" }

local function type_of(rule)
  local list = type(rule.type) == "table" and rule.type or { rule.type }
  local words = {}
  for i, one in ipairs(list) do
    words[i] = TYPES[one] or one
  end
  return table.concat(words, "|")
end

local function option_classes()
  local blocks = {}
  for _, entry in ipairs(option_words) do
    local lines = { ("---@class (exact) %s options of %s"):format(OPTION_CLASSES[entry.rules], entry.name) }
    for _, rule in ipairs(options[entry.rules]) do
      local words = entry.words[rule.name]
      lines[#lines + 1] = ("---@field %s%s %s %s Default: %s."):format(rule.name, rule.required and "" or "?",
        words[3] or type_of(rule), words[1], words[2])
    end
    blocks[#blocks + 1] = table.concat(lines, "\n"):gsub(" Default: mandatory%.", "")
  end
  return blocks
end

local function event_class()
  local names, fields, order = {}, {}, {}
  for i, event in ipairs(events) do
    names[i] = ('"%s"'):format(event.name)
    for _, field in ipairs(event.fields) do
      if not fields[field[1]] then
        fields[field[1]] = ("---@field %s? %s %s"):format(field[1], field[2], field[3])
        order[#order + 1] = fields[field[1]]
      end
    end
  end
  return ("---@class cbr.LogEvent an event that the function in the option `log` gets\n---@field event %s\n%s"):format(
    table.concat(names, "|"), table.concat(order, "\n"))
end

local function loop_class()
  local lines = { "---@class cbr.EventLoop see docs/guides/event-loops.md" }
  for i, field in ipairs(event_loop) do
    lines[i + 1] = "---@field " .. table.concat(field, " ")
  end
  return table.concat(lines, "\n")
end

local function credentials_class()
  local lines, left = { "---@class (exact) cbr.Credentials see docs/reference/credentials.md" }, {}
  for name in pairs(forms.fields) do
    left[name] = true
  end
  for _, field in ipairs(credential_words) do
    assert(left[field[1]], "credentials have no field " .. field[1])
    left[field[1]] = nil
    lines[#lines + 1] = ("---@field %s? %s %s"):format(field[1], field[3] or "string", field[2])
  end
  assert(not next(left), "a field of credentials has no words: " .. tostring(next(left)))
  return table.concat(lines, "\n")
end

local REQUEST = {
  method = {
    "string",
    "Method, such as `GET`." }, path = { "string", "Path, not percent-encoded. cbr replaces `{project_id}` by the id.",
  },
  query = { "table<string, string|number|boolean|(string|number|boolean)[]>", "Parameters of the URL." },
  headers = { "table<string, string>", "Headers to add." },
  body = { "table|string", "Body. A table is sent as JSON, a string as it is." },
}

local function request_class()
  local lines = { "---@class (exact) cbr.Request a request for client:request" }
  for _, rule in ipairs(custom_request.rules) do
    local words = assert(REQUEST[rule.name], rule.name)
    local mark = (rule.name == "method" or rule.name == "path") and "" or "?"
    lines[#lines + 1] = ("---@field %s%s %s %s"):format(rule.name, mark, words[1], words[2])
  end
  return table.concat(lines, "\n")
end

local VALUES = { -- fields of the module that are not functions
  _VERSION = "---The version of cbr.\n---@type string",
  null = "---A JSON null, for the body of client:request.\n---@type any",
  empty_array = "---An empty JSON array, for the body of client:request.\n---@type table",
}

local function module_face()
  local functions = annotations.functions("lua/cbr.lua", "cbr")
  local blocks = { "---@class cbr.Module\nlocal cbr = {}" }
  for _, name in ipairs(markdown.sorted(cbr)) do
    if VALUES[name] then
      blocks[#blocks + 1] = VALUES[name] .. "\ncbr." .. name .. " = nil"
    else
      local found = assert(functions[name], "lua/cbr.lua has no comment for cbr." .. name)
      local arguments = {}
      for argument in found.block:gmatch "%-%-%-@param ([%w_.]+)" do
        arguments[#arguments + 1] = (argument:gsub("%?$", ""))
      end
      blocks[#blocks + 1] = ("%s\nfunction cbr.%s(%s) end"):format(found.block, name, table.concat(arguments, ", "))
    end
  end
  blocks[#blocks + 1] = "return cbr"
  return NOTICE:gsub("@meta", "@meta cbr", 1) .. table.concat(blocks, "\n\n") .. "\n"
end

-- The text of a file of annotations.
local function file_of(blocks)
  return NOTICE .. table.concat(blocks, "\n\n") .. "\n"
end

local function kinds_alias()
  local words = {}
  for i, kind in ipairs(markdown.sorted(errors.kinds)) do
    words[i] = ('"%s"'):format(kind)
  end
  return "---@alias cbr.ErrorKind " .. table.concat(words, "|")
end

--- Adds the files to `files`.
---@param files table<string, string> the text of each file by its path
return function(files)
  files["types/cbr.lua"] = module_face()
  files["types/cbr/client.lua"] = file_of(client.methods())
  local classes = { kinds_alias() }
  for _, entry in ipairs(CLASSES) do
    for i = 2, #entry do
      classes[#classes + 1] = annotations.class(entry[1], entry[i])
    end
  end
  files["types/cbr/classes.lua"] = file_of(classes)
  local given = option_classes()
  given[#given + 1] = credentials_class()
  given[#given + 1] = request_class()
  given[#given + 1] = event_class()
  given[#given + 1] = loop_class()
  files["types/cbr/options.lua"] = file_of(given)
  for name in pairs(about.objects) do
    local blocks = {}
    operation_types.result_class(operation_types.object_name(name), describe.object(name), blocks)
    files[("types/cbr/objects/%s.lua"):format(name)] = file_of(blocks)
  end
  for name, blocks in pairs(operation_types.operations()) do
    files[("types/cbr/operations/%s.lua"):format(name)] = file_of(blocks)
  end
end
