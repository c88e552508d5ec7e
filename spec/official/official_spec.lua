-- The sandbox accepts the requests of the official Node SDK, and rejects a signed request in which a byte was changed.
-- Without this test, a client's success in the sandbox would say nothing about the cloud.

local cjson = require "cjson"

local HERE = "spec/official/"

local function output_of(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "*a"
  pipe:close()
  return text
end

local function missing()
  if not output_of "node --version":find "^v%d" then
    return "node is not installed"
  end
  local modules = os.getenv "CBR_OFFICIAL_DIR" or HERE:sub(1, -2)
  local file = io.open(modules .. "/node_modules/@huaweicloud/huaweicloud-sdk-core/package.json")
  if not file then
    return "the official SDK core is not installed; spec/official/install does it"
  end
  file:close()
  if not os.getenv "CBR_SANDBOX_CONTROL" then
    return "no sandbox; run it through sandbox/run"
  end
end

local function quoted(text)
  return "'" .. text:gsub("'", "'\\''") .. "'"
end

describe("the official Node SDK against the sandbox", function()
  local reason = missing()
  if reason then
    pending("the official SDK cannot run here: " .. reason)
    return
  end

  local sandbox = require "sandbox.control"
  local fixtures = sandbox.fixtures
  local order = {
    replicate = {
      vault_id = fixtures.vaults.server.id, destination_project_id = fixtures.projects.east.id,
      destination_region = "cn-east-3", destination_vault_id = fixtures.vaults.replicas.id, auto_trigger = false,
    },
    sync = { vault_id = fixtures.vaults.hybrid.id, auto_trigger = false },
  }

  local function run(mode, endpoint)
    local modules = os.getenv "CBR_OFFICIAL_DIR"
    local text = output_of(table.concat({
      "NODE_EXTRA_CA_CERTS=" .. quoted(sandbox.ca), "CBR_OFFICIAL_ENDPOINT=" .. quoted(endpoint),
      modules and "NODE_PATH=" .. quoted(modules .. "/node_modules") or "",
      "node", HERE .. "seed.js", mode, quoted(cjson.encode(order)),
    }, " "))
    return assert(cjson.decode(text:match "{.*}" or error(text)))
  end

  before_each(sandbox.reset)
  teardown(sandbox.reset)

  for _, port in ipairs { "plain", "tls" } do
    it(("the official SDK places a replicate and a sync on the sandbox's %s port"):format(port), function()
      local responses = run("seed", sandbox[port])

      local replication = responses.replicate.replication
      assert.equal(200, responses.replicate.httpStatusCode)
      assert.equal(fixtures.vaults.server.id, replication.vault_id)
      assert.equal(fixtures.vaults.replicas.id, replication.destination_vault_id)
      assert.equal(fixtures.projects.home.id, replication.project_id)
      assert.equal(fixtures.projects.east.id, replication.destination_project_id)
      assert.equal("cn-north-4", replication.source_region)
      assert.equal("cn-east-3", replication.destination_region)
      assert.equal(fixtures.kinds.server.provider_id, replication.provider_id)
      local backup_ids = {}
      for i, backup in ipairs(replication.backups) do
        backup_ids[i] = backup.backup_id
        assert.is_string(backup.replication_record_id)
      end
      local backups = fixtures.backups
      assert.same({ backups.server_web.id, backups.server_db.id, backups.server_cache.id }, backup_ids)

      assert.equal(200, responses.sync.httpStatusCode)
      assert.equal(fixtures.vaults.hybrid.id, responses.sync.sync.vault_id)
      assert.is_string(responses.sync.sync.operation_log_id)

      local ledger = sandbox.ledger()
      assert.equal(2, #ledger)
      assert.same({ "replicate", "sync" }, { ledger[1].operation, ledger[2].operation })
      assert.same({ replicate = order.replicate }, ledger[1].request)
      assert.same({ sync = order.sync }, ledger[2].request)
      assert.equal(responses.sync.sync.operation_log_id, ledger[2].made[1].operation_log_id)
    end)
  end

  it("the sandbox accepts a request of the official SDK, but rejects it if one byte of it was changed", function()
    local responses = run("tampered", sandbox.tls)
    for _, place in ipairs { "body", "path", "header", "query" } do
      assert.equal(401, responses[place].status, place)
      assert.equal("APIGW.0301", responses[place].body.error_code, place)
      assert.truthy(responses[place].body.error_msg:find("verify aksk signature fail", 1, true), place)
    end
    assert.equal(200, responses.unchanged.status)
    local ledger = sandbox.ledger()
    assert.equal(1, #ledger)
    assert.equal(responses.unchanged.body.replication.backups[1].replication_record_id,
      ledger[1].made[1].replication_record_id)
  end)
end)
