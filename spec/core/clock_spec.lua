-- The monotonic clock, the date, and the rounding of waiting times.

local core = require "cbr.core"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("core.monotonic", function()
  it("the monotonic clock never goes backwards", function()
    local before = core.monotonic()
    for _ = 1, 10000 do
      local now = core.monotonic()
      assert.is_true(now >= before)
      before = now
    end
  end)

  it("the monotonic clock counts seconds", function()
    local from = core.monotonic()
    require "socket".sleep(0.1)
    local seconds = core.monotonic() - from
    assert.is_true(seconds > 0.09 and seconds < 10, seconds)
  end)
end)

describe("core.poll", function()
  it("core.poll rounds a wait up to a whole millisecond, not down to zero", function()
    local from = core.monotonic()
    for _ = 1, 20 do
      core.poll({}, 1e-6)
    end
    assert.is_true(core.monotonic() - from > 0.015)
  end)
end)

describe("core.date", function()
  it("core.date gives the present UTC time in the form of X-Sdk-Date", function()
    local before = os.date "!%Y%m%dT%H%M%SZ"
    local date = core.date()
    local after = os.date "!%Y%m%dT%H%M%SZ"
    assert.is_true(before <= date and date <= after, date)
    assert.matches("^%d%d%d%d%d%d%d%dT%d%d%d%d%d%dZ$", date)
  end)

  it("core.date raises for an offset that leads to a year outside 0 to 9999", function()
    for _, offset in ipairs { 0 / 0, 1 / 0, -1 / 0, 1e12, -1e12, 1e300, 3e11, -1e11 } do
      assert.is_false(pcall(core.date, offset), tostring(offset))
    end
    assert.is_false(pcall(core.date, "soon"))
  end)
end)

describe("with libfaketime #process", function()
  local library = support.run("ls /usr/lib/*/faketime/libfaketime.so.1"):match "^/[^\n]+"
  if not library or not library:find "so.1$" then
    pending "needs libfaketime"
    return
  end

  -- Runs code in a separate process with these environment variables. Returns the output of the process.
  local function run(code, variables)
    local script = support.file(code)
    local output = support.run(("%s LD_PRELOAD=%s %s %s"):format(
      variables, library, os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    return output
  end

  it("core.date adds the offset, rounded to the nearest second", function()
    local code = [[
      local core = require "cbr.core"
      for _, offset in ipairs { 0, 0.4, 0.5, 1, -0.5, -0.6, 86400, -86400 * 60, 8 * 3600 + 0.7 } do
        io.write(core.date(offset), " ")
      end
    ]]
    assert.equal("20240228T235959Z 20240228T235959Z 20240229T000000Z 20240229T000000Z 20240228T235959Z "
      .. "20240228T235958Z 20240229T235959Z 20231230T235959Z 20240229T080000Z ",
      run(code, "TZ=UTC FAKETIME='2024-02-28 23:59:59'"))
  end)

  it("core.date is in UTC, whatever the time zone", function()
    local code = [[io.write(require "cbr.core".date())]]
    assert.equal("20240701T100000Z", run(code, "TZ=Asia/Shanghai FAKETIME='2024-07-01 18:00:00'"))
  end)

  it("a jump of the wall clock moves no deadline and disturbs no call", function()
    if support.has_old_gnutls then
      return pending "an order uses a new connection, for which the certificate is not valid yet"
    end
    for _, jump in ipairs { 3600, -3600, 86400 * 365 } do
      sandbox.reset()
      sandbox.time_scale(1) -- the sync lasts longer than the wait, even on a slow machine
      sandbox.fault { call = "list_vault", fault = "slow_headers", seconds = 1 }
      sandbox.fault { call = "list_vault", fault = "slow_headers", seconds = 30 }
      local file = support.file "+0"
      local output = run(([[
        local cbr = require "cbr"
        local now = require "cbr.core".monotonic
        local client = assert(cbr.new { proxy = "" })
        local HYBRID = { vault_id = os.getenv "HYBRID_VAULT_ID" }
        assert(client:show_vault(HYBRID)) -- opens the connection, since a handshake after the jump would fail
        local from = now()
        os.execute("(sleep 0.3; echo %+d >$FAKETIME_TIMESTAMP_FILE) &")
        print(client:list_vault({}, { timeout = 10 }) ~= nil)
        from = now()
        local _, err = client:list_vault({}, { timeout = 1 })
        print(err.kind, now() - from > 0.9, now() - from < 5)
        os.execute("echo +0 >$FAKETIME_TIMESTAMP_FILE")
        local replication = assert(client:sync(HYBRID))
        os.execute("(sleep 0.3; echo %+d >$FAKETIME_TIMESTAMP_FILE) &")
        from = now()
        local _, late = client:wait(replication, { timeout = 0.9, interval = 0.1 })
        print(late and late.kind, now() - from > 0.5, now() - from < 5)
        client:close()
      ]]):format(jump, jump), ("FAKETIME_TIMESTAMP_FILE=%s FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1"):format(file))
      os.remove(file)
      assert.equal("true\ntimeout\ttrue\ttrue\ntimeout\ttrue\ttrue\n", output, jump .. " s")
    end
  end)
end)
