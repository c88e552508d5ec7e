-- The operations as one table, and what all operations have in common. Each group has a spec in spec/operations/.

local api = require "spec.data.api"
local check = require "cbr.util.check"
local documented = require "spec.helpers.documented"
local operations = require "cbr.operations"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

local UUID = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21"

describe("the table of operations", function()
  it("an operation sends the parameters that were checked, although __index later returns other values", function()
    local good = "7379f99e-c640-44c5-90b8-e4650dab754e"
    local function flipping(name, values)
      local reads = 0
      return setmetatable({}, { __index = function(_, asked)
        reads = reads + (asked == name and 1 or 0)
        return asked == name and values[math.min(reads, #values)] or nil
      end })
    end
    for _, later in ipairs { "../../../v3/evil", {}, false } do
      local request = assert(operations.show_vault:request(flipping("vault_id", { good, later })))
      assert.matches(good, request.path, 1, true)
    end
    local trigger = flipping("properties", { flipping("pattern", { { "FREQ=DAILY" }, { 5 } }), 5 })
    local request, problems = operations.create_policy:request {
      name = "p", operation_type = "backup", trigger = trigger, operation_definition = { retention_duration_days = 1 },
    }
    assert.same({}, problems or {})
    assert.matches("FREQ=DAILY", request.body, 1, true)
    local list = setmetatable({}, { __len = function() return 1e9 end })
    if #list > 0 then -- Lua 5.1 ignores __len of a table
      local _, bad = operations.create_policy:request {
        name = "p", operation_type = "backup", operation_definition = { retention_duration_days = 1 },
        trigger = { properties = { pattern = list } },
      }
      assert.matches("must be a list", bad[1].problem)
    end
  end)

  it("the table of operations has exactly the 73 operations of the reference", function()
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

  it("an operation's path, whatever ids are in it, never equals the path of another operation", function()
    local function segments(path)
      local list = {}
      for segment in path:gmatch "[^/]+" do
        list[#list + 1] = segment
      end
      return list
    end
    -- Returns whether two paths can agree in all segments but that at `place`. No word of a path can be a project id.
    local function agree_besides(place, mine, other)
      for i = 1, #mine do
        local a, b = mine[i], other[i] or "" -- no segment is empty
        if i ~= place and a ~= b and (a == "{project_id}" or not a:find "^{") and not b:find "^{" then
          return false
        end
      end
      return #mine == #other
    end
    local words = {}
    for name, operation in pairs(operations) do
      for place, segment in ipairs(segments(operation.path)) do
        for _, rule in ipairs(operation.params) do
          for _, another in pairs(rule.form == "id" and segment == "{" .. rule.name .. "}" and operations or {}) do
            local word = segments(another.path)[place] or "{}"
            if not word:find "^{" and agree_besides(place, segments(operation.path), segments(another.path)) then
              words[word] = true
              assert.equal(1, #check.problems({ rule }, { [rule.name] = word }), name .. ": " .. word)
            end
          end
        end
      end
    end
    assert.same(check.forms.id.reserved, words)
  end)

  it("the table of operations marks six operations as idempotent, and none of the six places an order", function()
    local idempotent = {}
    for name, operation in pairs(operations) do
      if operation.idempotent then
        idempotent[#idempotent + 1] = name
        assert.is_true(operation.method == "PUT" or operation.method == "POST")
        assert.is_nil(operation.order_kind)
      end
    end
    table.sort(idempotent)
    assert.same({
      "batch_update_vault", "check_agent", "set_vault_resource", "show_vault_resource_instances", "update_backup",
      "update_policy",
    }, idempotent)
  end)

  for _, known in ipairs(api) do
    it(known.name .. " requires and limits its parameters as the reference does", function()
      documented.has_limits(known)
    end)
  end

  it("an operation has no two parameters of one name, and its rules have only known forms and fields", function()
    local fields = {
      name = true, alias = true, method = true, path = true, params = true, wrap = true, unwrap = true,
      list = true, count = true, group = true, idempotent = true, order_kind = true,
      followed_by = true, same_id = true, names = true, looks_up_project = true, starts = true, no_content = true,
      has_tables = true,
    }
    local rule_fields = {
      name = true, type = true, required = true, filled = true, form = true, min = true, max = true, from = true,
      to = true, besides = true, one_of = true, known = true, items = true, fields = true, least = true, most = true,
      default = true, service_default = true, at = true, wire = true, as_text = true, is_lower = true, by_name = true,
    }
    local function assert_valid(rules, path)
      local seen = {}
      for _, rule in ipairs(rules) do
        local where = path .. " " .. rule.name
        assert.is_nil(seen[rule.name], where)
        seen[rule.name] = true
        assert.is_true(rule.form == nil or check.forms[rule.form] ~= nil, where)
        assert.is_false((rule.type == "table" or rule.items == "table") and not rule.fields, where)
        for field in pairs(rule) do
          assert.is_true(rule_fields[field], where .. " " .. field)
        end
        assert_valid(rule.fields or {}, where)
      end
    end
    for name, operation in pairs(operations) do
      for field in pairs(operation) do
        assert.is_true(fields[field], name .. " " .. field)
      end
      assert_valid(operation.params, name)
    end
  end)
end)

describe("an operation", function()
  local client

  set_up.for_all_tests(function()
    client = support.client()
    return client
  end)

  it("a read fails when its response has no body", function()
    sandbox.fault { fault = "status", call = "show_vault", status = 204, body = "" }
    local _, err = client:show_vault({ vault_id = support.fixtures.vaults.server.id }, { max_attempts = 1 })
    assert.equal("protocol", err.kind)
    sandbox.fault { fault = "status", call = "list_vault", status = 204, body = "" }
    _, err = client:list_vault({}, { max_attempts = 1 })
    assert.equal("protocol", err.kind)
  end)

  it("an operation sends nothing for wrong parameters, and names every wrong parameter in one error", function()
    sandbox.clear_requests()
    local function problems_of(name, params)
      local response, err = client[name](client, params)
      assert.is_nil(response)
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
      "image_type must be 'backup' or 'replication'", "limit must be at most 1000, not 1001",
      "offset must be at least 0, not -1", "start_time must be a time like 2018-02-01T12:00:00Z",
      "status[2] must be a string, not a boolean", "resource_idd is unknown (did you mean 'resource_id'?)",
    }, problems_of("list_backups", {
      image_type = "copy", limit = 1001, offset = -1, start_time = "yesterday", status = { "error", true },
      resource_idd = "x",
    }))
    assert.same({ "limit must be a whole number, not a number", "status must be a string or list, not a boolean" },
      problems_of("list_backups", { limit = 1.5, status = true }))
    assert.same({ "id must be a string or list, not a table" }, problems_of("list_vault", { id = { a = UUID } }))
    assert.same({ "id must have 1 or more members, not 0" }, problems_of("list_vault", { id = {} }))
    assert.same({ "id[1] must be an id (1 to 64 letters, digits, '_' and '-')" },
      problems_of("list_vault", { id = { "my vault" } }))
    local resource = { id = UUID, type = "OS::Nova::Server" }
    assert.same({
      "name must have 1 to 64 characters, not 65", "billing.consistent_level is missing",
      "billing.object_type is missing", "billing.protect_type must be 'backup' or 'replication' or 'hybrid'",
      "billing.size must be at least 10, not 9", "resources must have at most 256 members, not 257",
      "description must have at most 64 characters, not 65",
    }, problems_of("create_vault", {
      name = ("é"):rep(65), description = ("é"):rep(65), billing = { size = 9, protect_type = "sync" },
      resources = support.list(257, resource),
    }))
    assert.matches("^reservation cannot be JSON: ",
      problems_of("migrate_domain", { all_regions = true, reservation = 0 / 0 })[1])
    for _, bad in ipairs { "", ".", "..", "a/b", "a\nb", "{project_id}" } do
      assert.same({ "key must be text without '/', and neither '.' nor '..'" },
        problems_of("delete_vault_tag", { vault_id = UUID, key = bad }))
    end
    assert.same({}, sandbox.requests())
  end)
end)
