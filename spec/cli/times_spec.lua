-- cbr_cli.times: durations and times of the command line.

require "spec.helpers.command"
local times = require "cbr_cli.times"

describe("the times of the command line", function()
  it("a duration is a number with a unit, several such numbers, or a number of seconds", function()
    for text, seconds in pairs {
      ["90"] = 90, ["0.5"] = 0.5, ["90s"] = 90, ["2m"] = 120, ["1h"] = 3600, ["2d"] = 172800, ["1w"] = 604800,
      ["1.5h"] = 5400, ["1d12h"] = 129600, ["1h30m"] = 5400, ["0"] = 0,
    } do
      assert.equal(seconds, (times.duration(text)), text)
    end
  end)

  it("a text that is not a duration is rejected with a reason that shows the text", function()
    for _, text in ipairs { "", "h", "1y", "-1", "1 h", "1h30", "inf", "nan", "0x10", "1e9", "99999w" } do
      local value, reason = times.duration(text)
      assert.is_nil(value, text)
      assert.matches("'" .. text .. "'", reason, 1, true)
    end
  end)

  it("a timeout or an interval of 0 is rejected", function()
    assert.equal(0.5, (times.positive "0.5s"))
    for _, text in ipairs { "0", "0h", "x" } do
      assert.is_nil((times.positive(text)))
    end
  end)

  it("a time is an ISO date or time, in UTC unless it has a zone", function()
    for text, seconds in pairs {
      ["2024-02-29"] = 1709164800, ["2024-02-29T12:00:00Z"] = 1709208000, ["2024-02-29 12:00"] = 1709208000,
      ["2024-02-29T13:30:00+01:30"] = 1709208000, ["2024-02-29T12:00:00.25"] = 1709208000,
      ["2000-03-01"] = 951868800, ["1970-01-01"] = 0, ["2024-02-29t07:00:00-0500"] = 1709208000,
      ["1709208000"] = 1709208000,
    } do
      assert.equal(seconds, (times.past(text)), text)
    end
  end)

  it("a duration stands for the time that is so long before now", function()
    local now = os.time()
    local at = times.past "3d"
    assert.is_true(at >= now - 3 * 86400 and at <= os.time() - 3 * 86400)
    local back = times.back "7d"
    assert.is_true(back >= 7 * 86400 - 1 and back <= 7 * 86400 + 1)
  end)

  it("a day that does not exist, too small a number or another text is rejected as a time", function()
    for _, text in ipairs {
      "2023-02-29", "2023-13-01", "2023-01-01T24:00:00", "2023-01-01T10", "2023-1-1", "2023-01-01T10:00:00+99:00",
      "3", "20230101", "yesterday", "", "-3d", "2023-01-01T10:00:00Zx",
    } do
      local value, reason = times.past(text)
      assert.is_nil(value, text)
      assert.matches("'" .. text .. "'", reason, 1, true)
    end
  end)

  it("a time in the future is rejected", function()
    local value, reason = times.past "2999-01-01"
    assert.is_nil(value)
    assert.equal("'2999-01-01' is in the future", reason)
    assert.is_nil((times.back "2999-01-01"))
  end)
end)
