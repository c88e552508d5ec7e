-- A worker never stands still: what waits in nginx, where, and what becomes of it when its request is gone.

local server = require "spec.helpers.nginx.server"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures

-- nginx runs LuaJIT whatever runs this: once is enough.
if not rawget(_G, "jit") then
  return
end

local HTTP = [[
  lua_socket_log_errors off;
  init_by_lua_block {
    cbr = require "cbr"
    options = {
      endpoint = "ENDPOINT", allow_http = true, project_id = "PROJECT", proxy = "",
      credentials = { access_key = "ACCESS", secret_key = "SECRET" },
    }
    client = assert(cbr.new(options))
    function late(seconds)
      return client:request({ method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } })
    end
  }
  init_worker_by_lua_block {
    began = assert(late(0)).method -- nothing else runs yet: it blocks
  }
]]

local SERVER = [[
  lua_check_client_abort on;
  location /quick { return 200 "quick"; }
  location /began { content_by_lua_block { ngx.print(began) } }
  location /late { content_by_lua_block {
    local answer, err = late(tonumber(ngx.var.arg_seconds))
    ngx.print(answer and answer.method or tostring(err))
  } }
  location /map { content_by_lua_block {
    local count, seconds = tonumber(ngx.var.arg_count), tonumber(ngx.var.arg_seconds)
    local list = {}
    for i = 1, count do list[i] = i end
    local results, errors = cbr.map(list, function(i) return assert(late(seconds)) and i end, { concurrency = 50 })
    local _, first = next(errors)
    ngx.print(#results, " ", tostring(first))
  } }
  location /gives_way { content_by_lua_block {
    local one = assert(cbr.new(options))
    local ended, before, most, list, failure = false, 0, 0, {}, nil
    ngx.timer.at(0, function()
      while not ended do
        ngx.sleep(0.001)
        local now = one.pool:in_flight()
        before, most = now, math.max(most, now - before)
      end
    end)
    for i = 1, 200 do list[i] = i end
    for _ = 1, 2 do
      local _, errors = cbr.map(list, function()
        return one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 0.2 } }
      end, { concurrency = 200 })
      failure = failure or next(errors) and tostring(errors[next(errors)])
    end
    ended = true
    ngx.sleep(0.01)
    one:close()
    ngx.print(most, " ", tostring(failure))
  } }
  location /closed { content_by_lua_block {
    local one = assert(cbr.new(options))
    ngx.timer.at(0.1, function() one:close() end)
    local answer, err = one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 5 } }
    ngx.print(answer and "answer" or err.kind)
  } }
  location /clients { content_by_lua_block {
    local threads = {}
    for i = 1, 12 do
      local one = assert(cbr.new(options))
      threads[i] = ngx.thread.spawn(function()
        local answer, err = one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 3 } }
        one:close()
        return answer and answer.method or tostring(err)
      end)
    end
    for i = 1, 12 do ngx.print(select(2, ngx.thread.wait(threads[i])), " ") end
  } }
  location /killed { content_by_lua_block {
    local one = assert(cbr.new(options))
    local function call(seconds)
      return one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } }
    end
    local first = ngx.thread.spawn(call, 30) -- tries the key
    ngx.sleep(0.1)
    ngx.thread.kill(first)
    local answer, err = call(0)
    ngx.print(answer and answer.method or tostring(err), " ", one.pool:in_flight())
    one:close()
  } }
  location /close { content_by_lua_block { client:close() } }
  location /in_flight { content_by_lua_block { ngx.print(client.pool:in_flight()) } }
  location /state { content_by_lua_block {
    collectgarbage() collectgarbage()
    local file = io.open "/proc/self/statm"
    local pages = file:read("*l"):match "^%d+ (%d+)"
    file:close()
    local fds = 0
    for _ in require "lfs".dir "/proc/self/fd" do fds = fds + 1 end
    ngx.print(pages * 4096, " ", fds, " ", collectgarbage "count" * 1024)
  } }
  location /check {
    set_by_lua_block $said { return client:problems("sync", {})[1].parameter }
    return 200 $said;
  }
  location /set { set_by_lua_block $said { return select(2, pcall(late, 0)) } return 200 $said; }
  location /header_filter {
    header_filter_by_lua_block { said = select(2, pcall(late, 0)) }
    return 200 "-";
  }
  location /body_filter {
    body_filter_by_lua_block { said = select(2, pcall(late, 0)) }
    return 200 "-";
  }
  location /log { log_by_lua_block { said = select(2, pcall(late, 0)) } return 200 "-"; }
  location /said { content_by_lua_block { ngx.print(said) } }
]]

