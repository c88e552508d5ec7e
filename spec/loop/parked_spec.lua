-- The records of waiting coroutines, tested without an event loop and without transfers.

local parked = require "cbr.loop.parked"

local function nothing() end

-- Stands in for a pool in which these transfers have ended.
local function pool_with_ended(serials)
  return { ended = function() return table.remove(serials, 1) end }
end

-- Stands in for a transfer, and records that it is closed.
local function new_transfer()
  return { close = function(transfer) transfer.is_closed = true end }
end

-- Adds a wait for a transfer.
local function add(pool, serial, item)
  local wait = parked.new()
  wait.transfer, wait.pool, wait.serial, wait.item = new_transfer(), pool, serial, item
  parked.add(wait)
  return wait
end

describe("parked.wake", function()
  it("parked.wake resumes the item of a map only once", function()
    local item = { resumed = 0 }
    function item.resume(self) self.resumed = self.resumed + 1 end
    local wait = parked.new()
    wait.item = item
    parked.wake(wait)
    parked.wake(wait)
    assert.is_true(wait.done)
    assert.equal(1, item.resumed)
  end)

  it("parked.wake unparks the coroutine of an event loop only once", function()
    local tickets, wait = {}, parked.new(12)
    wait.event_loop = { unpark = function(ticket) tickets[#tickets + 1] = ticket end }
    parked.wake(wait)
    parked.wake(wait)
    assert.equal(12, wait.due)
    assert.equal(1, #tickets)
    assert.equal(wait, tickets[1])
  end)
end)

describe("parked.wake_ended", function()
  it("parked.wake_ended ends only the waits for ended transfers", function()
    local pool = pool_with_ended { 3, 1 }
    local one, two, three = add(pool, 1), add(pool, 2), add(pool, 3)
    assert.is_false(parked.wake_ended(pool))
    assert.same({ true, false, true }, { one.done, two.done, three.done })
  end)

  it("parked.wake_ended stops at its limit, and returns true if more transfers may have ended", function()
    local pool = pool_with_ended { 1, 2, 3 }
    local one, two, three = add(pool, 1), add(pool, 2), add(pool, 3)
    assert.is_true(parked.wake_ended(pool, 2))
    assert.same({ true, true, false }, { one.done, two.done, three.done })
    assert.is_false(parked.wake_ended(pool, 2))
    assert.is_true(three.done)
  end)

  it("parked.wake_ended empties the list of ended transfers even if nothing waits for them", function()
    local serials = { 1, 2 }
    assert.is_false(parked.wake_ended(pool_with_ended(serials)))
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
    parked.wake_ended(wait.pool)
    parked.cancel(co)
    assert.is_nil(wait.transfer.is_closed)
  end)

  it("parked.cancel cancels the items of an abandoned map", function()
    local item = { co = coroutine.create(nothing) }
    local of_item, of_map = add(pool_with_ended {}, 1, item), parked.new()
    parked.of_coroutine[item.co] = of_item
    of_map.items = { [item] = true }
    parked.of_coroutine[co] = of_map
    parked.cancel(co)
    assert.is_true(of_item.transfer.is_closed)
  end)

  it("parked.cancel marks an abandoned coroutine as gone for the coroutines that wait for its signal", function()
    local setter = parked.setter(co)
    assert.equal(setter, parked.setter(co))
    parked.cancel(co) -- it waits for nothing, so it is not abandoned
    assert.is_nil(setter.is_gone)
    local wait = parked.new()
    parked.of_coroutine[co] = wait
    parked.cancel(co)
    assert.is_true(setter.is_gone)
    assert.not_equal(setter, parked.setter(co))
  end)
end)

describe("parked.cancel_dropped", function()
  it("a coroutine is cancelled when it misses more than four sweeps, one slice apart", function()
    local event_loop, co = {}, coroutine.create(nothing)
    local wait = add(pool_with_ended {}, 1)
    wait.event_loop, wait.missed = event_loop, 0
    parked.of_coroutine[co] = wait
    local now, slice = 100, parked.SLICE_SECONDS * 1.01
    parked.cancel_dropped(event_loop, now) -- begins the first slice
    for _ = 1, 4 do
      now = now + slice
      parked.cancel_dropped(event_loop, now)
      parked.cancel_dropped(event_loop, now + slice / 2) -- too early for another sweep
    end
    assert.equal(4, wait.missed)
    assert.is_nil(wait.transfer.is_closed)
    parked.cancel_dropped(event_loop, now + slice)
    assert.is_true(wait.transfer.is_closed)
  end)

  it("a long block of the thread counts as one sweep, and not for the coroutines of other loops", function()
    local event_loop, ours, theirs = {}, coroutine.create(nothing), coroutine.create(nothing)
    local wait, other = parked.new(), parked.new()
    wait.event_loop, wait.missed, other.event_loop, other.missed = event_loop, 0, {}, 0
    parked.of_coroutine[ours], parked.of_coroutine[theirs] = wait, other
    parked.cancel_dropped(event_loop, 100)
    parked.cancel_dropped(event_loop, 9999)
    assert.equal(1, wait.missed)
    assert.equal(0, other.missed)
  end)
end)
