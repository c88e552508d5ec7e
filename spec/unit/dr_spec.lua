-- cbr.dr: when its functions are loaded, and which errors they raise.

local recovery = require "spec.helpers.recovery"
local support = require "spec.helpers.support"

local FUNCTIONS = { "copies", "replicate", "unprotected", "prune", "text", "prometheus" }

describe("cbr.dr", function()
  teardown(support.sandbox.reset)

  it('require "cbr" does not load cbr.dr, and cbr.dr loads each function when it is first used', function()
    local lua = os.getenv "CBR_LUA" or "lua"
    local output, ok = support.run(lua .. [[ -e '
      require "cbr"
      assert(not package.loaded["cbr.dr"])
      local dr = require "cbr.dr"
      for name in pairs(package.loaded) do assert(not name:find "^cbr%.dr%.", name) end
      pcall(dr.copies)
      assert(package.loaded["cbr.dr.copies"] and not package.loaded["cbr.dr.text"])' ]])
    assert.is_true(ok, output)
  end)

  it("a function of cbr.dr raises an error at the caller's line if it has no clients or no parameters", function()
    local dr = require "cbr.dr"
    local client = recovery.client()
    for _, name in ipairs { "copies", "replicate", "unprotected", "prune" } do
      local ok, message = pcall(function()
        local report = dr[name]({}, {})
        return report
      end)
      assert.is_false(ok)
      assert.matches("spec/unit/dr_spec.lua:%d+: dr%." .. name .. ": a client or a list of clients is needed", message)
      ok, message = pcall(function()
        local report = dr[name]({ client, 5 }, {})
        return report
      end)
      assert.is_false(ok)
      assert.matches("dr_spec.lua:%d+: dr%." .. name .. ": entry 2 of the list is not a client", message)
      ok, message = pcall(function()
        local report = dr[name](client)
        return report
      end)
      assert.is_false(ok)
      assert.matches("dr_spec.lua:%d+: dr%." .. name .. ": parameters must be a table, not a nil", message)
    end
    client:close()
  end)

  it("cbr.dr has the functions that the documentation names, and no others", function()
    local names = {}
    for name in pairs(require "cbr.dr") do
      names[name] = true
    end
    for _, name in ipairs(FUNCTIONS) do
      assert.is_true(names[name], name)
      names[name] = nil
    end
    assert.is_nil(next(names))
  end)
end)
