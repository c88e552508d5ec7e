-- The arguments of client:each. spec/unit/pages_spec.lua tests which items client:each yields.

local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

describe("client:each", function()
  local client

  set_up.for_all_tests(function()
    client = support.client()
    return client
  end)

  it("client:each raises at the caller's line for an operation that is not a list, and for bad arguments", function()
    for message, arguments in pairs {
      ["each: operation 'list_backup' is unknown (did you mean 'list_backups'?)"] = { "list_backup" },
      ["each: operation 'show_vault' does not return a list"] = { "show_vault" },
      ["each: operation 'nil' is unknown"] = {},
      ["each: parameters must be a table, not a string"] = { "list_vault", "x" },
      ["each: unknown option 'time_out'"] = { "list_vault", {}, { time_out = 1 } },
    } do
      local line = debug.getinfo(1, "l").currentline + 2
      local ok, raised = pcall(function()
        local iterator = client:each(arguments[1], arguments[2], arguments[3])
        return iterator
      end)
      assert.is_false(ok)
      assert.matches(("each_spec.lua:%d: %s"):format(line, message), raised, 1, true)
    end
  end)

  it("the iterator of client:each raises at the line of the for loop if the client was closed", function()
    local other = support.client()
    local iterator = other:each "list_vault"
    other:close()
    local line = debug.getinfo(1, "l").currentline + 2
    local ok, raised = pcall(function()
      for _ in iterator do
        error "an item of a closed client"
      end
    end)
    assert.is_false(ok)
    assert.matches(("each_spec.lua:%d: attempt to use a closed client"):format(line), raised, 1, true)
  end)
end)
