--- Parameters that have a value for every field, also for nested fields.

local samples = {}

samples.UUID = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21"

-- For each form that a rule can demand, a text of this form.
local TEXTS = {
  uuid = samples.UUID, id = samples.UUID, project = ("0a"):rep(16), region = "eu-nl", region_in_body = "eu-nl",
  time = "2024-01-02T03:04:05Z", segment = "one step: é%2F", timezone = "UTC+01:00", version = "1.0.12",
  file_path = "/data/ä&b",
}

local function text_for(rule, i)
  local values = rule.one_of or rule.known
  return values and values[i and math.min(i, #values) or #values] or TEXTS[rule.form]
    or i and "member " .. i or "text_of_" .. rule.name:sub(1, 8)
end

--- A value that a rule accepts and that is not the default of the rule.
---@param rule cbr.Rule
---@return any
function samples.value(rule)
  local kind = type(rule.type) == "table" and rule.type[#rule.type] or rule.type
  if kind == "list" then
    local list = {}
    for i = 1, math.min(2, rule.most or 2) do
      list[i] = rule.fields and samples.values(rule.fields) or text_for(rule, i)
    end
    return list
  elseif kind == "string" then
    return text_for(rule)
  elseif kind == "table" then
    return samples.values(rule.fields)
  elseif kind == "boolean" then
    return true
  end
  return rule.to or 7
end

--- A value for each of the rules.
---@param rules cbr.Rule[]
---@return table<string, any>
function samples.values(rules)
  local values = {}
  for _, rule in ipairs(rules) do
    values[rule.name] = samples.value(rule)
  end
  return values
end

--- A deep copy of parameters.
---@param value any
---@return any
function samples.copy(value)
  if type(value) ~= "table" then
    return value
  end
  local copy = {}
  for name, field in pairs(value) do
    copy[name] = samples.copy(field)
  end
  return copy
end

return samples
