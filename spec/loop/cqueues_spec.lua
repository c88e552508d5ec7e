-- Calls in coroutines of cqueues.

local event_loops = require "spec.helpers.event_loops"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

event_loops.describe("cqueues", function()
  local cqueues = require "cqueues"
  local controller = cqueues.new()
  return {
    spawn = function(run) controller:wrap(run) end,
    sleep = cqueues.sleep,
    run = function() assert(controller:loop()) end,
  }
end)

describe("several controllers of cqueues", function()
  local found, cqueues = pcall(require, "cqueues")
  if not found then
    pending("cqueues is missing for " .. _VERSION)
    return
  end

  local client

  set_up.for_each_test(function()
    client = support.client { endpoint = sandbox.plain }
    return client
  end)

  local function read_after(seconds)
    return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } }
  end

  it("the function spawn for cqueues always starts a driver, and returns true", function()
    local controller, said, has_run = cqueues.new(), nil, false
    controller:wrap(function()
      said = require "cbr.loop.cqueues".spawn(function() has_run = true end)
    end)
    assert(controller:loop())
    assert.same({ true, true }, { said, has_run })
  end)

  it("a call under a new controller ends although another controller was abandoned with a waiting call", function()
    -- The service accepts the access key here, so that later no call waits for the abandoned call.
    assert(read_after(0))
    local abandoned = cqueues.new()
    abandoned:wrap(read_after, 1)
    abandoned:wrap(function()
      cqueues.sleep(0.1)
      error "of another coroutine"
    end)
    assert.matches("of another coroutine", tostring(select(2, abandoned:loop())))
    local response
    local controller = cqueues.new()
    controller:wrap(function()
      response = read_after(0)
    end)
    assert(controller:loop(20))
    assert.equal("GET", response and response.method)
  end)

  it("a cqueues controller that runs in another controller's coroutine drives the calls of both controllers", function()
    local ended = {}
    local function call(seconds, name)
      assert(read_after(seconds))
      ended[#ended + 1] = name
    end
    local outer, inner = cqueues.new(), cqueues.new()
    call(0, "first") -- the service has now accepted the access key, so that no call waits for another call
    outer:wrap(call, 0.5, "outer")
    outer:wrap(function()
      inner:wrap(call, 0.1, "inner")
      assert(inner:loop(20))
    end)
    assert(outer:loop(20))
    assert.same({ "first", "inner", "outer" }, ended)
  end)

  it("a coroutine inside a controller's coroutine blocks, since its yields do not reach cqueues", function()
    local event_loop = require "cbr.loop.cqueues"
    local outside, nested
    local controller = cqueues.new()
    controller:wrap(function()
      outside = event_loop.is_running()
      nested = coroutine.wrap(event_loop.is_running)()
    end)
    assert(controller:loop())
    assert.is_true(outside)
    assert.is_false(nested)
    assert.is_false(event_loop.is_running())
  end)
end)
