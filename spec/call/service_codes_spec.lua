-- What the service and its gateway refuse: kind, code, status, outcome; each produced for real.

local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures

local function id(vault)
  return world.vaults[vault].id
end

describe("a refusal", function()
  before_each(function()
    sandbox.reset()
    sandbox.time_scale(1) -- what is under way stays so, on a slow machine too
  end)

  local function refused(changes, call)
    local client = support.single(changes)
    local answer, err = call(client)
    client:close()
    assert.is_nil(answer)
    assert.equal("rejected", err.outcome)
    assert.equal(1, err.attempts)
    assert.matches("^%x+$", err.request_id)
    assert.same({}, sandbox.ledger())
    return err
  end

  local function replicate(changes)
    return function(client)
      return client:replicate(support.replicate_params(changes))
    end
  end

  local function sync(vault)
    return function(client)
      return client:sync { vault_id = id(vault) }
    end
  end

  local cases = {
    -- code, kind, retryable, call
    { "BackupService.0001", "service", false, replicate { vault_id = id "empty" } },
    { "BackupService.1005", "service", false, replicate { destination_region = "cn-south-9" } },
    { "BackupService.1009", "service", false, replicate { vault_id = id "replicated" } },
    { "BackupService.1011", "service", false, replicate {
      destination_project_id = world.projects.no_replicas.id, destination_vault_id = id "no_replicas",
    } },
    { "BackupService.6105", "not_found", false, replicate { vault_id = world.nowhere.id } },
    { "BackupService.6112", "service", false, replicate { vault_id = id "locked" } },
    { "BackupService.6119", "service", false, replicate { destination_vault_id = id "east_backups" } },
    { "BackupService.6120", "not_found", false, replicate { destination_vault_id = world.nowhere.id } },
    { "BackupService.6128", "service", false, replicate { vault_id = id "disk" } },
    { "BackupService.6129", "quota", false, replicate { destination_vault_id = id "replicas_full" } },
    { "BackupService.6130", "busy", true, replicate { vault_id = id "replicating" } },
    { "BackupService.7300", "service", false, sync "server" },
    { "BackupService.7301", "service", false, sync "hybrid_filled" },
    { "BackupService.7302", "busy", true, sync "hybrid_busy" },
  }

  for _, case in ipairs(cases) do
    local code, kind, retryable, call = case[1], case[2], case[3], case[4]
    it(("%s is of kind %s"):format(code, kind), function()
      local err = refused(nil, call)
      assert.equal(code, err.code)
      assert.equal(kind, err.kind)
      assert.equal(retryable, err.retryable)
      assert.is_true(err.status >= 400 and err.status < 500)
      assert.is_true(#err.message > 0)
      assert.matches(code .. ": " .. err.message, tostring(err), 1, true)
    end)
  end

  it("BackupService.9900 is of kind service", function()
    local err = refused(nil, function(client)
      local path = "/v3/{project_id}/checkpoints/replicate"
      return client:request { method = "POST", path = path, body = { replicate = {} } }
    end)
    assert.equal("BackupService.9900", err.code)
    assert.equal("service", err.kind)
    assert.equal("request", err.operation)
  end)

  it("of the signature is unauthorized, costs one request, and shows no secret", function()
    local keys = support.keys "temporary"
    keys.secret_key = keys.secret_key .. "x"
    local err = refused({ credentials = keys }, replicate())
    assert.equal("unauthorized", err.kind)
    assert.equal("APIGW.0301", err.code)
    assert.equal(401, err.status)
    assert.matches("verify aksk signature fail", err.message)
    assert.equal(1, #sandbox.requests())
    for _, secret in ipairs { keys.secret_key, keys.security_token } do
      assert.is_nil(tostring(err):find(secret, 1, true))
      for _, value in pairs(err) do
        assert.is_nil(tostring(value):find(secret, 1, true))
      end
    end
  end)

  it("of an unknown key and a wrong project is unauthorized", function()
    local err = refused({ credentials = { access_key = "NOSUCHKEY", secret_key = "nobody-knows-it" } }, replicate())
    assert.same({ "unauthorized", "APIGW.0301" }, { err.kind, err.code })
    assert.matches("ak not exist", err.message)
    err = refused({ project_id = world.projects.other.id }, replicate())
    assert.same({ "unauthorized", "APIGW.0301" }, { err.kind, err.code })
    sandbox.clock(14 * 60)
    local client = support.client()
    assert(client:replicate(support.replicate_params()))
    client:close()
  end)

  it("of a locked key is unauthorized", function()
    for _ = 1, 5 do
      refused({ credentials = { access_key = world.keys.home.ak, secret_key = "wrong" } }, replicate())
    end
    local err = refused(nil, replicate())
    assert.equal("unauthorized", err.kind)
    assert.matches("failed to reach the limit", err.message)
  end)

  it("of a token is unauthorized", function()
    local err = refused({ credentials = { token = "no-such-token" } }, replicate())
    assert.equal("unauthorized", err.kind)
    assert.is_nil(tostring(err):find("no-such-token", 1, true))
    err = refused({ credentials = { token = world.tokens.expired.value } }, replicate())
    assert.equal("unauthorized", err.kind)
  end)

  it("by throttling says that later can help", function()
    sandbox.fault { call = "replicate", fault = "throttled" }
    local err = refused(nil, replicate())
    assert.same({ "throttled", "APIGW.0308", 429, true }, { err.kind, err.code, err.status, err.retryable })
  end)

  it("of a user or account is forbidden", function()
    sandbox.fault { call = "replicate", fault = "status", status = 403, code = "APIGW.0802", message = "no entry" }
    local err = refused(nil, replicate())
    assert.same({ "forbidden", "APIGW.0802", 403, false }, { err.kind, err.code, err.status, err.retryable })
    sandbox.fault { call = "replicate", fault = "status", status = 403, code = "BackupService.8600", message = "m" }
    assert.equal("forbidden", refused(nil, replicate()).kind)
  end)

  it("of a read has no outcome", function()
    local client = support.client()
    local answer, err = client:request { method = "GET", path = "/v3/{project_id}/vaults/" .. world.nowhere.id }
    assert.is_nil(answer)
    assert.same({ "not_found", "BackupService.6105", 404 }, { err.kind, err.code, err.status })
    assert.is_nil(err.outcome)
    answer, err = client:request { method = "GET", path = "/v3/{project_id}/backups/malformed" }
    assert.is_nil(answer)
    -- HTTP 401 with an OpenStack body is about the id, not about credentials
    assert.same({ "not_found", 401 }, { err.kind, err.status })
    answer, err = client:request { method = "GET", path = "/v3/no/such/path" }
    assert.is_nil(answer)
    assert.is_true(err.status >= 400)
    client:close()
  end)
end)
