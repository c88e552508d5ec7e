-- A client that was closed.

local support = require "spec.helpers.support"

describe("a closed client", function()
  it("a closed client's methods raise, its tostring says that it is closed, and close can be repeated", function()
    local client = support.client()
    client:close()
    client:close()
    assert.equal("cbr.client (closed)", tostring(client))
    for _, name in ipairs { "replicate", "sync", "request" } do
      local ok, message = pcall(client[name], client, {})
      assert.is_false(ok)
      assert.matches("attempt to use a closed client", message)
    end
  end)

  it("Lua 5.4 closes a client at the end of the block of its to-be-closed variable", function()
    if _VERSION ~= "Lua 5.4" then
      return
    end
    local client = support.client()
    assert(load("local c <close> = ...", "=close"))(client)
    assert.equal("cbr.client (closed)", tostring(client))
  end)
end)
