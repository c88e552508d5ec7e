-- The methods of a client that send nothing: misuse names the line of the caller, and a closed client still has these
-- methods. What the methods return is tested in spec/unit/{parameters,names,describe}_spec.lua.

local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

describe("the methods of a client that send nothing", function()
  local client

  set_up.for_each_test(function()
    client = support.client()
    return client
  end)

  for what, misuse in pairs {
    ["problems of an unknown operation"] = function() client:problems("list_valut", {}) end,
    ["problems without parameters"] = function() client:problems "list_vault" end,
    ["describe with an unknown operation"] = function() client:describe "list_valut" end,
    ["describe without the client"] = function() client.describe "list_vault" end,
    ["problems without the client"] = function() client.problems("list_vault", {}) end,
  } do
    it(what .. " names the line of the caller", function()
      local line = debug.getinfo(misuse, "S").linedefined
      local ok, message = pcall(misuse)
      assert.is_false(ok)
      assert.matches("^[^:]*offline_methods_spec.lua:" .. line .. ": ", message)
    end)
  end

  it("problems and describe work with a closed client, and send nothing", function()
    support.sandbox.reset()
    client:close()
    assert.equal("vault_id", client:problems("sync", {})[1].parameter)
    assert.same({}, client:problems("list_vault", {}))
    assert.equal("list_vault", client:describe("list_vault").name)
    assert.same({}, support.sandbox.requests())
  end)
end)
