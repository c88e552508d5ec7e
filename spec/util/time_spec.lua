-- Points in time, read and written as the services do.

local time = require "cbr.util.time"

describe("time", function()
  it("cbr.util.time reads every form of a time that the services write", function()
    assert.equal(0, time.parse "1970-01-01T00:00:00Z")
    assert.equal(1582419632, time.parse "2020-02-23T01:00:32Z")
    assert.equal(1558621896.039365, time.parse "2019-05-23T14:31:36.039365")
    assert.is_true(math.abs(1558622123.584 - time.parse "2019-05-23T14:35:23.584+00:00") < 1e-6)
    assert.equal(time.parse "2019-05-23T12:35:23Z", time.parse "2019-05-23T14:35:23+02:00")
    assert.equal(time.parse "2019-05-24T00:05:23Z", time.parse "2019-05-23T14:35:23-0930")
    assert.equal(1639724284, time.parse "20211217T065804Z")
    assert.equal(784111777, time.parse "Sun, 06 Nov 1994 08:49:37 GMT")
    assert.equal(time.parse "2024-03-01T00:00:00Z", time.parse "2024-02-29T00:00:00Z" + 86400)
    assert.equal(951782400, time.parse "2000-02-29T00:00:00Z")
  end)

  it("cbr.util.time reads the two older forms of HTTP dates", function()
    assert.equal(784111777, time.parse "Sunday, 06-Nov-94 08:49:37 GMT")
    assert.equal(784111777, time.parse "Sun Nov  6 08:49:37 1994")
    assert.equal(time.parse "2036-05-17T10:20:30Z", time.parse "Saturday, 17-May-36 10:20:30 GMT")
    assert.equal(time.parse "2036-05-17T10:20:30Z", time.parse "Sat May 17 10:20:30 2036")
  end)

  it("cbr.util.time reads a year of two digits as a year that is at most 50 years in the future", function()
    local now = tonumber(os.date "!%Y")
    for _, years in ipairs { -49, -1, 0, 1, 49, 50 } do
      local text = ("Monday, 01-Jan-%02d 00:00:00 GMT"):format((now + years) % 100)
      assert.equal(time.parse(("%d-01-01T00:00:00Z"):format(now + years)), time.parse(text))
    end
  end)

  it("cbr.util.time returns nil for a value that is not a time", function()
    for _, value in ipairs {
      "", "yesterday", "2020-02-23", "2020-02-23T01:00:32+2", "Sun, 06 Xyz 1994 08:49:37 GMT", 5,
      "Sunday, 06-Xyz-94 08:49:37 GMT", "Sun Xyz  6 08:49:37 1994", "Sunday, 06-Nov-94 08:49:37",
    } do
      assert.is_nil(time.parse(value))
    end
    assert.is_nil(time.parse(nil))
  end)

  it("cbr.util.time writes a time in the form that the service's list filters expect", function()
    assert.equal("2020-02-23T01:00:32Z", time.text(time.parse "2020-02-23T01:00:32.9Z"))
  end)
end)
