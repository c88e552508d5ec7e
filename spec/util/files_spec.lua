-- Reading the small files that credentials and settings come from.

local files = require "cbr.util.files"
local support = require "spec.helpers.support"

describe("files", function()
  local names

  before_each(function()
    names = {}
  end)

  after_each(function()
    for _, name in ipairs(names) do
      os.remove(name)
    end
  end)

  local function file(text, mode)
    names[#names + 1] = support.file(text, mode)
    return names[#names]
  end

  it("reads every byte of a file unchanged", function()
    assert.equal("one\r\n\0two\255", files.read(file "one\r\n\0two\255"))
  end)

  it("removes a byte order mark at the beginning of a file", function()
    assert.equal("text", files.read(file "\239\187\191text"))
    assert.equal("a\239\187\191b", files.read(file "a\239\187\191b"))
  end)

  it("the reason names the file that cannot be read", function()
    for name, words in pairs { ["/nowhere/file"] = "cannot read /nowhere/file: No such file", ["/"] = "/ " } do
      local text, reason = files.read(name)
      assert.is_nil(text)
      assert.matches(words, reason, 1, true)
    end
    local name = file ""
    local text, reason = files.read(name)
    assert.is_nil(text)
    assert.matches(name .. " is empty", reason, 1, true)
  end)

  it("reads no more than the first megabyte of a file", function()
    assert.equal(1024 * 1024, #files.read(file(("x"):rep(1024 * 1024 + 1))))
  end)

  it("reads the only word of a file without the white space around it", function()
    assert.equal("a-token", files.word(file " a-token\n\n"))
  end)

  it("rejects a file that does not hold exactly one word, and does not show its text", function()
    for _, text in ipairs { "\n", "two words", "one\ntwo\n" } do
      local name = file(text)
      local word, reason = files.word(name)
      assert.is_nil(word)
      assert.equal(name .. " does not hold one word", reason)
    end
    local word, reason = files.word "/nowhere/token"
    assert.is_nil(word)
    assert.matches("cannot read /nowhere/token", reason, 1, true)
  end)

  it("warns through the log hook about a file that others can read", function()
    local events = {}
    local client = { log = function(event) events[#events + 1] = event end }
    files.warn_if_open(client, file("secret", "600"))
    assert.same({}, events)
    for i, mode in ipairs { "644", "640", "604" } do
      local name = file("secret", mode)
      files.warn_if_open(client, name)
      assert.equal(i, #events)
      assert.same({ "credentials", name }, { events[i].event, events[i].file })
      assert.matches("chmod 600 " .. name, events[i].warning, 1, true)
    end
  end)
end)
