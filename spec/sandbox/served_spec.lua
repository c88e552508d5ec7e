-- The sandbox serves every operation of the service. Each operation has a test, and its responses have documented
-- types.

local api = require "spec.data.api"
local pages = require "spec.helpers.pages"
local raw_client = require "spec.helpers.raw_client"
local response_types = require "spec.helpers.response_types"
local service = require "spec.helpers.service"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

-- For two operations, the sandbox uses the name of cbr's method, not the name of the API.
local OWN_NAMES = { copy_checkpoint = "replicate", import_checkpoint = "sync" }

-- Operations for which Open Telekom Cloud has no API page.
local NOT_ON_OTC = [[
  add_agent_path batch_update_vault change_order change_vault_charge_mode check_agent create_organization_policy
  delete_organization_policy import_backup import_checkpoint list_agent list_domain_projects list_external_vault
  list_features list_organization_policies list_organization_policy_detail list_projects list_protectable migrate_domain
  register_agent remove_agent_path set_vault_resource show_agent show_domain show_feature show_metadata
  show_migrate_status show_organization_policy show_protectable show_storage_usage show_summary unregister_agent
  update_agent update_backup update_order update_organization_policy
]]

local function send(operation, project)
  local path = operation.path:gsub("{project_id}", fixtures.projects[project].id):gsub("{[%w_]+}", fixtures.nowhere.id)
  return raw_client.send(path, {
    method = operation.method, headers = { ["x-auth-token"] = fixtures.tokens[project].value },
  })
end

