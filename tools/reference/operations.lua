--- Makes docs/reference/operations/, with a page for each operation, and docs/reference/objects.md, with the objects
-- that several operations return.

local about = require "cbr.operations.about"
local cbr = require "cbr"
local describe = require "cbr.describe"
local examples = require "tools.reference.examples"
local markdown = require "tools.reference.markdown"
local operations = require "cbr.operations"

local LIST = "docs/reference/operations/README.md"

local code, codes = markdown.code, markdown.codes

-- The values of a parameter, or the limits of the values, in words.
local function limits(parameter)
  local words = {}
  local function add(condition, ...)
    if condition then
      words[#words + 1] = (...):format(select(2, ...))
    end
  end
  local function range(least, most, unit)
    local exact = least and least == most
    add(exact, "%d %s", most, unit)
    add(least and most and not exact, "%s to %s%s", least, most, unit)
    add(least and not most, "%s%s or more", least, unit)
    add(most and not least, "up to %s%s", most, unit)
  end
  range(parameter.minimum, parameter.maximum, "")
  add(parameter.besides, "or %s", parameter.besides)
  range(parameter.min_length, parameter.max_length, " characters")
  range(parameter.min_items, parameter.max_items, " members")
  add(parameter.values, "%s", parameter.values and codes(parameter.values))
  local is_region = parameter.known_values and parameter.known_values[1] == "ae-ad-1"
  add(is_region, "a [region](../regions.md), or another")
  add(parameter.known_values and not is_region, "%s, or another", codes(parameter.known_values or {}))
  add(parameter.pattern, "%s", parameter.pattern)
  return table.concat(words, "; ")
end

local function default(parameter)
  if parameter.default ~= nil then
    return code(type(parameter.default) == "table" and "{}" or parameter.default)
  elseif parameter.service_default ~= nil then
    return code(parameter.service_default)
  end
  return ""
end

local function type_words(field)
  return field.items and ("%s of %s"):format(field.type, field.items) or field.type
end

local function parameter_rows(parameters, prefix, rows)
  for _, parameter in ipairs(parameters) do
    local meaning = parameter.meaning
    if parameter.wire then
      meaning = meaning .. (" Sent as `%s`."):format(parameter.wire)
    end
    rows[#rows + 1] = {
      code(prefix .. parameter.name), type_words(parameter), parameter.required and "yes" or "", limits(parameter),
      default(parameter), meaning,
    }
    parameter_rows(parameter.fields or {}, prefix .. parameter.name .. (parameter.items and "[]." or "."), rows)
  end
  return rows
end

local function object_link(object, folder)
  return ("[%s](%s#%s)"):format(object:gsub("_", " "), folder .. "objects.md", object:gsub("_", "-"))
end

-- Adds the rows for the fields of a result. An object that has its own section in objects.md gets no rows for its
-- fields.
local function field_rows(fields, prefix, rows, folder)
  for _, field in ipairs(fields) do
    local words = type_words(field)
    if field.object then
      words = field.items and "list of " .. object_link(field.object, folder) or object_link(field.object, folder)
    end
    rows[#rows + 1] = { code(prefix .. field.name), words, field.meaning }
    if field.fields and not field.object then
      field_rows(field.fields, prefix .. field.name .. (field.items and "[]." or "."), rows, folder)
    end
  end
  return rows
end

local FIELD_HEADS = { "field", "type", "meaning" }

local function result_part(description)
  local result = description.result
  local words = description.returns
  if result.type == "true" or not result.fields then
    return words
  elseif result.object then
    return ("%s The fields are those of a %s."):format(words, object_link(result.object, "../"))
  end
  local rows = field_rows(result.fields, result.type == "list" and "[]." or "", {}, "../")
  return words .. (#rows > 0 and "\n\n" .. markdown.table(FIELD_HEADS, rows) or "")
end

local function code_rows(list)
  local rows = {}
  for i, entry in ipairs(list) do
    rows[i] = {
      code(entry.code), code(entry.kind), entry.retryable and "yes" or "no",
      entry.meaning or "The documents do not say what it means.",
    }
  end
  return rows
end

local CLOUDS = { huawei = "Huawei Cloud", otc = "Open Telekom Cloud" }

local function facts(description)
  local clouds = {}
  for i, cloud in ipairs(description.clouds) do
    clouds[i] = CLOUDS[cloud]
  end
  local words = {
    ("- Request: `%s %s`"):format(description.method, description.path),
    "- Permission (IAM action): " .. (description.action and code(description.action) or "the documents name none")
      .. (#description.other_actions > 0 and ("; also %s"):format(codes(description.other_actions)) or ""),
    ("- Documented by: %s ([API page](%s))"):format(table.concat(clouds, " and "), description.page),
  }
  if description.alias then
    table.insert(words, 1, ("- Method of a client: `%s`, or `%s`"):format(description.alias, description.name))
  end
  return table.concat(words, "\n")
end

local function page(description)
  local parts = { description.does, facts(description), "## Parameters" }
  local rows = parameter_rows(description.parameters, "", {})
  parts[#parts + 1] = #rows > 0
    and markdown.table({ "name", "type", "mandatory", "values", "default", "meaning" }, rows) or "None."
  parts[#parts + 1] = "## Result"
  parts[#parts + 1] = result_part(description)
  parts[#parts + 1] = "## Example"
  parts[#parts + 1] = "```lua\n" .. examples.code(description) .. "\n```"
  if #description.codes > 0 then
    parts[#parts + 1] = "## Error codes"
    parts[#parts + 1] = markdown.table({ "code", "kind", "retryable", "meaning" }, code_rows(description.codes))
    parts[#parts + 1] = "Other codes are possible: [Errors](../errors.md) lists all of them."
  end
  return markdown.page(description.name, parts)
end

local function objects_page()
  local parts = { "What several operations return. The service leaves out fields, and adds new ones." }
  for _, name in ipairs(markdown.sorted(about.objects)) do
    local fields = describe.object(name)
    parts[#parts + 1] = "## " .. name:gsub("_", " ")
    parts[#parts + 1] = markdown.table(FIELD_HEADS, field_rows(fields, "", {}, ""))
  end
  return markdown.page("Objects", parts)
end

-- The groups in the order of the API reference, with the descriptions of the operations in each group.
local function grouped()
  local groups, by_name = {}, {}
  for _, name in ipairs(cbr.operations()) do
    local description = describe.operation(operations[name])
    local group = by_name[description.group]
    if not group then
      group = { name = description.group }
      by_name[description.group] = group
      groups[#groups + 1] = group
    end
    group[#group + 1] = description
  end
  table.sort(groups, function(a, b) return a.name < b.name end)
  return groups
end

--- Adds the pages to `files`.
---@param files table<string, string> the text of each file by its path
return function(files)
  local parts = {}
  for _, group in ipairs(grouped()) do
    local rows = {}
    for i, description in ipairs(group) do
      files[("docs/reference/operations/%s.md"):format(description.name)] = page(description)
      rows[i] = {
        ("[`%s`](%s.md)"):format(description.name, description.name), description.does,
        #description.clouds == 2 and "yes" or "no",
      }
    end
    parts[#parts + 1] = "### " .. group.name
    parts[#parts + 1] = markdown.table({ "operation", "what it does", "documented by Open Telekom Cloud" }, rows)
  end
  files[LIST] = markdown.fill(LIST, { operations = table.concat(parts, "\n\n") })
  files["docs/reference/objects.md"] = objects_page()
end
