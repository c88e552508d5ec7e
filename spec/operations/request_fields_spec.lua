-- The rules of all requests, compared with the API definition field by field. Then each test breaks one limit, leaves
-- out one mandatory field, or misspells one field of a table.

local check = require "cbr.util.check"
local json = require "cbr.util.json"
local operations = require "cbr.operations"
local request_fields = require "spec.data.request_fields"
local samples = require "spec.helpers.samples"

-- The service's name of a field -> the name that cbr uses.
local OURS = {
  objcet_type = "object_type", cloudServiceConsoleURL = "cloud_service_console_url", productInfo = "product_info",
  resourceId = "resource_id", productId = "product_id", resourceSize = "resource_size",
  resourceSizeMeasureId = "resource_size_measure_id", resourceSpecCode = "resource_spec_code",
}

-- Where the rules differ from the definition, and why. The left side is a pattern that matches the text of a
-- difference.
local REASONS = {
  { " limit: from nil, here 1$", "API pages: 1 to 1000" },
  { " limit: to nil, here 1000$", "API pages: 1 to 1000" },
  { " offset: from nil, here 0$", "API pages: not negative" },
  { "^list_op_logs offset: from 1, here 0$", "a slip of the definition: its default is 0" },
  { "^list_agent limit: [mt]", "a slip of the definition, which has it as a text with 1 to 1000 characters" },
  { "^show_vault_resource_instances [lo]%w+: type string, here integer$", "a number, sent as a string" },
  { "^list_backups used_percent: ", "API pages: 1 to 100" },
  { "_time: form nil, here time$", "API pages: %YYYY-%mm-%ddT%HH:%MM:%SSZ" },
  { " sort: max nil, here 255$", "API pages" },
  { "^copy_checkpoint [a-z_]*vault_id: form nil, here uuid$", "API page: a UUID" },
  { "^import_checkpoint vault_id: form nil, here uuid$", "API page: a UUID" },
  { "^show_members_detail vault_id: form nil, here uuid$", "API page: only a UUID is supported" },
  { "^update_member_status vault_id: form nil, here uuid$", "API page: only a UUID is supported" },
  { "_?ids?: form nil, here id$", "it must be safe in a path, and a name with spaces is not an id" },
  { ": form nil, here project$", "API pages: a project id" },
  { ": form nil, here segment$", "it must be one segment of a path" },
  { "^list_backups status: ", "API pages: the key can be repeated" },
  { ": least nil, here 1$", "an empty list does nothing, or cannot be sent in a query" },
  { "^associate_vault_policy add_policy_ids: ", "a slip of the definition: lengths where it means a number of ids" },
  { "type: values [^,]*, here .*OS::Sfs::Turbo", "open: the service adds types of resources" },
  { "region[_id]*: values nil, here ae%-ad%-1|", "open: the service adds regions" },
  { "region_id: form nil, here region_in_body$", "as destination_region" },
  { "object_type: values nil, here disk|file|", "open: the service adds types of objects" },
  { "resource_spec_code: values nil, here ", "open: the service adds products" },
  { "^list_vault status: values nil, here available|", "open: the definition names no values" },
  { "^show_protectable protectable_type: values disk|server, here ", "open, and list_protectable has more" },
  { "protect_type: values backup|replication, here backup|hybrid|replication$", "a vault has hybrid" },
  { "operation_type: values nil, here backup|replication$", "the definition of create_policy" },
  { "^show_vault_resource_instances action: values nil, here count|filter$", "API pages" },
  { "^create_vault resources: most 255, here 256$", "API pages: 256" },
  { "resources: required true, here false$", "cbr sends an empty list" },
  { "^import_checkpoint auto_trigger: required true, here false$", "cbr sends false" },
  { "tags%.value: required true, here false$", "Open Telekom Cloud's pages: not mandatory" },
  { "^create_vault_tags tag: required false, here true$", "the call does nothing without it" },
  { "threshold: %w+ nil, here 10?0?$", "as everywhere else" },
  { "max_backups: from 1, here %-1$", "Huawei Cloud's pages: -1 or 0 to 99999" },
  { "include_volumes: field nil, here include_volumes$", "Huawei Cloud's pages" },
  { "billing.extra_info: field nil, here extra_info$", "Huawei Cloud's pages" },
  { "member_status: values", "Huawei Cloud's pages have other values than the definition" },
  { "cross_account_urn: field nil, here cross_account_urn$", "only in the SDKs" },
}

