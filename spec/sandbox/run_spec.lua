-- sandbox/run: the environment that it gives a command, and what it leaves behind.

local support = require "spec.helpers.support"

local lua = os.getenv "CBR_LUA" or "lua5.4"

-- Runs a command by sandbox/run. The new sandbox has its directory inside the directory of the specs' sandbox. Returns
-- the output and the exit status.
local function run_in_sandbox(command, environment)
  local output = support.run(("env -u LUA_PATH -u LUA_CPATH TMPDIR=%s %s sandbox/run %s </dev/null; echo \"ended $?\"")
    :format(support.sandbox.dir, environment or "", command))
  local text, status = output:match "^(.*)ended (%d+)\n$"
  return text, tonumber(status)
end

local function write_script(text)
  return support.file(text, "700")
end

describe("sandbox/run #process", function()
  it("sandbox/run exits with the status of its command", function()
    local output, status = run_in_sandbox "sh -c 'exit 7'"
    assert.same({ "", 7 }, { output, status })
  end)

  it("sandbox/run stops the server and removes its directory when the command ends", function()
    local output = run_in_sandbox "sh -c 'echo $CBR_SANDBOX_DIR; cat $CBR_SANDBOX_DIR/nginx.pid'"
    local dir, pid = output:match "^(%S+)\n(%d+)\n$"
    assert.is_nil(io.open(dir .. "/nginx.conf"))
    assert.is_nil(io.open("/proc/" .. pid .. "/stat"))
  end)

  it("sandbox/run lets a Lua interpreter find the module that make has built", function()
    local version = support.run(lua .. [[ -e 'io.write(_VERSION:match "%d.%d")']])
    local built = io.open("build/" .. version .. "/cbr/core.so")
    if not built then
      return pending("no plain build for Lua " .. version)
    end
    built:close()
    if not select(2, support.run(("unset LUA_PATH LUA_CPATH; %s -e 'require \"cjson\"'"):format(lua))) then
      return pending("lua-cjson is not where Lua " .. version .. " looks for it")
    end
    local script = write_script [[
      local client = assert(require "cbr".new {})
      assert(client:sync { vault_id = os.getenv "HYBRID_VAULT_ID" })
      print(package.searchpath and package.searchpath("sandbox.fixtures", package.path) or "")
    ]]
    local output, status = run_in_sandbox(lua .. " " .. script)
    assert.equal(0, status, output)
    assert.is_truthy(output == "\n" or output:find("sandbox/fixtures.lua", 1, true))
  end)

  it("an installed sandbox/run lets a Lua interpreter find sandbox.control beside the installed module", function()
    local place = support.run("mktemp -d"):match "%S+"
    support.run(("cp -r sandbox '%s'"):format(place))
    local output = support.run(([[env -u LUA_PATH -u LUA_CPATH -u LUA_INIT_5_2 -u LUA_INIT_5_3 -u LUA_INIT_5_4 \
      LUA_INIT='package.preload.cbr = type' TMPDIR=%s %s/sandbox/run %s -e 'print(package.path)' 2>&1]])
      :format(support.sandbox.dir, place, lua))
    support.run(("rm -r '%s'"):format(place))
    assert.equal(1, (output:find(place .. "/?.lua;", 1, true)), output)
  end)

  it("sandbox/run does not change a LUA_PATH that is already set", function()
    local output = run_in_sandbox(lua .. " -e 'io.write(package.path)'", "LUA_PATH=/nowhere/?.lua")
    assert.equal("/nowhere/?.lua", output)
  end)

  local FAIL_ONCE = "curl -s $CBR_SANDBOX_CONTROL/faults -o /dev/null "
    .. [[-d "{\"fault\":\"sandbox_error\",\"call\":\"metadata_key\"}"; ]]
    .. "curl -s $CBR_SANDBOX_METADATA/openstack/latest/securitykey"

  it("sandbox/run keeps the server's log after a failed command if the log has errors, and shows the errors", function()
    local output, status = run_in_sandbox(("sh -c '%s; exit 1'"):format(FAIL_ONCE))
    assert.equal(1, status)
    assert.matches('"error_code":"Sandbox.500"', output, 1, true)
    local kept = output:match "the whole log is in (%S+), and its last lines are:"
    local message = "error in the sandbox: .*kinds.lua:%d+: asked for by the fault sandbox_error.*stack traceback"
    assert.matches(message, output)
    assert.matches(message, support.read(kept))
    assert(os.remove(kept))
  end)

  it("sandbox/run prints nothing after a failed command if the server logged no errors", function()
    assert.equal("", (run_in_sandbox "sh -c 'exit 1'"))
  end)

  it("with CBR_SANDBOX_STRICT=1, sandbox/run fails if the server logged an error that no fault asked for", function()
    local function script(line)
      return write_script("#!/bin/sh\necho '2026/01/01 00:00:00 [error] 1#1: " .. line
        .. "' >>$CBR_SANDBOX_DIR/error.log")
    end
    local bug, fault = script "attempt to index a nil value", script "x.lua:1: asked for by the fault sandbox_error"
    local function status_of(file, strict)
      local output, status = run_in_sandbox(file, "CBR_SANDBOX_STRICT=" .. strict)
      local kept = output:match "the whole log is in (%S+), and"
      if kept then
        assert(os.remove(kept))
      end
      return status, kept ~= nil
    end
    assert.same({ 70, true }, { status_of(bug, "1") })
    assert.same({ 0, false }, { status_of(bug, "") })
    assert.same({ 0, false }, { status_of(fault, "1") })
  end)

  it("sandbox/run takes other ports if the first ports are in use, and does not count this as an error", function()
    local mark = support.sandbox.dir .. "/ports-in-use"
    local nginx = write_script(([[#!/bin/sh
      nginx=$(PATH=$PATH:/usr/sbin command -v nginx) || exit 1
      if [ "$1" != -p ] || [ -e %s ]; then
        exec "$nginx" "$@"
      fi
      : >%s
      echo '2026/01/01 00:00:00 [emerg] 1#1: bind() to 127.0.0.1:1 failed (98: Address already in use)' |
        tee -a "$2/error.log"
      exit 1
    ]]):format(mark, mark))
    local output, status = run_in_sandbox("true", "CBR_SANDBOX_STRICT=1 CBR_NGINX=" .. nginx)
    assert.same({ "", 0 }, { output, status })
    assert(os.remove(mark))
  end)
end)
