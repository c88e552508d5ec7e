-- Who may read a file: for warnings about files with secrets.

local core = require "cbr.core"
local support = require "spec.helpers.support"

describe("core.readable_by_others", function()
  it("readable_by_others is true exactly when the group or others may read the file", function()
    for mode, expected in pairs { ["600"] = false, ["400"] = false, ["711"] = false, ["622"] = false, ["640"] = true,
      ["604"] = true, ["644"] = true, ["440"] = true } do
      local file = support.file("text", mode)
      assert.equal(expected, core.readable_by_others(file), mode)
      os.remove(file)
    end
  end)

  it("readable_by_others follows a symbolic link", function()
    local file, link = support.file("text", "600"), os.tmpname()
    support.run(("ln -sf %s %s"):format(file, link))
    assert.is_false(core.readable_by_others(link))
    os.remove(link)
    os.remove(file)
  end)

  it("readable_by_others is nil for a file that does not exist", function()
    assert.is_nil(core.readable_by_others "/nowhere/at/all")
  end)
end)
