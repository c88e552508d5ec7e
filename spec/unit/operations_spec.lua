-- The API as data: held against the reference, and every operation sent once.

local api = require "spec.data.api"
local cbr = require "cbr"
local check = require "cbr.util.check"
local json = require "cbr.util.json"
local operations = require "cbr.operations"
local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.world

local UUID = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21"

local SAMPLES = {
  uuid = UUID, project = ("0a"):rep(16), region = "eu-nl", time = "2024-01-02T03:04:05Z", segment = "one step: é%2F",
}

-- A value that its rule takes, of another kind than any default.
local function sample(rule)
  local kind = type(rule.type) == "table" and rule.type[#rule.type] or rule.type
  if kind == "list" then
    local list = {}
    for i = 1, math.min(2, rule.most or 2) do
      list[i] = rule.items == "table" and { id = UUID, n = i }
        or rule.one_of and rule.one_of[i] or SAMPLES[rule.form] or "member " .. i
    end
    return list
  elseif kind == "string" then
    return rule.one_of and rule.one_of[#rule.one_of] or SAMPLES[rule.form] or "text_of_" .. rule.name:sub(1, 8)
  elseif kind == "table" then
    return { some = { 1, 2 }, name = "ä&b" }
  elseif kind == "boolean" then
    return true
  end
  return rule.to or 7
end

local function samples(operation)
  local params = {}
  for _, rule in ipairs(operation.params) do
    params[rule.name] = sample(rule)
  end
  return params
end

local function encoded(text)
  return (text:gsub("[^%w%-._~]", function(byte) return ("%%%02X"):format(byte:byte()) end))
end

local function decoded(text)
  return (text:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

-- Query of a URI: name -> list of values, as they came.
local function query_of(uri)
  local query = {}
  for name, value in (uri:match "%?(.*)$" or ""):gmatch "([^&=]+)=([^&]*)" do
    query[name] = query[name] or {}
    table.insert(query[name], decoded(value))
  end
  return query
end

-- What a parameter goes by to the caller where the service's own name is misspelt, or of another style.
local SPELT_RIGHT = {
  objcet_type = "object_type", cloudServiceConsoleURL = "cloud_service_console_url", productInfo = "product_info",
  resourceId = "resource_id",
}

local function value_of(params, wire)
  local value = params[wire]
  if value == nil then
    value = params[SPELT_RIGHT[wire]]
  end
  return value
end

describe("the table of operations", function()
  it("has all that the reference has, and no other", function()
    local count = 0
    for _ in pairs(operations) do
      count = count + 1
    end
    assert.equal(73, count)
    assert.equal(73, #api)
    for _, known in ipairs(api) do
      local operation = assert(operations[known.name], known.name)
      assert.equal(known.name, operation.name)
      assert.equal(known.method, operation.method)
      assert.equal(known.path, operation.path)
      assert.is_string(operation.group)
    end
  end)

  it("says of few that are no reads that they do no harm twice", function()
    local repeatable = {}
    for name, operation in pairs(operations) do
      if operation.repeatable then
        repeatable[#repeatable + 1] = name
        assert.is_true(operation.method == "PUT" or operation.method == "POST")
        assert.is_nil(operation.order)
      end
    end
    table.sort(repeatable)
    assert.same({
      "batch_update_vault", "check_agent", "set_vault_resource", "show_vault_resource_instances", "update_backup",
      "update_policy",
    }, repeatable)
  end)

  it("names no rule twice, no unknown form and no field that nothing reads", function()
    local fields = {
      name = true, alias = true, method = true, path = true, params = true, order = true, wrap = true, unwrap = true,
      list = true, count = true, group = true, repeatable = true, trace = true, doubled = true,
      followed_by = true,
    }
    local rule_fields = {
      name = true, type = true, required = true, filled = true, form = true, min = true, max = true, from = true,
      to = true, one_of = true, items = true, least = true, most = true, default = true, at = true, wire = true,
      as_text = true,
    }
    for name, operation in pairs(operations) do
      local seen = {}
      for field in pairs(operation) do
        assert.is_true(fields[field], name .. " " .. field)
      end
      for _, rule in ipairs(operation.params) do
        assert.is_nil(seen[rule.name], name .. " " .. rule.name)
        seen[rule.name] = true
        assert.is_true(rule.form == nil or check.forms[rule.form] ~= nil, name .. " " .. rule.name)
        for field in pairs(rule) do
          assert.is_true(rule_fields[field], name .. " " .. field)
        end
      end
    end
  end)

  it("calls an order every POST that does more than to look", function()
    local looks = { check_agent = true, show_vault_resource_instances = true }
    for name, operation in pairs(operations) do
      assert.equal(operation.method == "POST" and not looks[name], operation.order == true, name)
    end
  end)

  it("is in the README", function()
    local section = support.read "docs/operations.md"
    local listed, count = {}, 0
    for name, method, path in section:gmatch "\n| `([%l_]+)` | (%u+) | `([^`]+)` |" do
      listed[name], count = method .. " " .. path, count + 1
    end
    assert.equal(73, count)
    for name, operation in pairs(operations) do
      assert.equal(operation.method .. " " .. operation.path, listed[name], name)
    end
  end)
end)

describe("an operation", function()
  local client

  setup(function()
    client = support.client()
  end)

  teardown(function()
    client:close()
  end)

  before_each(function()
    sandbox.reset()
  end)

  local function sent(name, params)
    sandbox.clear_requests()
    local answer, err = client[name](client, params)
    local requests = sandbox.requests()
    assert.equal(1, #requests, name .. ": " .. tostring(err))
    return requests[1], answer, err
  end

  for _, known in ipairs(api) do
    it(("%s arrives as %s %s"):format(known.name, known.method, known.path), function()
      local params = samples(operations[known.name])
      local request, _, err = sent(known.name, params)
      assert.equal(known.method, request.method)

      local path = known.path:gsub("{project_id}", world.projects.home.id):gsub("{([%w_]+)}", function(name)
        return encoded(params[name])
      end)
      assert.equal(path, (request.uri:gsub("%?.*", "")))

      local query = {}
      for _, name in ipairs(known.query) do
        local value = value_of(params, name)
        assert.is_not_nil(value, name)
        query[name] = {}
        for i, member in ipairs(type(value) == "table" and value or { value }) do
          query[name][i] = tostring(member)
        end
      end
      assert.same(query, query_of(request.uri))

      if known.method == "GET" or known.method == "DELETE" then
        assert.equal("", request.body or "")
        assert.is_nil(request.headers["content-type"])
      else
        local body = {}
        for _, name in ipairs(known.body) do
          body[name] = value_of(params, name)
          assert.is_not_nil(body[name], name)
        end
        if known.name == "show_vault_resource_instances" then -- of this call alone the numbers are text
          body.limit, body.offset = tostring(body.limit), tostring(body.offset)
        end
        assert.same(known.wrapper and { [known.wrapper] = body } or body, json.decode(request.body))
      end
      if err then
        assert.equal(known.method ~= "GET", err.outcome ~= nil, tostring(err))
      end
    end)
  end

  it("sends what must be there though empty, and nothing that was not set", function()
    local billing = { protect_type = "backup", object_type = "server", size = 100 }
    local request = sent("create_vault", { name = "new", billing = billing })
    assert.matches('"resources":%[%]', request.body)
    assert.same({ vault = { name = "new", billing = billing, resources = {} } }, json.decode(request.body))
    for _, empty in ipairs { {}, cbr.empty_array } do
      request = sent("create_vault", { name = "new", billing = billing, resources = empty })
      assert.matches('"resources":%[%]', request.body)
    end
    assert.equal('{"vault":{}}', sent("update_vault", { vault_id = UUID }).body)
  end)

  it("sends a filter of several values as a repeated key", function()
    local request, answer = sent("list_backups", { status = { "error", "available" }, limit = 2 })
    assert.matches("status=available&status=error", request.uri, 1, true)
    assert.equal(2, #answer.backups)
    assert.is_true(answer.count >= 2)
    assert.matches("status=error", sent("list_backups", { status = "error" }).uri, 1, true)
  end)

  it("gives what the answer holds", function()
    local id = world.vaults.server.id
    assert.equal(id, assert(client:show_vault { vault_id = id }).id)
    assert.equal(id, assert(client:list_vault { id = { id } }).vaults[1].id)
    assert.is_table(assert(client:show_replication_capabilities {}).regions)
    sandbox.fault { fault = "status", call = "show_vault", status = 204, body = "" }
    local _, err = client:show_vault({ vault_id = id }, { max_attempts = 1 })
    assert.equal("protocol", err.kind)
    sandbox.fault { fault = "status", call = "list_vault", status = 204, body = "" }
    _, err = client:list_vault({}, { max_attempts = 1 })
    assert.equal("protocol", err.kind)
  end)

  it("that is wrong is not sent, and everything wrong is named", function()
    sandbox.clear_requests()
    local function problems_of(name, params)
      local answer, err = client[name](client, params)
      assert.is_nil(answer)
      assert.equal("argument", err.kind)
      assert.equal(operations[name].method ~= "GET" and "not_sent" or nil, err.outcome)
      local words = {}
      for i, problem in ipairs(err.problems) do
        words[i] = problem.parameter .. " " .. problem.problem
      end
      return words
    end
    assert.same({ "backup_id is missing" }, problems_of("show_backup", {}))
    assert.same({
      "image_type must be 'backup' or 'replication'", "limit must be from 1 to 1000, not 1001",
      "offset must be 0 or more, not -1", "start_time must be a time like 2018-02-01T12:00:00Z",
      "status member 2 must be a string, not a boolean", "resource_idd is unknown (did you mean 'resource_id'?)",
    }, problems_of("list_backups", {
      image_type = "copy", limit = 1001, offset = -1, start_time = "yesterday", status = { "error", true },
      resource_idd = "x",
    }))
    assert.same({ "limit must be a whole number, not a number", "status must be a string or list, not a boolean" },
      problems_of("list_backups", { limit = 1.5, status = true }))
    assert.same({ "id must be a list, not a table" }, problems_of("list_vault", { id = { a = UUID } }))
    assert.same({ "id must have 1 or more members, not 0" }, problems_of("list_vault", { id = {} }))
    assert.same({ "id member 1 must be a UUID (8-4-4-4-12 hex digits)" }, problems_of("list_vault", { id = { "x" } }))
    assert.same({ "name must have 1 to 64 characters, not 65", "resources must have 0 to 256 members, not 257" },
      problems_of("create_vault", { name = ("é"):rep(65), billing = {}, resources = support.list(257, {}) }))
    assert.matches("^billing cannot be JSON: ",
      problems_of("create_vault", { name = ("é"):rep(64), billing = { print } })[1])
    for _, bad in ipairs { "", ".", "..", "a/b", "a\nb", "{project_id}" } do
      assert.same({ "key must be text without '/', and neither '.' nor '..'" },
        problems_of("delete_vault_tag", { vault_id = UUID, key = bad }))
    end
    assert.same({}, sandbox.requests())
  end)
end)
