-- Misspelt methods of any table. spec/unit/bad_input_spec.lua tests the misspelt methods of a client.

local misspelt = require "cbr.util.misspelt"

describe("misspelt methods", function()
  local object

  before_each(function()
    local methods = { list_vault = function() return "listed" end, sync = function() return "synchronized" end }
    misspelt.watch(methods, "a thing")
    object = setmetatable({ own = 1 }, { __index = methods })
  end)

  it("a misspelt method raises an error when it is called, and the error names the method that was meant", function()
    for name, meant in pairs {
      list_vaults = "list_vault", list_the_vault = "list_vault", snyc = "sync", syncs = "sync",
    } do
      local ok, message = pcall(function() object[name](object) end)
      assert.is_false(ok)
      assert.matches("misspelt_spec.lua:%d+: ", message)
      assert.matches(("a thing has no method '%s' (did you mean '%s'?)"):format(name, meant), message, 1, true)
    end
  end)

  it("misspelt methods do not change a client's methods and fields", function()
    assert.same({ "listed", "synchronized", 1 }, { object:list_vault(), object:sync(), object.own })
  end)

  it("a suggestion for a misspelt method is searched for only when the method is first read", function()
    for _, name in ipairs { "list_vaults", "unlike_any" } do
      local _, lines = object[name], 0
      local hook, mask, count = debug.gethook()
      debug.sethook(function()
        lines = lines + (debug.getinfo(2, "S").source:find("util/text.lua", 1, true) and 1 or 0)
      end, "l")
      _ = object[name]
      debug.sethook(hook, mask, count)
      assert.equal(0, lines, name)
    end
  end)

  it("a client's field is nil if the field's name is similar to no method's name", function()
    for _, name in ipairs { "pool", "syncing", "vault", "list", "region", "", 1, true } do
      assert.is_nil(object[name], tostring(name))
    end
    assert.equal(object.list_vaults, object.list_vaults)
  end)
end)
