-- What is around a client: addresses, descriptors, clocks, and modules that are loaded again.

local core = require "cbr.core"
local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures

local LUA = os.getenv "CBR_LUA" or "lua5.4"

-- Runs code in a process of its own; -> its output
local function run(code, prefix)
  local script = support.file(code)
  local output = support.run(("%s %s %s"):format(prefix or "", LUA, script))
  os.remove(script)
  return output
end

describe("an IPv6 address as endpoint", function()
  if not (support.run "cat /proc/net/if_inet6"):find("0+1 %d+ 80 ") then
    pending "needs a machine with IPv6"
    return
  end

  for name, origin in pairs { TLS = "https://[::1]" .. sandbox.tls:match ":%d+$",
    ["plain HTTP"] = "http://[::1]" .. sandbox.plain:match ":%d+$" } do
    it("works over " .. name, function()
      sandbox.reset()
      local client = support.single_attempt_client { endpoint = origin }
      assert(client:replicate(support.replicate_params()))
      assert(client:show_vault { vault_id = world.vaults.server.id })
      assert.equal("cbr.client (" .. origin .. ")", tostring(client))
      assert.equal(1, support.connections())
      client:close()
    end)
  end

  it("is refused as any other where nobody listens", function()
    local client = support.single_attempt_client { endpoint = "https://[::1]:1" }
    local _, err = client:replicate(support.replicate_params())
    assert.same({ "connect", "not_sent" }, { err.kind, err.outcome })
    client:close()
  end)
end)

describe("a process without descriptors left #process", function()
  local CODE = [[
    local cbr = require "cbr"
    local client = assert(cbr.new { proxy = "", timeout = 3 })
    local function order(state)
      local answer, err = client:sync { vault_id = os.getenv "HYBRID_VAULT_ID" }
      print(state, answer and "ok" or err.kind, err and err.outcome)
    end
    WARM
    local files = {}
    while true do
      local file = io.open "/dev/null"
      if not file then
        break
      end
      files[#files + 1] = file
    end
    for _ = 1, KEPT do
      table.remove(files):close()
    end
    order "full"
    for _, file in ipairs(files) do
      file:close()
    end
    order "free"
    client:close()
  ]]

  local function play(kept, warm)
    sandbox.reset()
    local code = CODE:gsub("KEPT", tostring(kept)):gsub("WARM", warm or "")
    return (run(code, "ulimit -n 40;"))
  end

  it("gets a clear error, and goes on once there are some", function()
    local seen = {}
    for kept = 0, 4 do
      -- with one for a socket and none for the certificates, it is those that libcurl speaks of
      local output = play(kept):gsub("^full\ttls", "full\tconnect")
      seen[output] = true
    end
    seen["full\tok\tnil\nfree\tbusy\trejected\n"] = nil -- where they were enough
    assert.same({ ["full\tconnect\tnot_sent\nfree\tok\tnil\n"] = true }, seen)
  end)

  it("uses the connection that it has", function()
    assert.equal("full\tok\tnil\nfree\tbusy\trejected\n", play(0, "assert(client:list_vault {})"))
  end)
end)

describe("a kept connection #process", function()
  local library = support.run("ls /usr/lib/*/faketime/libfaketime.so.1"):match "^/[^\n]+"
  if not library or not library:find "so.1$" then
    pending "needs libfaketime"
    return
  end

  local function with_clock(code, more)
    local file = support.file "+0"
    local output = run(([[
      local function shift(seconds)
        local file = assert(io.open("%s", "w"))
        file:write(("%%+d"):format(seconds), "\n")
        file:close()
      end
    ]]):format(file) .. code, ("FAKETIME_TIMESTAMP_FILE=%s FAKETIME_NO_CACHE=1 %s LD_PRELOAD=%s"):format(
      file, more or "", library))
    os.remove(file)
    return output
  end

  it("is not used again after as long as servers keep one", function()
    for idle, expected in pairs { [40] = 1, [70] = 2 } do
      sandbox.reset()
      assert.equal("ok\n", with_clock(([[
        local client = assert(require "cbr".new { proxy = "" })
        assert(client:list_vault {})
        shift(%d)
        assert(client:list_vault {})
        client:close()
        print "ok"
      ]]):format(idle)))
      assert.equal(expected, support.connections(), idle .. " s")
    end
  end)

  it("serves on while the wall clock jumps, and no deadline moves with it", function()
    for _, jump in ipairs { 3600, -3600, 86400 * 365 } do
      sandbox.reset()
      sandbox.fault { call = "list_vault", fault = "slow_headers", seconds = 1 }
      sandbox.fault { call = "list_vault", fault = "slow_headers", seconds = 30 }
      local output = with_clock(([[
        local cbr = require "cbr"
        local now = require "cbr.core".monotonic
        local client = assert(cbr.new { proxy = "" })
        local from = now()
        os.execute("(sleep 0.3; echo %+d >$FAKETIME_TIMESTAMP_FILE) &")
        print(client:list_vault({}, { timeout = 10 }) ~= nil)
        from = now()
        local _, err = client:list_vault({}, { timeout = 1 })
        print(err.kind, now() - from > 0.9, now() - from < 5)
        shift(0)
        os.execute("(sleep 0.3; echo %+d >$FAKETIME_TIMESTAMP_FILE) &")
        from = now()
        local replication = assert(client:sync { vault_id = os.getenv "HYBRID_VAULT_ID" })
        local _, late = client:wait(replication, { timeout = 0.9, interval = 0.1 })
        print(late and late.kind, now() - from > 0.5, now() - from < 5)
        client:close()
      ]]):format(jump, jump), "DONT_FAKE_MONOTONIC=1")
      assert.equal("true\ntimeout\ttrue\ttrue\ntimeout\ttrue\ttrue\n", output, jump .. " s")
    end
  end)
end)

describe("the module", function()
  -- What package.loaded holds of it, taken out
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

  it("can be loaded again beside itself, as often as one likes", function()
    sandbox.reset()
    local old = support.client()
    assert(old:list_vault {})
    local held = unload()
    for _ = 1, 20 do
      local cbr = require "cbr"
      assert.are_not.equal(held.cbr, cbr)
      local client = assert(cbr.new(support.options()))
      assert(client:show_vault { vault_id = world.vaults.server.id })
      assert(old:show_vault { vault_id = world.vaults.server.id }) -- whose code is the first one's
      unload()
      if _ % 2 == 0 then
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
