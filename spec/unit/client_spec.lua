-- The two calls, over verified TLS, field by field; and what of them arrives.

local cbr = require "cbr"
local json = require "cbr.util.json"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("a client", function()
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

  it("replicates a vault", function()
    local params = support.replicate_params { auto_trigger = false, enable_acceleration = true }
    local replication, err = client:replicate(params)
    assert.is_nil(err)
    assert.equal(fixtures.vaults.server.id, replication.vault_id)
    assert.equal(fixtures.vaults.replicas.id, replication.destination_vault_id)
    assert.equal(fixtures.projects.home.id, replication.project_id)
    assert.equal(fixtures.projects.east.id, replication.destination_project_id)
    assert.equal("cn-north-4", replication.source_region)
    assert.equal("cn-east-3", replication.destination_region)
    assert.equal(fixtures.kinds.server.provider_id, replication.provider_id)
    assert.equal(3, #replication.backups) -- the vault holds three more that do not qualify
    for _, backup in ipairs(replication.backups) do
      assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", backup.backup_id)
      assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", backup.replication_record_id)
    end

    local ledger = sandbox.ledger()
    assert.equal(1, #ledger)
    assert.equal("replicate", ledger[1].operation)
    assert.same({ replicate = params }, ledger[1].request)
  end)

  it("sends no optional key that was not set", function()
    assert(client:replicate(support.replicate_params()))
    assert.same({ replicate = support.replicate_params() }, sandbox.ledger()[1].request)
  end)

  it("sends every optional key that was set", function()
    local params = support.replicate_params {
      auto_trigger = true, enable_acceleration = false, cross_account_urn = "urn:cbr:other:1",
    }
    client:replicate(params)
    assert.same({ replicate = params }, json.decode(sandbox.requests()[1].body))
  end)

  it("synchronizes a hybrid vault, and always says whether by hand", function()
    local sync = assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(fixtures.vaults.hybrid.id, sync.vault_id)
    assert.matches("^%x+%-%x+%-%x+%-%x+%-%x+$", sync.operation_log_id)
    local ledger = sandbox.ledger()
    assert.equal(1, #ledger)
    assert.same({ sync = { vault_id = fixtures.vaults.hybrid.id, auto_trigger = false } }, ledger[1].request)

    sandbox.reset()
    assert(client:sync { vault_id = fixtures.vaults.hybrid.id, auto_trigger = true })
    assert.is_true(sandbox.ledger()[1].request.sync.auto_trigger)
  end)

  it("answers to the official names too", function()
    assert(client:copy_checkpoint(support.replicate_params()))
    assert(client:import_checkpoint { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(2, #sandbox.ledger())
  end)

  it("signs host, content type and every x- header, and says who it is", function()
    assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    local request = sandbox.requests()[1]
    local headers = {}
    for name, value in pairs(request.headers) do
      headers[name:lower()] = value
    end
    assert.matches("SignedHeaders=content%-type;host;x%-project%-id;x%-sdk%-date,", headers.authorization)
    assert.equal(sandbox.tls:match "//(.*)", headers.host)
    assert.equal(fixtures.projects.home.id, headers["x-project-id"])
    assert.matches("^cbr/%d+%.%d+%.%d+ %(Lua.*libcurl/", headers["user-agent"])
    assert.is_nil(headers.expect)
    assert.is_nil(headers["x-auth-token"])
    assert.equal(request.uri, ("/v3/%s/checkpoints/sync"):format(fixtures.projects.home.id))
  end)

  it("sends what it is told to say of itself and of the account", function()
    local one = support.client { user_agent = "backup-robot/7", domain_id = fixtures.accounts.home.id }
    assert(one:sync { vault_id = fixtures.vaults.hybrid.id })
    local headers = sandbox.requests()[1].headers
    assert.matches(" backup%-robot/7$", headers["user-agent"])
    assert.equal(fixtures.accounts.home.id, headers["x-domain-id"])
    assert.matches("x%-domain%-id;", headers.authorization)
    one:close()
  end)

  it("is accepted with a temporary key, a token, a function, SM3 and V11", function()
    local ways = {
      temporary = { credentials = support.keys "temporary" },
      token = { credentials = { token = fixtures.tokens.home.value } },
      call = { credentials = function() return support.keys "home" end },
      sm3 = { algorithm = "SDK-HMAC-SM3" },
      v11 = { algorithm = "V11-HMAC-SHA256", region = "cn-north-4" },
      plain = { endpoint = sandbox.plain },
    }
    for name, changes in pairs(ways) do
      sandbox.reset()
      local one = support.client(changes)
      assert.is_table(assert(one:replicate(support.replicate_params()), name))
      assert.equal(1, #sandbox.ledger())
      one:close()
    end
  end)

  it("uses one connection again and again", function()
    local one = support.client()
    for _ = 1, 5 do
      assert(one:request { method = "GET", path = "/v3/{project_id}/vaults" })
    end
    one:close()
    local connections = {}
    for _, request in ipairs(sandbox.requests()) do
      connections[request.connection] = true
    end
    local count = 0
    for _ in pairs(connections) do
      count = count + 1
    end
    assert.equal(1, count)
  end)

  it("reads the environment of the official SDKs", function()
    local one = assert(cbr.new { ca_file = sandbox.ca, proxy = "" }) -- set by sandbox/run
    assert.equal(("cbr.client (%s)"):format(sandbox.tls), tostring(one))
    assert(one:sync { vault_id = fixtures.vaults.hybrid.id })
    one:close()
    sandbox.reset()
    assert(cbr.replicate(support.replicate_params()))
    assert(cbr.sync { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(2, #sandbox.ledger())
  end)

  it("says its version in one place", function()
    assert.matches("^%d+%.%d+%.%d+$", cbr._VERSION)
    assert.matches("## %[?" .. cbr._VERSION:gsub("%.", "%%."), support.read "CHANGELOG.md")
  end)
end)

describe("client:request", function()
  local client

  setup(function()
    client = support.client()
    sandbox.reset()
  end)

  teardown(function()
    client:close()
  end)

  local function echo(request)
    request.path = "/v3/{project_id}/echo" .. (request.path or "")
    return assert(client:request(request))
  end

  it("sends what it signed, byte for byte, however hard the path", function()
    for raw, encoded in pairs {
      ["/plain"] = "/plain",
      ["/with space"] = "/with%20space",
      ["/ünï/备份"] = "/%C3%BCn%C3%AF/%E5%A4%87%E4%BB%BD",
      ["/a:b@c"] = "/a%3Ab%40c",
      ["//double//"] = "//double//",
      ["/dots/../here/./"] = "/dots/../here/./",
      ["/100%25"] = "/100%2525",
      ["/q?x#y"] = "/q%3Fx%23y",
      ["/~-_.*'()"] = "/~-_.%2A%27%28%29",
    } do
      local answer = echo { method = "GET", path = raw }
      assert.equal(("/v3/%s/echo%s"):format(fixtures.projects.home.id, encoded), answer.uri)
    end
  end)

  it("fills in the project's id as often as a path names it", function()
    local id = fixtures.projects.home.id
    assert.equal(("/v3/%s/echo/%s%s/%%251/%s"):format(id, id, id, id),
      echo({ method = "GET", path = "/{project_id}{project_id}/%1/{project_id}" }).uri)
    local _, err = client:request { method = "GET", path = ("/{project_id}"):rep(20000) }
    assert.equal(414, err.status) -- and not that the time was over
  end)

  it("sends what it signed, however hard the query", function()
    local answer = echo { method = "GET", query = {
      empty = "", list = { "b", "a", "b", "" }, ["na me"] = "+/~*'()&=#", ["ключ"] = "значение", n = 10, flag = false,
    } }
    assert.equal("empty=&flag=false&list=&list=a&list=b&list=b&n=10&na%20me=%2B%2F~%2A%27%28%29%26%3D%23"
      .. "&%D0%BA%D0%BB%D1%8E%D1%87=%D0%B7%D0%BD%D0%B0%D1%87%D0%B5%D0%BD%D0%B8%D0%B5", answer.uri:match "%?(.*)$")
  end)

  it("sends every method, with and without a body", function()
    for _, method in ipairs { "GET", "POST", "PUT", "PATCH", "DELETE" } do
      local answer = echo { method = method }
      assert.equal(method, answer.method)
      assert.equal("", answer.body or "")
      answer = echo { method = method:lower(), body = { name = "a/b", list = cbr.empty_array, none = cbr.null } }
      assert.equal(method, answer.method)
      assert.same({ name = "a/b", list = {} }, json.decode(answer.body))
      assert.matches('"list":%[%]', answer.body)
      assert.matches('"none":null', answer.body)
    end
    assert.is_true(client:request { method = "HEAD", path = "/v3/{project_id}/echo" })
  end)

  it("sends a string as it stands", function()
    local body = ("\0\1\255 not json"):rep(200000) -- over a megabyte libcurl would ask first (Expect)
    local answer = echo { method = "POST", body = body, headers = { ["Content-Type"] = "application/octet-stream" } }
    assert.equal("POST", answer.method)
    local headers = sandbox.requests()[#sandbox.requests()].headers
    assert.equal(tostring(#body), tostring(headers["content-length"]))
    assert.is_nil(headers.expect)
  end)

  it("sends and signs headers of one's own", function()
    local answer = echo { method = "GET", headers = { ["X-Custom"] = "  two  words ", ["X-Empty"] = "", Other = "1" } }
    local headers = {}
    for name, value in pairs(answer.headers) do
      headers[name:lower()] = value
    end
    assert.equal("two  words", headers["x-custom"])
    assert.equal("", headers["x-empty"])
    assert.equal("1", headers.other)
    assert.matches("x%-custom;x%-empty;", headers.authorization)
    assert.is_nil(headers.authorization:find("other", 1, true))
  end)

  it("takes an answer of megabytes", function()
    local answer, err = client:request { method = "GET", path = "/v3/{project_id}/echo", query = { bytes = 5e6 } }
    assert.is_nil(err)
    assert.is_table(answer)
  end)
end)
