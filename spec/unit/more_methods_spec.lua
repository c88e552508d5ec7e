-- The methods of a client that are loaded when they are first used: their misuse names the line of the caller. Their
-- behaviour is tested in spec/unit/{each,pages,preflight}_spec.lua, spec/follow and spec/lost_orders.

local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local ID = "7379f99e-c640-44c5-90b8-e4650dab754e"

describe("misuse of a method that is loaded late", function()
  local client

  set_up.for_all_tests(function()
    client = support.client()
    return client
  end)

  for what, misuse in pairs {
    ["client:each with an operation that is not a list"] = function() client:each("show_vault", { vault_id = ID }) end,
    ["client:each with an unknown operation"] = function() client:each("list_valut", {}) end,
    ["client:each with parameters that are not a table"] = function() client:each("list_vault", 1) end,
    ["client:each with an unknown option"] = function() client:each("list_vault", {}, { timeuot = 1 }) end,
    ["client:wait with a number"] = function() client:wait(1) end,
    ["client:wait with an unknown option"] = function() client:wait(ID, { timeuot = 1 }) end,
    ["client:find_order with a read"] =
      function() client:find_order("show_vault", { vault_id = ID }, { since = 1 }) end,
    ["client:find_order with an unknown operation"] =
      function() client:find_order("x", { vault_id = ID }, { since = 1 }) end,
    ["client:find_order without since"] = function() client:find_order("sync", { vault_id = ID }, {}) end,
    ["client:preflight without parameters"] = function() client:preflight() end,
    ["client:preflight with an unknown option"] = function() client:preflight({ vault_id = ID }, { timeuot = 1 }) end,
  } do
    it("misuse of a method raises at the caller's line although the method is loaded late: " .. what, function()
      local ok, message = pcall(misuse)
      assert.is_false(ok)
      local line = debug.getinfo(misuse, "S").linedefined
      assert.matches("^[^:]*more_methods_spec.lua:" .. line .. ": ", message)
    end)
  end
end)
