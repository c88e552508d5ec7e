-- The handles of libcurl that a pool keeps for its next transfers.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"
local set_up = require "spec.helpers.set_up"

describe("a handle of an ended transfer", function()
  local server, pool

  set_up.for_each_test(function()
    server = raw_server.open()
    pool = core.pool { max_body = 1e6, proxy = "" }
    return pool, server
  end)

  it("the handle of an ended transfer carries nothing of its request into the next request", function()
    local first = { method = "POST", body = "text", headers = { ["X-One"] = "1" } }
    local transfer, peer = raw_server.begin(pool, server, first)
    assert.equal("text", peer:receive(4))
    local heads = {}
    for i, method in ipairs { "HEAD", "DELETE", "GET", "PUT", "GET" } do
      peer:send "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
      assert.equal("ok", raw_server.finish(pool, transfer).result)
      transfer = assert(pool:start { method = method, origin = server.origin, path = "/", timeout = 30 })
      heads[i] = raw_server.read_head(pool, peer)
      assert.matches("^" .. method .. " / HTTP", heads[i])
      assert.is_nil(heads[i]:lower():find "x%-one")
      assert.equal(method == "PUT", heads[i]:find "Content%-Length: 0" ~= nil)
    end
    transfer:close()
    peer:close()
  end)
end)
