-- cbr_cli.options: values of the command line.

require "spec.helpers.command"
local exit_status = require "cbr_cli.exit_status"
local options = require "cbr_cli.options"
local support = require "spec.helpers.support"

describe("the options of the command", function()
  it("a count on the command line must be a positive integer", function()
    assert.equal(3, (options.count "3"))
    for _, text in ipairs { "0", "-1", "1.5", "x" } do
      assert.is_nil((options.count(text)))
    end
  end)

  it("a --tag is key=value, or a key alone, which matches any value", function()
    assert.same({ key = "a", value = "b=c" }, (options.tag "a=b=c"))
    assert.same({ key = "a", value = "" }, (options.tag "a="))
    assert.same({ key = "a", value = true }, (options.tag "a"))
    assert.is_nil((options.tag "=b"))
  end)

  it("`@file` is replaced by the JSON in the file, and other text is not changed", function()
    local name = support.file '{"a": [1]}'
    assert.same({ a = { 1 } }, options.value("@" .. name))
    os.remove(name)
    assert.equal("a", options.value "a")
    assert.is_false(pcall(options.value, "@" .. name))
  end)

  it("the error for a missing file, a directory, broken JSON or too large a file names the file", function()
    local broken, large = support.file '{"a": ', support.file((" "):rep(16 * 1024 * 1024 + 1))
    for name, words in pairs {
      ["/no/such/file"] = "/no/such/file: No such file", ["/tmp"] = "/tmp: Is a directory",
      [broken] = broken .. " is not JSON: ", [large] = large .. ": the file has more than 16 MB",
    } do
      local ok, failure = pcall(options.value, "@" .. name)
      assert.is_false(ok)
      assert.equal(exit_status.USAGE, failure.status)
      assert.matches(words, failure.message, 1, true)
    end
    os.remove(broken)
    os.remove(large)
  end)
end)
