-- Many Lua states: in many threads at a time, and one after another in one process.

local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("many states #process", function()
  local program

  setup(function()
    program = os.tmpname()
    local lua = (os.getenv "CBR_LUA" or "lua5.4"):gsub("luajit", "lua5.1")
    local output, well = support.run(("cc -std=c11 -O1 -o %s spec/helpers/programs/threads.c -rdynamic "
      .. "$(pkg-config --cflags --libs %s) -lpthread"):format(program, lua))
    assert.is_true(well, output)
  end)

  teardown(function()
    os.remove(program)
    sandbox.reset()
  end)

  before_each(function()
    sandbox.reset()
  end)

  it("work in eight threads at a time", function()
    assert.same({ "", true }, { support.run(program .. " 8 6 spec/helpers/programs/threads.lua") })
    local answered = 0 -- but the fifth of each, which may be over before it is sent
    for _, request in ipairs(sandbox.requests()) do
      answered = answered + (request.operation == "echo" and request.method == "POST" and 1 or 0)
    end
    assert.equal(8 * 6 * 4, answered)
  end)

  it("work one after another, and leave nothing behind", function()
    local script = support.file [[
      local function grown()
        local file = io.open "/proc/self/statm"
        local pages = tonumber(file:read "*l":match "^%d+ (%d+)")
        file:close()
        return pages * 4096
      end
      dofile "spec/helpers/programs/threads.lua"
      collectgarbage()
      collectgarbage()
      local descriptors = 0
      for _ in io.popen("ls /proc/$PPID/fd"):lines() do
        descriptors = descriptors + 1
      end
      local name = os.getenv "FOUND"
      local file = io.open(name, "a")
      file:write(("%d %d\n"):format(descriptors, grown()))
      file:close()
    ]]
    local found = os.tmpname()
    local output, well = support.run(("FOUND=%s %s 1 60 %s"):format(found, program, script))
    assert.is_true(well, output)
    local rounds = {}
    for descriptors, memory in support.read(found):gmatch "(%d+) (%d+)\n" do
      rounds[#rounds + 1] = { tonumber(descriptors), tonumber(memory) }
    end
    os.remove(script)
    os.remove(found)
    assert.equal(60, #rounds)
    -- what belongs to a call that was given up may be open for a moment longer
    local function least(from, to)
      local count = math.huge
      for i = from, to do
        count = math.min(count, rounds[i][1])
      end
      return count
    end
    assert.equal(least(1, 20), least(41, 60))
    assert.is_true(rounds[60][2] - rounds[20][2] < 2e6, ("%d bytes in 40 states"):format(rounds[60][2] - rounds[20][2]))
  end)
end)
