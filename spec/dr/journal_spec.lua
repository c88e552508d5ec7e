-- cbr.dr.journal records the orders of a run in the store that the caller gives. A later process can resume the run.

local journal = require "cbr.dr.journal"
local json = require "cbr.util.json"
local recovery = require "spec.helpers.recovery"

local ID = "0bac0bac-0000-4000-8000-000000000001"

describe("the journal of a run", function()
  it("without a store, the journal of a run returns no entries", function()
    local opened = journal.open(nil)
    opened.write(ID, "eu-nl", { state = "ordering" })
    assert.is_nil(opened.read(ID, "eu-nl"))
    opened.close()
  end)

  it("the entries of a journal are JSON with a version, and the keys of the entries are valid file names", function()
    local store = recovery.store()
    local opened = journal.open(store, "nightly")
    opened.write(ID, "eu-nl", { state = "ordering", since = 5 })
    local count = 0
    for key, text in pairs(store.texts) do
      assert.matches("^[%w.-]+$", key)
      assert.equal(1, json.decode(text).version)
      count = count + 1
    end
    assert.equal(2, count)
    assert.is_string(store.texts["cbr-dr.1.nightly"])
    assert.same({ "ordering", 5, opened.run },
      { opened.read(ID:upper(), "EU-NL").state, opened.read(ID, "eu-nl").since, opened.read(ID, "eu-nl").run })
    assert.is_nil(opened.read(ID, "eu-de"))
  end)

  it("opening a journal resumes the last run if that run was not closed, and otherwise begins a new run", function()
    local store = recovery.store()
    local first = journal.open(store)
    assert.equal(first.run, journal.open(store).run)
    first.close()
    assert.not_equal(first.run, journal.open(store).run)
    assert.not_equal(journal.open(store, "one").run, journal.open(store, "two").run)
  end)

  it("opening a journal raises an error if the store fails, or if an entry has another version", function()
    for _, store in ipairs {
      { get = function() return nil, "no connection" end, set = function() end },
      { get = function() end, set = function() return nil, "no connection" end },
      { get = function() end, set = function() return false, "no connection" end },
      { get = function() error("no connection", 0) end, set = function() end },
    } do
      local ok, message = pcall(journal.open, store)
      assert.is_false(ok)
      assert.matches("no connection", message)
    end
    for _, text in ipairs { "{}", "not JSON", '{"version":2}', 5 } do
      local ok, message = pcall(journal.open, { get = function() return text end, set = function() end })
      assert.is_false(ok)
      assert.matches("the text of the key was not written by this version of cbr", message)
    end
    journal.open { get = function() return false end, set = function() end } -- `false` means that the key is missing
  end)
end)
