-- The examples as an operator runs them: their output and their exit status.

local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("the examples #process", function()
  before_each(function()
    sandbox.reset()
    sandbox.time_scale(600)
  end)

  -- Returns the output of both streams, and the exit status.
  local function run(script, variables)
    local words = { "INTERVAL=0.05" }
    for name, value in pairs(variables or {}) do
      words[#words + 1] = ("%s='%s'"):format(name, value)
    end
    local output = support.run(("%s %s examples/%s; echo \"ended $?\""):format(
      table.concat(words, " "), os.getenv "CBR_LUA" or "lua5.4", script))
    local text, status = output:match "^(.*)ended (%d+)\n$"
    return text, tonumber(status)
  end

  it("examples/replicate.lua prints its progress as lines when there is no terminal", function()
    local output, status = run "replicate.lua"
    assert.equal(0, status)
    assert.matches("100 %%  3 of 3 done, 0 failed", output)
    assert.is_nil(output:find("\r", 1, true))
    assert.equal(3, select(2, output:gsub("success ", "")))
    assert.matches("left out +%- +%- +no_system_disk", output)
    assert.equal(1, #sandbox.ledger())
  end)

  it("examples/replicate.lua shows a progress bar on a terminal", function()
    if not select(2, support.run "script -qec true /dev/null") then
      pending "needs script(1) and a pseudo-terminal"
      return
    end
    local name = os.tmpname()
    local lua = os.getenv "CBR_LUA" or "lua5.4"
    support.run(("INTERVAL=0.05 script -qec '%s examples/replicate.lua' %s"):format(lua, name))
    local output = support.read(name)
    os.remove(name)
    assert.matches("\r%[#+ *%] +%d+ %%", output)
  end)

  it("examples/replicate.lua says which backup failed, and why", function()
    local output, status = run("replicate.lua", { VAULT_ID = fixtures.vaults.mixed.id })
    assert.equal(2, status)
    assert.matches("failed +%- +BackupService.1006 +Failed to create the replica", output)
    assert.matches("skipped +%- +BackupService.1009", output)
    assert.matches("wait: BackupService.1006: 1 of 4 failed", output)
  end)

  it("examples/replicate.lua ends with status 0 when all backups are in the destination region already", function()
    local output, status = run("replicate.lua", { VAULT_ID = fixtures.vaults.replicated.id })
    assert.equal(0, status)
    assert.matches("every backup that could be replicated is in region cn%-east%-3 already", output)
    sandbox.fault { call = "replicate", fault = "status", status = 400, code = "BackupService.1009", message = "m" }
    output, status = run "replicate.lua"
    assert.equal(0, status)
    assert.matches("replicate: BackupService.1009: m - nothing to do", output, 1, true)
    assert.same({}, sandbox.ledger())
  end)

  it("examples/replicate.lua ends with status 5 when the vault has no backup to copy", function()
    for _, vault in ipairs { "empty", "unready" } do
      local output, status = run("replicate.lua", { VAULT_ID = fixtures.vaults[vault].id })
      assert.equal(5, status)
      assert.matches("BackupService.0001: the vault has no backup that can be replicated: ", output)
    end
    sandbox.fault { call = "replicate", fault = "status", status = 400, code = "BackupService.0001", message = "m" }
    assert.equal(5, (select(2, run "replicate.lua")))
    assert.same({}, sandbox.ledger())
  end)

  it("examples/replicate.lua and sync.lua place no order when preflight finds a problem", function()
    local output, status = run("replicate.lua", { DESTINATION_VAULT_ID = fixtures.vaults.east_backups.id })
    assert.equal(3, status)
    assert.matches("BackupService.6119", output)
    output, status = run("replicate.lua", {
      VAULT_ID = fixtures.vaults.replicated.id, DESTINATION_VAULT_ID = fixtures.vaults.east_backups.id,
    })
    assert.equal(3, status)
    assert.matches("BackupService.1009.*BackupService.6119", output)
    output, status = run("sync.lua", { HYBRID_VAULT_ID = fixtures.vaults.server.id })
    assert.equal(3, status)
    assert.matches("BackupService.7300", output)
    assert.same({}, sandbox.ledger())
  end)

  it("examples/sync.lua prints how many backups were imported, removed and failed", function()
    local output, status = run "sync.lua"
    assert.equal(0, status)
    assert.matches("\nsuccess +3 +1 +0\n", output)
    output, status = run("sync.lua", { HYBRID_VAULT_ID = fixtures.vaults.hybrid_partial.id })
    assert.equal(2, status)
    assert.matches("\nfailed +2 +0 +1\n", output)
  end)

  it("examples/replicate.lua names a missing parameter", function()
    local output, status = run("replicate.lua", { VAULT_ID = "" })
    assert.equal(1, status)
    assert.matches("vault_id", output)
  end)

  it("examples/recover.lua finds a missing and an old copy, makes new copies, and ends with a green report", function()
    local function prepare()
      local _, status = run "demo_scene.lua"
      assert.equal(0, status)
    end
    prepare()
    local directory = os.tmpname()
    os.remove(directory)
    assert(select(2, support.run("mkdir " .. directory)))
    local output, status = run("recover.lua", { VAULT_PREFIX = "prod_", STATE_DIRECTORY = directory })
    assert.equal(0, status, output)
    assert.matches("orders +prod_db +cn%-east%-3 +%S+ +%- +%- +uncopied\n", output)
    assert.matches("shop +prod_web +cn%-east%-3 +%S+ +3d +%- +stale\n", output)
    assert.matches("3 rows: 1 compliant, 1 stale, 1 uncopied. Not green.", output, 1, true)
    assert.matches("2 of 2 done: %l+_today of %l+: success\n", output)
    assert.matches("3 rows: 3 compliant. Green:", output, 1, true)
    assert.equal(2, #sandbox.ledger())
    assert.matches('"state":"ended"', support.run(("cat %s/cbr-dr.1.replicate"):format(directory)), 1, true)
    support.run("rm -r " .. directory)
    output, status = run("recover.lua", { VAULT_PREFIX = "prod_" })
    assert.equal(0, status)
    assert.is_nil(output:find "copied now")
    output, status = run("recover.lua", { VAULT_PREFIX = "no_such_vault" })
    assert.equal(2, status, output)
    output, status = run("recover.lua", { DESTINATION_REGION = "", VAULT_PREFIX = "prod_" })
    assert.equal(1, status)
    assert.matches("destinations%[1%].region", output)
  end)

  it("the stores of examples/stores keep the last text of a key, or return why the text cannot be stored", function()
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
