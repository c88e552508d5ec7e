-- The profile file of the official SDKs.

local credentials = require "spec.helpers.credentials"
local profile = require "cbr.credentials.profile"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local file = credentials.file

describe("a profile file", function()
  local key = fixtures.keys.home

  credentials.for_each_test()

  local function given(text, mode)
    return { source = "profile", file = file(text, mode) }
  end

  it("cbr uses the values in the profile's section [basic] unchanged", function()
    credentials.work(given(([[
# comment
[global]
ak = nobody
[basic]
ak = %s
; another comment
sk=%s
iam_endpoint = %s
]]):format(key.ak, key.sk, sandbox.tls)))
  end)

  it("cbr accepts a percent sign in a profile's value", function()
    credentials.fail(given "[basic]\nak = A%d\nsk = 100%(x)s and more", "line 3: sk contains a space")
    local source = profile.source(given "[basic]\nak = A%d\nsk = 100%(x)s", os.getenv)
    assert.same({ "A%d", "100%(x)s" }, { source({}, nil, 0).access_key, source({}, nil, 0).secret_key })
  end)

  it("cbr accepts a federated identity in a profile", function()
    credentials.work(given(("[basic]\nidp_id = %s\nid_token_file = %s\n"):format(
      fixtures.identity_providers.home.id, file(fixtures.id_tokens.home.value))))
  end)

  it("cbr uses the profile's project id", function()
    local client = credentials.client_without_project(given(credentials.profile(key,
      "project_id=" .. fixtures.projects.home.id)))
    assert(client:replicate(support.replicate_params()))
    assert.equal(0, support.count "iam_list_projects")
    client:close()
  end)

  it("cbr uses the profile's IAM endpoint unless there is an option for it", function()
    local text = credentials.profile(key, "iam_endpoint=" .. sandbox.plain)
    for iam_endpoint, origin in pairs { [sandbox.tls] = sandbox.tls, [false] = sandbox.plain } do
      sandbox.clear_requests()
      local client = credentials.client_without_project(given(text), { iam_endpoint = iam_endpoint })
      assert(client:list_vault {})
      client:close()
      local request = sandbox.requests()[1]
      assert.equal("iam_list_projects", request.operation)
      assert.equal(tonumber(origin:match "%d+$"), request.port)
    end
  end)

  it("cbr reads the profile file once for several calls", function()
    local one = given(credentials.profile(key))
    local client = credentials.client(one)
    assert(client:list_vault {})
    os.remove(one.file)
    assert(client:list_vault {})
    client:close()
  end)

  it("cbr reads the profile file again when the service rejected its keys", function()
    local name = file(credentials.profile { ak = key.ak, sk = "an-old-secret-key" })
    local rotated = false
    local client = credentials.client({ source = "profile", file = name }, {
      log = function(event)
        if event.event == "attempt" and event.status == 401 and not rotated then
          rotated = true
          local handle = io.open(name, "w")
          handle:write(credentials.profile(key))
          handle:close()
        end
      end,
    })
    assert(client:replicate(support.replicate_params()))
    assert.equal(2, #sandbox.requests())
    client:close()
  end)

  it("the error says why the profile file has no usable keys", function()
    credentials.fail({ source = "profile", file = "/nowhere/credentials" },
      "cannot read /nowhere/credentials: No such file")
    credentials.fail({ source = "profile", file = "/" }, "cannot read /: not a regular file")
    credentials.fail(given "[global]\nak = a\nsk = b\n", "has no section [basic], only [global]")
    credentials.fail(given "ak = a\nsk = b\n", "has no section [basic]")
    credentials.fail(given "[basic]\nak = a\n", "section [basic] has no 'sk'")
    credentials.fail(given "[basic]\nidp_id = a\n", "section [basic] has no 'id_token_file'")
    credentials.fail(given "[basic]\nregion = a\n", "section [basic] has no 'ak'")
  end)

  it("the error names the line and the position of a character that no key can contain, and shows no key", function()
    for words, text in pairs {
      ["line 2: ak contains a quote at position 1"] = '[basic]\nak = "a-secret"\nsk = "a-secret"\n',
      ["line 3: sk contains a quote at position 1"] = "[basic]\nak = AK\nsk = 'a-secret'\n",
      ["line 3: sk contains the invisible character U+200B at position 9"] =
        "[basic]\nak = AK\nsk = a-secret\226\128\139\n",
      ["line 2: ak contains the character U+00A0 at position 9"] = "[basic]\nak = a-secret\194\160\nsk = a-secret\n",
      ["line 3: sk contains the invisible character U+FEFF at position 1"] =
        "[basic]\nak = AK\nsk = \239\187\191a-secret\n",
      ["line 3: sk contains a space or a control character at position 9"] = "[basic]\nak = AK\nsk = a-secret # mine\n",
      ["line 3: the value of 'sk' continues in line 4"] = "[basic]\nak = AK\nsk =\n  a-secret\n",
      ["is UTF-16: save it as UTF-8"] = "\255\254[\0b\0a\0s\0i\0c\0]\0\n\0",
      ["ak and sk are swapped: an access key has 20 characters, a secret key has 40"] =
        ("[basic]\nak = %s\nsk = %s\n"):format(("a-secret"):rep(5), ("b"):rep(20)),
    } do
      local err = credentials.fail(given(text), words)
      assert.is_nil(tostring(err):find("a-secret", 1, true))
    end
  end)

  it("cbr ignores a byte order mark in a profile file, and text after the name of a section", function()
    for _, head in ipairs { "[basic] # prod", "[basic] ; prod", "\239\187\191[basic]" } do
      sandbox.reset()
      credentials.work(given(("%s\nak = %s\nsk = %s\n"):format(head, key.ak, key.sk)))
    end
  end)

  it("cbr does not wait for a profile file that is a FIFO", function()
    local name = file ""
    support.run(("rm %s && mkfifo -m 600 %s"):format(name, name))
    credentials.fail({ source = "profile", file = name }, "not a regular file")
  end)

  it("a call fails with kind config for a profile's unusable iam_endpoint, and the error names the file", function()
    for url, words in pairs {
      ["ftp://x"] = "is neither https nor http", ["http://iam.example.com"] = "is not encrypted",
      ["https://user:pw@iam.example.com"] = "must not contain a user",
      ["https://iam.example.com/v3"] = "must be https://host",
    } do
      local one = given("[basic]\nak=a\nsk=b\niam_endpoint=" .. url .. "\n")
      local client = credentials.client(one)
      local _, err = client:list_vault {}
      client:close()
      assert.equal("config", err.kind)
      assert.matches(("%s: iam_endpoint "):format(one.file), err.message, 1, true)
      assert.matches(words, err.message, 1, true)
    end
  end)

  it("cbr logs one warning if others can read the profile file", function()
    for _, event in ipairs(credentials.work(given(credentials.profile(key), "600"))) do
      assert.is_nil(event.warning)
    end
    sandbox.reset()
    local open, warned = given(credentials.profile(key), "644"), 0
    for _, event in ipairs(credentials.work(open)) do
      if event.warning then
        assert.equal(open.file, event.file)
        warned = warned + 1
      end
    end
    assert.equal(1, warned)
  end)

  it("cbr finds the profile file by its option, by HUAWEICLOUD_SDK_CREDENTIALS_FILE, or in the home folder", function()
    local home = support.run("mktemp -d"):gsub("%s", "")
    support.run(("mkdir %s/.huaweicloud"):format(home))
    local handle = assert(io.open(home .. "/.huaweicloud/credentials", "w"))
    handle:write "[basic]\nak=of-home\nsk=secret-key\n"
    handle:close()
    local variables = { HOME = home }
    local function access_key(options)
      local source = assert(profile.source(options, function(name) return variables[name] end))
      return source({}, nil, 0).access_key
    end
    assert.equal("of-home", access_key {})
    variables.HUAWEICLOUD_SDK_CREDENTIALS_FILE = file "[basic]\nak=of-variable\nsk=secret-key\n"
    assert.equal("of-variable", access_key {})
    assert.equal("of-option", access_key { file = file "[basic]\nak=of-option\nsk=secret-key\n" })
    support.run("rm -rf " .. home)
  end)

  it("cbr finds no profile file without a home directory", function()
    local source, reason = profile.source({}, function() end)
    assert.is_nil(source)
    assert.matches("home directory", reason)
  end)
end)
