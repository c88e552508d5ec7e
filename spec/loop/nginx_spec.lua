-- Calls that wait in an nginx worker: other requests are served, and aborted requests leave nothing behind.

local server = require "spec.helpers.nginx.server"
local servers = require "spec.helpers.servers"
local slow_calls = require "spec.helpers.nginx.slow_calls"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox = support.sandbox
local send, receive, wait_until = slow_calls.send, slow_calls.receive, slow_calls.wait_until

-- nginx runs LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

describe("an nginx worker in which calls wait #process", function()
  local nginx

  setup(function()
    sandbox.reset()
    nginx = server.start(slow_calls.parts())
  end)

  teardown(function()
    nginx:stop()
    sandbox.reset()
  end)

  it("an nginx worker serves other requests while calls wait", function()
    assert.equal("GET", (nginx:get "/init_worker")) -- the call in init_worker has ended, so the fault does not hold it
    sandbox.fault { call = "echo", fault = "held", times = -1 }
    finally(sandbox.clear_faults) -- also if the test fails, since nginx would not end before its calls
    local calls = {}
    for i = 1, 20 do
      calls[i] = send(nginx, "/read?seconds=0")
    end
    assert.is_true(wait_until(function() return nginx:get "/in_flight" == "20" end))
    for _ = 1, 21 do
      assert.equal("quick", (nginx:get "/quick"))
    end
    assert.equal(0, #socket.select(calls, nil, 0))
    sandbox.clear_faults()
    for _, call in ipairs(calls) do
      assert.equal("GET", receive(call))
    end
  end)

  it("an nginx worker serves other requests while 200 calls start, with or without an accepted key", function()
    local most, failure = nginx:get("/calls_started_per_turn"):match "^(%d+) (.*)$"
    assert.equal("nil", failure)
    assert.is_true(tonumber(most) <= 48, most .. " calls started in one turn of the worker")
  end)

  it("a call in init_worker blocks, because nothing else runs there", function()
    assert.equal("GET", (nginx:get "/init_worker"))
  end)

  it("a call in a phase that cannot wait sends nothing and raises, and the error suggests ngx.timer.at", function()
    sandbox.clear_requests()
    for _, phase in ipairs { "set", "body_filter", "header_filter", "log" } do
      local text = nginx:get("/" .. phase)
      if phase ~= "set" then
        text = nginx:get "/message"
      end
      assert.matches("nginx's " .. phase .. " phase", text, 1, true)
      assert.matches("ngx.timer.at(0, function() … end)", text, 1, true)
    end
    assert.equal(0, #sandbox.requests())
  end)

  it("client:problems checks parameters even in phases that cannot wait", function()
    assert.equal("vault_id", (nginx:get "/problems"))
  end)

  it("cbr.map runs its calls within a request of nginx", function()
    assert.equal("120 nil", (nginx:get "/map?count=120&seconds=0.05"))
  end)

  it("closing a client ends its waiting calls in an nginx worker", function()
    assert.equal("network", (nginx:get "/closed"))
  end)

  it("an nginx worker runs the calls of many clients at the same time", function()
    assert.equal(("GET "):rep(12), (nginx:get "/clients"))
  end)

  it("the call of a killed light thread is cancelled, and later calls succeed", function()
    assert.equal("GET 0", (nginx:get "/killed"))
  end)

  it("the calls of aborted requests are cancelled, and their descriptors are closed", function()
    local before = nginx:get "/state":match "%d+ (%d+)"
    local calls = {}
    for i = 1, 30 do
      calls[i] = send(nginx, i % 3 == 0 and "/map?count=5&seconds=30" or "/read?seconds=30")
    end
    assert.is_true(wait_until(function() return tonumber((nginx:get "/in_flight")) == 70 end), nginx:get "/in_flight")
    for _, call in ipairs(calls) do
      call:close()
    end
    assert.is_true(wait_until(function() return nginx:get "/in_flight" == "0" end), nginx:get "/in_flight")
    assert.equal("GET", (nginx:get "/read?seconds=0"))
    assert.is_true(wait_until(function()
      return tonumber((nginx:get "/state":match "%d+ (%d+)")) <= before + 8
    end), nginx:get "/state")
  end)

  it("an aborted request that runs cbr.map does not keep other requests from their responses", function()
    local kept, aborted = {}, {}
    for i = 1, 30 do
      kept[i] = send(nginx, "/read?seconds=0.5")
      aborted[i] = i % 3 == 0 and send(nginx, "/map?count=8&seconds=0.5") or nil
    end
    socket.sleep(0.15)
    for _, call in pairs(aborted) do
      call:close() -- the calls of the map's items end before the worker has noticed this
    end
    for _, call in ipairs(kept) do
      assert.equal("GET", receive(call))
    end
  end)

  it("the next call is sent when the client's first signed call is aborted", function()
    local without_first_call = slow_calls.parts()
    without_first_call.http = without_first_call.http:gsub("init_worker_by_lua_block.*$", "")
    nginx:reload(without_first_call)
    local first = send(nginx, "/read?seconds=30")
    socket.sleep(0.2)
    local second = send(nginx, "/read?seconds=0")
    socket.sleep(0.2)
    first:close()
    assert.equal("GET", receive(second))
  end)
end)

-- All phases of a TLS connection and its request that may yield, with a call in each phase. ssl_client_hello is
-- missing, since nginx without OpenResty's patches ends a handshake that waits there.
local PHASES = [[
  server {
    listen 127.0.0.1:PORT ssl;
    ssl_certificate "DIR/localhost.pem";
    ssl_certificate_key "DIR/server.key";
    ssl_certificate_by_lua_block { note() }
    server_rewrite_by_lua_block { note() }
    location / {
      rewrite_by_lua_block { note() }
      access_by_lua_block { note() }
      content_by_lua_block { note() ngx.print(table.concat(noted, " ")) }
    }
  }
  init_by_lua_block {
    local client = assert(require "cbr".new {
      endpoint = "ENDPOINT", allow_http = true, project_id = "PROJECT", proxy = "", credentials = { token = "TOKEN" },
    })
    noted = {}
    function note()
      local ok, response, err = pcall(client.request, client, { method = "GET", path = "/v3/{project_id}/echo" })
      noted[#noted + 1] = ngx.get_phase() .. (ok and response and "" or " failed: " .. tostring(err or response))
    end
  }
]]

describe("an nginx worker #process", function()
  it("an nginx worker allows calls in each phase of a TLS connection that may yield", function()
    local port = servers.free_port()
    local nginx = server.start {
      http = PHASES:gsub("%u%u%u+", {
        PORT = port, DIR = sandbox.dir, ENDPOINT = sandbox.plain, PROJECT = support.fixtures.projects.home.id,
        TOKEN = support.fixtures.tokens.home.value,
      }),
    }
    local output = support.run(("curl -sk https://127.0.0.1:%d/"):format(port))
    nginx:stop()
    assert.equal("ssl_cert server_rewrite rewrite access content", output)
  end)
end)

-- Four calls of one map, each by its own client. Returns their delays, in the order in which the calls ended.
local FOUR_CLIENTS = [[
  location /four_clients { content_by_lua_block {
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

describe("an nginx worker without room for another timer #process", function()
  it("waiting requests drive their own calls when nginx has no timer left", function()
    sandbox.reset()
    local nginx = server.start(slow_calls.parts {
      http = "lua_max_running_timers 1; lua_max_pending_timers 1;",
      server = "location /occupy { content_by_lua_block { ngx.timer.at(0, function() ngx.sleep(20) end) } }"
        .. "location /block { content_by_lua_block { os.execute 'sleep 1' } }" .. FOUR_CLIENTS,
    })
    nginx:get "/occupy"
    local calls = {}
    for i = 1, 60 do
      calls[i] = send(nginx, "/read?seconds=0.5")
    end
    -- After this second, all calls have ended. One turn of the worker's event loop then wakes only some of them.
    nginx:get "/block"
    for _, call in ipairs(calls) do
      assert.equal("GET", receive(call))
    end
    for _ = 1, 2 do -- a waiting request may drive either pool first
      assert.equal("0.1 2 2 2 ", (nginx:get "/four_clients"))
    end
    nginx:stop()
    sandbox.reset()
  end)
end)
