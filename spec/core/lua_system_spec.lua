-- core.in_c_locale, core.poll and core.states. The core's clock, bell and file functions have specs of their own.

local core = require "cbr.core"
local locales = require "spec.helpers.locales"
local raw_server = require "spec.helpers.raw_server"
local socket = require "socket"
local support = require "spec.helpers.support"

local function seconds_of(fn)
  local from = core.monotonic()
  fn()
  return core.monotonic() - from
end

describe("core.in_c_locale", function()
  it("core.in_c_locale calls a function in the locale C, and does not change the locale of the process", function()
    locales.with(locales.COMMA, function()
      local function weekday()
        return os.date("!%A", 0)
      end
      assert.equal("Donnerstag", weekday())
      assert.equal("Thursday", core.in_c_locale(weekday))
      assert.equal("Donnerstag", weekday())
    end)
  end)

  it("core.in_c_locale passes all arguments and results", function()
    local function pass(...)
      return select("#", ...), ...
    end
    assert.same({ 4, 1, nil, "x", nil, n = 5 }, { n = select("#", core.in_c_locale(pass, 1, nil, "x", nil)),
      core.in_c_locale(pass, 1, nil, "x", nil) })
    assert.equal(0, core.in_c_locale(pass))
  end)

  it("core.in_c_locale raises the error of the function again, in the locale of the process", function()
    locales.with(locales.COMMA, function()
      local reason = {}
      local ok, err = pcall(core.in_c_locale, function()
        error(reason)
      end)
      assert.is_false(ok)
      assert.equal(reason, err)
      assert.equal("Donnerstag", os.date("!%A", 0))
    end)
    assert.is_false(pcall(core.in_c_locale, "no function"))
  end)

  it("core.in_c_locale raises when its function yields, and restores the locale", function()
    locales.with(locales.COMMA, function()
      assert.is_false(pcall(coroutine.wrap(function()
        core.in_c_locale(coroutine.yield)
      end)))
      assert.equal("Donnerstag", os.date("!%A", 0))
    end)
  end)
end)

describe("core.poll", function()
  it("core.poll waits for the whole time without descriptors", function()
    assert.is_true(seconds_of(function()
      core.poll({}, 0.05)
    end) > 0.045)
  end)

  it("core.poll does not wait for 0 seconds, a negative number or NaN", function()
    for _, seconds in ipairs { 0, -1, -1e300, 0 / 0 } do
      assert.is_true(seconds_of(function()
        core.poll({}, seconds)
      end) < 5)
    end
  end)

  it("core.poll returns as soon as one of several descriptors is readable", function()
    local idle, busy = assert(socket.bind("127.0.0.1", 0)), assert(socket.bind("127.0.0.1", 0))
    local _, port = busy:getsockname()
    local client = assert(socket.connect("127.0.0.1", port))
    assert.is_true(seconds_of(function()
      core.poll({ idle:getfd(), busy:getfd() }, 60)
    end) < 30)
    client:close()
    idle:close()
    busy:close()
  end)

  it("core.poll waits on a pool, and on a bell that watches the pool", function()
    local server = raw_server.open()
    local pool = core.pool { max_body = 1000, proxy = "" }
    local transfer, peer = raw_server.begin(pool, server)
    local bell = assert(core.bell(pool:fd()))
    for _, fd in ipairs { pool:fd(), bell:fd() } do
      assert.is_true(seconds_of(function()
        core.poll({ fd }, 0.03)
      end) > 0.025)
    end
    peer:send "HTTP/1.1 204 No Content\r\n\r\n"
    for _, fd in ipairs { pool:fd(), bell:fd() } do
      assert.is_true(seconds_of(function()
        core.poll({ fd }, 60)
      end) < 30)
    end
    assert.equal("ok", raw_server.finish(pool, transfer).result)
    bell:close()
    pool:close()
    peer:close()
    server:close()
  end)

  it("core.poll raises for arguments of the wrong type", function()
    assert.is_false(pcall(core.poll))
    assert.is_false(pcall(core.poll, 1, 1))
    assert.is_false(pcall(core.poll, {}, "soon"))
  end)
end)

describe("core.states", function()
  it("core.states counts each Lua state of a process once, however often it loads the core #process", function()
    local lua = os.getenv "CBR_LUA" or "lua5.4"
    local script = support.file [[
      local first = require "cbr.core"
      package.loaded["cbr.core"] = nil
      print(first.states(), require "cbr.core".states())
    ]]
    assert.equal("1\t1\n", (support.run(lua .. " " .. script)))
    os.remove(script)
  end)
end)
