-- A core dump of the process contains no secret once its clients are closed, except in Lua's own strings.

local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local PASSWORD = "proxy-s3cret-word"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("a core dump of the process #process", function()
  local program, directory

  setup(function()
    directory = support.run("mktemp -d"):gsub("%s", "")
    program = directory .. "/core_dump"
    local lua = (os.getenv "CBR_LUA" or "lua5.4"):gsub("luajit", "lua5.1")
    local output, ok = support.run(("cc -std=c11 -O1 -o %s spec/helpers/programs/core_dump.c -rdynamic "
      .. "$(pkg-config --cflags --libs %s)"):format(program, lua))
    assert.is_true(ok, output)
  end)

  teardown(function()
    support.run("rm -rf " .. directory)
    sandbox.reset()
  end)

  local key, token = fixtures.keys.temporary, fixtures.tokens.home.value

  -- The texts are written backwards here, so that the script in memory does not contain them.
  local CODE = ([[
    local function secret(text)
      return text:reverse()
    end
    local cbr = require "cbr"
    local vault_id = os.getenv "HYBRID_VAULT_ID"
    for _, credentials in ipairs {
      { access_key = "%s", secret_key = secret "%s", security_token = secret "%s" }, { token = secret "%s" },
    } do
      local proxy = secret "%s"
      local client = assert(cbr.new { proxy = proxy, timeout = 30, credentials = credentials })
      for _ = 1, 3 do
        assert(client:list_vault {})
      end
      client:sync({ vault_id = vault_id }, { max_attempts = 1 })
      assert(not client:request({ method = "GET", path = "/v3/{project_id}/echo", query = { delay = 5 } },
        { timeout = 0.2 }))
      client:close()
      cbr.sign({ method = "GET", host = "h", path = "/" }, credentials.token and { access_key = "a", secret_key = "b" }
        or credentials)
    end
  ]]):format(key.ak, key.sk:reverse(), key.security_token:reverse(), token:reverse(), "%s")

  -- Runs CODE with the core in this folder, or by default with the core under test. Returns how often the dump holds
  -- each secret.
  local function found_in(folder, proxy)
    sandbox.reset()
    sandbox.time_scale(1) -- the first sync lasts until the second one, even on a slow machine
    local search = folder and ("package.cpath = '%s/?.so;' .. package.cpath\n"):format(folder) or ""
    local script = support.file(search .. CODE:format((proxy or ""):reverse()))
    local file = directory .. "/dump"
    local output, ok = support.run(("env -u HUAWEICLOUD_SDK_SK %s %s %s"):format(program, script, file))
    os.remove(script)
    assert.is_true(ok, output)
    assert.equal(2, #sandbox.ledger() + 1) -- CODE makes two syncs, of which only the first is accepted
    local core = support.read(file)
    os.remove(file)
    assert.is_true(#core > 1e6)
    local found = {}
    for name, text in pairs {
      secret_key = key.sk, security_token = key.security_token, token = token,
      proxy = PASSWORD, proxy_header = "Basic " .. require("mime").b64("proxyuser:" .. PASSWORD),
    } do
      found[name] = select(2, core:gsub(text:gsub("%p", "%%%0"), ""))
    end
    found.signature = select(2, core:gsub("Signature=" .. ("%x"):rep(64), ""))
    return found
  end

  local NOTHING = { secret_key = 0, security_token = 0, token = 0, signature = 0, proxy = 0, proxy_header = 0 }

  it("a core dump contains no secret key, no token and no signature", function()
    assert.same(NOTHING, found_in())
  end)

  it("a core dump contains no credentials of a proxy", function()
    local port = servers.free_port()
    local conf = support.file(("Port %d\nListen 127.0.0.1\nBasicAuth proxyuser %s\n"):format(port, PASSWORD))
    local proxy = servers.start("tinyproxy -d -c " .. conf, port)
    local found = found_in(nil, ("http://proxyuser:%s@127.0.0.1:%d"):format(PASSWORD, port))
    proxy.stop()
    os.remove(conf)
    assert.same(NOTHING, found)
  end)

  for what, change in pairs {
    ["its own memory"] = "sed -i 's/set(at, 0, .*)/(void)set/' buffer.c",
    ["libcurl's memory"] = "sed -i 's/^  cbr_wipe(block.*/(void)cbr_wipe;/' curl_setup.c",
  } do
    it("a core dump would contain secrets if cbr did not wipe " .. what, function()
      local folder = support.run("mktemp -d"):gsub("%s", "")
      local lua = (os.getenv "CBR_LUA" or "lua5.4"):gsub("luajit", "lua5.1")
      local output, ok = support.run(([[
        cp src/*.c src/*.h FOLDER && mkdir FOLDER/cbr && (cd FOLDER && CHANGE) &&
        ! { cmp -s src/buffer.c FOLDER/buffer.c && cmp -s src/curl_setup.c FOLDER/curl_setup.c; } &&
        cc -shared -fPIC -O1 $(pkg-config --cflags LUA) -o FOLDER/cbr/core.so FOLDER/*.c -lcurl -lnettle]])
        :gsub("FOLDER", folder):gsub("LUA", lua):gsub("CHANGE", (change:gsub("%%", "%%%%"))))
      assert.is_true(ok, output)
      local found = found_in(folder)
      support.run("rm -rf " .. folder)
      assert.is_true(found.security_token + found.token > 0)
    end)
  end
end)
