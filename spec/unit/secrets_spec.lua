-- The log, errors and printed output contain no secret, token, signature or string to sign.

local cbr = require "cbr"
local json = require "cbr.util.json"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("secrets", function()
  local texts, secrets -- all texts that the module has produced; the secrets that they must not contain

  -- Adds a value to `texts`, and every key and value inside it.
  local function add_texts(value, depth)
    if type(value) == "table" and depth < 6 then
      for key, inner in pairs(value) do
        add_texts(key, depth + 1)
        add_texts(inner, depth + 1)
      end
    end
    texts[#texts + 1] = tostring(value)
  end

  local function add_secret(value)
    if value and #value > 0 then
      secrets[value] = true
    end
  end

  local function log(event)
    add_texts(event, 1)
  end

  -- Adds the secrets in the requests that the sandbox received.
  local function add_secrets_of_requests()
    for _, request in ipairs(sandbox.requests()) do
      local authorization = request.headers.authorization or ""
      add_secret(authorization:match "Signature=(%x+)")
      add_secret(request.headers["x-security-token"])
      add_secret(request.headers["x-auth-token"])
      add_secret(request.headers["x-metadata-token"])
      local body = json.decode(request.body or "") or {}
      local auth = type(body.auth) == "table" and body.auth or {}
      add_secret(auth.identity and auth.identity.token and auth.identity.token.id)
    end
  end

  setup(function()
    texts, secrets = {}, {}
    for _, key in pairs(fixtures.keys) do
      add_secret(key.sk)
      add_secret(key.security_token)
    end
    for _, token in pairs(fixtures.tokens) do
      add_secret(token.value)
    end
    for _, user in pairs(fixtures.users) do
      add_secret(user.password)
    end
    for _, token in pairs(fixtures.id_tokens) do
      add_secret(token.value)
    end
    add_secret(fixtures.container.token)
  end)

  it("log events, errors and results contain no secrets, for any source of credentials and any failure", function()
    local id_token = support.file(fixtures.id_tokens.home.value)
    local expired_id_token = support.file(fixtures.id_tokens.expired.value)
    local pod_token = support.file(fixtures.container.token)
    local key = fixtures.keys.home
    local profile = support.file(("[basic]\nak=%s\nsk=%s\n"):format(key.ak, key.sk), "644")
    local user = fixtures.users.home
    local sources = {
      support.keys "home", support.keys "temporary", { token = fixtures.tokens.home.value },
      { token = fixtures.tokens.expired.value },
      { access_key = fixtures.keys.home.ak, secret_key = fixtures.keys.other.sk },
      { access_key = fixtures.keys.temporary.ak, secret_key = fixtures.keys.temporary.sk,
        security_token = fixtures.keys.temporary.security_token .. "x" },
      { username = user.name, password = user.password, domain_name = fixtures.accounts.home.name },
      { username = user.name, password = fixtures.users.other.password, domain_name = fixtures.accounts.home.name },
      { idp_id = fixtures.identity_providers.home.id, id_token_file = id_token },
      { idp_id = fixtures.identity_providers.home.id, id_token_file = expired_id_token },
      { source = "ecs", endpoint = sandbox.metadata },
      { source = "container", uri = sandbox.container, token_file = pod_token },
      { source = "profile", file = profile },
      function() return support.keys "temporary" end,
    }
    local faults = {
      false, { fault = "unauthorized", message = "placeholder", call = "replicate" }, { fault = "html_502" },
      { fault = "reset_after" }, { fault = "truncated" }, { fault = "garbage" }, { fault = "throttled" },
      { fault = "throttled", times = 3, retry_after = 0 }, { fault = "reset_before", times = 2 },
      { fault = "replaced_value", call = "iam_security_token", value = "{}", at = 3, times = -1 },
    }
    for _, source in ipairs(sources) do
      for _, fault in ipairs(faults) do
        sandbox.reset()
        if fault then
          sandbox.fault(fault)
        end
        local client = support.client {
          credentials = source, log = log, region = "cn-north-4", iam_endpoint = sandbox.tls, timeout = 3,
          retry_pause = 0.01, settle_time = 0.1,
        }
        local response, err = client:replicate(support.replicate_params())
        add_texts(response, 1)
        add_texts(err, 1)
        add_texts(client, 6) -- only the text of the client is checked
        add_texts(select(2, client:list_vault {}), 1)
        add_texts(select(2, xpcall(function() client:replicate "misuse" end, debug.traceback)), 1)
        client:close()
        add_secrets_of_requests()
      end
    end
    -- One proxy does not listen, one is of an unknown kind, and the others have malformed URLs.
    local password = "a-proxys-password"
    for _, url in ipairs {
      "http://user:%s@127.0.0.1:1", "nonsense://user:%s@127.0.0.1:1", "http://user:%s@[::1", "user:%s@/",
    } do
      local client, err = cbr.new(support.options { proxy = url:format(password), log = log, retry_pause = 0.01 })
      add_texts(err, 1)
      if client then
        add_texts(select(2, client:replicate(support.replicate_params())), 1)
        add_texts(select(2, xpcall(function() client:replicate "misuse" end, debug.traceback)), 1)
        add_texts(client, 6)
        client:close()
      end
    end
    add_secret(password)
    -- the gateway sends the canonical request back, with the security token in it; the error leaves it out
    sandbox.reset()
    local keys = support.keys "temporary"
    keys.secret_key = "a-wrong-secret-key"
    local client = support.client { credentials = keys, log = log }
    local _, err = client:replicate(support.replicate_params())
    assert.matches("verify aksk signature fail$", err.message)
    assert.matches("the secret key does not belong", err.hint)
    add_texts(err, 1)
    client:close()
    add_secret "a-wrong-secret-key"
    add_secrets_of_requests()

    for _, name in ipairs { id_token, expired_id_token, pod_token, profile } do
      os.remove(name)
    end
    local all, count = table.concat(texts, "\n"), 0
    for value in pairs(secrets) do
      count = count + 1
      -- The texts do not contain even the first part of a secret.
      assert.is_nil(all:find(value:sub(1, 24), 1, true), "a text contains " .. value)
    end
    -- enough secrets and texts were compared
    assert.is_true(count > 40, count .. " secrets")
    assert.is_true(#texts > 500, #texts .. " texts")
    assert.is_nil(all:find "SDK%-HMAC%-SHA256\n%d+T%d+Z")
    assert.is_nil(all:find "Signature=")
  end)

  it("the error and the report of client:wait contain no secrets although a task's error echoes them", function()
    local keys = support.keys "temporary"
    local client = support.client { credentials = keys, log = log, settle_time = 0.1, timeout = 30 }
    sandbox.time_scale(1e6)
    local vault = { vault_id = fixtures.vaults.hybrid_failing.id }
    local sync = assert(client:sync(vault))
    for _, status in ipairs { "failed", keys.security_token } do
      sandbox.fault {
        fault = "status", status = 200, call = "show_op_log", times = -1,
        body = ('{"operation_log":{"id":"%s","status":"%s","error_info":{"code":"%s","message":"%s %s"}}}'):format(
          sync.operation_log_id, status, keys.security_token, keys.secret_key, keys.access_key),
      }
      local report, err = client:wait(sync, { timeout = 0.3, interval = 0.1 })
      assert.is_nil(report)
      local all = tostring(err) .. json.encode(err)
      for _, secret in ipairs { keys.security_token, keys.secret_key, keys.access_key } do
        assert.is_nil(all:find(secret, 1, true), all)
      end
      sandbox.clear_faults()
    end
    client:close()
  end)

  it("an error contains no secret or signature that the service echoes in an encoding", function()
    local keys = support.keys "temporary"
    local client = support.client { credentials = keys, max_attempts = 1 }
    local escaped = keys.security_token:gsub("[^A-Za-z0-9]", function(byte)
      return ("%%%02X"):format(byte:byte())
    end)
    local lines = keys.secret_key:sub(1, 9) .. "\\n" .. keys.secret_key:sub(10)
    sandbox.fault {
      fault = "status", status = 400, call = "list_vault",
      body = ('{"error_code":"A.1","error_msg":"%s %s %s"}'):format(escaped, lines,
        "Authorization: SDK-HMAC-SHA256 Access=x, Signature=" .. ("0123456789abcdef"):rep(4)),
    }
    local _, err = client:list_vault {}
    client:close()
    assert.equal("*** *** Authorization: SDK-HMAC-SHA256 Access=x, Signature=***", err.message)
  end)

  it("err.seen contains neither secrets nor control characters although the service's tasks echo both", function()
    local keys = support.keys "temporary"
    local client = support.client { credentials = keys, settle_time = 0.1, timeout = 30 }
    local task = [[{"id":"%s","operation_type":"sync","vault_id":"%s","status":"running",
      "created_at":"\u001b[2J%s","extra_info":{"common":{"request_id":"\u001b]0;%s %s"}}}]]
    local hybrid, tasks = { vault_id = fixtures.vaults.hybrid.id }, {}
    for i = 1, 2 do
      tasks[i] = task:format(fixtures.nowhere.id:sub(1, -2) .. i, hybrid.vault_id, keys.secret_key,
        keys.security_token, i)
    end
    sandbox.fault { fault = "reset_after", call = "sync" }
    sandbox.fault { fault = "status", status = 200, call = "list_op_logs", times = -1,
      body = ('{"operation_logs":[%s],"count":2}'):format(table.concat(tasks, ",")) }
    local _, of_sync = client:sync(hybrid)
    local _, of_search = client:find_order("sync", hybrid, { since = os.time() })
    client:close()
    for _, err in ipairs { of_sync, of_search } do
      assert.equal(2, #err.seen)
      assert.same({ "[2J***", "]0;*** 1" }, { err.seen[1].created_at, err.seen[1].request_id })
    end
  end)

  it("errors and log events show at most four characters of an access key, which may be a secret key", function()
    local wrong = "WRONGKEY" .. ("x"):rep(32)
    local said = {}
    for _, given in ipairs {
      { access_key = wrong, secret_key = "a-secret-key" }, { access_key = fixtures.keys.home.ak, secret_key = wrong },
    } do
      sandbox.reset()
      local client = support.client { credentials = given, log = function(event)
        for _, value in pairs(event) do
          said[#said + 1] = tostring(value)
        end
      end }
      local _, err = client:list_vault {}
      client:close()
      assert.equal("unauthorized", err.kind)
      for _, value in pairs(err) do
        said[#said + 1] = tostring(value)
      end
      said[#said + 1] = tostring(err)
    end
    local all = table.concat(said, "\n")
    assert.matches("WRON***", all, 1, true)
    assert.is_nil(all:find("WRONG", 1, true), all)
    assert.is_nil(all:find(fixtures.keys.home.ak, 1, true), all)
  end)

  it("the fields of a client contain no secrets", function()
    local function holds(value, wanted, seen)
      if type(value) ~= "table" or seen[value] then
        return value == wanted
      end
      seen[value] = true
      for key, inner in pairs(value) do
        if holds(key, wanted, seen) or holds(inner, wanted, seen) then
          return true
        end
      end
      return false
    end
    local good, wrong = support.keys "home", support.keys "home"
    wrong.secret_key = "a-wrong-secret-key"
    for _, keys in ipairs { good, wrong } do
      for _, source in ipairs { keys, function() return keys end } do
        sandbox.reset()
        local client = support.client { credentials = source }
        assert.equal(keys == good, (client:list_vault {}) ~= nil)
        assert.is_true(holds(client, client.project_id, {}))
        assert.is_false(holds(client, keys.secret_key, {}))
        client:close()
      end
    end
  end)

  it("cbr prints nothing to stdout or stderr #process", function()
    local code = [[
      local cbr = require "cbr"
      local good = cbr.new { proxy = "" }
      good:replicate { vault_id = os.getenv "VAULT_ID", destination_project_id = os.getenv "DESTINATION_PROJECT_ID",
        destination_region = os.getenv "DESTINATION_REGION", destination_vault_id = os.getenv "DESTINATION_VAULT_ID" }
      local bad = cbr.new { proxy = "", credentials = { access_key = "AK", secret_key = "a-secret-key" } }
      bad:sync { vault_id = os.getenv "HYBRID_VAULT_ID" }
      good:close()
    ]]
    local name = support.file(code)
    assert.equal("", (support.run(("%s %s"):format(os.getenv "CBR_LUA" or "lua5.4", name))))
    os.remove(name)
    assert.is_function(cbr.new)
  end)
end)
