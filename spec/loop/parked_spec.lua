-- The records of waiting coroutines, tested without an event loop and without transfers.

local parked = require "cbr.loop.parked"

local function nothing() end

-- A table that stands in for a pool in which these transfers have ended.
local function pool_with_ended(serials)
  return { ended = function() return table.remove(serials, 1) end }
end

-- A table that stands in for a transfer, and records whether the transfer was closed.
local function new_transfer()
  return { close = function(transfer) transfer.is_closed = true end }
end

-- Adds a wait for a transfer.
local function add(pool, serial)
  local wait = { pools = { [pool] = true } }
  wait.transfer, wait.serial = new_transfer(), serial
  parked.add(wait)
  return wait
end

describe("parked.wake", function()
  it("parked.wake unparks the coroutine only once, by the loop that has parked the coroutine", function()
    local tickets, wait = {}, { pools = {}, due = 12 }
    wait.loop = { unpark = function(ticket) tickets[#tickets + 1] = ticket end }
    parked.wake(wait)
    parked.wake(wait)
    assert.is_true(wait.done)
    assert.equal(12, wait.due)
    assert.equal(1, #tickets)
    assert.equal(wait, tickets[1])
  end)

  it("parked.wake ends a wait whose coroutine is not parked yet", function()
    local wait = { pools = {} }
    parked.wake(wait)
    assert.is_true(wait.done)
  end)
end)

describe("parked.wake_ended", function()
  it("parked.wake_ended ends only the waits for transfers that have ended", function()
    local pool = pool_with_ended { 3, 1 }
    local one, two, three = add(pool, 1), add(pool, 2), add(pool, 3)
    parked.wake_ended(pool)
    assert.same({ true, nil, true }, { one.done, two.done, three.done })
  end)

  it("parked.wake_ended stops at its limit, and continues at the next call", function()
    local pool = pool_with_ended { 1, 2, 3 }
    local one, two, three = add(pool, 1), add(pool, 2), add(pool, 3)
    parked.wake_ended(pool, 2)
    assert.same({ true, true, nil }, { one.done, two.done, three.done })
    parked.wake_ended(pool, 2)
    assert.is_true(three.done)
  end)

  it("parked.wake_ended empties the list of ended transfers even if nothing waits for them", function()
    local serials = { 1, 2 }
    parked.wake_ended(pool_with_ended(serials))
    assert.same({}, serials)
  end)

  it("the wait of a garbage-collected coroutine is not kept", function()
    local pool = pool_with_ended { 1 }
    add(pool, 1)
    collectgarbage()
    collectgarbage()
    assert.is_nil(next(parked.of_pool[pool]))
  end)
end)

describe("parked.cancel", function()
  local co

  before_each(function()
    co = coroutine.create(nothing)
  end)

  it("parked.cancel closes the transfer that an abandoned coroutine waits for, and ends the wait", function()
    local wait = add(pool_with_ended {}, 1)
    parked.of_coroutine[co] = wait
    parked.cancel(co)
    assert.is_true(wait.done)
    assert.is_true(wait.transfer.is_closed)
    assert.is_nil(parked.of_coroutine[co])
  end)

  it("parked.cancel does not close the transfer of a wait that is done", function()
    local wait = add(pool_with_ended { 1 }, 1)
    parked.of_coroutine[co] = wait
    parked.wake_ended(next(wait.pools))
    parked.cancel(co)
    assert.is_nil(wait.transfer.is_closed)
  end)

  it("parked.cancel also cancels the items of a cbr.map whose coroutine was abandoned", function()
    local item = coroutine.create(nothing)
    local of_item, of_map = add(pool_with_ended {}, 1), { pools = {} }
    parked.of_coroutine[item] = of_item
    of_map.items = { [item] = 1 }
    parked.of_coroutine[co] = of_map
    parked.cancel(co)
    assert.is_true(of_item.transfer.is_closed)
  end)

  it("parked.cancel removes a coroutine as the setter of its signals, so that no call waits for them", function()
    local signal, other = {}, {}
    parked.setter_of[signal], parked.setter_of[other] = co, coroutine.create(nothing)
    parked.of_coroutine[co] = { pools = {} }
    parked.cancel(co)
    assert.same({ nil, "thread" }, { parked.setter_of[signal], type(parked.setter_of[other]) })
  end)
end)

describe("parked.cancel_abandoned", function()
  local now = 1e9 -- later than the last search for abandoned coroutines

  before_each(function()
    now = now + 10
  end)

  -- An event loop that tells which parked coroutines it still holds. `loop.held` is the set of their tickets.
  local function loop_that_drops()
    local loop = { held = {}, asked = 0 }
    function loop.is_parked(ticket)
      loop.asked = loop.asked + 1
      return loop.held[ticket] == true
    end
    return loop
  end

  local function park(loop)
    local co, wait = coroutine.create(nothing), add(pool_with_ended {}, 1)
    wait.loop, loop.held[wait] = loop, true
    parked.of_coroutine[co] = wait
    return wait, co
  end

  it("only the waits of coroutines that their loop has dropped are cancelled", function()
    local loop, other = loop_that_drops(), { unpark = nothing } -- the other loop does not drop coroutines
    local kept, kept_co = park(loop)
    local dropped, dropped_co = park(loop)
    local elsewhere, elsewhere_co = park(loop)
    elsewhere.loop = other
    loop.held[dropped] = nil
    parked.cancel_abandoned(now)
    assert.is_true(dropped.transfer.is_closed)
    assert.same({ nil, true, nil }, { kept.done, dropped.done, elsewhere.done })
    assert.same({ kept, nil, elsewhere }, {
      parked.of_coroutine[kept_co], parked.of_coroutine[dropped_co], parked.of_coroutine[elsewhere_co],
    })
  end)

  it("the wait of a coroutine that an error has ended is cancelled, and the coroutine's loop is told", function()
    local abandoned
    local loop = { held = {}, abandon = function(ticket) abandoned = ticket end }
    local wait, co = park(loop)
    assert.is_true(coroutine.resume(co)) -- the coroutine ends, and nothing has ended its wait
    parked.cancel_abandoned(now)
    assert.is_true(wait.transfer.is_closed)
    assert.equal(wait, abandoned)
  end)

  it("a coroutine that runs, or whose wait is done, is not taken for an abandoned coroutine", function()
    local loop = loop_that_drops()
    local running, running_co = park(loop)
    local ended, ended_co = park(loop)
    running.loop, loop.held = nil, {}
    ended.done = true
    parked.cancel_abandoned(now)
    assert.same({ running, ended }, { parked.of_coroutine[running_co], parked.of_coroutine[ended_co] })
    assert.is_nil(running.transfer.is_closed)
    assert.is_nil(ended.transfer.is_closed)
  end)

  it("abandoned coroutines are searched for at most once a second", function()
    local loop = loop_that_drops()
    local _, co = park(loop)
    parked.cancel_abandoned(now)
    parked.cancel_abandoned(now + 0.5)
    assert.equal(1, loop.asked)
    parked.cancel_abandoned(now + 1.1)
    assert.equal(2, loop.asked)
    assert.is_thread(co)
  end)
end)
