-- cbr_cli.store: a directory that keeps the state of a run.

require "spec.helpers.command"
local exit_status = require "cbr_cli.exit_status"
local store = require "cbr_cli.store"
local support = require "spec.helpers.support"

describe("the store of cbr dr replicate", function()
  local directory

  before_each(function()
    directory = os.tmpname()
    os.remove(directory)
    assert(support.run("mkdir " .. directory))
  end)

  after_each(function()
    support.run("rm -r " .. directory)
  end)

  it("the store returns the text of a key, and leaves no other files in the directory", function()
    local opened = store.open(directory)
    assert.is_nil(opened.get "a")
    assert.is_true(opened.set("a", "one"))
    assert.is_true(opened.set("a", "two\0\n"))
    assert.equal("two\0\n", (store.open(directory).get "a"))
    assert.equal("a\n", (support.run("ls " .. directory)))
  end)

  it("if a file cannot be read, the store returns an error, and does not report a missing key", function()
    support.run(("mkdir %s/a"):format(directory))
    local text, reason = store.open(directory).get "a"
    assert.is_nil(text)
    assert.is_string(reason)
  end)

  it("a directory that does not exist is rejected", function()
    local ok, failure = pcall(store.open, directory .. "/missing")
    assert.is_false(ok)
    assert.equal(exit_status.USAGE, failure.status)
    assert.matches("/missing cannot be used: ", failure.message, 1, true)
  end)
end)
