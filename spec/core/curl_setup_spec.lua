-- libcurl in the process: set up once, kept in memory, and named. That its memory is wiped is tested in
-- secrets_in_core_dump_spec.lua.

local core = require "cbr.core"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("core.libraries", function()
  it("core.libraries names the versions of libcurl, its TLS library and nettle", function()
    assert.matches("^libcurl/%d+%.%d+%.%d+ %a+/%S+.* nettle/%d+%.%d+$", core.libraries)
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
  it("inherits no socket of a client", function()
    local function sockets()
      local list = support.run "ls -l /proc/self/fd"
      return select(2, list:gsub("socket:", "")) + select(2, list:gsub("anon_inode:", ""))
    end
    local before = sockets()
    local client = support.client()
    assert(client:list_vault { limit = 1 })
    assert.equal(before, sockets())
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
