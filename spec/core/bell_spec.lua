-- A bell wakes an event loop, through a descriptor or a stream, when another descriptor is readable or at a set time.

local core = require "cbr.core"
local lfs = require "lfs"
local socket = require "socket"
local support = require "spec.helpers.support"
local there, posix = pcall(require, "posix")

-- Waits until a descriptor is readable, for up to `seconds`. Returns how long the wait took.
local function waited(fd, seconds)
  local from = core.monotonic()
  core.poll({ fd }, seconds)
  return core.monotonic() - from
end

local function is_quiet(fd)
  return waited(fd, 0.03) > 0.025
end

local function unix_stream()
  local unix = require "socket.unix"
  return assert((type(unix) == "table" and (unix.stream or unix.tcp) or unix)())
end

-- Returns the number of threads of this process.
local function threads()
  return tonumber(support.read "/proc/self/status":match "Threads:%s*(%d+)")
end

local without_bell = threads()

-- Returns two connected sockets: the first becomes readable when the second sends.
local function pair()
  local listener = assert(socket.bind("127.0.0.1", 0))
  local _, port = listener:getsockname()
  local there_end = assert(socket.connect("127.0.0.1", port))
  local here = assert(listener:accept())
  listener:close()
  return here, there_end
end

describe("a bell", function()
  it("a bell becomes readable after the time that was set", function()
    local bell = assert(core.bell())
    bell:arm(0.05)
    local seconds = waited(bell:fd(), 20)
    assert.is_true(seconds > 0.04 and seconds < 10, seconds)
    bell:close()
  end)

  it("a bell becomes readable at once when it is rung, or armed with 0 seconds", function()
    local bell = assert(core.bell())
    bell:arm(0)
    assert.is_true(waited(bell:fd(), 20) < 10)
    bell:arm(60)
    assert.is_true(is_quiet(bell:fd()))
    bell:ring()
    assert.is_true(waited(bell:fd(), 20) < 10)
    bell:close()
  end)

  it("a bell does not become readable while no time is set", function()
    local bell = assert(core.bell())
    assert.is_true(is_quiet(bell:fd()))
    for _, never in ipairs { -1, 0 / 0, 1e9, 1e300, 1 / 0 } do
      bell:arm(0.01)
      bell:arm(never)
      assert.is_true(is_quiet(bell:fd()), tostring(never))
    end
    bell:arm(0.01)
    bell:arm()
    assert.is_true(is_quiet(bell:fd()))
    bell:close()
  end)

  it("a bell is also readable while the descriptor that it watches is readable", function()
    local here, peer = pair()
    local bell = assert(core.bell(here:getfd()))
    for _ = 1, 2 do
      bell:arm(60)
      assert.is_true(is_quiet(bell:fd()))
      peer:send "x"
      assert.is_true(waited(bell:fd(), 20) < 10)
      here:receive(1)
      bell:ring()
      assert.is_true(waited(bell:fd(), 20) < 10)
    end
    bell:close()
    here:close()
    peer:close()
  end)

  it("a bell that watches a descriptor rings at the earliest of the times that were set", function()
    local here, peer = pair()
    local bell = assert(core.bell(here:getfd()))
    bell:arm(0.05)
    bell:arm(60)
    assert.is_true(waited(bell:fd(), 20) < 10)
    bell:close()
    here:close()
    peer:close()
  end)

  it("a bell reports a descriptor that cannot be waited on, and leaks no descriptor", function()
    local before = support.descriptors()
    local bell, reason = core.bell(9999)
    assert.is_nil(bell)
    assert.equal("Bad file descriptor", reason)
    assert.equal(before, support.descriptors())
  end)

  it("a closed bell raises when it is used, except that it can be rung and closed again", function()
    local bell = assert(core.bell())
    bell:close()
    bell:close()
    bell:ring()
    for _, method in ipairs { "fd", "arm", "listen", "accept" } do
      assert.has_error(function()
        bell[method](bell)
      end, "attempt to use a closed bell")
    end
  end)
end)

