--- An nginx worker whose locations make calls of cbr that get a late response, for the specs of waiting calls.

local socket = require "socket"
local support = require "spec.helpers.support"

local slow_calls = {}

local sandbox, fixtures = support.sandbox, support.fixtures

local HTTP = [[
  init_by_lua_block {
    cbr = require "cbr"
    polling = {} -- the reason of each `polling` event that the log hook received
    options = {
      endpoint = "ENDPOINT", allow_http = true, project_id = "PROJECT", proxy = "",
      credentials = { access_key = "ACCESS", secret_key = "SECRET" },
      log = function(event)
        if event.event == "polling" then
          polling[#polling + 1] = event.reason
        end
      end,
    }
    client = assert(cbr.new(options))
    function read_after(seconds)
      return client:request({ method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } })
    end
  }
  init_worker_by_lua_block {
    method_in_init_worker = assert(read_after(0)).method -- the call blocks, because nothing else runs yet
  }
]]

local SERVER = [[
  lua_check_client_abort on;
  location /quick { return 200 "quick"; }
  location /init_worker { content_by_lua_block { ngx.print(method_in_init_worker) } }
  location /read { content_by_lua_block {
    local response, err = read_after(tonumber(ngx.var.arg_seconds))
    ngx.print(response and response.method or tostring(err))
  } }
  location /map { content_by_lua_block {
    local count, seconds = tonumber(ngx.var.arg_count), tonumber(ngx.var.arg_seconds)
    local list = {}
    for i = 1, count do list[i] = i end
    local results, errors = cbr.map(list, function(i)
      return assert(read_after(seconds)) and i
    end, { concurrency = 50 })
    local _, first = next(errors)
    ngx.print(#results, " ", tostring(first))
  } }
  location /calls_started_per_turn { content_by_lua_block {
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
    local response, err = one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 5 } }
    ngx.print(response and "response" or err.kind)
  } }
  location /clients { content_by_lua_block {
    local threads = {}
    for i = 1, 12 do
      local one = assert(cbr.new(options))
      threads[i] = ngx.thread.spawn(function()
        local response, err = one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = 3 } }
        one:close()
        return response and response.method or tostring(err)
      end)
    end
    for i = 1, 12 do ngx.print(select(2, ngx.thread.wait(threads[i])), " ") end
  } }
  location /killed { content_by_lua_block {
    local one = assert(cbr.new(options))
    local function call(seconds)
      return one:request { method = "GET", path = "/v3/{project_id}/echo", query = { delay = seconds } }
    end
    local first = ngx.thread.spawn(call, 30) -- the client's first signed request
    ngx.sleep(0.1)
    ngx.thread.kill(first)
    local response, err = call(0)
    for _ = 1, 200 do -- because nginx notices a killed call only after some seconds
      if one.pool:in_flight() == 0 then
        break
      end
      ngx.sleep(0.1)
    end
    ngx.print(response and response.method or tostring(err), " ", one.pool:in_flight())
    one:close()
  } }
  location /polling { content_by_lua_block { ngx.print(table.concat(polling, ", ")) } }
  location /program { content_by_lua_block { ngx.print(io.popen("echo a program"):read "*a") } }
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
  location /problems {
    set_by_lua_block $parameter { return client:problems("sync", {})[1].parameter }
    return 200 $parameter;
  }
  location /set { set_by_lua_block $message { return select(2, pcall(read_after, 0)) } return 200 $message; }
  location /header_filter {
    header_filter_by_lua_block { message = select(2, pcall(read_after, 0)) }
    return 200 "-";
  }
  location /body_filter {
    body_filter_by_lua_block { message = select(2, pcall(read_after, 0)) }
    return 200 "-";
  }
  location /log { log_by_lua_block { message = select(2, pcall(read_after, 0)) } return 200 "-"; }
  location /message { content_by_lua_block { ngx.print(message) } }
]]

--- Returns the configuration for server.start. `more`: text to add to the main, http and server blocks, the number of
-- workers, and variables of the master.
---@param more? { main?: string, http?: string, server?: string, workers?: integer, environment?: string }
function slow_calls.parts(more)
  more = more or {}
  return {
    http = HTTP:gsub("%u%u%u+", {
      ENDPOINT = sandbox.plain, PROJECT = fixtures.projects.home.id, ACCESS = fixtures.keys.home.ak,
      SECRET = fixtures.keys.home.sk,
    }) .. (more.http or ""),
    server = SERVER .. (more.server or ""), workers = more.workers, main = more.main, environment = more.environment,
  }
end

--- Sends a request, and does not wait for the response.
---@return table connection
function slow_calls.send(nginx, path)
  local connection = assert(socket.connect("127.0.0.1", nginx.port))
  connection:send(("GET %s HTTP/1.0\r\n\r\n"):format(path))
  return connection
end

--- Waits for the response on a connection of slow_calls.send, and closes the connection.
---@return string? body
function slow_calls.receive(connection)
  connection:settimeout(20)
  local text = connection:receive "*a"
  connection:close()
  return text and text:match "\r\n\r\n(.*)$"
end

--- Waits up to 20 s until `is_true()` returns true. Returns false if this does not happen.
function slow_calls.wait_until(is_true)
  for _ = 1, 400 do
    if is_true() then
      return true
    end
    socket.sleep(0.05)
  end
  return false
end

return slow_calls
