-- Modules that are loaded when they are first used. A stand-in is a table that loads its module when a field is
-- first read. Each test runs a script in a process of its own, on a copy of lua/cbr.

local late = require "cbr.util.late"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("a stand-in", function()
  local count = 0
  local function missing()
    count = count + 1
    local stand_in = late("cbr.no_such_module" .. count)
    finally(function() late.pending[stand_in] = nil end)
    return stand_in
  end

  it("a stand-in loads its module at the first read of a field, and is pending only until then", function()
    local time = late "cbr.util.time"
    assert.equal(0, time.parse "1970-01-01T00:00:00Z")
    assert.equal(require("cbr.util.time").parse, time.parse)
    assert.is_nil(late.pending[time])
    assert.is_true(late.ready(time))
    assert.is_nil(time.no_such_function)
  end)

  it("the stand-in of a module is the same table for each caller", function()
    assert.equal(late "cbr.util.time", late.module "cbr.util.time")
  end)

  it("a stand-in raises the reason why its module cannot be loaded, and late.ready returns the reason", function()
    local stand_in = missing()
    local expected = "^cbr.no_such_module%d cannot be loaded %(module 'cbr.no_such_module%d' not found.*cbr.load%(%)"
    local ok, message = pcall(function() return stand_in.field end)
    assert.is_false(ok)
    assert.matches(expected, message)
    local ready, reason = late.ready({}, stand_in)
    assert.is_nil(ready)
    assert.matches(expected, reason)
    assert.is_function(late.pending[stand_in])
  end)

  it("a stand-in can load its module after a module that it requires had failed to load", function()
    local name, inner = "cbr.a_late_module", "cbr.an_inner_module"
    local broken = true
    package.preload[name] = function() return { field = require(inner).field } end
    package.preload[inner] = function()
      if broken then
        error "not now"
      end
      return { field = 5 }
    end
    finally(function()
      package.preload[name], package.preload[inner], package.loaded[name], package.loaded[inner] = nil, nil, nil, nil
    end)
    local stand_in = late(name)
    for _ = 1, 2 do
      assert.matches("not now", select(2, late.ready(stand_in)))
    end
    broken = false
    assert.is_true(late.ready(stand_in))
    assert.equal(5, stand_in.field)
  end)

  it("late.ready names the line of a syntax error in the module's file, in a message of one line", function()
    local directory = support.run("mktemp -d"):gsub("%s", "")
    local path = package.path
    finally(function()
      package.path = path
      support.run("rm -rf " .. directory)
    end)
    package.path = directory .. "/?.lua;" .. path
    assert(select(2, support.run(("mkdir %s/cbr && echo 'return 5x5' >%s/cbr/unreadable.lua"):format(directory,
      directory))))
    local stand_in = late "cbr.unreadable"
    local _, reason = late.ready(stand_in)
    late.pending[stand_in] = nil
    -- the rest of the message differs between versions of Lua
    assert.matches("/cbr/unreadable.lua:1: ", reason, 1, true)
    assert.is_nil(reason:find "\n")
  end)

  it("late.load_all raises if a module cannot be loaded", function()
    missing()
    assert.is_false(pcall(late.load_all))
  end)

  it("a stand-in's function returns nil and an error if its module cannot be loaded", function()
    local failing = late.call(missing(), "run", function(reason) return { reason = reason } end)
    local result, err = failing()
    assert.is_nil(result)
    assert.matches("cannot be loaded", err.reason)
    assert.equal(86400, late.call(late "cbr.util.time", "parse", error)("1970-01-02T00:00:00Z"))
  end)
end)

