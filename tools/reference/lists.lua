--- Makes the pages that are lists: regions, environment variables, options, log events. Each list is compared with the
-- code.

local events = require "tools.reference.words.events"
local markdown = require "tools.reference.markdown"
local options = require "cbr.options"
local option_words = require "tools.reference.words.options"
local regions = require "cbr.endpoint.regions"
local source = require "tools.source"
local variables = require "tools.reference.words.variables"

local code = markdown.code

local lists = {}

-- All Lua code of the module, as one text.
local function module_code()
  local parts = {}
  for i, file in ipairs(source.files "lua/cbr") do
    parts[i] = source.read(file)
  end
  return table.concat(parts, "\n")
end

-- Raises an error unless the documented names and the used names are the same.
local function must_be_same(subject, documented, used)
  for name in pairs(used) do
    assert(documented[name], ("%s '%s' has no meaning in tools/reference/words/"):format(subject, name))
  end
  for name in pairs(documented) do
    assert(used[name], ("tools/reference/words/ has %s '%s', which the code does not have"):format(subject, name))
  end
end

function lists.regions(files)
  local rows = {}
  for i, name in ipairs(markdown.sorted(regions.all)) do
    local iam = regions.iam_hosts[name] or regions.with_iam[name] and regions.IAM_PATTERN:format(name)
      or regions.IAM_GLOBAL
    rows[i] = {
      code(name), regions.huawei[name] and "Huawei Cloud" or "Open Telekom Cloud",
      code(regions.hosts[name] or regions.HOST_PATTERN:format(name)), code(iam),
    }
  end
  files["docs/reference/regions.md"] = markdown.page("Regions", {
    "The regions that cbr knows, with the hosts of CBR and of IAM. Another region is not rejected: see "
      .. "[Regions and endpoints](options.md#regions-and-endpoints).",
    markdown.table({ "region", "cloud", "host of CBR", "host of IAM" }, rows),
  })
end

function lists.variables(files)
  local text, used, documented = module_code(), {}, {}
  for name in text:gmatch '"([A-Z][A-Z]+_[A-Z_]+)"' do
    used[name] = true
  end
  for name in text:gmatch '"(%l+_proxy)"' do
    used[name] = true
  end
  used.HOME = text:find('"HOME"', 1, true) and true
  local parts = {
    "The environment variables that cbr reads. Options have precedence over them: see [Options](options.md) and "
      .. "[Credentials](credentials.md).",
  }
  for _, group in ipairs(variables) do
    local rows = {}
    for i, entry in ipairs(group[2]) do
      documented[entry[1]:gsub("<REGION>$", "")] = true
      rows[i] = { code(entry[1]), entry[2] }
    end
    parts[#parts + 1] = "## " .. group[1]
    parts[#parts + 1] = markdown.table({ "variable", "meaning" }, rows)
  end
  must_be_same("variable", documented, used)
  files["docs/reference/environment.md"] = markdown.page("Environment variables", parts)
end

function lists.options(files)
  local blocks = {}
  for _, entry in ipairs(option_words) do
    local rows, used = {}, {}
    for i, rule in ipairs(options[entry.rules]) do
      used[rule.name] = true
      local words = entry.words[rule.name] or { "", "" }
      local types = type(rule.type) == "table" and table.concat(rule.type, " or ") or rule.type
      rows[i] = { code(rule.name), types, words[2], words[1] }
    end
    must_be_same("option of " .. entry.name, entry.words, used)
    blocks["options of " .. entry.name] = markdown.table({ "option", "type", "default", "meaning" }, rows)
  end
  files["docs/reference/options.md"] = markdown.fill("docs/reference/options.md", blocks)
end

function lists.events(files)
  local used, documented = {}, {}
  for name in module_code():gmatch 'event = "([%l_]+)"' do
    used[name] = true
  end
  local parts = { "The events that the option `log` gets. Each is a table with `event`, and the fields that apply." }
  for _, event in ipairs(events) do
    documented[event.name] = true
    local rows = {}
    for i, field in ipairs(event.fields) do
      rows[i] = { code(field[1]), field[2], field[3] }
    end
    parts[#parts + 1] = "## " .. event.name
    parts[#parts + 1] = event.when
    parts[#parts + 1] = markdown.table({ "field", "type", "meaning" }, rows)
  end
  must_be_same("event", documented, used)
  files["docs/reference/log-events.md"] = markdown.page("Log events", parts)
end

--- Adds the pages to `files`.
---@param files table<string, string> the text of each file by its path
return function(files)
  for _, name in ipairs(markdown.sorted(lists)) do
    lists[name](files)
  end
end