local function sorted(list)
  if not list then
    return nil
  end
  local copy = samples.copy(list)
  table.sort(copy)
  return table.concat(copy, "|")
end

local function by_name(rules)
  local index = {}
  for _, rule in ipairs(rules or {}) do
    index[rule.name] = rule
  end
  return index
end

local function last_type(rule)
  return type(rule.type) == "table" and rule.type[#rule.type] or rule.type
end

local function default_of(rule)
  local default = rule.service_default
  if default == nil then
    default = rule.default
  end
  return default
end

-- Returns what a field of the API definition and the rule of cbr say about each property, as a list of
-- { property, value in the definition, value in the rule }. The two values must be equal.
local function facts(field, rule)
  return {
    { "type", field.type == "object" and "table" or field.type, last_type(rule) },
    { "items", field.items == "object" and "table" or field.items, rule.items },
    { "required", field.required, rule.required or false },
    { "from", field.from, rule.from }, { "to", field.to, rule.to }, { "min", field.min, rule.min },
    { "max", field.max, rule.max }, { "least", field.least, rule.least }, { "most", field.most, rule.most },
    { "values", sorted(field.values), sorted(rule.one_of or rule.known) },
    { "form", field.pattern and rule.form, rule.form },
    { "default", field.default, field.default and json.encode({ default_of(rule) }):sub(2, -2) },
  }
end

-- Calls visit(field, rule, path) for every field of an operation. `rule` is nil if cbr has no rule for the
-- field, and `field` is nil if only cbr has the field.
local function walk(fields, rules, prefix, visit)
  local index = by_name(rules)
  for _, field in ipairs(fields) do
    local name = OURS[field.name] or field.name
    local rule = index[name]
    index[name] = nil
    visit(field, rule, prefix .. name)
    if rule and (#field.fields > 0 or rule.fields) then
      walk(field.fields, rule.fields, prefix .. name .. (field.type == "list" and "[]." or "."), visit)
    end
  end
  for name, rule in pairs(index) do
    visit(nil, rule, prefix .. name)
  end
end

local function each_field(visit)
  for name, operation in pairs(operations) do
    local fields = {}
    for _, field in ipairs(request_fields[name]) do
      local is_wrapper = field.at == "body" and field.name == operation.wrap
      for _, one in ipairs(is_wrapper and field.fields or { field }) do
        fields[#fields + 1] = one
      end
    end
    walk(fields, operation.params, "", function(field, rule, path)
      visit(operation, field, rule, path)
    end)
  end
end

-- Sets the value at a path of parameters, in the first member of each list. Returns the path with indices.
local function set(params, path, value)
  local place, last = params, path:match "[^.]+$"
  for name in path:gmatch "([^.]+)%." do
    local list = name:match "^(.*)%[%]$"
    if list then
      place = place[list][1]
    else
      place = place[name]
    end
  end
  place[last] = value
  return (path:gsub("%[%]", "[1]"))
end

-- Returns the problems of an operation's full parameters with one change, as texts.
local function problems_with(operation, path, value)
  local params = samples.values(operation.params)
  local where = set(params, path, value)
  local texts = {}
  for i, problem in ipairs(check.problems(operation.params, params)) do
    texts[i] = problem.parameter .. " " .. problem.problem
  end
  return texts, where
end

local BAD_TEXTS = { -- name of a form -> a text that does not have this form
  name = "a b", word = "a b c d e", region_in_body = "a b", description = "<b>", timezone = "CET", version = "one",
  file_path = "data",
}

local function members(rule, count)
  local list = {}
  for i = 1, count do
    list[i] = samples.copy(samples.value(rule)[1])
  end
  return list
end

-- Returns values that break the limits of a rule, each with words that the reported problem must contain. Only limits
-- that the definition has too are broken.
local function broken(field, rule)
  local cases = {}
  local function case(wanted, value, words, suffix)
    if wanted then
      cases[#cases + 1] = { value = value, words = words, suffix = suffix or "" }
    end
  end
  local text = rule.type == "string"
  case(field.from and rule.from == field.from, rule.from and rule.from - 1, "must be at least ")
  case(field.to and rule.to, rule.to and rule.to + 1, "must be at most ")
  case(text and field.min and rule.min, ("x"):rep((rule.min or 1) - 1), "characters, not ")
  case(text and field.max and rule.max, ("x"):rep((rule.max or 0) + 1), "characters, not ")
  case(field.most and rule.most, rule.most and members(rule, rule.most + 1), "members, not ")
  case(field.least and rule.least, {}, "members, not ")
  case(text and field.values and rule.one_of, "nonsense", "must be '")
  case(text and field.pattern, BAD_TEXTS[rule.form], "must be ")
  case(field.type == "list" and field.pattern, { BAD_TEXTS[rule.form] }, "must be ", "[1]")
  case(rule.type ~= "boolean", true, "must be a ")
  case(rule.type == "boolean", "true", "must be a ")
  return cases
end

describe("the rules of all requests", function()
  it("the rules of requests cover every field of the API definition, with the limits of the field", function()
    local count, surprises, used = 0, {}, {}
    local function differ(words)
      for i, reason in ipairs(REASONS) do
        if words:find(reason[1]) then
          used[i] = true
          return
        end
      end
      surprises[#surprises + 1] = words
    end
    each_field(function(operation, field, rule, path)
      local prefix = operation.name .. " " .. path:gsub("%[%]", "")
      if not field or not rule then
        differ(("%s: field %s, here %s"):format(prefix, tostring(field and field.name), tostring(rule and rule.name)))
        return
      end
      count = count + 1
      for _, fact in ipairs(facts(field, rule)) do
        if fact[2] ~= fact[3] then
          differ(("%s: %s %s, here %s"):format(prefix, fact[1], tostring(fact[2]), tostring(fact[3])))
        end
      end
    end)
    table.sort(surprises)
    assert.same({}, surprises)
    assert.equal(448, count) -- this number does not include objects that only wrap a body
    for i, reason in ipairs(REASONS) do
      assert.is_true(used[i], "a listed difference no longer exists: " .. reason[1])
    end
  end)

  it("the rules of requests accept a valid sample of every field", function()
    for name, operation in pairs(operations) do
      assert.same({}, (check.problems(operation.params, samples.values(operation.params))), name)
    end
  end)

  it("the rules of requests report each broken limit as one problem, with the path of the field", function()
    local count = 0
    each_field(function(operation, field, rule, path)
      for _, case in ipairs(field and broken(field, rule) or {}) do
        local problems, where = problems_with(operation, path, case.value)
        local words = operation.name .. " " .. path .. ": " .. table.concat(problems, "; ")
        assert.equal(1, #problems, words)
        assert.equal(where .. case.suffix, problems[1]:match "^%S+", words)
        assert.is_truthy(problems[1]:find(case.words, 1, true), words)
        count = count + 1
      end
    end)
    assert.is_true(count > 500, count .. " limits")
  end)

  it("the rules of requests report each missing mandatory field as one problem, with the field's path", function()
    local count = 0
    each_field(function(operation, field, rule, path)
      if field and rule.required then
        local problems, where = problems_with(operation, path, nil)
        assert.same({ where .. " is missing" }, problems, operation.name)
        count = count + 1
      end
    end)
    assert.is_true(count > 150, count .. " fields")
  end)

  it("the rules of requests suggest a known name for each misspelt field, at every level", function()
    local count = 0
    each_field(function(operation, field, _, path)
      if field then
        local problems, where = problems_with(operation, path .. "q", 1)
        assert.equal(1, #problems, operation.name)
        assert.is_truthy(problems[1]:find(where .. " is unknown (did you mean '", 1, true), problems[1])
        count = count + 1
      end
    end)
    assert.equal(448, count)
  end)

  it("the rules of requests accept -1 where the service reads -1 as 'no limit', but not 0 or -2", function()
    assert.same({}, (problems_with(operations.create_policy, "operation_definition.max_backups", 0)))
    local path = "operation_definition.retention_duration_days"
    assert.same({}, (problems_with(operations.create_policy, path, -1)))
    assert.same({ path .. " must be at least 1, or -1, not 0" }, (problems_with(operations.create_policy, path, 0)))
    assert.same({ path .. " must be at least 1, or -1, not -2" }, (problems_with(operations.create_policy, path, -2)))
  end)
end)