describe("the sandbox's operations #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  it("the sandbox serves each of the 73 operations by its name", function()
    for _, operation in ipairs(api) do
      local response = send(operation, "home")
      assert.is_not.equal("APIGW.0101", response.body and response.body.error_code, operation.name)
      local log = sandbox.requests()
      assert.equal(OWN_NAMES[operation.name] or operation.name, log[#log].operation)
    end
    assert.equal(73, #api)
  end)

  it("as Open Telekom Cloud, the sandbox serves only the operations that this cloud has an API page for", function()
    local missing = {}
    for name in NOT_ON_OTC:gmatch "%S+" do
      missing[name] = true
    end
    for _, operation in ipairs(api) do
      local body = send(operation, "de").body
      assert.equal(missing[operation.name] == true, body ~= nil and body.error_code == "APIGW.0101", operation.name)
    end
  end)

  it("each of the 73 operations is named in a test's title in spec/sandbox", function()
    local titles = {}
    for title in support.run "cat spec/sandbox/*_spec.lua":gmatch '%f[%w]it%("([^"]+)"' do
      titles[#titles + 1] = title .. " "
    end
    titles = table.concat(titles, "\n")
    for _, operation in ipairs(api) do
      assert.is_truthy(titles:find("%f[%w_]" .. operation.name .. "%f[^%w_]"), operation.name)
    end
  end)

  it("no file of the sandbox requires a module of cbr, so that the sandbox judges requests by itself", function()
    assert.equal("", (support.run "grep -rn 'require.*[\"(]cbr[.\"]' sandbox --include=*.lua"))
  end)

  it("the sandbox's README names each operation", function()
    local text = pages.text "sandbox/README.md"
    for _, operation in ipairs(api) do
      assert.is_truthy(text:find("`" .. (OWN_NAMES[operation.name] or operation.name) .. "`", 1, true), operation.name)
    end
  end)
end)

describe("the types of responses #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  local function problems(text)
    return response_types.problems("show_summary", text)
  end

  it("the check of response types finds a field of another type, an unknown field and a missing field", function()
    assert.same({}, problems '{"size":1,"used_size":2}')
    assert.same({ "show_summary.size is of type string" }, problems '{"size":"1"}')
    assert.same({ "show_summary.size is of type number" }, problems '{"size":1.5}')
    assert.same({ "show_summary.size is of type null" }, problems '{"size":null}')
    assert.same({ "show_summary.other is not documented" }, problems '{"other":1}')
    assert.same({ "show_domain.domain_id is missing" },
      response_types.problems("show_domain", '{"domain_name":"a","project_id":"b","project_name":"c"}'))
    assert.same({ "list_external_vault.vaults is of type object" },
      response_types.problems("list_external_vault", '{"vaults":{},"count":0}'))
    assert.same({ "show_migrate_status.status is 'done'" },
      response_types.problems("show_migrate_status", '{"status":"done"}'))
    assert.same({ "a body, though none is documented" }, response_types.problems("delete_vault", '{"a":1}'))
  end)

  it("the types of the response are known for each of the 73 operations", function()
    local known, count = response_types.all(), 0
    for _, operation in ipairs(api) do
      assert.is_not_nil(known[operation.name], operation.name)
    end
    for _ in pairs(known) do
      count = count + 1
    end
    assert.equal(#api, count)
  end)

  it("the sandbox's vaults, backups, restore points and tasks have the documented types on both clouds", function()
    for _, project in ipairs { "home", "east", "de", "nl" } do
      for _, cloud_type in ipairs { "public", "hybrid" } do
        service.get("list_vault", { cloud_type = cloud_type }, project)
      end
      local backups = service.get("list_backups", { show_replication = "true" }, project).backups
      service.get("list_backups", {}, project)
      for _, backup in ipairs(backups) do
        service.get("show_backup", { backup_id = backup.id }, project)
        service.get("show_checkpoint", { checkpoint_id = backup.checkpoint_id }, project)
      end
      service.get("list_op_logs", {}, project)
    end
  end)

  it("the sandbox's policies, tags and share members on Open Telekom Cloud have the documented types", function()
    local vault, backup = fixtures.vaults.de_server, fixtures.backups.de_server_web
    local function call(operation, params)
      return service.get(operation, params, "de")
    end
    sandbox.patch { projects = { second = { region = "eu-de", cloud = "otc", id = fixtures.nowhere.project } } }
    local policy = call("create_policy", { body = { policy = {
      name = "p", operation_type = "backup", operation_definition = { max_backups = 2 },
      trigger = { properties = { pattern = { support.daily_pattern() } } },
    } } }).policy
    call("associate_vault_policy", { vault_id = vault.id, body = { policy_id = policy.id } })
    assert.equal(vault.id, call "list_policies".policies[1].associated_vaults[1].vault_id)
    assert.is_nil(call("show_policy", { policy_id = policy.id }).policy.operation_definition.created_by)
    call("create_vault_tags", { vault_id = vault.id, body = { tag = { key = "a", value = "b" } } })
    call("show_vault_resource_instances", { body = { action = "filter", tags = { { key = "a", values = { "b" } } } } })
    call("add_member", { backup_id = backup.id, body = { members = { fixtures.nowhere.project } } })
    call("show_members_detail", { backup_id = backup.id })
    call("create_checkpoint", { body = { checkpoint = { vault_id = vault.id } } })
    sandbox.forward(600)
    assert.equal(4, call("list_backups", { vault_id = vault.id }).count)
    call "list_op_logs"
  end)

  it("the sandbox's tasks of every kind have the documented types, while a task runs and after it has ended", function()
    local vaults, backups = fixtures.vaults, fixtures.backups
    local first = service.get("show_vault", { vault_id = vaults.server.id }).vault.resources[1]
    service.get("remove_vault_resource", { vault_id = vaults.server.id, body = { resource_ids = { first.id } } })
    service.get("create_checkpoint", { body = { checkpoint = { vault_id = vaults.mixed.id } } })
    service.get("copy_checkpoint", { body = { replicate = support.replicate_params { vault_id = vaults.turbo.id,
      destination_vault_id = vaults.replicas_turbo.id } } })
    service.get("import_checkpoint", { body = { sync = { vault_id = vaults.hybrid.id, auto_trigger = false } } })
    service.get("restore_backup", { backup_id = backups.single_only.id, body = { restore = {} } })
    service.get("delete_backup", { backup_id = backups.disk_data.id })
    service.call("delete_vault", { vault_id = vaults.empty.id })
    local kinds = {}
    for _, seconds in ipairs { 0, 11, 5000 } do
      sandbox.forward(seconds)
      for _, task in ipairs(service.get "list_op_logs".operation_logs) do
        kinds[task.operation_type .. " " .. task.status] = true
      end
    end
    for _, kind in ipairs { "backup", "replication", "restore", "delete", "sync", "vault_delete", "remove_resource" } do
      for _, status in ipairs { "waiting", "running", "success" } do
        assert.is_true(kinds[kind .. " " .. status], kind .. " " .. status)
      end
    end
  end)
end)
