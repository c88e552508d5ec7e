-- The descriptors of all pools together: which descriptors dropped clients hold, and what happens when no descriptor is
-- left.

local await = require "cbr.loop.await"
local cbr = require "cbr"
local core = require "cbr.core"
local event_loops = require "spec.helpers.event_loops"
local open_pools = require "cbr.call.open_pools"
local raw_server = require "spec.helpers.raw_server"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

-- Code at the beginning of each program below. `echo(client, delay)` makes a call to which the sandbox responds after
-- `delay` seconds.
local COMMON = [[
  local cbr, support = require "cbr", require "spec.helpers.support"
  local function new(changes)
    changes = changes or {}
    changes.endpoint, changes.max_attempts = support.sandbox.plain, 1
    changes.timeout = changes.timeout or 30 * support.patience
    return support.client(changes)
  end
  local function echo(client, delay)
    return client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = delay } }
  end
  local function report(errors)
    local index, err = next(errors)
    print(index and tostring(err) or "no error")
  end
]]

-- Runs a program that may open few descriptors. Returns its output.
local function run(limit, code)
  local script = support.file(COMMON .. code)
  local output = support.run(("ulimit -n %d; %s %s"):format(limit, os.getenv "CBR_LUA" or "lua5.4", script))
  os.remove(script)
  return output
end

