-- client:describe and cbr.operations: the operations as plain data.

local cbr = require "cbr"
local cjson = require "cjson"
local describe_code = require("cbr.describe").code
local operations = require "cbr.operations"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

-- Returns the member of a list whose field `name` has this value.
local function named(list, name)
  for _, item in ipairs(list) do
    if item.name == name then
      return item
    end
  end
end

-- Fails if a value contains anything but plain data.
local function assert_plain(value, where)
  local kind = type(value)
  assert.is_true(kind == "string" or kind == "number" or kind == "boolean" or kind == "table", where)
  if kind == "table" then
    for name, field in pairs(value) do
      assert_plain(field, where .. "." .. tostring(name))
    end
  end
end

describe("cbr.operations", function()
  it("cbr.operations returns the names of all 73 operations, sorted", function()
    local names = cbr.operations()
    assert.equal(73, #names)
    assert.equal("add_agent_path", names[1])
    for i, name in ipairs(names) do
      assert.is_table(operations[name])
      assert.is_true(i == 1 or names[i - 1] < name)
    end
    names[1] = nil
    assert.equal(73, #cbr.operations())
  end)
end)

describe("client:describe", function()
  local client

  set_up.for_all_tests(function()
    client = support.client()
    return client
  end)

  it("client:describe gives the type, limits, values, default and meaning of a nested parameter", function()
    local billing = named(client:describe("create_vault").parameters, "billing")
    assert.same({ "object", true }, { billing.type, billing.required })
    local size = named(billing.fields, "size")
    assert.same({
      name = "size", type = "integer", required = true, minimum = 10, maximum = 10485760,
      meaning = "Capacity of the vault in GB.",
    }, size)
    assert.same({
      name = "charging_mode", type = "string", required = false, values = { "post_paid", "pre_paid" },
      service_default = "post_paid", meaning = "Pay per use, or prepaid by the month or year.",
    }, named(billing.fields, "charging_mode"))
    assert.is_nil(named(billing.fields, "object_type").values)
    assert.equal("server", named(billing.fields, "object_type").known_values[1])
  end)

  it("client:describe says how a parameter is sent", function()
    local parameters = client:describe("update_order").parameters
    assert.equal("path", named(parameters, "order_id").at)
    assert.equal("productInfo", named(parameters, "product_info").wire)
    assert.equal("productId", named(named(parameters, "product_info").fields, "product_id").wire)
    assert.equal("a UUID (8-4-4-4-12 hex digits)", named(client:describe("replicate").parameters, "vault_id").pattern)
    assert.equal("an id (1 to 64 letters, digits, '_' and '-')",
      named(client:describe("show_vault").parameters, "vault_id").pattern)
    assert.same({}, named(client:describe("create_vault").parameters, "resources").default)
    assert.is_false(named(client:describe("sync").parameters, "auto_trigger").default)
  end)

  it("client:describe says what an operation does, needs and returns, and which error codes to expect", function()
    local description = client:describe "replicate"
    assert.equal("copy_checkpoint", description.name)
    assert.equal("replicate", description.alias)
    assert.equal("cbr:vaults:replicate", description.action)
    assert.same({}, description.other_actions)
    assert.same({ "ecs:cloudServers:list", "evs:volumes:list" }, client:describe("create_vault").other_actions)
    assert.equal("https://support.huaweicloud.com/intl/en-us/api-cbr/CopyCheckpoint.html", description.page)
    assert.same({ "huawei", "otc" }, description.clouds)
    assert.same({ "huawei" }, client:describe("sync").clouds)
    assert.equal("backup_id", named(description.result.fields, "backups").fields[1].name)
    local codes = {}
    for _, code in ipairs(description.codes) do
      codes[code.code] = code
    end
    assert.equal("busy", codes["BackupService.6130"].kind)
    assert.is_true(codes["BackupService.6130"].retryable)
    assert.equal("nothing_to_do", codes["BackupService.1009"].kind)
    assert.equal("true", client:describe("delete_backup").result.type)
    assert.equal("list", client:describe("import_backup").result.type)
  end)

  it("client:describe says which fields the items of a list have", function()
    local result = client:describe("list_vault").result
    assert.same({ "vaults", "count" }, { result.fields[1].name, result.fields[2].name })
    assert.equal("vault", result.fields[1].object)
    assert.equal("billing", named(result.fields[1].fields, "billing").name)
    local children = named(client:describe("show_backup").result.fields, "children")
    assert.equal("backup", children.object)
    assert.is_nil(children.fields)
  end)

  it("client:describe returns plain data for every operation, in a new table at each call", function()
    for _, name in ipairs(cbr.operations()) do
      local description = client:describe(name)
      assert_plain(description, name)
      assert.is_string(cjson.encode(description))
      description.parameters[1] = nil
      assert.are_not.equal(description, client:describe(name))
      assert.equal(#operations[name].params, #client:describe(name).parameters)
    end
  end)

  it("client:describe raises for a name that is not an operation, and suggests the name that was meant", function()
    assert.has_error(function()
      client:describe "list_vaults"
    end, "describe: operation 'list_vaults' is unknown (did you mean 'list_vault'?)")
  end)

  it("client:describe works with a closed client", function()
    local closed = support.client()
    closed:close()
    assert.equal("show_vault", closed:describe("show_vault").name)
  end)

  it("the texts about operations are loaded by client:describe, but not by calls #process", function()
    local name = support.file [[
      local cbr = require "cbr"
      local client = cbr.assert(cbr.new())
      client:show_vault { vault_id = "7379f99e-c640-44c5-90b8-e4650dab754e" }
      client:problems("create_vault", {})
      local function count()
        local loaded = 0
        for module in pairs(package.loaded) do
          loaded = loaded + (module:find "^cbr%.operations%.about" and 1 or 0)
        end
        return loaded
      end
      print(count())
      client:describe "show_vault"
      print(count())
    ]]
    assert.equal("0\n19\n", (support.run(("%s %s"):format(os.getenv "CBR_LUA" or "lua5.4", name))))
    os.remove(name)
  end)

  it("client:describe gives the kind, the advice and the meaning of an error code", function()
    local code = describe_code "BackupService.6105"
    assert.same({ "not_found", false, "There is no such vault." }, { code.kind, code.retryable, code.meaning })
    assert.is_string(code.advice)
    assert.is_nil(describe_code("CSBS.3001").meaning)
  end)
end)

describe("a misspelt operation", function()
  it("a call of a misspelt operation raises an error that suggests the name that was meant", function()
    local client = support.client()
    for wrong, right in pairs {
      list_vaults = "list_vault", show_vaults = "show_vault", list_backup = "list_backups",
      create_vaults = "create_vault",
      list_policy = "list_policies", replicat = "replicate", show_backups = "show_backup", list_agents = "list_agent",
      synk = "sync", describ = "describe", show_oplog = "show_op_log", delete_backups = "delete_backup",
    } do
      local ok, message = pcall(function()
        return client[wrong](client, {})
      end)
      assert.is_false(ok, wrong)
      assert.is_truthy(message:find(("did you mean '%s'?"):format(right), 1, true), message)
    end
    client:close()
  end)
end)
