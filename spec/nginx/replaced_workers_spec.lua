-- Workers that are replaced while calls wait, and a worker that makes thousands of calls.

local server = require "spec.helpers.nginx.server"
local slow_calls = require "spec.helpers.nginx.slow_calls"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

-- nginx runs LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

describe("nginx workers that are replaced #process", function()
  it("nginx workers that a reload replaces finish their calls in flight, in three successive reloads", function()
    sandbox.reset()
    local configuration = slow_calls.parts { workers = 2 }
    local nginx = server.start(configuration)
    local calls = {}
    for _ = 1, 3 do
      for _ = 1, 6 do
        calls[#calls + 1] = slow_calls.send(nginx, "/read?seconds=2")
      end
      calls[#calls + 1] = slow_calls.send(nginx, "/map?count=10&seconds=1")
      socket.sleep(0.2)
      nginx:reload(configuration)
    end
    for _, call in ipairs(calls) do
      local text = slow_calls.receive(call)
      assert.is_true(text == "GET" or text == "10 nil", text)
    end
    assert.is_true(slow_calls.wait_until(function() return nginx:workers() == 2 end), "old workers do not end")
    local log = nginx:log()
    assert.is_nil(log:find "%[error%]" or log:find "%[alert%]" or log:find "%[crit%]", log)
    nginx:stop()
    sandbox.reset()
  end)
end)

describe("ten thousand calls of an nginx worker #process #many", function()
  it("ten thousand calls in an nginx worker leak neither descriptors nor memory", function()
    sandbox.reset()
    local nginx = server.start(slow_calls.parts())
    local function state()
      local memory, descriptors, lua_memory = nginx:get "/state":match "^(%d+) (%d+) ([%d.]+)"
      return tonumber(memory), tonumber(descriptors), tonumber(lua_memory)
    end
    local function make_calls(count)
      for _ = 1, count / 500 do
        assert.equal("500 nil", (nginx:get "/map?count=500&seconds=0"))
      end
      return state()
    end
    local _, descriptors_at_first = state() -- one call was made, and one connection is kept
    local memory_before, _, lua_memory_before = make_calls(2000)
    local memory, descriptors, lua_memory = make_calls(10000)
    assert.is_true(memory - memory_before < 3e6, memory - memory_before)
    assert.is_true(lua_memory - lua_memory_before < 3e5, lua_memory - lua_memory_before)
    -- The number of idle connections varies, but never exceeds 50, the number of calls in flight at a time. The bell of
    -- the last calls has four descriptors.
    assert.is_true(descriptors < descriptors_at_first + 50 + 4, descriptors - descriptors_at_first)
    nginx:get "/close"
    local _, descriptors_at_last = state()
    assert.is_true(descriptors_at_last < descriptors_at_first, descriptors_at_last - descriptors_at_first)
    nginx:stop()
    sandbox.reset()
  end)
end)
