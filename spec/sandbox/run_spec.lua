-- sandbox/run: the environment that it gives a command, and what it leaves behind.

local support = require "spec.helpers.support"

local lua = os.getenv "CBR_LUA" or "lua5.4"

-- Runs a command in a sandbox of its own, whose directory is inside the spec's. Returns its output, its exit status.
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
    local script = write_script [[
      local client = assert(require "cbr".new {})
      assert(client:sync { vault_id = os.getenv "HYBRID_VAULT_ID" })
      print(package.searchpath and package.searchpath("sandbox.fixtures", package.path) or "")
    ]]
    local output, status = run_in_sandbox(lua .. " " .. script)
    assert.equal(0, status, output)
    assert.is_truthy(output == "\n" or output:find("sandbox/fixtures.lua", 1, true))
  end)

  it("sandbox/run does not change a LUA_PATH that is already set", function()
    local output = run_in_sandbox(lua .. " -e 'io.write(package.path)'", "LUA_PATH=/nowhere/?.lua")
    assert.equal("/nowhere/?.lua", output)
  end)

  describe("after a command that failed", function()
    it("sandbox/run keeps the server's log after a failed command if the log has errors, and shows them", function()
      -- the server fails to play a fault whose number of bytes is text
      local output, status = run_in_sandbox [[sh -c 'curl -s $CBR_SANDBOX_CONTROL/faults -o /dev/null \
        -d "{\"fault\":\"oversized\",\"call\":\"metadata_key\",\"bytes\":\"many\"}"
        curl -s $CBR_SANDBOX_METADATA/openstack/latest/securitykey; exit 1']]
      assert.equal(1, status)
      local kept = output:match "the server's log, kept in (%S+), has errors"
      assert.matches("lua entry thread aborted", output)
      assert.matches("lua entry thread aborted", support.read(kept))
      assert(os.remove(kept))
    end)

    it("sandbox/run prints nothing after a failed command if the server logged no errors", function()
      assert.equal("", (run_in_sandbox "sh -c 'exit 1'"))
    end)
  end)
end)
