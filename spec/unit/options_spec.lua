-- What cbr.new makes of options and environment. The environment is set for a Lua process of its own.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local PROJECT = ("0123456789abcdef"):rep(2)

-- Runs `code` in a fresh Lua with nothing but `variables` in its environment.
local function with(variables, code)
  local words = {}
  for name, value in pairs(variables) do
    words[#words + 1] = ("%s='%s'"):format(name, value)
  end
  local lua = os.getenv "CBR_LUA" or "lua5.4"
  local command = ('env -i PATH="$PATH" LUA_PATH="$LUA_PATH" LUA_CPATH="$LUA_CPATH" %s %s -e \'%s\''):format(
    table.concat(words, " "), lua, code)
  return (support.run(command))
end

local NEW = 'local client, err = require "cbr".new() print(client or err)'

describe("cbr.new #process", function()
  local keys = { HUAWEICLOUD_SDK_AK = "AK", HUAWEICLOUD_SDK_SK = "very-secret", HUAWEICLOUD_SDK_PROJECT_ID = PROJECT }

  local function changed(changes)
    local variables = {}
    for name, value in pairs(keys) do
      variables[name] = value
    end
    for name, value in pairs(changes) do
      variables[name] = value or nil
    end
    return variables
  end

  it("finds region, project and keys in the environment", function()
    for _, name in ipairs { "CBR_REGION", "HW_REGION_NAME", "OS_REGION_NAME" } do
      assert.equal("cbr.client (https://cbr.eu-de.otc.t-systems.com)\n", with(changed { [name] = "eu-de" }, NEW))
    end
    assert.equal("cbr.client (https://here.test)\n", with(changed {
      CBR_REGION = "af-south-1", HUAWEICLOUD_SDK_REGION_CBR_AF_SOUTH_1 = "here.test",
    }, NEW))
  end)

  it("says what is missing, in one line and without a secret", function()
    for words, variables in pairs {
      ["neither region nor endpoint is given, and CBR_REGION is not set (config)"] = keys,
      ["project_id 'x' must be a project id (32 hex digits) (config)"] = changed {
        CBR_REGION = "eu-de", HUAWEICLOUD_SDK_PROJECT_ID = "x",
      },
      ["ca_file cannot be read"] = changed { CBR_REGION = "eu-de", SSL_CERT_FILE = "/nowhere.pem" },
    } do
      local output = with(variables, NEW)
      assert.matches(words, output, 1, true)
      assert.is_nil(output:find("very-secret", 1, true))
      assert.is_nil(output:match "\n.")
    end
  end)

  it("lists what every source said when none has credentials", function()
    for words, changes in pairs {
      ["environment: HUAWEICLOUD_SDK_AK is not set; "] = { HUAWEICLOUD_SDK_AK = "", HUAWEICLOUD_SDK_SK = "" },
      ["environment: HUAWEICLOUD_SDK_SK is not set; "] = { HUAWEICLOUD_SDK_SK = "" },
      ["environment: secret_key contains a space or a control character; "] = { HUAWEICLOUD_SDK_SK = "very-secret " },
      ["environment: HUAWEICLOUD_SDK_ID_TOKEN_FILE is not set; "] = {
        HUAWEICLOUD_SDK_AK = "", HUAWEICLOUD_SDK_SK = "", HUAWEICLOUD_SDK_IDP_ID = "idp",
      },
      ["environment: OS_PASSWORD is not set; "] = {
        HUAWEICLOUD_SDK_AK = "", HUAWEICLOUD_SDK_SK = "", OS_USERNAME = "me",
      },
    } do
      local variables = changed {
        CBR_REGION = "eu-de", HOME = "/nowhere", CBR_METADATA_ENDPOINT = "http://127.0.0.1:1",
      }
      for name, value in pairs(changes) do
        variables[name] = value
      end
      local output = with(variables, 'print(select(2, require "cbr".sync { vault_id = "'
        .. support.fixtures.vaults.hybrid.id .. '" }))')
      assert.matches("^sync: none found: " .. words, output)
      assert.matches("; profile: cannot read /nowhere/.huaweicloud/credentials: No such file", output, 1, true)
      assert.matches("; container: HC_CONTAINER_CREDENTIALS_FULL_URI is not set; ", output, 1, true)
      assert.matches("; ecs: no metadata service at http://127.0.0.1:1: ", output, 1, true)
      assert.matches("%(credentials, outcome not_sent%)\n$", output)
      assert.is_nil(output:find("very-secret", 1, true))
    end
  end)

  it("makes cbr.replicate and cbr.sync fail with the same words, and recover", function()
    local output = with({}, 'print(select(2, require "cbr".replicate {})) print(select(2, require "cbr".sync {}))')
    assert.matches("^replicate: neither region nor endpoint", output)
    assert.matches("\nsync: neither region nor endpoint", output)
  end)

  it("checks what it is given", function()
    local good = { region = "eu-de", project_id = PROJECT, credentials = { access_key = "a", secret_key = "b" } }
    for words, changes in pairs {
      ["project_id 'x' must be a project id"] = { project_id = "x" },
      ["region 'a b' is no region id"] = { region = "a b" },
      ["endpoint 'ftp://x' is neither"] = { endpoint = "ftp://x" },
      ["endpoint 'ftp://y' is neither"] = { endpoint = { "https://x", "ftp://y" } },
      ["the list of endpoints is empty"] = { endpoint = {} },
      ["endpoint 1 is a number"] = { endpoint = { 1 } },
      ["IAM: endpoint 'ftp://z' is neither"] = { iam_endpoint = "ftp://z" },
      ["source 'cloud' is none of"] = { credentials = { source = "cloud" } },
      ["domain_name is missing"] = { credentials = { username = "u", password = "p" } },
      ["id_token_file is missing"] = { credentials = { idp_id = "i" } },
      ["is not encrypted"] = { endpoint = "http://cbr.example.com" },
      ["algorithm 'MD5' is not"] = { algorithm = "MD5" },
      ["access_key is missing"] = { credentials = { secret_key = "b" } },
      ["secret_key is missing"] = { credentials = { access_key = "a" } },
      ["secret_key must be a string"] = { credentials = { access_key = "a", secret_key = 1 } },
      ["secret_key is empty"] = { credentials = { access_key = "a", secret_key = "" } },
      ["either a token or an access key"] = { credentials = { access_key = "a", secret_key = "b", token = "c" } },
    } do
      local options = {}
      for name, value in pairs(good) do
        options[name] = changes[name] or value
      end
      for name, value in pairs(changes) do
        options[name] = value
      end
      local client, err = cbr.new(options)
      assert.is_nil(client, words)
      assert.matches(words, tostring(err), 1, true)
      assert.is_true(err.kind == "config" or err.kind == "credentials")
    end
    assert(cbr.new(good)):close()
    good.endpoint, good.allow_http = "http://cbr.example.com", true
    assert(cbr.new(good)):close()
  end)

  it("opens nothing", function()
    local before = support.descriptors()
    local clients = {}
    for i = 1, 50 do
      clients[i] = support.client()
    end
    assert.equal(before, support.descriptors())
    for _, client in ipairs(clients) do
      client:close()
    end
  end)

  it("reports what a credentials function says", function()
    for words, source in pairs {
      ["the vault is sealed"] = function() return nil, "the vault is sealed" end,
      ["returned no table"] = function() end,
      ["secret_key is missing"] = function() return { access_key = "a" } end,
    } do
      local client = support.client { credentials = source }
      local _, err = client:replicate(support.replicate_params())
      assert.equal("credentials", err.kind)
      assert.equal("not_sent", err.outcome)
      assert.matches(words, tostring(err), 1, true)
      client:close()
    end
  end)
end)
