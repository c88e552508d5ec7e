-- How cbr.new reads its options and the environment.

local cbr = require "cbr"
local environment = require "spec.helpers.environment"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

local PROJECT = ("0123456789abcdef"):rep(2)

local NEW = [[local client, err = require "cbr".new() print(client or err)]]

describe("cbr.new in a process of its own #process", function()
  local keys = { HUAWEICLOUD_SDK_AK = "AK", HUAWEICLOUD_SDK_SK = "very-secret", HUAWEICLOUD_SDK_PROJECT_ID = PROJECT }

  local function changed(changes)
    local variables = {}
    support.merge(variables, keys)
    for name, value in pairs(changes) do
      variables[name] = value or nil
    end
    return variables
  end

  it("cbr.new reads the region from each variable that can hold it", function()
    for _, name in ipairs { "CBR_REGION", "HW_REGION_NAME", "OS_REGION_NAME" } do
      assert.equal("cbr.client (https://cbr.eu-de.otc.t-systems.com)\n",
        environment.run(changed { [name] = "eu-de" }, NEW))
    end
  end)

  it("cbr.new reads the endpoint from the variable for the endpoint of the region", function()
    assert.equal("cbr.client (https://here.test)\n", environment.run(changed {
      CBR_REGION = "af-south-1", HUAWEICLOUD_SDK_REGION_CBR_AF_SOUTH_1 = "here.test",
    }, NEW))
  end)

  it("cbr.new reads the project id from each variable that can hold it", function()
    for _, name in ipairs { "HUAWEICLOUD_SDK_PROJECT_ID", "OS_PROJECT_ID", "OS_TENANT_ID" } do
      assert.equal(PROJECT .. "\n", environment.run(
        { CBR_REGION = "eu-de", HUAWEICLOUD_SDK_AK = "AK", HUAWEICLOUD_SDK_SK = "very-secret", [name] = PROJECT },
        [[print(require "cbr".new().project_id)]]))
    end
  end)

  it("if the environment names a region, cbr.new uses the environment's project id only for that region", function()
    local script = [[print(require "cbr".new({ region = "%s" }).project_id)]]
    for name, region in pairs { CBR_REGION = "eu-de", HW_REGION_NAME = "EU-DE", OS_REGION_NAME = "eu-de" } do
      assert.equal(PROJECT .. "\n", environment.run(changed { [name] = region }, script:format "eu-DE"))
      assert.equal("nil\n", environment.run(changed { [name] = region }, script:format "eu-nl"))
    end
    assert.equal(PROJECT .. "\n", environment.run(keys, script:format "eu-nl"))
  end)

  it("the error of cbr.new says in one line what is wrong in the environment, and shows no secret", function()
    for words, variables in pairs {
      ["neither region nor endpoint is given, and CBR_REGION is not set - correct the option"] = keys,
      ["project_id 'x' must be a project id (32 hex digits) - correct the option"] = changed {
        CBR_REGION = "eu-de", HUAWEICLOUD_SDK_PROJECT_ID = "x",
      },
      ["SSL_CERT_FILE cannot be read"] = changed { CBR_REGION = "eu-de", SSL_CERT_FILE = "/nowhere.pem" },
      ["HUAWEICLOUD_SDK_REGION_CBR_EU_DE 'http://a.test' is not encrypted"] = changed {
        CBR_REGION = "eu-de", HUAWEICLOUD_SDK_REGION_CBR_EU_DE = "http://a.test",
      },
      ["HUAWEICLOUD_SDK_REGION_CBR_EU_DE is an empty list"] = changed {
        CBR_REGION = "eu-de", HUAWEICLOUD_SDK_REGION_CBR_EU_DE = " , ",
      },
      ["https_proxy is not the URL of a proxy: the user or the password contains a control character"] = changed {
        CBR_REGION = "eu-de", https_proxy = "http://user:very-secret%0A@127.0.0.1:3128",
      },
      ["ALL_PROXY is not the URL of a proxy: the scheme must be"] = changed {
        CBR_REGION = "eu-de", ALL_PROXY = "nonsense://user:very-secret@127.0.0.1:3128",
      },
    } do
      local output = environment.run(variables, NEW)
      assert.matches(words, output, 1, true)
      assert.is_nil(output:find("very-secret", 1, true))
      assert.matches("%(config%)\n$", output)
      assert.is_nil(output:match "\n.")
    end
  end)

  it("cbr.new treats an empty variable as not set", function()
    assert.equal("cbr.client (https://cbr.eu-nl.otc.t-systems.com)\n", environment.run(changed {
      CBR_REGION = "", OS_REGION_NAME = "eu-nl", HUAWEICLOUD_SDK_PROJECT_ID = "", SSL_CERT_FILE = "",
    }, NEW))
  end)

  it("cbr.replicate and cbr.sync fail with the same reason each time they are called", function()
    local output = environment.run({}, [[
      local cbr = require "cbr"
      for i = 1, 2 do
        print(select(2, cbr.replicate {}))
        print(select(2, cbr.sync {}))
      end
    ]])
    local names = {}
    for name in output:gmatch "(%l+): neither region nor endpoint" do
      names[#names + 1] = name
    end
    assert.same({ "replicate", "sync", "replicate", "sync" }, names)
  end)
end)

describe("cbr.new", function()
  it("cbr.new rejects bad values of options, and says what is wrong with each value", function()
    local good = { region = "eu-de", project_id = PROJECT, credentials = { access_key = "a", secret_key = "b" } }
    for words, changes in pairs {
      ["project_id 'x' must be a project id"] = { project_id = "x" },
      ["'a b' is not a valid region id"] = { region = "a b" },
      ["endpoint 'ftp://x' is neither"] = { endpoint = "ftp://x" },
      ["endpoint 'ftp://y' is neither"] = { endpoint = { "https://x", "ftp://y" } },
      ["endpoint is an empty list"] = { endpoint = {} },
      ["endpoint must be a string, not a number"] = { endpoint = { 1 } },
      ["iam_endpoint 'ftp://z' is neither"] = { iam_endpoint = "ftp://z" },
      ["is not encrypted"] = { endpoint = "http://cbr.example.com" },
      ["iam_endpoint 'http://iam.example.com' is not encrypted"] = { iam_endpoint = "http://iam.example.com" },
      ["endpoint must not contain a user or a password"] = { endpoint = "https://user:password@x.test" },
      ["algorithm 'MD5' must be one of SDK-HMAC-SHA256, SDK-HMAC-SM3, V11-HMAC-SHA256"] = { algorithm = "MD5" },
      ["ca_file cannot be read"] = { ca_file = "/nowhere.pem" },
      ["nginx, cqueues, luv, copas"] = { loop = "unknown" },
    } do
      local options = {}
      for name, value in pairs(good) do
        options[name] = changes[name] or value
      end
      support.merge(options, changes)
      local client, err = cbr.new(options)
      assert.is_nil(client, words)
      assert.matches(words, tostring(err), 1, true)
      assert.equal("config", err.kind)
    end
    assert(cbr.new(good)):close()
    good.endpoint, good.allow_http = "http://cbr.example.com", true
    assert(cbr.new(good)):close()
  end)

  it("cbr.new reads a region in upper or lower case", function()
    local variables = {
      HUAWEICLOUD_SDK_REGION_CBR_EU_DE = false, HUAWEICLOUD_SDK_IAM_ENDPOINT = false, OS_AUTH_URL = false,
    }
    environment.with(variables, function()
      for _, region in ipairs { "EU-DE", "Eu-De", "eu-de" } do
        local client = assert(cbr.new { region = region, project_id = PROJECT, credentials = support.keys "home" })
        assert.same({ "eu-de", "https://cbr.eu-de.otc.t-systems.com", "https://iam.eu-de.otc.t-systems.com" },
          { client.region, client.origins[1], client.iam_origin })
        client:close()
      end
    end)
  end)

  it("the error of a call that needs IAM names the variable of an unusable IAM endpoint in the environment", function()
    for url, words in pairs {
      ["http://iam.example.com"] = "is not encrypted", ["https://iam.example.com/v3"] = "must be https://host",
      ["ftp://x"] = "is neither https nor http", ["https://u:p@iam.example.com"] = "must not contain a user",
    } do
      environment.with({ HUAWEICLOUD_SDK_IAM_ENDPOINT = url }, function()
        local client = assert(cbr.new(support.options {
          credentials = { username = "u", password = "p", domain_name = "d" }, max_attempts = 1,
        }))
        local _, err = client:list_vault {}
        client:close()
        assert.equal("config", err.kind)
        assert.matches("HUAWEICLOUD_SDK_IAM_ENDPOINT ", err.message, 1, true)
        assert.matches(words, err.message, 1, true)
      end)
    end
  end)

  it("the error of a call that needs IAM names the option iam_endpoint if a private cloud's client lacks it", function()
    environment.with({ HUAWEICLOUD_SDK_IAM_ENDPOINT = false, OS_AUTH_URL = false, CBR_REGION = false }, function()
      local client = assert(cbr.new(support.options {
        credentials = { username = "u", password = "p", domain_name = "d" }, max_attempts = 1,
      }))
      local _, err = client:list_vault {}
      client:close()
      assert.same({ "config", "iam_create_token: iam_endpoint is not given" }, { err.kind, err.message:match "^[^,]*" })
    end)
  end)

  it("cbr finds IAM at the host of OS_AUTH_URL, whatever its path is", function()
    for _, path in ipairs { "", "/", "/v3", "/v3/" } do
      environment.with({ HUAWEICLOUD_SDK_IAM_ENDPOINT = false, OS_AUTH_URL = "https://iam.example.com:5000" .. path },
        function()
          local client = support.client()
          assert.equal("https://iam.example.com:5000", client.iam_origin)
          client:close()
        end)
    end
  end)

  it("the error of a host name that cannot be resolved suggests a known region for a misspelt region", function()
    for region, words in pairs {
      ["cn-nort-4"] = "cbr does not know a region 'cn-nort-4' (did you mean 'cn-north-4'?)",
      ["xx-unheard-of-7"] = "cbr does not know a region 'xx-unheard-of-7'",
    } do
      environment.with({ HUAWEICLOUD_SDK_REGION_CBR_CN_NORT_4 = false }, function()
        local options = support.options { region = region, max_attempts = 1, connect_timeout = 1 }
        options.endpoint = nil
        local client = assert(cbr.new(options))
        client.origins[1] = client.origins[1]:gsub("myhuaweicloud%.com", "invalid") -- a name that no server has
        local _, err = client:list_vault {}
        client:close()
        assert.is_true(err.kind == "connect" or err.kind == "timeout", err.kind)
        assert.equal(words, err.hint)
        assert.matches(words, tostring(err), 1, true)
      end)
    end
    local client = support.client { region = "cn-nort-4", endpoint = "https://127.0.0.1:1", max_attempts = 1 }
    local _, err = client:list_vault {}
    client:close()
    assert.is_nil(err.hint)
  end)

  it("cbr.new rejects V11-HMAC-SHA256 without a region", function()
    environment.with({ CBR_REGION = false, HW_REGION_NAME = false, OS_REGION_NAME = false }, function()
      local client, err = cbr.new(support.options { algorithm = "V11-HMAC-SHA256" })
      assert.is_nil(client)
      assert.equal("config", err.kind)
      assert.matches("set region", err.message)
    end)
  end)

  it("a new client has the documented defaults, and no correction of its clock yet", function()
    local options = support.options()
    options.timeout = nil
    local client = assert(cbr.new(options))
    local defaults = {
      log = false, clock_offset = 0, region_doubt = false, recent_orders = false, key_accepted = false,
      timeout = 60, connect_timeout = 10, max_attempts = 4, retry_pause = 0.5, reconcile = true, settle_time = 10,
    }
    for name, expected in pairs(defaults) do
      assert.equal(expected, client[name], name)
    end
    client:close()
  end)

  it("cbr.new prefers an option to the environment", function()
    environment.with({ CBR_REGION = "eu-de", HUAWEICLOUD_SDK_PROJECT_ID = PROJECT }, function()
      local client = assert(cbr.new(support.options { region = "cn-north-4" }))
      sandbox.reset()
      assert(client:list_vault { limit = 1 })
      client:close()
      assert.equal(support.fixtures.projects.home.id, sandbox.requests()[1].headers["x-project-id"])
    end)
  end)

  it("cbr.new sends nothing, and opens no socket or file #process", function()
    sandbox.reset()
    local before = support.descriptors()
    local clients = {}
    for i = 1, 50 do
      clients[i] = support.client()
    end
    assert.equal(before, support.descriptors())
    for _, client in ipairs(clients) do
      client:close()
    end
    assert.same({}, sandbox.requests())
  end)
end)
