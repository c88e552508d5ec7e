-- The named sources of credentials: each has what the chain, the option `credentials` and a diagnosis need of it.

local forms = require "cbr.credentials.forms"
local sources = require "cbr.credentials.sources"

describe("the named sources of credentials", function()
  it("each source has a module that makes the source, and says where its credentials are from", function()
    local variables = { HOME = "/home/user" }
    for _, source in ipairs(sources) do
      local module = require("cbr.credentials." .. source.name)
      assert.equal(module.source, source.module.source)
      assert.is_function(module.source, source.name)
      assert.is_string(module.place(function(name) return variables[name] end), source.name)
    end
  end)

  it("each source can be named in the option credentials, with its own fields and no others", function()
    local names = forms.problem { source = "no such source" }
    for _, source in ipairs(sources) do
      local given = { source = source.name }
      for _, field in ipairs(source.fields) do
        given[field] = "f"
      end
      assert.is_nil(forms.problem(given))
      given.password = "p"
      assert.equal(("credentials: 'password' does not belong to source '%s'"):format(source.name), forms.problem(given))
      assert.matches(source.name, names, 1, true)
    end
  end)
end)
