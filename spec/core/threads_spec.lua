-- Several Lua states, in several threads at the same time, or one after another in one process.

local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("several Lua states #process", function()
  local program

  setup(function()
    program = os.tmpname()
    local lua = (os.getenv "CBR_LUA" or "lua5.4"):gsub("luajit", "lua5.1")
    local output, ok = support.run(("cc -std=c11 -O1 -o %s spec/helpers/programs/threads.c -rdynamic "
      .. "$(pkg-config --cflags --libs %s) -lpthread"):format(program, lua))
    assert.is_true(ok, output)
  end)

  teardown(function()
    os.remove(program)
    sandbox.reset()
  end)

  before_each(sandbox.reset)

  it("eight Lua states work in eight threads at the same time", function()
    assert.same({ "", true }, { support.run(program .. " 8 6 spec/helpers/programs/threads.lua") })
    local responses = 0 -- responses to all calls except the fifth of each round, which may time out before it is sent
    for _, request in ipairs(sandbox.requests()) do
      responses = responses + (request.operation == "echo" and request.method == "POST" and 1 or 0)
    end
    assert.equal(8 * 6 * 4, responses)
  end)

  it("Lua states that run one after another leak neither memory nor descriptors", function()
    if support.is_emulated then
      return pending "the memory of an emulated process grows"
    end
    local script = support.file [[
      local function resident_bytes()
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
      file:write(("%d %d\n"):format(descriptors, resident_bytes()))
      file:close()
    ]]
    local found = os.tmpname()
    local output, ok = support.run(("FOUND=%s %s 1 60 %s"):format(found, program, script))
    assert.is_true(ok, output)
    local rounds = {}
    for descriptors, memory in support.read(found):gmatch "(%d+) (%d+)\n" do
      rounds[#rounds + 1] = { tonumber(descriptors), tonumber(memory) }
    end
    os.remove(script)
    os.remove(found)
    assert.equal(60, #rounds)
    -- descriptors of a call that timed out may stay open for a moment
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
