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

  it("cbr.util.files reads a whole file, and does not change its bytes", function()
    assert.equal("one\r\ntwo\255", files.read(file "one\r\ntwo\255"))
    assert.equal("", files.read(file ""))
  end)

  it("cbr.util.files names a user's file in the folder of the official SDKs, if there is a home directory", function()
    local function name_with(variables)
      return files.of_user("credentials", function(variable) return variables[variable] end)
    end
    assert.equal("/home/user/.huaweicloud/credentials", name_with { HOME = "/home/user" })
    assert.is_nil(name_with { USERPROFILE = "/home/user" })
  end)

  it("cbr.util.files removes a byte order mark at the beginning of a file", function()
    assert.equal("text", files.read(file "\239\187\191text"))
    assert.equal("a\239\187\191b", files.read(file "a\239\187\191b"))
  end)

  it("cbr.util.files names a file that cannot be read, and says whether the file exists", function()
    for name, expected in pairs {
      ["/nowhere/file"] = { "cannot read /nowhere/file: No such file or directory", true },
      ["/"] = { "cannot read /: not a regular file", false },
      ["/dev/zero"] = { "cannot read /dev/zero: not a regular file", false },
    } do
      local text, reason, is_missing = files.read(name)
      assert.is_nil(text)
      assert.same(expected, { reason, is_missing })
    end
    assert.is_nil((files.read "/etc/hostname\0.txt"))
  end)

  it("cbr.util.files does not wait for a FIFO", function()
    local name = os.tmpname()
    names[#names + 1] = name
    support.run(("rm %s && mkfifo -m 600 %s"):format(name, name))
    for _, read in ipairs { files.read, files.word } do
      local text, reason = read(name)
      assert.is_nil(text)
      assert.equal(("cannot read %s: not a regular file"):format(name), reason)
    end
  end)

  it("cbr.util.files rejects a file of more than a megabyte", function()
    assert.equal(1024 * 1024, #files.read(file(("x"):rep(1024 * 1024))))
    local name = file(("x"):rep(1024 * 1024 + 1))
    local text, reason = files.read(name)
    assert.is_nil(text)
    assert.equal(("cannot read %s: larger than 1048576 bytes"):format(name), reason)
  end)

  it("cbr.util.files names an encoding that is not UTF-8", function()
    for text, encoding in pairs {
      ["\255\254a\0"] = "UTF-16", ["\254\255\0a"] = "UTF-16", ["a\0b\0"] = "UTF-16 or binary",
    } do
      local name = file(text)
      local content, reason = files.read(name)
      assert.is_nil(content)
      assert.equal(("%s is %s: save it as UTF-8"):format(name, encoding), reason)
    end
  end)

  it("cbr.util.files reads a file that has one word, and removes white space around the word", function()
    assert.equal("a-token", files.word(file " a-token\n\n"))
  end)

  it("cbr.util.files rejects a file that does not have exactly one word, and does not show the file's text", function()
    for _, text in ipairs { "\n", "two words", "one\ntwo\n" } do
      local name = file(text)
      local word, reason = files.word(name)
      assert.is_nil(word)
      assert.equal(name .. " must hold exactly one word", reason)
    end
    local name = file "tok\226\128\139en\n"
    assert.equal(name .. " contains the invisible character U+200B at position 4",
      select(2, files.word(name)))
    local word, reason = files.word "/nowhere/token"
    assert.is_nil(word)
    assert.matches("cannot read /nowhere/token", reason, 1, true)
  end)

  it("cbr.util.files warns through the log hook about a file that others can read", function()
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
