-- A loop that drops what it was to start, as nginx does when its timers run out: whoever waits does the driver's work.

local cbr = require "cbr"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

-- One that starts nothing by itself: what was to be is in `spawned`.
local function forgetful_loop(on_wait)
  local host = { drops = true, spawned = {} }
  function host.spawn(run)
    host.spawned[#host.spawned + 1] = run
    return true
  end
  function host.park(_, seconds)
    socket.sleep(seconds)
  end
  function host.unpark() end
  function host.wait(fd)
    on_wait(host, fd)
    socket.sleep(0.001)
  end
  function host.is_running()
    return coroutine.running() ~= nil
  end
  return host
end

describe("a loop that drops what it was to start", function()
  before_each(function()
    sandbox.reset()
  end)

  after_each(function()
    sandbox.clear_faults()
  end)

  it("is asked to start nothing for a client that was closed in another's turn", function()
    sandbox.fault { call = "list_vault", fault = "slow_headers", seconds = support.patience, times = -1 }
    for _, closes in ipairs { 1, 2 } do
      local clients, closed_at = {}, nil
      local host = forgetful_loop(function(host, fd)
        local other = clients[3 - closes].pool
        if not closed_at and other and fd == other:fd() then
          closed_at, host.spawned = socket.gettime(), {}
          clients[closes]:close()
        end
      end)
      for i = 1, 2 do
        clients[i] = support.client { endpoint = sandbox.plain, loop = host }
      end
      local routine = coroutine.create(function()
        return cbr.map(clients, function(client)
          return client:list_vault { limit = 1 }
        end)
      end)
      local ok, results, errors = assert(coroutine.resume(routine))
      assert.is_true(ok)
      assert.equal("dead", coroutine.status(routine))
      assert.is_number(closed_at)
      assert.matches("cancelled", errors[closes].message)
      assert.is_table(results[3 - closes])
      for _, run in ipairs(host.spawned) do
        coroutine.wrap(run)() -- raises where it was to move what is closed
      end
      clients[3 - closes]:close()
    end
  end)
end)
