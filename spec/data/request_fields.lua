--- Every field of every request, nested fields included, from Huawei Cloud's machine-readable API definition of
-- 2025-10-31. The specs compare the module's own rules with these fields.
--
-- The texts in request_fields/ have one field on each line: `name! type limits`. A nested field is indented below
-- the field that contains it. `!` marks a mandatory field. The limits are `1..64` for a number, `chars 1..64` for the
-- length of a text, `members 1..10` for the size of a list, `one of a|b`, `default x` and `pattern p`. A line that ends
-- with `\` is continued by the next line.

---@class cbr.spec.Field
---@field name string as it is sent
---@field at? "path"|"query"|"body" only of fields that are not nested
---@field required boolean
---@field type string "string", "integer", "number", "boolean", "object" or "list"
---@field items? string type of the members of a list
---@field from? number
---@field to? number
---@field min? integer smallest number of characters
---@field max? integer largest number of characters
---@field least? integer smallest number of members
---@field most? integer largest number of members
---@field values? string[]
---@field default? string as JSON
---@field pattern? string a regular expression
---@field fields cbr.spec.Field[] of an object, or of the members of a list

local function split(text)
  local values = {}
  for value in text:gmatch "[^|]+" do
    values[#values + 1] = value
  end
  return values
end

local function read_field(line)
  local field = { fields = {} }
  local rest, pattern = line:match "^(.-) pattern (.+)$"
  field.pattern, rest = pattern, rest or line
  local at, after = rest:match "^(%l+) (%S+ .+)$"
  if at == "path" or at == "query" or at == "body" then
    field.at, rest = at, after
  end
  local name, mark
  name, mark, field.type, rest = rest:match "^([A-Za-z_]+)(!?) (%l+)(.*)$"
  field.name, field.required = assert(name, line), mark == "!"
  if field.type == "list" then
    field.items, rest = rest:match "^ of (%l+)(.*)$"
  end
  local from, to = rest:match "^ ([%d.-]-)%.%.([%d.-]*)"
  field.from, field.to = tonumber(from or nil), tonumber(to or nil)
  from, to = rest:match " chars (%d*)%.%.(%d*)"
  field.min, field.max = tonumber(from or nil), tonumber(to or nil)
  from, to = rest:match " members (%d*)%.%.(%d*)"
  field.least, field.most = tonumber(from or nil), tonumber(to or nil)
  local values = rest:match " one of (%S+)"
  field.values, field.default = values and split(values), rest:match " default (.+)$"
  return field
end

---@type table<string, cbr.spec.Field[]> operation -> its fields
local operations = {}

for _, file in ipairs { "orders_and_backups", "vaults", "other_groups" } do
  local text = require("spec.data.request_fields." .. file):gsub("\\\n%s*", "")
  local stack = {}
  for indent, line in text:gmatch "( *)(%S[^\n]*)" do
    local depth = #indent / 2
    if depth == 0 then
      operations[line] = {}
      stack[0] = operations[line]
    else
      local field = read_field(line)
      table.insert(stack[depth - 1], field)
      stack[depth] = field.fields
    end
  end
end

return operations
