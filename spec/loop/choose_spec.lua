-- Which event loop parks a coroutine, and the option `loop`.

local cbr = require "cbr"
local choose = require "cbr.loop.choose"
local event_loops = require "spec.helpers.event_loops"
local support = require "spec.helpers.support"

for name, is_eager in pairs {
  ["a table of functions as the option `loop`"] = false,
  ["a table of functions of which `spawn` and `unpark` run the coroutine at once"] = true,
} do
  event_loops.describe(name, function()
    local loop = event_loops.on_select(is_eager)
    return {
      option = loop, spawn = loop.spawn, run = loop.run,
      sleep = function(seconds) loop.park({}, seconds) end,
    }
  end)
end

describe("cbr.loop.choose", function()
  local function nothing() end

  it("the option `loop` may be false (calls block) or nil (the event loop is detected)", function()
    assert.is_false((choose.by_option(false)))
    assert.is_nil((choose.by_option(nil)))
  end)

  it("the error names the known event loops when the option `loop` has an unknown name", function()
    local event_loop, reason = choose.by_option "libuv"
    assert.is_nil(event_loop)
    assert.equal("loop 'libuv' is unknown; known are nginx, cqueues, luv, copas", reason)
  end)

  it("the error says why a known event loop cannot be used", function()
    local event_loop, reason = choose.by_option "nginx" -- reports a reason, since this spec does not run in nginx
    assert.is_nil(event_loop)
    assert.matches("^loop 'nginx' cannot be used: ", reason)
    assert.is_true(#reason > #"loop 'nginx' cannot be used: nil", reason)
  end)

  it("the error names the functions that a table for the option `loop` lacks", function()
    local event_loop, reason = choose.by_option { spawn = nothing }
    assert.is_nil(event_loop)
    assert.equal("loop lacks the functions park, unpark, wait", reason)
  end)

  it("the table in the option `loop` is copied, so that later changes to it have no effect", function()
    local option = { spawn = nothing, park = nothing, unpark = nothing, wait = nothing }
    local event_loop = choose.by_option(option)
    option.spawn = nil
    assert.equal(nothing, event_loop.spawn)
  end)

  it("the mandatory functions of a table in the option `loop` may be inherited", function()
    local object = setmetatable({}, {
      __index = { spawn = nothing, park = nothing, unpark = nothing, wait = nothing },
    })
    assert.equal(nothing, assert(choose.by_option(object)).spawn)
  end)

  it("an event loop given as a table is assumed to run in every coroutine but the main coroutine", function()
    local event_loop = choose.by_option { spawn = nothing, park = nothing, unpark = nothing, wait = nothing }
    assert.is_true(coroutine.wrap(event_loop.is_running)())
    local co, is_main = coroutine.running()
    assert.equal(co ~= nil and not is_main, event_loop.is_running())
  end)

  it("no event loop is detected when none is loaded", function()
    for _, name in ipairs { "cqueues", "luv", "copas" } do
      assert.is_nil(package.loaded[name])
    end
    assert.is_nil(coroutine.wrap(choose.current)())
  end)

  it("outside nginx, calls are allowed everywhere, so that no event loop has a `phase_problem`", function()
    assert.is_nil(choose.phase_problem)
  end)
end)

describe("cbr.new", function()
  it("cbr.new returns an error of kind config for an invalid option `loop`", function()
    local _, err = cbr.new(support.options { loop = "unknown" })
    assert.equal("config", err.kind)
    assert.matches("nginx, cqueues, luv, copas", err.message)
    _, err = cbr.new(support.options { loop = { spawn = print } })
    assert.matches("park, unpark, wait", err.message)
    _, err = cbr.new(support.options { loop = true })
    assert.matches("loop must be a name, a table of functions, or false", err.message, 1, true)
  end)

  it("cbr.new raises when the option `loop` has a type that is not allowed", function()
    assert.is_false(pcall(cbr.new, support.options { loop = 1 }))
  end)
end)
