-- core.readable_by_others (for warnings about files with secrets), core.read_file and core.file_problem.

local core = require "cbr.core"
local support = require "spec.helpers.support"

describe("core.readable_by_others", function()
  it("core.readable_by_others is true exactly when the group or others may read the file", function()
    for mode, expected in pairs { ["600"] = false, ["400"] = false, ["711"] = false, ["622"] = false, ["640"] = true,
      ["604"] = true, ["644"] = true, ["440"] = true } do
      local file = support.file("text", mode)
      assert.equal(expected, core.readable_by_others(file), mode)
      os.remove(file)
    end
  end)

  it("core.readable_by_others follows a symbolic link", function()
    local file, link = support.file("text", "600"), os.tmpname()
    support.run(("ln -sf %s %s"):format(file, link))
    assert.is_false(core.readable_by_others(link))
    os.remove(link)
    os.remove(file)
  end)

  it("core.readable_by_others is nil for a file that does not exist", function()
    assert.is_nil(core.readable_by_others "/nowhere/at/all")
  end)
end)

describe("core.read_file", function()
  it("core.read_file returns the content of a regular file, also through a link and from /proc", function()
    local name, link = support.file "one\0two", os.tmpname()
    support.run(("ln -sf %s %s"):format(name, link))
    assert.equal("one\0two", core.read_file(name, 7))
    assert.equal("one\0two", core.read_file(link, 100))
    assert.matches("^Name:", core.read_file("/proc/self/status", 1e5))
    os.remove(link)
    os.remove(name)
    local empty = support.file ""
    assert.equal("", core.read_file(empty, 0))
    os.remove(empty)
  end)

  it("core.read_file rejects a file over the limit", function()
    local name = support.file(("x"):rep(5000))
    assert.equal(5000, #core.read_file(name, 5000))
    assert.same({ "larger than 4999 bytes", false }, { select(2, core.read_file(name, 4999)) })
    os.remove(name)
    assert.same({ "larger than 4096 bytes", false }, { select(2, core.read_file("/proc/kallsyms", 4096)) })
  end)

  it("core.read_file rejects what is not a regular file, and does not block", function()
    local fifo = os.tmpname()
    support.run(("rm %s && mkfifo %s"):format(fifo, fifo))
    for _, name in ipairs { fifo, "/", "/dev/zero", "/dev/tty" } do
      assert.same({ "not a regular file", false }, { select(2, core.read_file(name, 100)) })
      assert.equal("not a regular file", core.file_problem(name))
    end
    os.remove(fifo)
  end)

  it("core.read_file reports a missing file and an unreadable file differently", function()
    assert.same({ "No such file or directory", true }, { select(2, core.read_file("/nowhere", 100)) })
    assert.same({ "Not a directory", true }, { select(2, core.read_file("/dev/zero/file", 100)) })
    local reason, is_missing = select(2, core.read_file("/proc/self/mem", 100)) -- this file can be opened, but not read
    assert.is_string(reason)
    assert.is_false(is_missing)
  end)

  it("core.read_file raises for bad arguments, and leaves no descriptor open", function()
    for _, arguments in ipairs {
      {}, { "/x" }, { {}, 1 }, { "/x", -1 }, { "/x", 1e9 }, { "/x\0y", 1 }, { "/x", 0 / 0 },
    } do
      assert.is_false(pcall(core.read_file, arguments[1], arguments[2]))
    end
    local before = support.descriptors()
    for _ = 1, 100 do
      core.read_file("/etc/passwd", 1e5)
      core.file_problem "/etc/passwd"
    end
    assert.equal(before, support.descriptors())
  end)

  it("core.file_problem is nil for a file that can be read, and otherwise the reason", function()
    local name = support.file "text"
    assert.is_nil(core.file_problem(name))
    os.remove(name)
    assert.equal("No such file or directory", core.file_problem(name))
  end)
end)
