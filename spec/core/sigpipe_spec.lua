-- A write to a connection that the peer has reset raises SIGPIPE, which ends a process by default.

local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("a write to a broken connection #process", function()
  local shim

  setup(function()
    shim = os.tmpname()
    local output, ok = support.run("cc -shared -fPIC -o " .. shim .. " spec/helpers/programs/bare_sigpipe.c")
    assert.is_true(ok, output)
  end)

  teardown(function()
    os.remove(shim)
    sandbox.reset()
  end)

  local CALLS = [[
    local cbr = require "cbr"
    for _ = 1, 2 do
      local client = assert(cbr.new { proxy = "" })
      assert(client:list_vault {}) -- its connection is reset while it is idle
      os.execute "sleep 0.4"
      assert(client:list_vault {})
      client:close() -- sends close_notify on the second broken connection
    end
    print "alive"
  ]]

  local function run(code)
    sandbox.reset()
    sandbox.fault { call = "list_vault", fault = "reset_later", times = -1 }
    local script = support.file(code)
    local output = support.run(("env --default-signal=PIPE LD_PRELOAD=%s %s %s"):format(
      shim, os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    return output
  end

  it("a write to a broken connection does not end the process", function()
    assert.equal("alive\n", run(CALLS))
  end)

  it("a write to a broken connection would end the process without the guard of the core", function()
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

  it("the core leaves the process's own handling of SIGPIPE unchanged", function()
    -- the masks of pending, blocked, ignored and caught signals
    local code = [[
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
      os.execute "sleep 0.4"
      assert(client:list_vault {})
      client:close()
      print(before == signals() and "same" or before .. "\n" .. signals())
    ]]
    assert.equal("same\n", run(code))
  end)
end)
