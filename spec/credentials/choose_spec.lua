-- Where credentials come from: every source, and every way in which it fails.

local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures

describe("credentials", function()
  local files, events

  before_each(function()
    sandbox.reset()
    files, events = {}, {}
  end)

  after_each(function()
    for _, name in ipairs(files) do
      os.remove(name)
    end
  end)

  local function file(text, mode)
    files[#files + 1] = support.file(text, mode)
    return files[#files]
  end

  local function client(given, changes)
    local options = {
      region = "cn-north-4", iam_endpoint = sandbox.tls, credentials = given,
      log = function(event) events[#events + 1] = event end,
    }
    for name, value in pairs(changes or {}) do
      options[name] = value
    end
    return support.client(options)
  end

  local function works(given, changes)
    local one = client(given, changes)
    local answer, err = one:replicate(support.replicate_params())
    one:close()
    assert.is_nil(err and tostring(err))
    assert.equal(1, #sandbox.ledger())
    return answer
  end

  -- -> the error, of which no part may contain a secret
  local function fails(given, words, changes)
    local one = client(given, changes)
    local answer, err = one:replicate(support.replicate_params(), { max_attempts = 1 })
    one:close()
    assert.is_nil(answer)
    assert.equal("credentials", err.kind)
    assert.equal("not_sent", err.outcome)
    assert.equal("replicate", err.operation)
    assert.matches(words, tostring(err), 1, true)
    assert.same({}, sandbox.ledger())
    assert.equal(0, support.count "replicate")
    return err
  end

  local user = world.users.home
  local password = {
    username = user.name, password = user.password, domain_name = world.accounts.home.name,
  }

  describe("of a user", function()
    it("become a token of the project, without a catalog", function()
      works(password)
      local request = sandbox.requests()[1]
      assert.matches("^/v3/auth/tokens%?nocatalog=true$", request.uri)
      assert.equal(2, #sandbox.requests())
    end)

    it("need no project id: the region's own comes with the token", function()
      local options = support.options { region = "cn-north-4", iam_endpoint = sandbox.tls, credentials = password }
      options.project_id = nil
      local one = assert(require "cbr".new(options))
      -- the environment of the sandbox names a project; here it must not count
      one.project_id = nil
      assert(one:replicate(support.replicate_params()))
      assert.equal(0, support.count "iam_list_projects")
      one:close()
    end)

    it("fail with IAM's own words, and without the password", function()
      local wrong = { username = user.name, password = "not-the-password", domain_name = world.accounts.home.name }
      local err = fails(wrong, "iam_create_token: ")
      assert.equal(401, err.status)
      assert.is_nil(tostring(err):find("not-the-password", 1, true))
      assert.equal(1, support.count "iam_create_token")
    end)

    it("fail clearly when IAM cannot be reached, or answers nonsense", function()
      fails(password, "iam_create_token: ", { iam_endpoint = "https://127.0.0.1:1" })
      for _, fault in ipairs { "html_502", "invalid_json", "truncated", "throttled" } do
        sandbox.fault { call = "iam_create_token", fault = fault }
        fails(password, "iam_create_token: ")
        sandbox.clear_requests()
      end
    end)
  end)

  describe("of a federated identity", function()
    it("are exchanged for temporary keys, from a file read at each renewal", function()
      local name = file(world.id_tokens.home.value .. "\n")
      works { idp_id = world.identity_providers.home.id, id_token_file = name }
      assert.equal(1, support.count "iam_id_token")
      assert.equal(1, support.count "iam_security_token")
    end)

    it("fail clearly", function()
      local idp = world.identity_providers.home.id
      fails({ idp_id = idp, id_token_file = "/nowhere/token" }, "the id token: cannot read /nowhere/token")
      fails({ idp_id = idp, id_token_file = file "two words" }, "does not hold one word")
      local err = fails({ idp_id = idp, id_token_file = file(world.id_tokens.expired.value) }, "iam_id_token: ")
      assert.equal(401, err.status)
      assert.is_nil(tostring(err):find(world.id_tokens.expired.value, 1, true))
      err = fails({ idp_id = "nobody", id_token_file = file(world.id_tokens.home.value) }, "iam_id_token: ")
      assert.equal(404, err.status)
    end)
  end)

  describe("of an ECS", function()
    local ecs = { source = "ecs", endpoint = sandbox.metadata }

    it("come from the metadata service, by a token", function()
      works(ecs)
      assert.equal(1, support.count "metadata_token")
      assert.equal(1, support.count "metadata_key")
    end)

    it("come from one that has no token step, too", function()
      for _, status in ipairs { 404, 405, 503 } do
        sandbox.reset()
        sandbox.metadata_mode { mode = "no_token_step", status = status }
        works(ecs)
      end
    end)

    it("take a new token once when the first is void", function()
      sandbox.metadata_mode { mode = "token_revoked" }
      works(ecs)
      assert.equal(2, support.count "metadata_token")
      assert.equal(2, support.count "metadata_key")
    end)

    it("fail clearly, and soon", function()
      for mode, words in pairs {
        no_agency = "this ECS has no agency", broken_json = "the metadata service's keys are not whole",
        no_security_token = "the metadata service's keys are not whole",
        error_500 = "the metadata service gave no token: HTTP 500",
      } do
        sandbox.reset()
        sandbox.metadata_mode { mode = mode }
        fails(ecs, words)
      end
      local clock = require "socket".gettime
      local from = clock()
      sandbox.metadata_mode { mode = "silent" }
      fails(ecs, "no metadata service at " .. sandbox.metadata)
      assert.is_true(clock() - from < 4)
      fails({ source = "ecs", endpoint = "http://127.0.0.1:1" }, "no metadata service at http://127.0.0.1:1")
    end)

    it("take no longer than the call may", function()
      local clock = require "socket".gettime
      local from = clock()
      sandbox.metadata_mode { mode = "silent" }
      fails(ecs, "no metadata service at", { timeout = 0.3 })
      assert.is_true(clock() - from < 1)
    end)
  end)

  describe("of a container", function()
    it("come from its endpoint, by the token in a file", function()
      works { source = "container", uri = sandbox.container, token_file = file(world.container.token) }
      assert.equal(1, support.count "container_key")
    end)

    it("fail clearly", function()
      local err = fails({ source = "container", uri = sandbox.container, token_file = file "wrong-token" },
        "container_key: ")
      assert.equal(401, err.status)
      assert.is_nil(tostring(err):find("wrong-token", 1, true))
      fails({ source = "container", uri = sandbox.container, token_file = "/nowhere/t" },
        "the token: cannot read /nowhere/t")
      local new = require "cbr".new
      for words, uri in pairs {
        ["is not encrypted"] = "http://example.com/v1", ["is not http(s)://host/path"] = "file:///etc/passwd",
      } do
        local one, config = new(support.options {
          credentials = { source = "container", uri = uri, token_file = "/x" },
        })
        assert.is_nil(one)
        assert.matches(words, tostring(config), 1, true)
      end
    end)
  end)

  describe("of a profile file", function()
    local key = world.keys.home

    it("come from its section, values as they stand", function()
      works { source = "profile", file = file(([[
# comment
[global]
ak = nobody
[basic]
ak = %s
; another comment
sk=%s
iam_endpoint = %s
]]):format(key.ak, key.sk, sandbox.tls)) }
    end)

    it("may hold a percent sign, and a federated identity", function()
      fails({ source = "profile", file = file "[basic]\nak = A%d\nsk = 100%(x)s and more" },
        "secret_key contains a space")
      local token = file(world.id_tokens.home.value)
      works { source = "profile", file = file(("[basic]\nidp_id = %s\nid_token_file = %s\n"):format(
        world.identity_providers.home.id, token)) }
    end)

    it("bring their project along", function()
      local one = client { source = "profile", file = file(("[basic]\nak=%s\nsk=%s\nproject_id=%s\n"):format(
        key.ak, key.sk, world.projects.home.id)) }
      one.project_id = nil -- the environment's
      assert(one:replicate(support.replicate_params()))
      assert.equal(0, support.count "iam_list_projects")
      one:close()
    end)

    it("are read again when they were refused, since the file may have changed", function()
      local name = file(("[basic]\nak=%s\nsk=%s\n"):format(key.ak, "an-old-secret-key"))
      local rotated = false
      local one = client({ source = "profile", file = name }, {
        log = function(event)
          if event.event == "attempt" and event.status == 401 and not rotated then
            rotated = true
            local handle = io.open(name, "w")
            handle:write(("[basic]\nak=%s\nsk=%s\n"):format(key.ak, key.sk))
            handle:close()
          end
        end,
      })
      assert(one:replicate(support.replicate_params()))
      assert.equal(2, #sandbox.requests())
      one:close()
    end)

    it("fail clearly", function()
      fails({ source = "profile", file = "/nowhere/credentials" }, "cannot read /nowhere/credentials: No such file")
      fails({ source = "profile", file = "/" }, "is empty or cannot be read")
      fails({ source = "profile", file = file "[global]\nak = a\nsk = b\n" }, "has no section [basic], only [global]")
      fails({ source = "profile", file = file "ak = a\nsk = b\n" }, "has no section [basic]")
      fails({ source = "profile", file = file "[basic]\nak = a\n" }, "secret_key is missing")
      fails({ source = "profile", file = file "[basic]\nak=a\nsk=b\niam_endpoint=ftp://x\n" }, "iam_endpoint: ")
    end)

    it("warn through the log hook when others can read the file", function()
      local text = ("[basic]\nak=%s\nsk=%s\n"):format(key.ak, key.sk)
      works { source = "profile", file = file(text, "600") }
      for _, event in ipairs(events) do
        assert.is_nil(event.warning)
      end
      sandbox.reset()
      local open = file(text, "644")
      works { source = "profile", file = open }
      local warned = 0
      for _, event in ipairs(events) do
        if event.warning then
          assert.equal(open, event.file)
          warned = warned + 1
        end
      end
      assert.equal(1, warned)
    end)
  end)

  it("of the environment are those of the official SDKs, and OpenStack's #process", function()
    local function with(variables)
      local words = {}
      for name, value in pairs(variables) do
        words[#words + 1] = ("%s='%s'"):format(name, value)
      end
      sandbox.reset()
      local code = ('local cbr = require "cbr" local c = assert(cbr.new { proxy = "" }) '
        .. 'print(assert(c:sync { vault_id = "%s" }).vault_id)'):format(world.vaults.hybrid.id)
      local output = support.run(("env -i PATH=\"$PATH\" LUA_PATH=\"$LUA_PATH\" LUA_CPATH=\"$LUA_CPATH\" %s %s -e '%s'")
        :format(table.concat(words, " "), os.getenv "CBR_LUA" or "lua5.4", code))
      assert.equal(world.vaults.hybrid.id .. "\n", output)
    end
    local key = world.keys.temporary
    local base = { SSL_CERT_FILE = sandbox.ca, HUAWEICLOUD_SDK_REGION_CBR_CN_NORTH_4 = sandbox.tls }
    for _, variables in ipairs {
      { CBR_REGION = "cn-north-4", HUAWEICLOUD_SDK_AK = key.ak, HUAWEICLOUD_SDK_SK = key.sk,
        HUAWEICLOUD_SDK_SECURITY_TOKEN = key.security_token, HUAWEICLOUD_SDK_IAM_ENDPOINT = sandbox.tls },
      { CBR_REGION = "cn-north-4", HUAWEICLOUD_SDK_IDP_ID = world.identity_providers.home.id,
        HUAWEICLOUD_SDK_ID_TOKEN_FILE = file(world.id_tokens.home.value), HUAWEICLOUD_SDK_AK = "loses",
        HUAWEICLOUD_SDK_SK = "loses", HUAWEICLOUD_SDK_IAM_ENDPOINT = sandbox.tls },
      { OS_REGION_NAME = "cn-north-4", OS_ACCESS_KEY = key.ak, OS_SECRET_KEY = key.sk,
        OS_SECURITY_TOKEN = key.security_token, OS_PROJECT_ID = world.projects.home.id },
      { OS_REGION_NAME = "cn-north-4", OS_TOKEN = world.tokens.home.value, OS_TENANT_ID = world.projects.home.id },
      { OS_REGION_NAME = "cn-north-4", OS_USERNAME = user.name, OS_PASSWORD = user.password,
        OS_USER_DOMAIN_NAME = world.accounts.home.name, OS_AUTH_URL = sandbox.tls .. "/v3" },
      { CBR_REGION = "cn-north-4", HC_CONTAINER_CREDENTIALS_FULL_URI = sandbox.container,
        HC_CONTAINER_AUTHORIZATION_TOKEN_FILE = file(world.container.token), HOME = "/nowhere",
        HUAWEICLOUD_SDK_PROJECT_ID = world.projects.home.id },
      { CBR_REGION = "cn-north-4", CBR_METADATA_ENDPOINT = sandbox.metadata, HOME = "/nowhere",
        HUAWEICLOUD_SDK_IAM_ENDPOINT = sandbox.tls },
      { CBR_REGION = "cn-north-4", HUAWEICLOUD_SDK_IAM_ENDPOINT = sandbox.tls, HUAWEICLOUD_SDK_CREDENTIALS_FILE =
        file(("[basic]\nak=%s\nsk=%s\n"):format(world.keys.home.ak, world.keys.home.sk)) },
    } do
      for name, value in pairs(base) do
        variables[name] = value
      end
      with(variables)
    end
  end)
end)
