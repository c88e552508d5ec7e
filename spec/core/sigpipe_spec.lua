-- A write to a connection that the peer has reset raises SIGPIPE, which ends a process by default.

local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("a write to a broken connection #process", function()
  local shim, pending_shim

  setup(function()
    shim, pending_shim = support.preloadable "bare_sigpipe", support.preloadable "pending_sigpipe"
  end)

  teardown(function()
    os.remove(shim)
    os.remove(pending_shim)
    sandbox.reset()
  end)

  local CALLS = [[
    local cbr = require "cbr"
    for _ = 1, 2 do
      local client = assert(cbr.new { proxy = "" })
      assert(client:list_vault {}) -- the connection of this call is reset while it is idle
      require "cbr.core".poll({ client.pool:fd() }, 2) -- until the reset arrives
      assert(client:list_vault {})
      client:close() -- sends close_notify on the second broken connection
    end
    print "alive"
  ]]

  local function run(code, other_shim)
    sandbox.reset()
    sandbox.fault { call = "list_vault", fault = "reset_later", times = -1 }
    local script = support.file(code)
    local output = support.run(("env --default-signal=PIPE LD_PRELOAD=%s:%s %s %s"):format(
      shim, other_shim or "", os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    return output
  end

  it("a write to a broken connection does not end the process", function()
    assert.equal("alive\n", run(CALLS))
  end)

  it("a write to a broken connection would end the process without the core's guard against SIGPIPE", function()
    local directory = support.run("mktemp -d"):gsub("%s", "")
    local lua = (os.getenv "CBR_LUA" or "lua5.4"):gsub("luajit", "lua5.1")
    local build = [[
      cp src/*.c src/*.h DIRECTORY && mkdir DIRECTORY/cbr &&
      sed -i 's/pthread_sigmask(SIG_BLOCK.*/sigemptyset(\&guard.previous);/' DIRECTORY/sigpipe.c &&
      ! cmp -s src/sigpipe.c DIRECTORY/sigpipe.c &&
      cc -shared -fPIC -O1 -w $(pkg-config --cflags LUA) -o DIRECTORY/cbr/core.so DIRECTORY/*.c -lcurl -lnettle]]
    local output, ok = support.run((build:gsub("DIRECTORY", directory):gsub("LUA", lua)))
    assert.is_true(ok, output)
    output = run(("package.cpath = '%s/?.so;' .. package.cpath\n"):format(directory) .. CALLS)
    support.run("rm -rf " .. directory)
    assert.is_nil(output:find "alive")
  end)

  -- Compares the masks of pending, blocked, ignored and caught signals before and after two calls.
  local SIGNALS = [[
    local cbr = require "cbr"
    local client = assert(cbr.new { proxy = "" })
    local function signals()
      local found = {}
      for line in io.lines "/proc/self/status" do
        found[#found + 1] = line:match "^Sig[BIC]%a+:.*" or line:match "^S%a*hdPnd:.*" or line:match "^SigPnd:.*"
      end
      return table.concat(found, "\n")
    end
    local before = signals()
    assert(client:list_vault {})
    require "cbr.core".poll({ client.pool:fd() }, 2) -- until the reset arrives
    assert(client:list_vault {})
    client:close()
    print(before == signals() and "same" or before .. "\n" .. signals())
  ]]

  it("the core leaves the process's own handling of SIGPIPE unchanged", function()
    assert.equal("same\n", run(SIGNALS))
  end)

  it("a SIGPIPE that was pending before a call stays pending", function()
    assert.equal("same\n", run(SIGNALS, pending_shim))
  end)
end)
