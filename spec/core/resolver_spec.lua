-- A resolver that hangs holds up no deadline: libcurl by itself waits for its thread.

local support = require "spec.helpers.support"

describe("a resolver that hangs #process", function()
  it("is left behind at the deadline, at the closing of a client, and at the end of the process", function()
    local shim = os.tmpname()
    local output, well = support.run("cc -shared -fPIC -o " .. shim .. " spec/helpers/programs/slow_resolver.c")
    assert.is_true(well, output)
    local script = support.file [[
      local cbr = require "cbr"
      local now = require "cbr.core".monotonic
      local from = now()
      local client = assert(cbr.new { endpoint = "https://slow.invalid", proxy = "" })
      local _, err = client:sync({ vault_id = os.getenv "HYBRID_VAULT_ID" }, { timeout = 0.3 })
      print(err.kind, err.outcome, now() - from < 1)
      client:close()
      print(now() - from < 1)
    ]]
    local clock = require "socket".gettime
    local from = clock()
    output = support.run(("LD_PRELOAD=%s %s %s"):format(shim, os.getenv "CBR_LUA" or "lua5.4", script))
    assert.equal("timeout\tnot_sent\ttrue\ntrue\n", output)
    assert.is_true(clock() - from < 2)
    os.remove(shim)
    os.remove(script)
  end)
end)
