-- How the core sets up libcurl: the versions that are used, the core that stays in memory, and descriptors that
-- programs do not inherit. secrets_in_core_dump_spec.lua tests that libcurl's memory is wiped.

local core = require "cbr.core"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("core.versions", function()
  it("core.versions names the versions of libcurl, its TLS library and nettle", function()
    assert.matches("^%d+%.%d+%.%d+", core.versions.libcurl)
    assert.matches("^%a+/%S+", core.versions.tls)
    assert.matches("^%d+%.%d+$", core.versions.nettle)
  end)
end)

describe("the libcurl at run time #process", function()
  local shim

  setup(function()
    shim = os.tmpname()
    local output, ok = support.run("cc -std=c11 -shared -fPIC -o " .. shim
      .. " spec/helpers/programs/libcurl_says.c -Wl,--no-as-needed $(pkg-config --cflags --libs libcurl)")
    assert.is_true(ok, output)
  end)

  teardown(function()
    os.remove(shim)
  end)

  -- Runs a script with a libcurl that reports the versions in `variables`. Returns the script's output.
  local function run(variables, code)
    local script = support.file(code)
    local output = support.run(("LD_PRELOAD=%s %s %s %s"):format(
      shim, variables, os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    return output
  end

  it("cbr does not use a libcurl with NSS, since NSS lets all clients trust the certificates of one client", function()
    local code = [[
      local client, err = require "cbr".new {
        endpoint = "https://127.0.0.1", project_id = ("0"):rep(32),
        credentials = { access_key = "a", secret_key = "s" },
      }
      print(client, err and err.kind, err and err.message)
    ]]
    local output = run("LIBCURL_TLS=NSS/3.87.1", code)
    assert.equal("nil\tconfig\tlibcurl uses the TLS library NSS, which trusts the certificates of one client in all "
      .. "others: install a libcurl with OpenSSL or GnuTLS\n", output)
    for _, tls in ipairs { "OpenSSL/3.0.17", "GnuTLS/3.7.9", "'(NSS/3.87.1) OpenSSL/3.0.17'" } do
      assert.matches("^cbr.client.*nil\tnil\n$", run("LIBCURL_TLS=" .. tls, code), tls)
    end
  end)

  it("cbr sends each order over a new TLS connection if libcurl does not notice closed connections", function()
    local code = ([[
      local core = require "cbr.core"
      local pool, kept = core.pool { max_body = 1e6, proxy = "", ca_file = %q }, {}
      local path = ("/v3/%%s/echo"):format(os.getenv "HUAWEICLOUD_SDK_PROJECT_ID")
      local keys = {
        access_key = os.getenv "HUAWEICLOUD_SDK_AK", secret_key = os.getenv "HUAWEICLOUD_SDK_SK",
        project_id = os.getenv "HUAWEICLOUD_SDK_PROJECT_ID",
      }
      for i, method in ipairs { "GET", "GET", "POST", "POST", "GET" } do
        local request = { method = method, origin = %q, path = path, timeout = 60 }
        local transfer = assert(pool:start(request, keys, core.date()))
        while pool:in_flight() > 0 do
          pool:step(10)
        end
        local response = transfer:finish()
        kept[i] = response.status == 200 and tostring(response.reused) or response.status
      end
      print(table.concat(kept, " "))
    ]]):format(sandbox.ca, sandbox.tls)
    assert.equal("false true false false true\n", run("LIBCURL_NUMBER=075801 LIBCURL_TLS=GnuTLS/3.7.9", code))
    for _, variables in ipairs { "LIBCURL_NUMBER=080000 LIBCURL_TLS=GnuTLS/3.7.9", "LIBCURL_NUMBER=075801" } do
      assert.equal("false true true true true\n", run(variables, code), variables)
    end
  end)
end)

describe("the core", function()
  it("the core's library stays mapped when its Lua state is closed #process", function()
    local program = os.tmpname()
    local lua = (os.getenv "CBR_LUA" or "lua5.4"):gsub("luajit", "lua5.1")
    local output, ok = support.run(("cc -std=c11 -O1 -o %s spec/helpers/programs/threads.c -rdynamic "
      .. "$(pkg-config --cflags --libs %s) -lpthread"):format(program, lua))
    assert.is_true(ok, output)
    local script = support.file [[
      local file = io.open "/proc/self/maps"
      print(ROUND, file:read "*a":find "cbr/core.so" ~= nil)
      file:close()
      require "cbr.core"
    ]]
    assert.equal("1\tfalse\n2\ttrue\n", (support.run(("%s 1 2 %s"):format(program, script))))
    os.remove(program)
    os.remove(script)
  end)
end)

describe("a program that the process starts", function()
  it("a program that the process starts inherits no descriptor of a client", function()
    local function inherited()
      local list, ok = support.run "ls /proc/self/fd"
      assert.is_true(ok)
      return select(2, list:gsub("\n", ""))
    end
    collectgarbage()
    collectgarbage()
    local before = inherited()
    local client = support.client()
    assert(client:list_vault { limit = 1 })
    assert.equal(before, inherited())
    client:close()
  end)
end)

describe("the module", function()
  -- Removes every module of cbr from package.loaded. Returns the removed modules.
  local function unload()
    local held = {}
    for name, module in pairs(package.loaded) do
      if name == "cbr" or name:find "^cbr%." then
        held[name] = module
      end
    end
    for name in pairs(held) do
      package.loaded[name] = nil
    end
    return held
  end

  it("the module can be loaded many times in one process, and earlier clients keep working", function()
    sandbox.reset()
    local old = support.client()
    assert(old:list_vault {})
    local held = unload()
    for round = 1, 20 do
      local cbr = require "cbr"
      assert.are_not.equal(held.cbr, cbr)
      local client = assert(cbr.new(support.options()))
      assert(client:show_vault { vault_id = fixtures.vaults.server.id })
      assert(old:show_vault { vault_id = fixtures.vaults.server.id })
      unload()
      if round % 2 == 0 then
        client:close()
      end
      client, cbr = nil, nil -- luacheck: ignore
      collectgarbage()
    end
    for name, module in pairs(held) do
      package.loaded[name] = module
    end
    old:close()
    assert.equal(core, require "cbr.core")
  end)
end)
