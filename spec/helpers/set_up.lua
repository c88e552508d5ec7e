--- The set-up that most specs share. Each function belongs to the `describe` that calls it: each test there begins with
-- the sandbox's fixtures, and the clients of the tests are closed.

local busted = require "busted"
local sandbox = require "sandbox.control"

local set_up = {}

local function close(things)
  for _, thing in ipairs(things) do
    thing:close()
  end
end

--- Before each test, resets the sandbox and calls `make`. After each test, closes everything that `make` returned.
---@param make? fun(): ... any number of clients, or of other objects with a method `close`
---@return fun(thing: table): table closed_later returns its argument, which is closed after the test, too
function set_up.for_each_test(make)
  local things

  busted.before_each(function()
    sandbox.reset()
    things = {}
    if make then
      things = { make() }
    end
  end)

  busted.after_each(function()
    close(things)
  end)

  busted.teardown(sandbox.reset)

  return function(thing)
    things[#things + 1] = thing
    return thing
  end
end

--- Calls `make` once, before the first test, and resets the sandbox before each test. After the last test, closes
-- everything that `make` returned.
---@param make fun(): ... any number of clients, or of other objects with a method `close`
function set_up.for_all_tests(make)
  local things = {}

  busted.setup(function()
    things = { make() }
  end)

  busted.before_each(sandbox.reset)

  busted.teardown(function()
    close(things)
    sandbox.reset()
  end)
end

return set_up
