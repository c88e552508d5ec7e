-- An alarm: a descriptor that becomes readable at a set time, for event loops that wait only on descriptors.

local core = require "cbr.core"
local socket = require "socket"

-- Waits until a descriptor is readable, for up to `seconds`. Returns how long that took.
local function waited(fd, seconds)
  local from = core.monotonic()
  core.poll({ fd }, seconds)
  return core.monotonic() - from
end

describe("an alarm", function()
  it("an alarm becomes readable after the time that was set", function()
    local alarm = assert(core.alarm())
    alarm:set(0.05)
    local seconds = waited(alarm:fd(), 20)
    assert.is_true(seconds > 0.04 and seconds < 10, seconds)
    alarm:close()
  end)

  it("an alarm that is set to 0 seconds is readable at once", function()
    local alarm = assert(core.alarm())
    alarm:set(0)
    assert.is_true(waited(alarm:fd(), 20) < 10)
    alarm:close()
  end)

  it("an alarm does not become readable while no time is set", function()
    local alarm = assert(core.alarm())
    assert.is_true(waited(alarm:fd(), 0.05) > 0.04)
    for _, never in ipairs { -1, 0 / 0, 1e9, 1e300, 1 / 0 } do
      alarm:set(0.01)
      alarm:set(never)
      assert.is_true(waited(alarm:fd(), 0.03) > 0.025, tostring(never))
    end
    alarm:set(0.01)
    alarm:set()
    assert.is_true(waited(alarm:fd(), 0.03) > 0.025)
    alarm:close()
  end)

  it("an alarm is also readable while the descriptor that it includes is readable", function()
    local listener = assert(socket.bind("127.0.0.1", 0))
    local alarm = assert(core.alarm(listener:getfd()))
    assert.is_true(waited(alarm:fd(), 0.03) > 0.025)
    local _, port = listener:getsockname()
    local client = assert(socket.connect("127.0.0.1", port))
    assert.is_true(waited(alarm:fd(), 20) < 10)
    assert(listener:accept()):close()
    assert.is_true(waited(alarm:fd(), 0.03) > 0.025)
    alarm:set(0)
    assert.is_true(waited(alarm:fd(), 20) < 10)
    client:close()
    listener:close()
    alarm:close()
  end)

  it("an alarm reports a descriptor that cannot be waited on, and leaks no descriptor", function()
    local support = require "spec.helpers.support"
    local before = support.descriptors()
    local alarm, reason = core.alarm(9999)
    assert.is_nil(alarm)
    assert.equal("Bad file descriptor", reason)
    assert.equal(before, support.descriptors())
  end)

  it("a closed alarm raises when it is used, and can be closed again", function()
    local alarm = assert(core.alarm())
    alarm:close()
    alarm:close()
    assert.has_error(function()
      alarm:fd()
    end, "attempt to use a closed alarm")
    assert.has_error(function()
      alarm:set(1)
    end, "attempt to use a closed alarm")
  end)
end)
