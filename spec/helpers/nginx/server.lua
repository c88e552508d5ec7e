--- A real nginx with its Lua module, for specs and benchmarks that run cbr in a worker.

local lfs = require "lfs"
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local server = {}

local CONF = [[
%(load)
%(user)
worker_processes %(workers);
error_log %(dir)/error.log info;
pid %(dir)/pid;
%(main)
events { worker_connections %(connections); }
http {
  access_log off;
  lua_package_path "%(root)/lua/?.lua;%(root)/?.lua;;%(path)";
  lua_package_cpath "%(root)/build/5.1/?.so;;%(cpath)";
  client_body_temp_path %(dir)/body;
  proxy_temp_path %(dir)/proxy;
  fastcgi_temp_path %(dir)/fastcgi;
  uwsgi_temp_path %(dir)/uwsgi;
  scgi_temp_path %(dir)/scgi;
  %(http)
  server {
    listen 127.0.0.1:%(port) backlog=4096; # a benchmark opens many at once
    %(server)
  }
}
]]

-- The module paths of this process, where OpenResty does not search by itself, so that workers find busted and
-- luasocket. OpenResty's own paths come first, because OpenResty must use its own modules.
local tools_path, tools_cpath = package.path, package.cpath
if not rawget(_G, "jit") then
  tools_path, tools_cpath = "", "" -- the paths of this process have modules for another Lua
end

-- Writes nginx.conf from these parts.
local function configure(nginx, parts)
  local fields = {
    load = os.getenv "CBR_SANDBOX_NGINX_LOAD",
    dir = nginx.dir, root = lfs.currentdir(), port = nginx.port, workers = parts.workers or 1,
    connections = parts.connections or 1024,
    user = support.run "id -u" == "0\n" and "user root;" or "", -- so that workers can read the files of the spec
    path = tools_path, cpath = tools_cpath,
    main = parts.main or "", http = parts.http or "", server = parts.server or "",
  }
  local file = assert(io.open(nginx.dir .. "/nginx.conf", "w"))
  file:write((CONF:gsub("%%%((%w+)%)", fields)))
  file:close()
end

local methods = {}
local meta = { __index = methods }

--- Requests a path. Returns body, status.
function methods:get(path)
  local http = require "socket.http"
  http.TIMEOUT = 900 -- seconds; some locations run hundreds of specs
  local body, status = http.request(("http://127.0.0.1:%d%s"):format(self.port, path))
  return body, status
end

--- The error log.
function methods:log()
  return support.read(self.dir .. "/error.log")
end

--- The lines of the error log of level `warn` or worse, as text; empty if there are no such lines.
function methods:problems()
  local lines = {}
  for line in self:log():gmatch "[^\n]+" do
    local level = line:match "^%S+ %S+ %[(%l+)%]"
    if level ~= "info" and level ~= "notice" then
      lines[#lines + 1] = line
    end
  end
  return table.concat(lines, "\n")
end

--- The number of threads of the only worker.
function methods:threads()
  return tonumber((support.run(("ls /proc/%s/task | wc -l"):format((select(2, self:workers())):match "%d+"))))
end

--- The process id of the master.
function methods:master()
  return support.read(self.dir .. "/pid"):match "%d+"
end

--- Reloads nginx (HUP) with other parts of the configuration. Returns when there are new workers.
function methods:reload(parts)
  local _, before = self:workers()
  configure(self, parts)
  support.run("kill -HUP " .. self:master())
  for _ = 1, 200 do
    local now, names = self:workers()
    if now > 0 and names ~= before then
      return
    end
    require "socket".sleep(0.02)
  end
  error "no new worker after a reload"
end

--- Returns the number of workers, and their process ids as text.
function methods:workers()
  local names = support.run("cat /proc/" .. self:master() .. "/task/*/children")
  local count = 0
  for _ in names:gmatch "%d+" do
    count = count + 1
  end
  return count, names
end

--- Waits until this number of workers runs. The command nginx returns before the master has forked its workers.
function methods:wait_for_workers(count)
  for _ = 1, 500 do
    local size = lfs.attributes(self.dir .. "/pid", "size")
    if size and size > 0 and self:workers() == count then
      return
    end
    require "socket".sleep(0.02)
  end
  error "nginx has no workers"
end

--- Stops nginx, by default after all responses (QUIT), and removes nginx's files.
---@param signal? string
function methods:stop(signal)
  local stop = "kill -%s $(cat %s/pid); while [ -e %s/pid ]; do sleep 0.02; done"
  support.run(stop:format(signal or "QUIT", self.dir, self.dir))
  support.run("rm -rf " .. self.dir)
end

--- Starts an nginx, and returns when nginx's workers run. `main`, `http` and `server` are text for the parts of
-- nginx.conf with these names. `environment` sets variables of the master: NAME=VALUE, separated by spaces.
---@param parts { main?: string, http?: string, server?: string, workers?: integer, connections?: integer,
-- environment?: string }
function server.start(parts)
  assert(select(2, support.run "make -s LUA_VERSION=5.1"), "the module could not be built for LuaJIT")
  for _ = 1, 5 do
    local dir = support.run("mktemp -d -p " .. support.sandbox.dir):gsub("%s", "")
    local self = setmetatable({ dir = dir, port = servers.free_port() }, meta)
    configure(self, parts)
    local start = "unset LUA_PATH LUA_CPATH; %s $CBR_SANDBOX_NGINX -p %s -e %s/error.log -c %s/nginx.conf"
    local output, well = support.run(start:format(parts.environment or "", dir, dir, dir))
    if well then
      self:wait_for_workers(parts.workers or 1)
      return self
    end
    local log = support.read(dir .. "/error.log")
    support.run("rm -rf " .. dir)
    assert(log:find("Address already in use", 1, true), output .. log)
  end
  error "no free port"
end

return server
