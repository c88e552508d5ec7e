-- The sandbox's agents and protectable resources. A change that one operation makes must be visible in the
-- response of another operation.

local cjson = require "cjson"
local service = require "spec.helpers.service"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local resources = fixtures.resources

local AGENT = "agent-of-web"

local function register(changes)
  local agent = { agent_id = AGENT, host_ip = "192.0.2.7", host_name = "db", host_os = "Linux" }
  support.merge(agent, changes)
  return service.get("register_agent", { body = { agent = agent } }).agent
end

local function show()
  return service.get("show_agent", { agent_id = AGENT }).agent
end

local function paths()
  local list = {}
  for i, path in ipairs(show().paths) do
    list[i] = path.dir_path
  end
  return list
end

describe("the sandbox's agents and resources #wire", function()
  before_each(service.reset)
  teardown(sandbox.reset)

  it("register_agent adds an agent, and updates an agent that registers again", function()
    register()
    register { host_name = "web", agent_version = "1.2.3" }
    local agent = show()
    assert.same({ "192.0.2.7", "web", "1.2.3", "online" },
      { agent.host_ip, agent.host_name, agent.agent_version, agent.status })
    assert.equal(1, service.get "list_agent".count)
  end)

  it("list_agent filters by id and status", function()
    register()
    register { agent_id = "another" }
    assert.equal(2, service.get("list_agent", { status = "online" }).count)
    assert.equal(1, service.get("list_agent", { agent_id = AGENT }).count)
    assert.equal(1, #service.get("list_agent", { limit = 1, offset = 1 }).agents)
  end)

  it("show_agent shows only an agent of the project", function()
    register()
    assert.equal(AGENT, show().agent_id)
    assert.equal("7410", service.rejection("show_agent", { agent_id = AGENT }, "east"))
  end)

  it("update_agent marks an agent to be uninstalled", function()
    register()
    local params = { agent_id = AGENT, body = { agent = { status = "uninstall" } } }
    service.get("update_agent", params)
    assert.equal("uninstall", show().status)
    assert.equal("7403", service.rejection("update_agent", params))
  end)

  it("unregister_agent removes an agent, and the backups of the agent's host", function()
    register { agent_id = "5b1d6bd4-17d8-4b43-9f9a-8e4f3c1b2a11" }
    sandbox.patch { backups = { ["5b1d6bd4-17d8-4b43-9f9a-8e4f3c1b2a12"] = {
      vault_id = "empty", resource_id = "5b1d6bd4-17d8-4b43-9f9a-8e4f3c1b2a11",
    } } }
    assert.equal(200, service.call("unregister_agent", { agent_id = "5b1d6bd4-17d8-4b43-9f9a-8e4f3c1b2a11" }).status)
    assert.equal(0, service.get "list_agent".count)
    assert.equal(0, service.get("list_backups", { vault_id = fixtures.vaults.empty.id }).count)
  end)

  it("add_agent_path adds only the paths that the agent does not have yet", function()
    register()
    local function add(list, excluded)
      return service.get("add_agent_path", { agent_id = AGENT, body = { add_path = list, exclude_path = excluded } })
    end
    add({ "/srv" }, { { path_name = "/srv", exclude_path_name = { "/srv/tmp" } } })
    assert.same({ added = { "C:\\data" }, existed = { "/srv" } }, add { "/srv", "C:\\data" })
    assert.same({ "/srv", "C:\\data" }, paths())
    assert.equal("/srv/tmp", show().paths[1].exclude_paths)
    assert.equal("9900", service.rejection("add_agent_path", { agent_id = AGENT, body = { add_path = { "srv" } } }))
  end)

  it("add_agent_path allows at most eight paths for an agent", function()
    register()
    local list = {}
    for n = 1, 8 do
      list[n] = "/" .. n
    end
    service.get("add_agent_path", { agent_id = AGENT, body = { add_path = list } })
    assert.equal("7407", service.rejection("add_agent_path", { agent_id = AGENT, body = { add_path = { "/9" } } }))
  end)

  it("remove_agent_path removes only paths that the agent has", function()
    register()
    service.get("add_agent_path", { agent_id = AGENT, body = { add_path = { "/srv", "/home" } } })
    local removed = service.get("remove_agent_path", { agent_id = AGENT, body = { remove_path = { "/srv", "/var" } } })
    assert.same({ removed = { "/srv" }, not_existed = { "/var" } }, removed)
    assert.same({ "/home" }, paths())
  end)

  it("check_agent shows on which servers an agent is installed", function()
    local function check(resource)
      return service.get("check_agent", { body = { agent_status = {
        { resource_id = resource.id, resource_type = resource.type },
      } } }).agent_status[1]
    end
    assert.same({ true, "1.2.0" }, { check(resources.spare_server).installed, check(resources.spare_server).version })
    assert.is_false(check(resources.spare_server_2).installed)
    sandbox.patch { resources = { spare_server_2 = { agent = { version = "0.9.0", is_old = true } } } }
    assert.is_true(check(resources.spare_server_2).is_old)
  end)

  it("list_protectable lists resources of a type, including resources that a test has added", function()
    sandbox.patch { resources = { ["5b1d6bd4-17d8-4b43-9f9a-8e4f3c1b2a13"] = { name = "new", tags = { a = "b" } } } }
    local list = service.get("list_protectable", { protectable_type = "server", name = "new" })
    assert.same({ 1, 1, "ACTIVE", true, { "a=b" } }, {
      list.count, #list.instances, list.instances[1].status, list.instances[1].protectable.result,
      list.instances[1].detail.tags,
    })
    assert.equal("spare_disk", service.get("list_protectable", {
      protectable_type = "disk", id = resources.spare_disk.id,
    }).instances[1].name)
    assert.equal("9900", service.rejection("list_protectable", { protectable_type = "database" }))
  end)

  it("show_protectable shows in which vault a server is, and whether the server can be backed up", function()
    local id = service.get("show_vault", { vault_id = fixtures.vaults.single.id }).vault.resources[1].id
    local params = { protectable_type = "server", instance_id = id }
    local function protectable()
      return service.get("show_protectable", params).instance.protectable
    end
    assert.same({ true, "", fixtures.vaults.single.id },
      { protectable().result, protectable().code, protectable().vault.id })
    service.get("remove_vault_resource", { vault_id = fixtures.vaults.single.id, body = { resource_ids = { id } } })
    sandbox.forward(60)
    assert.equal(cjson.null, protectable().vault)
    sandbox.patch { resources = { [id] = { status = "error" } } }
    assert.same({ false, "BackupService.7101" }, { protectable().result, protectable().code })
  end)
end)