-- Calls in one map, each of a client of its own; -> how long they take the service, in the order of their answers.
local OF_SEVERAL_CLIENTS = [[
  location /several { content_by_lua_block {
    local ended = ""
    cbr.map({ 2, 0.1, 2, 2 }, function(seconds)
      local one = assert(cbr.new(options))
      assert(one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } })
      ended = ended .. seconds .. " "
      one:close()
    end)
    ngx.print(ended)
  } }
]]

-- The parts of a configuration; `more`: text for its http and server blocks.
local function parts(more)
  more = more or {}
  return {
    http = HTTP:gsub("%u%u%u+", {
      ENDPOINT = sandbox.plain, PROJECT = world.projects.home.id, ACCESS = world.keys.home.ak,
      SECRET = world.keys.home.sk,
    }) .. (more.http or ""),
    server = SERVER .. (more.server or ""), workers = more.workers,
  }
end

-- Sends a request and does not wait for its answer.
local function begin(nginx, path)
  local connection = assert(socket.connect("127.0.0.1", nginx.port))
  connection:send(("GET %s HTTP/1.0\r\n\r\n"):format(path))
  return connection
end

local function body_of(connection)
  connection:settimeout(20)
  local text = connection:receive "*a"
  connection:close()
  return text and text:match "\r\n\r\n(.*)$"
end

local function wait_until(is_true)
  for _ = 1, 400 do
    if is_true() then
      return true
    end
    socket.sleep(0.05)
  end
  return false
end

