-- Byte buffers, tested by the bodies and headers that pass through them. secrets_in_freed_memory_spec.lua tests that a
-- freed buffer contains no secret.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"

describe("a byte buffer", function()
  local server, pool

  setup(function()
    server = raw_server.open()
  end)

  teardown(function()
    server:close()
  end)

  before_each(function()
    pool = core.pool { max_body = 1e6, proxy = "" }
  end)

  after_each(function()
    pool:close()
  end)

  it("a byte buffer keeps every byte of a body, including zeros, whatever its size", function()
    local bytes = {}
    for i = 0, 255 do
      bytes[i + 1] = string.char(i)
    end
    local block = table.concat(bytes)
    for _, body in ipairs { "", "\0", block:sub(1, 255), block, block .. "\0", block:rep(1000) } do
      local head = ("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"):format(#body)
      local response = raw_server.respond(pool, server, head .. body):finish()
      assert.equal("ok", response.result)
      assert.is_true(response.body == body, #body .. " bytes differ")
    end
  end)

  it("a byte buffer joins the many small pieces of a body", function()
    local pieces = {}
    for i = 1, 2000 do
      pieces[i] = ("3\r\n%03d\r\n"):format(i % 1000)
    end
    local head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    local response = raw_server.respond(pool, server, head .. table.concat(pieces) .. "0\r\n\r\n"):finish()
    assert.equal(6000, #response.body)
    assert.equal("001002003", response.body:sub(1, 9))
    assert.equal("998999000", response.body:sub(-9))
  end)

  it("a byte buffer compares header names without regard to case", function()
    local head = "HTTP/1.1 200 OK\r\nX-REQUEST-id: r\r\ndAtE: d\r\nContent-Length: 0\r\n\r\n"
    local response = raw_server.respond(pool, server, head):finish()
    assert.same({ ["x-request-id"] = "r", date = "d" }, response.headers)
  end)

  it("a byte buffer trims spaces and tabs around header values, and nothing else", function()
    local head = "HTTP/1.1 200 OK\r\nX-Request-Id: \t a \t b \t\r\nDate:\194\160d\r\nContent-Length: 0\r\n\r\n"
    local response = raw_server.respond(pool, server, head):finish()
    assert.same({ ["x-request-id"] = "a \t b", date = "\194\160d" }, response.headers)
  end)
end)
