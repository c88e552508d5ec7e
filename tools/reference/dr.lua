--- Makes the reference page and the types of cbr.dr, from its rules and from tools/reference/words/dr.lua.

local dr = require "cbr.dr"
local input = require "cbr.dr.input"
local markdown = require "tools.reference.markdown"
local plan = require "cbr.dr.plan"
local words = require "tools.reference.words.dr"

local code = markdown.code

local TYPES = { list = "any[]", ["function"] = "function" }

local function type_of(rule)
  local list = {}
  for i, one in ipairs(type(rule.type) == "table" and rule.type or { rule.type }) do
    list[i] = TYPES[one] or one
  end
  return table.concat(list, "|")
end

-- The rules with their words. Raises an error if a rule has no words, or if words belong to no rule.
local function described(rules, of_words, subject)
  local list, count = {}, 0
  for i, rule in ipairs(rules) do
    list[i] = { rule = rule, words = assert(of_words[rule.name], subject .. "." .. rule.name .. " has no words") }
  end
  for _ in pairs(of_words) do
    count = count + 1
  end
  assert(count == #rules, subject .. " has words for a parameter that does not exist")
  return list
end

local function destination_rules()
  for _, rule in ipairs(input.rules.copies) do
    if rule.name == "destinations" then
      return rule.fields
    end
  end
end

local function parameter_table(list)
  local rows = {}
  for i, entry in ipairs(list) do
    rows[i] = { code(entry.rule.name), entry.words[1], entry.words[2] }
  end
  return markdown.table({ "parameter", "meaning", "default" }, rows)
end

local function field_table(fields)
  local rows = {}
  for i, field in ipairs(fields) do
    rows[i] = { code(field[1]), field[3] }
  end
  return markdown.table({ "field", "meaning" }, rows)
end

local function page()
  local parts = {
    "The parameters and results of `require \"cbr.dr\"`. [Disaster recovery](../guides/disaster-recovery.md) says "
      .. "how to use it. The first argument of each function is a client, or a list of clients.",
    "## A destination", parameter_table(described(destination_rules(), words.destination, "destination")),
  }
  for _, entry in ipairs(words.functions) do
    parts[#parts + 1] = "## dr." .. entry.name
    parts[#parts + 1] = entry.does
    parts[#parts + 1] = parameter_table(described(input.rules[entry.name], entry.words, entry.name))
    parts[#parts + 1] = "The report:"
    parts[#parts + 1] = field_table(entry.fields)
    parts[#parts + 1] = "A row of the report. A field that is not known is missing:"
    parts[#parts + 1] = field_table(entry.rows)
    if entry.name == "replicate" then
      local rows = {}
      for i, name in ipairs(markdown.sorted(plan.statuses)) do
        rows[i] = { code(name), plan.statuses[name] }
      end
      parts[#parts + 1] = "The statuses of a row:"
      parts[#parts + 1] = markdown.table({ "status", "meaning" }, rows)
      parts[#parts + 1] = "An entry of `room`:"
      parts[#parts + 1] = field_table(words.classes[1][3])
    end
  end
  return markdown.page("Functions of cbr.dr", parts)
end

local function parameter_class(name, list, about)
  local lines = { ("---@class (exact) cbr.dr.%s %s"):format(name, about) }
  for _, entry in ipairs(list) do
    lines[#lines + 1] = ("---@field %s%s %s %s"):format(entry.rule.name, entry.rule.required and "" or "?",
      entry.words[3] or type_of(entry.rule), entry.words[1])
  end
  return table.concat(lines, "\n")
end

local function field_class(name, fields, about)
  local lines = { ("---@class cbr.dr.%s %s"):format(name, about) }
  for _, field in ipairs(fields) do
    local kind, is_optional = field[2]:gsub("%?$", "")
    lines[#lines + 1] = ("---@field %s%s %s %s"):format(field[1], is_optional > 0 and "?" or "", kind, field[3])
  end
  return table.concat(lines, "\n")
end

local TEXTS = {
  { "text", "A report as text: a table of at most 80 characters a line, the reasons, and the sums in words." },
  { "prometheus", "A report in the text format of Prometheus." },
}

local function types()
  local blocks, left = {}, {}
  for name in pairs(dr) do
    left[name] = true
  end
  blocks[1] = parameter_class("Destination", described(destination_rules(), words.destination, "destination"),
    "where copies go")
  for _, class in ipairs(words.classes) do
    blocks[#blocks + 1] = field_class(class[1], class[3], class[2])
  end
  for _, entry in ipairs(words.functions) do
    blocks[#blocks + 1] = parameter_class("params." .. entry.name,
      described(input.rules[entry.name], entry.words, entry.name), "parameters of dr." .. entry.name)
    blocks[#blocks + 1] = field_class(entry.row_class, entry.rows, "a row of a report")
    blocks[#blocks + 1] = field_class(entry.report, entry.fields, "report of dr." .. entry.name)
  end
  blocks[#blocks + 1] = "---@class cbr.dr.Module\nlocal dr = {}"
  for _, entry in ipairs(words.functions) do
    left[entry.name] = nil
    blocks[#blocks + 1] = ("---%s\n---@param client %s\n---@param params cbr.dr.params.%s\n"
      .. "---@return cbr.dr.%s? report\n---@return cbr.Error? err\nfunction dr.%s(client, params) end"):format(
      entry.does, entry.client, entry.name, entry.report, entry.name)
  end
  for _, row in ipairs(TEXTS) do
    left[row[1]] = nil
    blocks[#blocks + 1] = ("---%s\n---@param report table of a function of cbr.dr\n---@return string\n"
      .. "function dr.%s(report) end"):format(row[2], row[1])
  end
  assert(not next(left), "a function of cbr.dr has no words: " .. tostring(next(left)))
  blocks[#blocks + 1] = "return dr"
  return "---@meta cbr.dr\n-- " .. markdown.NOTICE .. "\n\n" .. table.concat(blocks, "\n\n") .. "\n"
end

--- Adds the files to `files`.
---@param files table<string, string> the text of each file by its path
return function(files)
  files["docs/reference/disaster-recovery.md"] = page()
  files["types/cbr/dr.lua"] = types()
end
