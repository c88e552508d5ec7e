-- Points in time, read and written as the services do.

local time = require "cbr.util.time"

describe("time", function()
  it("reads every form of a time that the services write", function()
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

  it("returns nil for a value that is not a time", function()
    for _, value in ipairs {
      "", "yesterday", "2020-02-23", "2020-02-23T01:00:32+2", "Sun, 06 Xyz 1994 08:49:37 GMT", 5,
    } do
      assert.is_nil(time.parse(value))
    end
    assert.is_nil(time.parse(nil))
  end)

  it("writes a time in the form that the service's list filters expect", function()
    assert.equal("2020-02-23T01:00:32Z", time.text(time.parse "2020-02-23T01:00:32.9Z"))
  end)
end)
