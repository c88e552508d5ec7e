-- The list of a pool's transfers: transfers leave the list at any place, and the other transfers stay in their order.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"

describe("the transfers of a pool", function()
  it("transfers of a pool continue, and are reported at their end, whichever other transfers are closed", function()
    for _, closed in ipairs { {}, { 1 }, { 3 }, { 5 }, { 1, 2 }, { 4, 5 }, { 5, 4 }, { 2, 4 }, { 1, 3, 5 } } do
      local server = raw_server.open()
      local pool = core.pool { max_body = 1000, proxy = "" }
      local transfers, peers, is_closed, expected, reported = {}, {}, {}, {}, {}
      for i = 1, 5 do
        transfers[i], peers[i] = raw_server.begin(pool, server)
      end
      for _, i in ipairs(closed) do
        is_closed[i] = true
        transfers[i]:close() -- closed while it is in flight
      end
      assert.equal(5 - #closed, pool:in_flight())
      for _, i in ipairs { 4, 2, 5, 1, 3 } do
        if not is_closed[i] then
          peers[i]:send "HTTP/1.1 204 No Content\r\n\r\n"
          raw_server.step_until(pool, function()
            return transfers[i]:done()
          end)
          expected[#expected + 1] = i
        end
      end
      local forgotten = table.remove(expected, 2)
      transfers[forgotten]:close() -- closed after its end
      for serial in pool.ended, pool do
        reported[#reported + 1] = serial
      end
      assert.same({ expected, 0 }, { reported, pool:in_flight() })
      pool:close()
      server:close()
    end
  end)
end)
