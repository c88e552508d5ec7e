-- A write to a connection that the other side has torn down raises SIGPIPE, which by default ends a process.

local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("a broken connection #process", function()
  local shim

  setup(function()
    shim = os.tmpname()
    local output, well = support.run("cc -shared -fPIC -o " .. shim .. " spec/helpers/programs/bare_sigpipe.c")
    assert.is_true(well, output)
  end)

  teardown(function()
    os.remove(shim)
    sandbox.reset()
  end)

  local CALLS = [[
    local cbr = require "cbr"
    for _ = 1, 2 do
      local client = assert(cbr.new { proxy = "" })
      assert(client:list_vault {}) -- its connection is torn down while it is idle
      os.execute "sleep 0.4"
      assert(client:list_vault {})
      client:close() -- says good-bye on the second
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

  it("does not end the process", function()
    assert.equal("alive\n", run(CALLS))
  end)

  it("would end it: the same core without its guard does not survive", function()
    local directory = support.run("mktemp -d"):gsub("%s", "")
    local lua = (os.getenv "CBR_LUA" or "lua5.4"):gsub("luajit", "lua5.1")
    local build = [[
      cp src/*.c src/*.h DIRECTORY && mkdir DIRECTORY/cbr &&
      sed -i 's/pthread_sigmask(SIG_BLOCK.*/sigemptyset(\&guard.previous);/' DIRECTORY/sigpipe.c &&
      ! cmp -s src/sigpipe.c DIRECTORY/sigpipe.c &&
      cc -shared -fPIC -O1 -w $(pkg-config --cflags LUA) -o DIRECTORY/cbr/core.so DIRECTORY/*.c -lcurl -lnettle]]
    local output, well = support.run((build:gsub("DIRECTORY", directory):gsub("LUA", lua)))
    assert.is_true(well, output)
    output = run(("package.cpath = '%s/?.so;' .. package.cpath\n"):format(directory) .. CALLS)
    support.run("rm -rf " .. directory)
    assert.is_nil(output:find "alive")
  end)

  it("leaves the process's own way with the signal as it was", function()
    -- pending before, blocked, ignored, handled: the shell that comes after sees what it would see without the module
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