describe("clients that were dropped but not closed #process", function()
  it("dropped clients do not use up the descriptors, although the garbage collector does not run", function()
    assert.equal("no error\n", run(64, [[
      collectgarbage "stop"
      local errors = {}
      for i = 1, 100 do
        local _, err = echo(new())
        errors[#errors + 1] = err
      end
      report(errors)
    ]]))
  end)

  it("dropped clients do not keep another client from reading its files", function()
    assert.equal("no error\n", run(64, [[
      collectgarbage "stop"
      local files = {}
      for i = 1, 3 do
        assert(echo(new()))
      end
      repeat
        local file = io.open "/dev/null"
        files[#files + 1] = file
      until not file
      assert(new())
      report {}
    ]]))
  end)

  it("dropped clients are collected when they hold all descriptors with calls in progress", function()
    assert.equal("no error\n", run(64, [[
      local function drop()
        while support.descriptors() < 58 do -- a call in progress holds four descriptors
          local co = coroutine.wrap(function()
            local client = new { loop = { -- a loop that never resumes a coroutine
              spawn = function() return true end, park = coroutine.yield, unpark = function() end,
              wait = function() end,
            } }
            echo(client, 20)
          end)
          co()
        end
      end
      drop()
      report { select(2, echo(new { timeout = 5 * support.patience })) }
    ]]))
  end)
end)

describe("clients without a call", function()
  it("clients without a call keep at most a hundred connection pools open, and can be used again", function()
    local before, clients = support.descriptors(), {}
    for i = 1, 130 do
      clients[i] = support.client { endpoint = sandbox.plain }
      assert(clients[i]:list_vault { limit = 1 })
    end
    assert.is_true(support.descriptors() <= before + 405, support.descriptors() - before)
    for _, client in ipairs(clients) do
      assert(client:list_vault { limit = 1 })
    end
    assert.is_true(support.descriptors() <= before + 405, support.descriptors() - before)
    for _, client in ipairs(clients) do
      client:close()
    end
    assert.is_true(support.descriptors() <= before + 2, support.descriptors() - before)
  end)

  it("a call that has ended but was not resumed yet is not lost when other clients open connections", function()
    local loop = event_loops.on_select()
    loop.max_wakes = 1
    local client, ended, others = support.client { endpoint = sandbox.plain, loop = loop }, 0, {}
    assert(client:list_vault { limit = 1 })
    for _ = 1, 6 do
      loop.spawn(function()
        assert(client:list_vault { limit = 1 })
        ended = ended + 1
        if ended == 1 then
          socket.sleep(0.5) -- the other calls have ended now
        elseif ended == 2 then
          for i = 1, 101 do
            others[i] = support.client { endpoint = sandbox.plain, loop = loop }
            open_pools.note_start(others[i].pool)
          end
        end
      end)
    end
    loop.run()
    assert.equal(6, ended)
    client:close()
  end)

  it("a call in progress is not lost when another client opens connections", function()
    local clients = {}
    for i = 1, 130 do
      clients[i] = support.client { endpoint = sandbox.plain }
    end
    local results, errors = cbr.map(clients, function(client)
      local response, err = client:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 0.3 } }
      client:close()
      return response, err
    end, { concurrency = 130 })
    assert.same({ 130, {} }, { #results, errors })
  end)
end)

describe("calls that wait for a descriptor", function()
  it("calls that wait for a descriptor are woken one by one, in their order, when transfers end", function()
    local server = raw_server.open()
    local pool = core.pool { max_body = 1000, proxy = "" }
    local transfer, peer = raw_server.begin(pool, server) -- a call can only wait while another call is in progress
    local deadline, order = core.monotonic() + 20, {}
    -- make_room may collect garbage once in ten seconds. It does so here, so that the calls below have to wait.
    open_pools.make_room({ pool = pool }, pool, 2, deadline)
    cbr.map({ "first waits", "second waits", "sleeps" }, function(name)
      if name == "sleeps" then
        open_pools.note_end()
        await.sleep({ pool = pool }, 0.3) -- in this time, only `note_end` wakes the waiting calls
      else
        assert(open_pools.make_room({ pool = pool }, pool, 2, deadline))
      end
      order[#order + 1] = name
      open_pools.note_end()
      return true
    end)
    assert.same({ "first waits", "second waits", "sleeps" }, order)
    assert.is_false(open_pools.has_queue)
    transfer:close()
    pool:close()
    peer:close()
    server:close()
  end)

  it("a call that finds no free descriptor collects garbage before it waits, but at most every ten seconds", function()
    local frozen, pool = support.frozen_clock(), core.pool { max_body = 1000, proxy = "" }
    finally(frozen.restore)
    frozen.now = 1e8 -- later than any garbage collection so far
    local function has_room_after(seconds)
      frozen.now = frozen.now + seconds
      return open_pools.make_room({ pool = pool }, pool, 2, frozen.now + 20)
    end
    assert.same({ true, false, false, true }, {
      has_room_after(0), has_room_after(0), has_room_after(9.75), has_room_after(0.25),
    })
    pool:close()
  end)

  it("a call does not wait for a descriptor if no other call is in progress, or after its own deadline", function()
    local server = raw_server.open()
    local pool = core.pool { max_body = 1000, proxy = "" }
    open_pools.make_room({ pool = pool }, pool, 2, core.monotonic() + 20)
    assert.is_false(open_pools.make_room({ pool = pool }, pool, 2, core.monotonic() + 20))
    local transfer, peer = raw_server.begin(pool, server)
    assert.is_false(open_pools.make_room({ pool = pool }, pool, 2, core.monotonic() - 1))
    transfer:close()
    pool:close()
    peer:close()
    server:close()
  end)
end)

describe("more calls at once than the process has descriptors for #process", function()
  it("calls of one client wait for a free descriptor and do not fail", function()
    assert.equal("no error\n", run(64, [[
      report(select(2, cbr.map(support.list(300, new()), function(client)
        return echo(client, 0.1)
      end, { concurrency = 300 })))
    ]]))
  end)

  it("calls of different clients wait for a free descriptor and do not fail", function()
    assert.equal("no error\n", run(64, [[
      local clients = {}
      for i = 1, 60 do
        clients[i] = new()
      end
      report(select(2, cbr.map(clients, function(client)
        return echo(client, 0.1) and echo(client, 0)
      end, { concurrency = 60 })))
    ]]))
  end)

  it("calls that wait for a descriptor end at their deadlines", function()
    local output = run(40, [[
      local results, errors = cbr.map(support.list(100, new { timeout = 2 }), function(client, i)
        return echo(client, i == 1 and 0 or 30)
      end, { concurrency = 100 })
      local kinds = {}
      for i = 1, 100 do
        kinds[results[i] and "ok" or errors[i].kind] = true
      end
      print(kinds.ok, kinds.timeout, kinds.connect)
    ]])
    assert.equal("true\ttrue\tnil\n", output)
  end)
end)

describe("a call without a free descriptor #process", function()
  it("a call fails at once if all descriptors are in use elsewhere, and the error says what to do", function()
    local output = run(40, [[
      local client, files, clock = new(), {}, require "cbr.core".monotonic
      repeat
        local file = io.open "/dev/null"
        files[#files + 1] = file
      until not file
      local from = clock()
      local _, err = echo(client)
      print(err.kind, clock() - from < 10)
      print(err.message)
      files[1]:close()
      files = nil
      collectgarbage()
      report { select(2, echo(client)) }
    ]])
    assert.matches("^connect\ttrue\n", output)
    assert.matches("no descriptor left: close each client that is not needed any more", output, 1, true)
    assert.matches("no error\n$", output)
  end)
end)

describe("a call with few free descriptors #process", function()
  -- Makes one call over TLS for each number of free descriptors from `least` to 12, each with a new client. Returns the
  -- different kinds of results, one a line: "ok" or the kind of an error. The line of an error that does not say "no
  -- descriptor left" also has its message. `code` runs before each client is made.
  local function kinds_of_calls(least, code)
    return run(64, ([[
      local kinds = {}
      for free = %d, 12 do
        local options, files, idle = support.options { max_attempts = 1 }, {}, nil
        %s
        local client = assert(cbr.new(options))
        repeat
          local file = io.open "/dev/null"
          files[#files + 1] = file
        until not file
        for _ = 1, free do
          table.remove(files):close()
        end
        local ok, err = echo(client)
        for _, file in ipairs(files) do
          file:close()
        end
        kinds[ok and "ok" or err.kind .. (err.message:find "no descriptor left" and "" or ": " .. err.message)] = true
        client:close()
        if idle then
          idle:close()
        end
      end
      local names = {}
      for kind in pairs(kinds) do
        names[#names + 1] = kind
      end
      table.sort(names)
      print(table.concat(names, "\n"))
    ]]):format(least, code))
  end

  it("if too few descriptors are left to read ca_file, the error says so", function()
    assert.equal("connect\nok\n", kinds_of_calls(0, ""))
  end)

  it("if too few descriptors are left to read ca_path, the error says so", function()
    local directory = support.run("mktemp -d"):gsub("%s", "")
    support.run(("cp %s %s/ca.pem && openssl rehash %s"):format(sandbox.ca, directory, directory))
    local kinds = kinds_of_calls(0, ("options.ca_file, options.ca_path = nil, %q"):format(directory))
    support.run("rm -rf " .. directory)
    assert.equal("connect\nok\n", kinds)
  end)

  it("a call that lacks a descriptor to read ca_file gets the descriptors of an idle client", function()
    assert.equal("ok\n", kinds_of_calls(1, [[
      idle = support.client()
      assert(echo(idle))
    ]]))
  end)
end)
