-- The recipes of docs/recipes for Open Telekom Cloud and for an ECS with an agency.

local recipes = require "spec.helpers.recipes"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("the recipes for a cloud #process", function()
  local place

  recipes.for_each_test(function(made)
    place = made
    sandbox.time_scale(6000)
  end)

  -- Runs open_telekom_cloud.lua in the environment of a user of Open Telekom Cloud. Of the variables of Huawei Cloud,
  -- this environment has only those that name the sandbox's endpoints.
  local function run_on_otc(changes)
    local variables = recipes.endpoints()
    for _, source in ipairs { {
      VAULT_ID = fixtures.vaults.de_server.id, DESTINATION_VAULT_ID = fixtures.vaults.nl_replicas.id,
      DESTINATION_PROJECT_ID = fixtures.projects.nl.id, INTERVAL = "0.05", PATH = os.getenv "PATH",
      HOME = "/nonexistent", CBR_METADATA_ENDPOINT = "http://127.0.0.1:9",
      LUA_PATH = os.getenv "LUA_PATH", LUA_CPATH = os.getenv "LUA_CPATH",
    }, changes } do
      support.merge(variables, source)
    end
    return recipes.run(place, "LUA open_telekom_cloud.lua", variables, true)
  end

  local KEY = { OS_ACCESS_KEY = fixtures.keys.home.ak, OS_SECRET_KEY = fixtures.keys.home.sk }
  local USER = {
    OS_USERNAME = fixtures.users.home.name, OS_PASSWORD = fixtures.users.home.password,
    OS_USER_DOMAIN_NAME = fixtures.accounts.home.name,
  }
  local TOKEN = { OS_TOKEN = fixtures.tokens.de.value, OS_PROJECT_ID = fixtures.projects.de.id }

  it("open_telekom_cloud.lua with a key or a password orders one copy for each backup, and nothing twice", function()
    local output, status, errors = run_on_otc(KEY)
    assert.equal(0, status, errors)
    assert.matches("2 rows: 2 success.", output, 1, true)
    output, status, errors = run_on_otc(USER)
    assert.equal(0, status, errors)
    assert.matches("2 rows: 2 there.", output, 1, true)
    assert.equal(2, #sandbox.ledger())
    assert.equal("copy_backup", sandbox.ledger()[1].operation)
  end)

  it("open_telekom_cloud.lua with a token of the project copies the whole vault by one order", function()
    local output, status, errors = run_on_otc(TOKEN)
    assert.equal(0, status, errors)
    assert.equal(2, select(2, output:gsub("\tsuccess\t", "")))
    local ledger = sandbox.ledger()
    assert.equal(1, #ledger)
    assert.equal("replicate", ledger[1].operation)
    sandbox.fault { call = "replicate", fault = "status", status = 400, code = "BackupService.1009", message = "m" }
    output, status, errors = run_on_otc(TOKEN)
    assert.same({ "", 0 }, { output, status })
    assert.matches("BackupService.1009: m", errors)
  end)

  it("open_telekom_cloud.lua prints the error and ends with status 1 when a copy or a call fails", function()
    sandbox.patch { backups = { de_server_db = {
      replication_result = { status = "fail", code = "BackupService.1006", reason = "words" },
    } } }
    local output, status, errors = run_on_otc(KEY)
    assert.equal(1, status)
    assert.matches("1 failed", output)
    assert.matches("not all backups were copied", errors)
    for _, credentials in ipairs { KEY, TOKEN } do
      sandbox.reset()
      sandbox.fault {
        call = "*", fault = "status", status = 403, code = "BackupService.9903", message = "words", times = -1,
      }
      output, status, errors = run_on_otc(credentials)
      assert.equal(1, status)
      assert.matches("words", output .. errors)
    end
  end)

  it("ecs_agency.lua lists unprotected resources with the keys of the agency, and uses no other keys", function()
    local output, status, errors = recipes.run(place, "LUA ecs_agency.lua", {
      CBR_METADATA_ENDPOINT = sandbox.metadata, HUAWEICLOUD_SDK_SK = "another secret",
    })
    assert.equal(5, status, errors)
    assert.matches("spare_server +OS::Nova::Server +%- +not in a vault", output)
    for _, request in ipairs(sandbox.requests()) do
      assert.is_nil((request.headers.authorization or ""):find(fixtures.keys.home.ak, 1, true))
    end
    assert.equal(1, support.count "metadata_key")
  end)

  it("ecs_agency.lua ends with status 1 and the reason when the ECS has no agency or no metadata service", function()
    sandbox.metadata_mode { mode = "no_agency" }
    local output, status = recipes.run(place, "LUA ecs_agency.lua", { CBR_METADATA_ENDPOINT = sandbox.metadata })
    assert.equal(1, status)
    assert.matches("agency", output)
    output, status = recipes.run(place, "LUA ecs_agency.lua")
    assert.equal(1, status)
    assert.matches("no metadata service at http://127.0.0.1:9", output, 1, true)
  end)
end)