describe("a bell with a stream", function()
  local here, peer, bell, stream, directory, opened

  -- Opens a bell, and connects a stream to its socket.
  local function open()
    opened = core.monotonic()
    bell = assert(core.bell(here:getfd()))
    local path = assert(bell:listen())
    directory = path:match "^(.*)/"
    stream = unix_stream()
    assert(stream:connect(path))
    assert(bell:accept())
    stream:settimeout(20)
  end

  -- Reads all bytes that wait in the bell's stream.
  local function drain()
    stream:settimeout(0)
    local _, _, bytes = stream:receive(1000)
    stream:settimeout(20)
    return #bytes
  end

  local TICK = "." -- the byte that the stream gets after a second without any byte

  -- Returns the next byte in the bell's stream that is not a tick.
  local function next_ring()
    for _ = 1, 20 do
      local byte = stream:receive(1)
      if byte ~= TICK then
        return byte
      end
    end
  end

  local function is_stream_quiet()
    return is_quiet(stream:getfd()) or stream:receive(1) == TICK
  end

  before_each(function()
    here, peer = pair()
    open()
  end)

  after_each(function()
    bell:close()
    stream:close()
    here:close()
    peer:close()
  end)

  it("a bell's stream gets one byte while the watched descriptor is readable, and one more after bell:arm", function()
    peer:send "x"
    assert.equal("!", next_ring())
    assert.is_true(is_stream_quiet())
    bell:arm(60)
    assert.equal("!", next_ring()) -- the stream is still readable
  end)

  it("a bell's stream gets a byte at the set time, and when the bell is rung", function()
    local from = core.monotonic()
    bell:arm(0.05)
    assert.equal("!", next_ring())
    assert.is_true(core.monotonic() - from > 0.04)
    bell:ring()
    assert.equal("!", next_ring())
  end)

  it("a bell's stream gets a byte once a second although nothing happens", function()
    assert.equal(TICK:rep(2), stream:receive(2))
    assert.is_true(core.monotonic() - opened > 1.5)
  end)

  it("bell:ring does not block, even if nobody reads the bell's stream", function()
    for _ = 1, 1e5 do
      bell:ring()
    end
    assert.is_true(drain() > 0)
  end)

  it("a bell's socket and the socket's directory are removed as soon as the connection is accepted", function()
    assert.is_nil(lfs.attributes(directory))
  end)

  it("closing a bell soon ends its thread, and closes its descriptors", function()
    local shortest = math.huge
    for _ = 1, 5 do -- on a busy machine, a thread may end late once
      assert.equal(without_bell + 1, support.soon(without_bell + 1, threads))
      local descriptors, from = support.descriptors(), core.monotonic()
      bell:close()
      shortest = math.min(shortest, core.monotonic() - from)
      assert.equal(without_bell, support.soon(without_bell, threads))
      assert.equal(descriptors - 3, support.descriptors()) -- the stream, the timer, and the epoll descriptor
      drain()
      assert.equal("closed", (select(2, stream:receive(1))))
      stream:close()
      open()
    end
    assert.is_true(shortest < 0.5, shortest)
  end)

  it("the garbage collector ends the thread of a bell that was dropped", function()
    assert.equal(without_bell + 1, support.soon(without_bell + 1, threads))
    bell = nil
    collectgarbage()
    collectgarbage()
    assert.equal(without_bell, support.soon(without_bell, threads))
    open()
  end)

  it("the thread of a bell handles no signal #process", function()
    local blocked
    for thread in lfs.dir "/proc/self/task" do
      local status = thread:find "%d" and support.read(("/proc/self/task/%s/status"):format(thread))
      local mask = status and status:match "SigBlk:%s*(%x+)"
      blocked = blocked or mask and mask:match "^f+%x+$"
    end
    assert.is_string(blocked)
  end)

  it("a forked child has no thread of the bell, and cannot ring or close the parent's bell #process", function()
    if not there then
      return pending("needs luaposix, which Debian 12 does not have for " .. _VERSION)
    end
    io.stdout:flush()
    local pid = assert(posix.fork())
    if pid == 0 then
      bell:ring()
      bell:arm(0)
      bell:close()
      posix._exit(threads() == 1 and 0 or 1)
    end
    assert.equal(0, (select(3, posix.wait(pid))))
    assert.is_true(is_stream_quiet())
    bell:ring()
    assert.equal("!", next_ring())
  end)
end)

describe("a bell that listens", function()
  local here, peer, bell

  before_each(function()
    here, peer = pair()
    bell = assert(core.bell(here:getfd()))
  end)

  after_each(function()
    bell:close()
    here:close()
    peer:close()
  end)

  it("only the user can enter the directory of a bell's socket", function()
    assert.equal("rwx------", lfs.attributes(assert(bell:listen()):match "^(.*)/", "permissions"))
  end)

  it("closing a bell removes a socket to which nobody has connected", function()
    local directory = assert(bell:listen()):match "^(.*)/"
    bell:close()
    assert.is_nil(lfs.attributes(directory))
  end)

  it("a bell to which nobody has connected removes its socket, and does not accept later connections", function()
    local directory = assert(bell:listen()):match "^(.*)/"
    assert.same({ nil, "Resource temporarily unavailable" }, { bell:accept() })
    assert.is_nil(lfs.attributes(directory))
    assert.same({ nil, "Bad file descriptor" }, { bell:accept() })
  end)

  it("a bell does not accept a connection from another process #process", function()
    local path = assert(bell:listen())
    local script = support.file(([[
      local unix = require "socket.unix"
      local stream = (type(unix) == "table" and (unix.stream or unix.tcp) or unix)()
      print(stream:connect(%q))
    ]]):format(path))
    support.run(("%s %s"):format(os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    assert.same({ nil, "Operation not permitted" }, { bell:accept() })
    assert.equal(without_bell, support.soon(without_bell, threads))
  end)

  it("a bell listens only once, and only if it watches a descriptor", function()
    assert.is_string(bell:listen())
    assert.same({ nil, "Bad file descriptor" }, { bell:listen() })
    local other = assert(core.bell())
    assert.same({ nil, "Bad file descriptor" }, { other:listen() })
    other:close()
  end)

  it("a bell listens in another directory if TMPDIR cannot be used, and leaves no file in TMPDIR #process", function()
    local script = support.file [[
      local core = require "cbr.core"
      local bell = assert(core.bell(core.bell():fd()))
      print((assert(bell:listen()):match "^(.*)/cbr%-......"))
      bell:close()
    ]]
    local long = support.sandbox.dir .. "/" .. ("x"):rep(90)
    assert(lfs.mkdir(long))
    for _, directory in ipairs { "/nowhere", "relative", "", long, "/proc" } do
      local output = support.run(("TMPDIR='%s' %s %s"):format(directory, os.getenv "CBR_LUA" or "lua5.4", script))
      assert.equal("/tmp\n", output)
    end
    assert.same({ "", true }, { support.run(("ls '%s'"):format(long)) })
    assert.equal(support.sandbox.dir .. "\n",
      (support.run(("TMPDIR='%s' %s %s"):format(support.sandbox.dir, os.getenv "CBR_LUA" or "lua5.4", script))))
    os.remove(script)
    lfs.rmdir(long)
  end)
end)
