-- client:for_region makes clients of other regions, which share what belongs to the account and the process.

local cbr = require "cbr"
local credentials = require "spec.helpers.credentials"
local environment = require "spec.helpers.environment"
local event_loops = require "spec.helpers.event_loops"
local options = require "cbr.options"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

local HOME, EAST = fixtures.projects.home, fixtures.projects.east

describe("client:for_region", function()
  local client

  set_up.for_each_test(function()
    client = support.client { region = "cn-north-4" }
    return client
  end)

  it("for_region makes a client of another region, and looks up the project once, by the region's name", function()
    local told = {}
    local home = support.client { region = "cn-north-4", log = function(event)
      told[#told + 1] = event.event == "project" and event or nil
    end }
    assert(home:list_vault {})
    for _ = 1, 2 do
      local east = assert(home:for_region "CN-EAST-3")
      local vault = assert(east:show_vault { vault_id = fixtures.vaults.replicas.id })
      assert.equal(EAST.id, vault.project_id)
    end
    assert.equal(1, support.count "iam_list_projects")
    assert.same({ { event = "project", region = "cn-east-3", project_id = EAST.id } }, told)
    home:close()
  end)

  it("for_region accepts the id of a project, and then looks up no project", function()
    local east = assert(client:for_region("cn-east-3", EAST.id))
    assert.equal(EAST.id, assert(east:show_vault { vault_id = fixtures.vaults.replicas.id }).project_id)
    assert.equal(0, support.count "iam_list_projects")
    local _, err = client:for_region("cn-east-3", "33eab65e")
    assert.same({ "config", "for_region" }, { err.kind, err.operation })
    assert.matches("project_id '33eab65e' must be a project id", err.message, 1, true)
  end)

  it("for_region with the client's own region keeps the client's project, unless a project id is given", function()
    local same = assert(client:for_region "cn-north-4")
    assert.equal(HOME.id, same.project_id)
    assert.equal(client.origins, same.origins)
    assert(same:show_vault { vault_id = fixtures.vaults.server.id })
    local _, err = assert(client:for_region("cn-north-4", EAST.id)):show_vault {
      vault_id = fixtures.vaults.server.id,
    }
    assert.equal("not_found", err.kind)
  end)

  it("for_region, called on a client that for_region made, keeps the project for the client's own region", function()
    for _, case in ipairs { { "cn-east-3", EAST.id }, { "cn-north-4", EAST.id }, { "cn-north-4", HOME.id } } do
      local there = assert(client:for_region(case[1], case[2]))
      assert.equal(case[2], assert(there:for_region(case[1]:upper())).project_id)
    end
    local there = assert(client:for_region("cn-east-3", EAST.id))
    assert.is_nil(assert(there:for_region "cn-south-1").project_id)
    assert.equal(HOME.id, assert(there:for_region "cn-north-4").project_id)
    -- the first client does not remember the project of another client
    assert.is_nil(assert(client:for_region "cn-east-3").project_id)
  end)

  it("a project id that is given in upper case is sent in lower case", function()
    local home = support.client { region = "cn-north-4", project_id = HOME.id:upper() }
    assert.equal(HOME.id, home.project_id)
    assert.equal(EAST.id, assert(home:for_region("cn-east-3", EAST.id:upper())).project_id)
    home:close()
  end)

  it("for_region, called on a client that for_region made, uses the options of the first client", function()
    local back = assert(assert(client:for_region "cn-east-3"):for_region "cn-north-4")
    assert.equal(client, back.home)
    assert.equal(HOME.id, back.project_id)
    assert(back:show_vault { vault_id = fixtures.vaults.server.id })
  end)

  it("for_region gives the new client every option and every shared state of the first client", function()
    local own = { -- fields that depend on the region, or that each client has for itself
      clock_offset = true, date_header = true, direct_pool = true, find_project = true, home = true, is_abroad = true,
      key_accepted = true, origin_index = true, origins = true, probes = true, project_id = true,
      recent_orders = true, region = true, region_doubt = true,
    }
    assert(client:list_vault {})
    options.client[#options.client + 1] = { name = "of_a_later_version", type = "string" }
    finally(function() options.client[#options.client] = nil end)
    client.of_a_later_version, own.wrapped = "kept", true
    client.wrapped = print -- a field of the user's, which stays on this client
    local east = assert(client:for_region "cn-east-3")
    for name, value in pairs(client) do
      assert.is_true(own[name] or rawequal(value, rawget(east, name)), name)
    end
    for _, name in ipairs { "date_header", "direct_pool", "probes", "wrapped" } do
      assert.is_nil(rawget(east, name))
    end
  end)

  it("for_region sends nothing, and opens no descriptor #process", function()
    local descriptors = support.descriptors()
    for _ = 1, 50 do
      assert(client:for_region "cn-east-3")
    end
    assert.same({ descriptors, {} }, { support.descriptors(), sandbox.requests() })
  end)

  it("for_region rejects a region that is not valid, misspelt, or may belong to another cloud", function()
    local made, err = client:for_region "eu de"
    assert.same({ nil, "config" }, { made, err.kind })
    assert.matches("'eu de' is not a valid region id", err.message, 1, true)
    made, err = client:for_region "af-south-1"
    assert.same({ nil, "config" }, { made, err.kind })
    assert.matches("myhuaweicloud.com may belong to another cloud", err.message, 1, true)
    made, err = client:for_region "cn-east-33"
    assert.same({ nil, "config" }, { made, err.kind })
    assert.matches("myhuaweicloud.com (did you mean 'cn-east-3'?) may belong to another cloud", err.message, 1, true)
    assert.same({}, sandbox.requests())
  end)

  it("for_region raises at the caller's line for arguments of a wrong type", function()
    for _, case in ipairs {
      { {}, "region must be a string, not a nil" }, { { 1 }, "region must be a string, not a number" },
      { { "cn-east-3", {} }, "project_id must be a string, not a table" },
    } do
      local function misuse() client:for_region(case[1][1], case[1][2]) end
      local ok, message = pcall(misuse)
      assert.is_false(ok)
      assert.matches("regional_spec.lua:" .. debug.getinfo(misuse, "S").linedefined .. ": for_region: " .. case[2],
        message, 1, true)
    end
  end)

  it("a client of another region uses the IAM of that region, unless the option iam_endpoint is given", function()
    local function iam_of(home, region)
      local here = assert(home:for_region(region))
      local iam_origin = here.iam_origin
      home:close()
      return iam_origin
    end
    local public = { HUAWEICLOUD_SDK_IAM_ENDPOINT = false, OS_AUTH_URL = false,
      HUAWEICLOUD_SDK_REGION_CBR_CN_NORTH_4 = false, HUAWEICLOUD_SDK_REGION_CBR_CN_EAST_3 = false,
      HUAWEICLOUD_SDK_REGION_CBR_EU_NL = false, HUAWEICLOUD_SDK_REGION_CBR_EU_DE = false,
      CBR_REGION = false, HW_REGION_NAME = false, OS_REGION_NAME = false }
    environment.with(public, function()
      local function new(changes)
        changes.credentials, changes.proxy = support.keys "home", ""
        return assert(cbr.new(changes))
      end
      assert.equal("https://iam.cn-east-3.myhuaweicloud.com", iam_of(new { region = "cn-north-4" }, "cn-east-3"))
      assert.equal("https://iam.eu-nl.otc.t-systems.com", iam_of(new { region = "eu-de" }, "eu-nl"))
      assert.equal("https://iam.test",
        iam_of(new { region = "cn-north-4", iam_endpoint = "https://iam.test" }, "cn-east-3"))
    end)
    -- A region whose endpoint is configured may be in a private cloud: it has no known IAM.
    public.HUAWEICLOUD_SDK_REGION_CBR_CN_EAST_3 = "https://cbr.private.test"
    environment.with(public, function()
      local home = assert(cbr.new {
        endpoint = "https://cbr.of.test", credentials = support.keys "home", proxy = "", project_id = HOME.id,
      })
      assert.is_nil(iam_of(home, "cn-east-3"))
    end)
  end)

  describe("state that clients of several regions share:", function()
    it("clients of several regions share renewed credentials, and sign in once", function()
      local calls = 0
      local home = support.client { region = "cn-north-4", credentials = function()
        calls = calls + 1
        return support.keys "home"
      end }
      local east = assert(home:for_region("cn-east-3", EAST.id))
      assert(east:list_vault {})
      assert.equal(1, calls)
      home:close()
      home = credentials.client_without_project { source = "ecs", endpoint = sandbox.metadata }
      for _, region in ipairs { "cn-north-4", "cn-east-3" } do
        assert(assert(home:for_region(region)):list_vault {})
      end
      assert.equal(1, support.count "metadata_key")
      home:close()
    end)

    it("clients of several regions share a password, with a token for the project of each region", function()
      local home = credentials.client_without_project(credentials.user("home", { project_id = HOME.id }))
      assert(home:show_vault { vault_id = fixtures.vaults.server.id })
      for _, project in ipairs { false, EAST.id } do
        local east = assert(home:for_region("cn-east-3", project or nil))
        assert.equal(EAST.id, assert(east:show_vault { vault_id = fixtures.vaults.replicas.id }).project_id)
        assert(east:list_vault {})
      end
      assert.equal(3, support.count "iam_create_token")
      home:close()
    end)

    it("clients of several regions send a wrong password only once", function()
      local home = credentials.client_without_project(credentials.user("home", { password = "wrong" }))
      for _, region in ipairs { "cn-north-4", "cn-east-3" } do
        local _, err = assert(home:for_region(region)):list_vault {}
        assert.equal("credentials", err.kind)
      end
      assert.equal(1, support.count "iam_create_token")
      home:close()
    end)

    it("clients of several regions share a profile, but not its project id", function()
      local key = fixtures.keys.home
      local file = credentials.file(credentials.profile(key, "project_id = " .. HOME.id))
      local home = credentials.client_without_project { source = "profile", file = file }
      assert(home:show_vault { vault_id = fixtures.vaults.server.id })
      assert.equal(0, support.count "iam_list_projects")
      local east = assert(home:for_region "cn-east-3")
      assert.equal(EAST.id, assert(east:show_vault { vault_id = fixtures.vaults.replicas.id }).project_id)
      home:close()
      credentials.remove_files()
    end)

    it("clients of several regions share the retry budget", function()
      sandbox.fault { call = "list_vault", fault = "html_502", times = 2 }
      local home = support.client { retry_pause = 0.001 }
      assert(assert(home:for_region "cn-east-3"):list_vault {})
      assert.equal(home.budget, home:for_region("cn-east-3").budget)
      assert.is_true(home.budget.left <= 100)
      home.budget.left = 0
      sandbox.fault { call = "list_vault", fault = "html_502" }
      local _, err = assert(home:for_region "cn-east-3"):list_vault {}
      assert.matches("retry budget is used up", err.hint)
      home:close()
    end)

    it("clients of several regions send a rejected key only once", function()
      local home = support.client { credentials = { access_key = fixtures.keys.home.ak, secret_key = "wrong" } }
      for _, region in ipairs { "cn-east-3", "cn-north-4", "eu-nl" } do
        local _, err = assert(home:for_region(region, EAST.id)):list_vault {}
        assert.equal("unauthorized", err.kind)
      end
      assert.equal(1, #sandbox.requests())
      home:close()
    end)

    it("clients of several regions use one connection for their calls to the same host", function()
      assert(client:list_vault {})
      assert(assert(client:for_region("cn-east-3", EAST.id)):list_vault {})
      assert.equal(1, support.connections())
    end)

    it("only one of two clients finds the order if both sent the same sync and both responses were lost", function()
      local home = support.client { region = "cn-north-4", settle_time = 0.5 }
      support.lose_response("sync", nil, { times = 2 })
      sandbox.time_scale(1) -- the order still runs when the other one arrives, even on a slow machine
      local clients = { home, assert(home:for_region "cn-north-4") }
      local results, errors = cbr.map(clients, function(one)
        return one:sync { vault_id = fixtures.vaults.hybrid.id }
      end)
      -- the service accepts one order, and rejects the other order as a duplicate
      local found = (results[1] and 1 or 0) + (results[2] and 1 or 0)
      assert.equal(1, #sandbox.ledger())
      assert.equal(1, found)
      assert.equal("busy", (errors[1] or errors[2]).kind)
      home:close()
    end)
  end)

  describe("closing one of the clients of several regions:", function()
    it("closing a client that for_region made closes no other client, and can be repeated", function()
      local east = assert(client:for_region("cn-east-3", EAST.id))
      local other = assert(client:for_region("cn-east-3", EAST.id))
      assert(east:list_vault {})
      east:close()
      east:close()
      assert.equal("cbr.client (closed)", tostring(east))
      for _, name in ipairs { "list_vault", "for_region" } do
        local ok, message = pcall(east[name], east, name == "for_region" and "cn-east-3" or {})
        assert.is_false(ok)
        assert.matches("attempt to use a closed client", message)
      end
      assert(other:list_vault {})
      assert(client:list_vault {})
      assert.equal(1, support.connections())
    end)

    it("closing the first client closes all clients that for_region made from it", function()
      local east = assert(client:for_region("cn-east-3", EAST.id))
      local back = assert(east:for_region "cn-north-4")
      client:close()
      for _, one in ipairs { east, back } do
        assert.is_false(pcall(one.list_vault, one, {}))
        assert.equal("cbr.client (closed)", tostring(one))
      end
    end)

    it("a client that for_region made still works when the program no longer refers to the first client", function()
      local east = assert(support.client { region = "cn-north-4" }:for_region("cn-east-3", EAST.id))
      collectgarbage()
      collectgarbage()
      assert(east:list_vault {})
      east.home:close()
    end)

    it("closing a client that for_region made cancels the calls of that client, but of no other client", function()
      sandbox.fault { call = "list_vault", fault = "slow_before", seconds = 3, times = 2 }
      local loop = event_loops.on_select()
      local home = support.client { region = "cn-north-4", loop = loop, timeout = 20 }
      assert(home:list_backups {}) -- the service accepts the key here, so that later two calls can be in progress
      local east = assert(home:for_region("cn-east-3", EAST.id))
      local results = {}
      loop.spawn(function() results.east = { east:list_vault {} } end)
      loop.spawn(function() results.home = { home:list_vault {} } end)
      loop.spawn(function()
        assert(home:list_backups {})
        results.before = results.east
        east:close()
      end)
      loop.run()
      assert.is_nil(results.before)
      assert.same({ nil, "network" }, { results.east[1], results.east[2].kind })
      assert.is_table(results.home[1], tostring(results.home[2]))
      assert.equal(home.pool:in_flight(), 0)
      home:close()
    end)

    it("a call of one client continues when another client, which renews the shared credentials, is closed", function()
      local loop = event_loops.on_select()
      local home = credentials.client_without_project({
        idp_id = fixtures.identity_providers.home.id, id_token_file = credentials.file(fixtures.id_tokens.home.value),
      }, { loop = loop, timeout = 20 })
      sandbox.fault { call = "iam_id_token", fault = "slow_before", seconds = 20 }
      local east, result, err = assert(home:for_region "cn-east-3")
      loop.spawn(function() east:list_vault {} end)
      loop.spawn(function()
        result, err = home:list_vault {}
      end)
      loop.spawn(function()
        loop.park({}, 0.5)
        east:close()
      end)
      loop.run()
      assert.is_table(result, tostring(err))
      assert.equal(2, support.count "iam_id_token")
      home:close()
      credentials.remove_files()
    end)
  end)
end)
