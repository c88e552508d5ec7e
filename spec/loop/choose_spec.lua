-- Which event loop parks a coroutine, and the option `loop`.

local cbr = require "cbr"
local choose = require "cbr.loop.choose"
local event_loops = require "spec.helpers.event_loops"
local support = require "spec.helpers.support"

event_loops.describe("a table of functions as the option `loop`", function()
  local loop = event_loops.on_select()
  return {
    option = loop, spawn = loop.spawn, run = loop.run,
    sleep = function(seconds) loop.park({}, seconds) end,
  }
end)

describe("cbr.loop.choose", function()
  local function nothing() end

  it("returns false and nil as they are given: waits block, or the loop is detected", function()
    assert.is_false((choose.by_option(false)))
    assert.is_nil((choose.by_option(nil)))
  end)

  it("names the known loops when the name is unknown", function()
    local event_loop, reason = choose.by_option "libuv"
    assert.is_nil(event_loop)
    assert.equal("loop 'libuv' is unknown; known are nginx, cqueues, luv, copas", reason)
  end)

  it("says why the loop of a known name cannot be used", function()
    local event_loop, reason = choose.by_option "nginx" -- no spec of this folder runs in nginx
    assert.is_nil(event_loop)
    assert.matches("^loop 'nginx' cannot be used: ", reason)
  end)

  it("names the functions that a table lacks", function()
    local event_loop, reason = choose.by_option { spawn = nothing }
    assert.is_nil(event_loop)
    assert.equal("loop lacks the functions park, unpark, wait", reason)
  end)

  it("copies a table, so that later changes to it have no effect", function()
    local option = { spawn = nothing, park = nothing, unpark = nothing, wait = nothing }
    local event_loop = choose.by_option(option)
    option.spawn = nil
    assert.equal(nothing, event_loop.spawn)
  end)

  it("assumes that a table's loop runs in every coroutine but the main one", function()
    local event_loop = choose.by_option { spawn = nothing, park = nothing, unpark = nothing, wait = nothing }
    assert.is_true(coroutine.wrap(event_loop.is_running)())
    local co, is_main = coroutine.running()
    assert.equal(co ~= nil and not is_main, event_loop.is_running())
  end)

  it("detects no loop where none is loaded", function()
    for _, name in ipairs { "cqueues", "luv", "copas" } do
      assert.is_nil(package.loaded[name])
    end
    assert.is_nil(coroutine.wrap(choose.current)())
  end)

  it("has no `refusal` outside nginx, where a call can be made everywhere", function()
    assert.is_nil(choose.refusal)
  end)

  it("tells the chosen loop and every loop in use that a descriptor is about to be closed", function()
    local forgotten = {}
    package.loaded["cbr.loop.luv"] = { forget = function(fd) forgotten[#forgotten + 1] = "luv " .. fd end }
    choose.by_option "luv"
    choose.by_option "nginx" -- cannot be loaded: Lua 5.1 leaves something else than a module in package.loaded
    choose.forget(7, { forget = function(fd) forgotten[#forgotten + 1] = "chosen " .. fd end })
    package.loaded["cbr.loop.luv"] = nil
    assert.same({ "chosen 7", "luv 7" }, forgotten)
  end)
end)

describe("cbr.new", function()
  it("reports an option `loop` that is not valid as an error of the configuration", function()
    local _, err = cbr.new(support.options { loop = "unknown" })
    assert.equal("config", err.kind)
    assert.matches("nginx, cqueues, luv, copas", err.message)
    _, err = cbr.new(support.options { loop = { spawn = print } })
    assert.matches("park, unpark, wait", err.message)
    _, err = cbr.new(support.options { loop = true })
    assert.matches("loop must be a name, a table of functions, or false", err.message, 1, true)
  end)

  it("raises when the option `loop` has a type that is not allowed", function()
    assert.is_false(pcall(cbr.new, support.options { loop = 1 }))
  end)
end)
