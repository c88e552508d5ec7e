-- Surroundings are a locale, a time zone, or a limit on descriptors, under which tools/surroundings runs the specs.
-- These tests check the surroundings of this process, and the locale of the Lua processes that this process starts.

local environment = require "spec.helpers.environment"
local support = require "spec.helpers.support"

local function is_wanted(name)
  return ("+" .. (os.getenv "CBR_SPEC_SURROUNDINGS" or "") .. "+"):find("+" .. name .. "+", 1, true) ~= nil
end

-- Defines a test that runs only in the surroundings `name`.
local function it_has(name, words, test)
  if is_wanted(name) then
    it(words, test)
  end
end

local function limit()
  return support.read("/proc/self/limits"):match "Max open files%s+(%d+)"
end

describe("surroundings", function()
  it("CBR_SPEC_SURROUNDINGS contains only names of known surroundings", function()
    for name in (os.getenv "CBR_SPEC_SURROUNDINGS" or ""):gmatch "[^+]+" do
      assert.is_not_nil(({ comma = true, turkish = true, west = true, few = true })[name], name)
    end
  end)

  it_has("comma", "in the surroundings 'comma', Lua writes fractions with a comma", function()
    assert.equal("de_DE.UTF-8", os.setlocale(nil, "numeric"))
    assert.equal("0,5", ("%.1f"):format(0.5))
    assert.matches("^0,5", environment.run({}, "print(0.5)"))
  end)

  it_has("turkish", "in the surroundings 'turkish', Lua has a decimal comma, a dotless i, and other letters", function()
    assert.equal("0,5", ("%.1f"):format(0.5))
    assert.equal("tr_TR.ISO-8859-9", os.setlocale(nil, "ctype"))
    assert.equal("\253", ("I"):lower())
    assert.equal("\221", ("i"):upper())
    assert.is_truthy(("\240"):find "%a")
    assert.matches("^253", environment.run({}, 'print(("I"):lower():byte())'))
  end)

  it_has("west", "in the surroundings 'west', the time zone is west of UTC", function()
    assert.equal("20:30", os.date("%H:%M", 0)) -- when Unix time began, this zone was in the last evening of 1969
  end)

  it_has("few", "in the surroundings 'few', only the test process is limited to 64 descriptors", function()
    assert.equal("64", limit())
    local files = {}
    for i = 1, 64 do
      files[i] = io.open "/dev/null"
    end
    local count = #files
    for _, file in ipairs(files) do
      file:close()
    end
    assert.is_true(count < 64)
    assert.equal(os.getenv "CBR_SPEC_DESCRIPTORS", (support.run "ulimit -n":match "%d+"))
  end)
end)
