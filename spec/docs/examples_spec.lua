-- The examples: the demo, and the stores. spec/nginx has the specs of examples/nginx.

local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("the examples #process", function()
  it("examples/demo shows a failed copy and a sync, and how missing copies are found and made", function()
    sandbox.reset()
    sandbox.time_scale(600)
    local lua = os.getenv "CBR_LUA" or "lua5.4"
    local output, has_ended_well = support.run(("INTERVAL=0.05 sh examples/demo %s"):format(lua))
    assert.is_true(has_ended_well, output)
    assert.matches("\tfailed\tBackupService.1006\tFailed to create the replica.", output, 1, true)
    assert.matches("3 backups imported, 1 removed, 0 not imported", output, 1, true)
    assert.matches("3 rows: 1 compliant, 1 stale, 1 uncopied. Not green.", output, 1, true)
    assert.matches("3 rows: 3 compliant. Green:", output, 1, true)
  end)

  it("the stores of examples/stores return the last text stored under a key, or why a text cannot be stored", function()
    package.path = "examples/?.lua;" .. package.path
    local directory = os.tmpname()
    os.remove(directory)
    support.run("mkdir " .. directory)
    local texts = {}
    local dict = {
      get = function(_, key) return texts[key] end, safe_set = function(_, key, text) texts[key] = text return true end,
    }
    local redis = {
      get = function(_, key) return texts[key] or false end,
      setex = function(_, key, seconds, text)
        texts[key] = seconds > 86400 and text
        return "OK"
      end,
    }
    for name, argument in pairs { file = directory, shared_dict = dict, redis = redis } do
      local store = require("stores." .. name)(argument)
      assert.same({}, { store.get "cbr-dr.1.x" })
      assert.is_truthy(store.set("cbr-dr.1.x", "one"))
      assert.is_truthy(store.set("cbr-dr.1.x", "two"))
      assert.equal("two", (store.get "cbr-dr.1.x"))
      texts = {}
    end
    local store = require "stores.file" (directory .. "/missing")
    local ok, reason = store.set("k", "v")
    assert.is_nil(ok)
    assert.is_string(reason)
    support.run("rm -r " .. directory)
  end)
end)