describe("a worker in which calls wait #process", function()
  local nginx

  setup(function()
    sandbox.reset()
    nginx = server.start(parts())
  end)

  teardown(function()
    nginx:stop()
    sandbox.reset()
  end)

  it("answers others meanwhile", function()
    local calls, quick = {}, 0
    for i = 1, 20 do
      calls[i] = begin(nginx, "/late?seconds=1")
    end
    socket.sleep(0.2)
    while #socket.select({ calls[1] }, nil, 0) == 0 do
      assert.equal("quick", (nginx:get "/quick"))
      quick = quick + 1
    end
    assert.is_true(quick > 20, quick)
    for _, call in ipairs(calls) do
      assert.equal("GET", body_of(call))
    end
  end)

  it("serves others however much a map begins, also where all waited for the first one's answer", function()
    local most, failure = nginx:get("/gives_way"):match "^(%d+) (.*)$"
    assert.equal("nil", failure)
    assert.is_true(tonumber(most) <= 48, most .. " begun in one turn of the worker")
  end)

  it("has blocked in init_worker, where that is right", function()
    assert.equal("GET", (nginx:get "/began"))
  end)

  it("is told what to do in phases that cannot wait, and nothing is sent", function()
    sandbox.clear_requests()
    for _, phase in ipairs { "set", "body_filter", "header_filter", "log" } do
      local text = nginx:get("/" .. phase)
      if phase ~= "set" then
        text = nginx:get "/said"
      end
      assert.matches("nginx's " .. phase .. " phase", text, 1, true)
      assert.matches("ngx.timer.at(0, function() … end)", text, 1, true)
    end
    assert.equal(0, #sandbox.requests())
  end)

  it("checks parameters where nothing can wait, too", function()
    assert.equal("vault_id", (nginx:get "/check"))
  end)

  it("maps", function()
    assert.equal("120 nil", (nginx:get "/map?count=120&seconds=0.05"))
  end)

  it("ends the calls of a client that is closed", function()
    assert.equal("network", (nginx:get "/closed"))
  end)

  it("keeps the calls of many clients apart", function()
    assert.equal(("GET "):rep(12), (nginx:get "/clients"))
  end)

  it("goes on without a light thread that was killed", function()
    assert.equal("GET 0", (nginx:get "/killed"))
  end)

  it("cancels the calls of requests that were aborted, and keeps nothing of them", function()
    local before = nginx:get "/state":match "%d+ (%d+)"
    local calls = {}
    for i = 1, 30 do
      calls[i] = begin(nginx, i % 3 == 0 and "/map?count=5&seconds=30" or "/late?seconds=30")
    end
    assert.is_true(wait_until(function() return tonumber((nginx:get "/in_flight")) == 70 end), nginx:get "/in_flight")
    for _, call in ipairs(calls) do
      call:close()
    end
    assert.is_true(wait_until(function() return nginx:get "/in_flight" == "0" end), nginx:get "/in_flight")
    assert.equal("GET", (nginx:get "/late?seconds=0"))
    assert.is_true(wait_until(function()
      return tonumber((nginx:get "/state":match "%d+ (%d+)")) <= before + 8
    end), nginx:get "/state")
  end)

  it("still lets the key in when the request that tried it first is aborted", function()
    local fresh = parts()
    fresh.http = fresh.http:gsub("init_worker_by_lua_block.*$", "")
    nginx:reload(fresh)
    local first = begin(nginx, "/late?seconds=30")
    socket.sleep(0.2)
    local second = begin(nginx, "/late?seconds=0")
    socket.sleep(0.2)
    first:close()
    assert.equal("GET", body_of(second))
  end)
end)

describe("a worker without room for another timer #process", function()
  it("moves its calls all the same", function()
    sandbox.reset()
    local nginx = server.start(parts {
      http = "lua_max_running_timers 1; lua_max_pending_timers 1;",
      server = "location /occupy { content_by_lua_block { ngx.timer.at(0, function() ngx.sleep(9) end) } }"
        .. OF_SEVERAL_CLIENTS,
    })
    nginx:get "/occupy"
    local calls = {}
    for i = 1, 5 do
      calls[i] = begin(nginx, "/late?seconds=0.3")
    end
    for _, call in ipairs(calls) do
      assert.equal("GET", body_of(call))
    end
    for _ = 1, 2 do -- those of several clients side by side, whichever it thinks of first
      assert.equal("0.1 2 2 2 ", (nginx:get "/several"))
    end
    nginx:stop()
    sandbox.reset()
  end)
end)

describe("workers that are replaced #process", function()
  it("see what is in flight through, three reloads in a row", function()
    sandbox.reset()
    local configuration = parts { workers = 2 }
    local nginx = server.start(configuration)
    local calls = {}
    for _ = 1, 3 do
      for _ = 1, 6 do
        calls[#calls + 1] = begin(nginx, "/late?seconds=2")
      end
      calls[#calls + 1] = begin(nginx, "/map?count=10&seconds=1")
      socket.sleep(0.2)
      nginx:reload(configuration)
    end
    for _, call in ipairs(calls) do
      local text = body_of(call)
      assert.is_true(text == "GET" or text == "10 nil", text)
    end
    assert.is_true(wait_until(function() return nginx:workers() == 2 end), "old workers do not end")
    assert.is_nil(nginx:log():find "%[error%]" or nginx:log():find "%[alert%]" or nginx:log():find "%[crit%]",
      nginx:log())
    nginx:stop()
    sandbox.reset()
  end)
end)

describe("ten thousand calls of a worker #process #many", function()
  it("leave neither descriptors nor memory behind", function()
    sandbox.reset()
    local nginx = server.start(parts())
    local function state()
      local memory, descriptors, lua = nginx:get "/state":match "^(%d+) (%d+) ([%d.]+)"
      return tonumber(memory), tonumber(descriptors), tonumber(lua)
    end
    local function call(count)
      for _ = 1, count / 500 do
        assert.equal("500 nil", (nginx:get "/map?count=500&seconds=0"))
      end
      return state()
    end
    local _, at_first = state() -- one call was made: one connection is kept
    local memory, _, lua = call(2000)
    local memory_then, descriptors_then, lua_then = call(10000)
    assert.is_true(memory_then - memory < 3e6, memory_then - memory)
    assert.is_true(lua_then - lua < 3e5, lua_then - lua)
    -- how many connections are kept is chance, but there are never more than were once in flight
    assert.is_true(descriptors_then < at_first + 50, descriptors_then - at_first)
    nginx:get "/close"
    local _, at_last = state()
    assert.is_true(at_last < at_first, at_last - at_first)
    nginx:stop()
    sandbox.reset()
  end)
end)
