-- Each part of the benchmark can run and prints its figures; the values of the figures are not checked. The benchmark
-- itself starts lua5.4, so one run of this spec is enough, whatever Lua runs the spec.

local support = require "spec.helpers.support"

local sandbox = support.sandbox

if _VERSION ~= "Lua 5.4" then
  return
end

local ENVIRONMENT = [[LUA_INIT= LUA_PATH="$PWD/lua/?.lua;$PWD/?.lua;;" LUA_CPATH="$PWD/build/5.4/?.so;;" ]]
local COLUMNS = { "label", "floor", "cbr", "node", "python", "lua_http" }

describe("the benchmark #process #once", function()
  setup(function()
    assert(select(2, support.run "make -s LUA_VERSION=5.4 build/bench/floor build/bench/load build/bench/spent all"))
  end)

  teardown(sandbox.reset)

  -- Runs the named parts of the benchmark. Returns, for each label, the list of the rows with this label, and the whole
  -- output.
  local function run(parts)
    local output, well = support.run(ENVIRONMENT .. "lua5.4 bench/run --quick " .. parts)
    assert.is_true(well, output)
    local rows = {}
    for line in output:gmatch "[^\n]+" do
      local row, i = {}, 0
      for cell in line:gmatch "|([^|]*)" do
        i = i + 1
        row[COLUMNS[i] or i] = cell:match "^%s*(.-)%s*$"
      end
      if row.label then
        rows[row.label] = rows[row.label] or {}
        table.insert(rows[row.label], row)
      end
    end
    return rows, output
  end

  local function assert_figures(rows, output, column, labels)
    for _, label in ipairs(labels) do
      assert.is_table(rows[label], ("no row '%s' in:\n%s"):format(label, output))
      for _, row in ipairs(rows[label]) do
        for figure in row[column]:gmatch "[^/ ]+" do
          assert.is_number(tonumber(figure), ("%s of %s: '%s'\n%s"):format(label, column, row[column], output))
        end
      end
    end
  end

  local LABELS = {
    "CPU per call, µs", "calls per second", "all responses within, s", "memory per call in flight, KiB",
    "the sandbox is busy, %", "CPU, ms", "peak memory, MiB", "wall, ms",
  }
  local SIGNATURES = { "signatures per second" }

  local rows, output
  setup(function()
    rows, output = run "sequence flight map first sign"
  end)

  local OVER_TLS = {
    "CPU per call over new connections, µs", "memory per call over new connections, KiB",
    "CPU per call over kept connections, µs",
  }
  local IN_MAP = {
    "CPU per call with 2 in flight, µs", "CPU per call with 16 in flight, µs", "the last row divided by the first",
  }

  it("the benchmark measures cbr, and bench/floor as the lower bound", function()
    for _, column in ipairs { "floor", "cbr" } do
      assert_figures(rows, output, column, OVER_TLS)
      assert_figures(rows, output, column, IN_MAP)
    end
    for _, label in ipairs { "CPU per call, µs", "CPU, ms" } do
      assert.matches("over TLS", output, 1, true)
      assert.is_true(#rows[label] >= 2, output)
    end
    assert_figures(rows, output, "floor", LABELS)
    assert_figures(rows, output, "cbr", LABELS)
    assert_figures(rows, output, "cbr", SIGNATURES)
    -- Sequential calls have two rows. Calls with 1 in flight and calls with 16 in flight have one row each.
    assert.equal(4, #rows["CPU per call, µs"])
    assert.is_nil(output:find("fails", 1, true), output)
  end)

  it("the benchmark counts instructions and system calls of cbr and of bench/floor", function()
    local figures, text = run "exact"
    local per_process = "instructions of a process with one call, millions"
    for _, column in ipairs { "floor", "cbr" } do
      assert_figures(figures, text, column, {
        "user-space instructions per call", "system calls per call", per_process,
      })
    end
    assert_figures(figures, text, "cbr", { 'instructions of a process with require "cbr" alone, millions' })
    assert.is_true(tonumber(figures[per_process][1].cbr) > tonumber(figures[per_process][1].floor), text)
  end)

  local others = {
    node = "the official Node SDK", python = "the official Python SDK", lua_http = "lua-http with luaossl",
  }
  for column, name in pairs(others) do
    it("the benchmark measures " .. name, function()
      local reason = output:match(column .. " does not run here: ([^\n]*)")
      if reason then
        pending("does not run here: " .. reason)
        return
      end
      assert_figures(rows, output, column, LABELS)
      assert_figures(rows, output, column, OVER_TLS)
      assert_figures(rows, output, column, SIGNATURES)
    end)
  end

  it("the benchmark replicates vaults under faults, and compares the reports with the accepted orders", function()
    local figures, text = run "vaults"
    local labels = {
      "all reports within, s", "CPU of all, ms", "requests sent", "orders accepted twice", "vaults reported wrongly",
    }
    assert_figures(figures, text, "cbr", labels)
    for i = 4, 5 do
      assert.equal("0", figures[labels[i]][1].cbr, text)
    end
    if not text:find("node does not run here", 1, true) then
      assert_figures(figures, text, "node", labels)
    end
  end)

  it("the benchmark measures calls in an nginx worker, and their effect on the worker's other clients", function()
    local figures, text = run "nginx"
    assert_figures(figures, text, "floor", {
      "none in flight: other clients", "4 in flight: the calls", "4 in flight: other clients",
      "4 in flight: calls per second", "4 in flight, kept: the calls", "4 in flight, new: the calls",
      "4 in flight, new: other clients",
    })
    assert_figures(figures, text, "cbr", {
      "4 in flight, kept: the calls", "4 in flight, kept: other clients", "4 in flight, new: the calls",
      "4 in flight, new: other clients", "4 by cbr.map in one request, new: other clients",
      "4 in flight: the calls", "4 in flight: other clients", "4 in flight: calls per second",
      "4 by cbr.map in one request: until the last", "4 by cbr.map in one request: other clients",
    })
  end)

  it("bench/floor sends the same requests as cbr", function()
    local file = os.tmpname()
    sandbox.clear_requests()
    local said, well = support.run(ENVIRONMENT .. ([[
      && export LUA_PATH LUA_CPATH && lua5.4 bench/signed.lua >%s && build/bench/floor first %s &&
      lua5.4 bench/cbr.lua first]]):format(file, file))
    os.remove(file)
    assert.is_true(well, said)
    local requests = sandbox.requests()
    assert.equal(2, #requests)
    for _, request in ipairs(requests) do
      assert.equal(200, request.status)
      request.headers["x-sdk-date"] = nil
      request.headers.authorization = request.headers.authorization:gsub("Signature=%x+", "Signature")
    end
    assert.same(requests[2].headers, requests[1].headers)
    assert.equal(requests[2].uri, requests[1].uri)
  end)

  it("bench/survey.lua prints the requests, memory and time of a survey of 12 backups, then of 60 backups", function()
    local said, well = support.run(ENVIRONMENT .. "lua5.4 bench/survey.lua 3 20 2 2>/dev/null")
    assert.is_true(well, said)
    for _, backups in ipairs { 12, 60 } do
      assert.matches(("3 vaults, %d backups, 6 resources: requests: list_backups %%d+, list_vault 2; peak %%S+ MB, "
        .. "kept %%S+ MB, CPU %%S+ s, %%d+ s; 6 compliant of 6\n"):format(backups), said)
    end
  end)

  it("bench/run rejects the name of an unknown part", function()
    local said, well = support.run(ENVIRONMENT .. "lua5.4 bench/run --quick sequences")
    assert.is_false(well)
    assert.matches("no such part: sequences", said)
  end)
end)