describe("a script #process", function()
  local directory

  before_each(function()
    sandbox.reset()
    directory = support.run("mktemp -d"):gsub("%s", "")
    assert(select(2, support.run(("cp -r lua/cbr lua/cbr.lua %s"):format(directory))))
  end)

  after_each(function()
    support.run("rm -rf " .. directory)
  end)

  local PRELUDE = [[
    local cbr = require "cbr"
    local function client(log)
      return assert(cbr.new {
        endpoint = %q, ca_file = %q, project_id = %q, proxy = "", log = log,
        credentials = { access_key = %q, secret_key = %q },
      })
    end
    local function show(result, err)
      print(result and "ok" or err.kind .. "|" .. err.message .. "|" .. tostring(err.outcome))
    end
    local params = {
      vault_id = %q, destination_project_id = %q, destination_region = %q, destination_vault_id = %q,
    }
  ]]

  -- Runs a script that loads cbr from the copy. Returns the lines that the script prints.
  local function run(code, limit)
    local given = support.replicate_params()
    local key = fixtures.keys.home
    local script = support.file(PRELUDE:format(sandbox.tls, sandbox.ca, fixtures.projects.home.id, key.ak, key.sk,
      given.vault_id, given.destination_project_id, given.destination_region, given.destination_vault_id)
      .. code:gsub("DIRECTORY", directory))
    local output, ok = support.run(("ulimit -n %d; LUA_PATH='%s/?.lua;'\"$LUA_PATH\" %s %s 2>&1"):format(limit or 256,
      directory, os.getenv "CBR_LUA" or "lua5.4", script))
    os.remove(script)
    assert.is_true(ok, output)
    local lines = {}
    for line in output:gmatch "[^\n]+" do
      lines[#lines + 1] = line
    end
    return lines
  end

  it("a read loads only the modules that it needs, and an order also loads the modules for failures", function()
    local lines = run [[
      local function loaded(...)
        for _, name in ipairs { ... } do
          print(name, package.loaded["cbr." .. name] and "loaded" or "not loaded")
        end
      end
      loaded("client")
      local c = client()
      show(c:list_vault {})
      loaded("client", "call.failure", "lost_orders.search", "preflight", "follow.follow", "operations.tags")
      package.path = ""
      show(c:replicate(params))
      package.path = "DIRECTORY/?.lua"
      show(c:replicate(params))
      loaded("call.after_failure", "call.failure", "call.service_clock", "call.unauthorized", "lost_orders.search",
        "lost_orders.evidence", "operations.tasks", "operations.backups")
    ]]
    local refusal = table.remove(lines, 9)
    assert.matches("^config|cbr.[%w_.]+ cannot be loaded.*|not_sent$", refusal)
    assert.equal([[
client	not loaded
ok
client	loaded
call.failure	not loaded
lost_orders.search	not loaded
preflight	not loaded
follow.follow	not loaded
operations.tags	not loaded
ok
call.after_failure	loaded
call.failure	loaded
call.service_clock	loaded
call.unauthorized	loaded
lost_orders.search	loaded
lost_orders.evidence	loaded
operations.tasks	loaded
operations.backups	loaded]], table.concat(lines, "\n"))
    assert.equal(1, #sandbox.ledger())
  end)

  it("a script searches for a lost order although no module can be found any more since the order was sent", function()
    sandbox.fault { call = "replicate", fault = "reset_after" }
    local lines = run [[
      local c = client(function(event)
        if event.event == "attempt" then
          package.path, package.cpath = "", ""
        elseif event.event == "search" then
          print(event.verdict)
        end
      end)
      show(c:replicate(params))
    ]]
    assert.same({ "found", "ok" }, lines)
    assert.equal(1, #sandbox.ledger())
  end)

  it("every method whose module cannot be found any more returns an error, and does not raise an error", function()
    local lines = run [[
      local c = client()
      show(c:list_vault {})
      package.path = "./?.lua"
      show(c:list_backups {})
      show(c:sync { vault_id = params.vault_id })
      show(c:wait "7379f99e-c640-44c5-90b8-e4650dab754e")
      show(c:preflight { vault_id = params.vault_id })
      show(c:find_order("replicate", params, { since = os.time() }))
      for backup, err in c:each "list_backups" do show(backup, err) end
      show(c:show_vault { vault_id = "7379f99e-c640-44c5-90b8-e4650dab7540" })
      show(c:list_vault {})
      show(c:problems("create_policy", {}))
      show(cbr.sign({ method = "GET", host = "a", path = "/" }, { access_key = "a", secret_key = "b" }))
      local results, errors = cbr.map({ 1, 2 }, print)
      print(#results, #errors)
      show(nil, errors[2])
    ]]
    local expected = {
      "^ok$",
      "^config|cbr.operations.backups cannot be loaded.*|nil$",
      "^config|cbr.operations.restore_points cannot be loaded.*|not_sent$",
      "^config|cbr.more_methods cannot be loaded", "^config|cbr.more_methods cannot be loaded",
      "^config|cbr.more_methods cannot be loaded", "^config|cbr.each cannot be loaded",
      "^config|HTTP 404; cbr.call.failure_modules cannot be loaded",
      "^ok$",
      "^config|cbr.offline_methods cannot be loaded", "^config|cbr.sign cannot be loaded", "^0\t2$",
      "^config|cbr.loop.map cannot be loaded",
    }
    assert.equal(#expected, #lines, table.concat(lines, "\n"))
    for i, pattern in ipairs(expected) do
      assert.matches(pattern, lines[i])
    end
  end)

  it("a call returns an error, and does not raise it, for status 401 if no module can be found any more", function()
    sandbox.fault { call = "show_vault", fault = "status", status = 401, code = "APIGW.0301" }
    local lines = run [[
      local c = client()
      show(c:list_vault {})
      package.path = "./?.lua"
      show(c:show_vault { vault_id = params.vault_id })
    ]]
    assert.equal("ok", lines[1])
    assert.matches("^config|HTTP 401; cbr.call.failure_modules cannot be loaded", lines[2])
    assert.is_nil(lines[3])
  end)

  it("a script has every module loaded after cbr.load()", function()
    local lines = run [[
      cbr.load()
      package.path, package.cpath = "", ""
      local c = client()
      show(c:replicate(params))
      show(c:list_backups {})
      show(c:preflight { vault_id = params.vault_id })
      for backup, err in c:each "list_backups" do show(backup, err) break end
      print(next(require("cbr.util.late").pending))
    ]]
    assert.same({ "ok", "ok", "ok", "ok", "nil" }, lines)
  end)

  it("a script gets an error that names both versions if cbr was replaced by another version", function()
    local lines = run [[
      local c = client()
      show(c:list_vault {})
      local file = io.open("DIRECTORY/cbr/version.lua", "w")
      file:write 'return "99.0"'
      file:close()
      show(c:list_backups {})
      show(c:wait "7379f99e-c640-44c5-90b8-e4650dab754e")
      print(pcall(cbr.load))
    ]]
    local words = " has version 99.0, but version " .. require("cbr")._VERSION .. " is in use: restart the program"
    for i = 2, 4 do
      assert.is_truthy(lines[i]:find(words, 1, true), lines[i])
    end
  end)

  it("a script gets an error that names the cause if no descriptor is left, and then continues", function()
    local lines = run([[
      local c = client()
      pcall(c.wait, c) -- this call loads the module that has preflight and find_order
      local held = {}
      repeat
        local file = io.open "/dev/null"
        held[#held + 1] = file
      until not file
      show(c:list_backups {})
      show(c:preflight { vault_id = params.vault_id })
      show(c:find_order("replicate", params, { since = os.time() }))
      for _, file in ipairs(held) do file:close() end
      show(c:list_backups {})
    ]], 64)
    for i, module in ipairs { "operations.backups", "operations.restore_points", "operations.restore_points" } do
      assert.matches(("connect|cbr.%s cannot be loaded (/dev/null: Too many open files"):format(module), lines[i],
        1, true)
    end
    assert.equal("ok", lines[4], table.concat(lines, "\n"))
  end)

  it("a method that needs a module closes idle connections if no descriptor is left", function()
    local lines = run([[
      for _, call in ipairs {
        function(c) return c:preflight { vault_id = params.vault_id } end,
        function(c) return c:find_order("copy_backup", { backup_id = params.vault_id }, { since = os.time() }) end,
      } do
        local c = client()
        show(c:list_vault {})
        pcall(c.wait, c) -- this call loads the module that has preflight and find_order
        local held = {}
        repeat
          local file = io.open "/dev/null"
          held[#held + 1] = file
        until not file
        local _, err = call(c)
        print(err and err.message:find "cannot be loaded" and err.message or "loaded")
        for _, file in ipairs(held) do file:close() end
        c:close()
      end
    ]], 64)
    assert.same({ "ok", "loaded", "ok", "loaded" }, lines)
  end)
end)
