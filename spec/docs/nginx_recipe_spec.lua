-- docs/recipes/nginx.conf in a real nginx, as a user starts it: what it copies, what it shows, and what survives a
-- reload and killed workers.

local http = require "socket.http"
local lfs = require "lfs"
local recipes = require "spec.helpers.recipes"
local servers = require "spec.helpers.servers"
local socket = require "socket"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

-- nginx runs LuaJIT, whatever Lua runs this spec: one run is enough.
if not rawget(_G, "jit") then
  return
end

describe("the recipe nginx.conf #process", function()
  local place, port

  local function stop()
    support.run(("[ ! -e %s/nginx.pid ] || kill $(cat %s/nginx.pid); while [ -e %s/nginx.pid ]; do sleep 0.02; done")
      :format(place, place, place))
  end

  before_each(function()
    sandbox.reset()
    recipes.scene()
    place = recipes.place()
  end)

  after_each(function()
    stop()
    support.run("rm -rf " .. place)
  end)

  -- Starts nginx with the recipe. The recipe's port and load_module lines are replaced by those for this machine. If
  -- `lock_delay` is given, each worker waits that many seconds before it tries to take the lock. A request for
  -- /take_lock takes the lock from the worker that has it.
  local function start(variables, lock_delay)
    assert(select(2, support.run "make -s LUA_VERSION=5.1"))
    port = servers.free_port()
    local text = support.read "docs/recipes/nginx.conf":gsub("load_module [^\n]+\n", "")
      :gsub("127%.0%.0%.1:8080", "127.0.0.1:" .. port)
    text = text:gsub("location = /metrics", [[
      location = /take_lock { content_by_lua_block { ngx.shared.copies:set("lock", "another worker") } }
      %0]])
    if lock_delay then
      local delayed
      text, delayed = text:gsub("dict:add%b()", ("(ngx.sleep(%g) or %%0)"):format(lock_delay))
      assert.equal(1, delayed)
    end
    recipes.write(place .. "/nginx.conf", os.getenv "CBR_SANDBOX_NGINX_LOAD" .. "\n" .. text)
    local root = lfs.currentdir()
    local words = { "VAULT_PREFIX=prod_", ("LUA_PATH='%s/lua/?.lua;;'"):format(root),
      ("LUA_CPATH='%s/build/5.1/?.so;;'"):format(root) }
    for name, value in pairs(variables) do
      words[#words + 1] = name .. "=" .. value
    end
    local user = support.run "id -u" == "0\n" and "-g 'user root;'" or "" -- only root can read the certificate
    local output, has_started = support.run(("env %s $CBR_SANDBOX_NGINX -p %s/ -e error.log -c nginx.conf %s"):format(
      table.concat(words, " "), place, user))
    assert.is_true(has_started, output)
  end

  local function get(path)
    return http.request(("http://127.0.0.1:%d%s"):format(port, path))
  end

  -- Waits until `is_true` returns a true value. Returns that value.
  local function wait_until(is_true)
    for _ = 1, 600 * support.patience do
      local value = is_true()
      if value then
        return value
      end
      socket.sleep(0.1)
    end
    error(("it did not happen; the page: %s\nthe log: %s"):format(tostring((get "/")),
      support.read(place .. "/error.log")))
  end

  local function wait_for_page(pattern)
    wait_until(function()
      return ((get "/") or ""):find(pattern)
    end)
  end

  it("the recipe nginx.conf makes the missing copies, and shows the report and the metrics", function()
    sandbox.time_scale(600)
    start { TICK = "0.2" }
    wait_for_page "3 rows: 1 there, 2 success."
    assert.equal(200, (select(2, get "/")))
    assert.matches('cbr_replications{status="success"} 2\n', (get "/metrics"), 1, true)
    assert.equal(2, #sandbox.ledger())
    assert.is_nil(support.read(place .. "/error.log"):find("[error]", 1, true))
  end)

  it("the recipe nginx.conf makes one run in an interval even if a worker takes the lock late", function()
    sandbox.time_scale(600)
    start({ TICK = "0.1" }, 0.5)
    wait_for_page "3 rows: 1 there, 2 success."
    socket.sleep(1.5)
    assert.matches("3 rows: 1 there, 2 success.", (get "/"), 1, true)
  end)

  it("the recipe nginx.conf makes one step at a time, even if the service is slow", function()
    sandbox.fault { fault = "held", call = "list_backups" }
    start { TICK = "0.1", STEP = "1" }
    wait_until(function() return #sandbox.faults() == 0 end)
    socket.sleep(4) -- longer than the time after which a worker that does not renew the lock has lost it
    sandbox.clear_faults()
    wait_until(function() return #sandbox.ledger() > 0 end)
    local pages = 0
    for _, request in ipairs(sandbox.requests()) do
      pages = pages + (request.operation == "list_vault" and 1 or 0)
    end
    assert.equal(2, pages) -- the vaults have two pages, and the second page is empty
  end)

  it("the recipe nginx.conf orders nothing in a worker that has lost the lock to another worker", function()
    sandbox.fault { fault = "held", call = "list_backups" }
    start { TICK = "0.2" }
    wait_until(function() return #sandbox.faults() == 0 end)
    get "/take_lock"
    sandbox.clear_faults()
    wait_until(function()
      return support.read(place .. "/error.log"):find("this worker has lost the lock", 1, true)
    end)
    assert.matches("no step has ended yet", (get "/"))
    assert.same({}, sandbox.ledger())
  end)

  it("the recipe nginx.conf runs again after its interval, and orders nothing twice", function()
    sandbox.time_scale(600)
    start { TICK = "0.2", INTERVAL = "1" }
    wait_for_page "3 rows: 3 there."
    assert.equal(2, #sandbox.ledger())
  end)

  it("the recipe nginx.conf shows a failure with status 500, and logs it", function()
    sandbox.fault { call = "list_vault", fault = "status", status = 403, code = "BackupService.9903", message = "words",
      times = -1 }
    start { TICK = "0.2" }
    wait_for_page "unread: vaults: words"
    assert.equal(500, (select(2, get "/")))
    assert.matches("copies: .*: unread words", support.read(place .. "/error.log"))
    assert.matches('cbr_replications{status="unread"} 1\n', (get "/metrics"), 1, true)
  end)

  it("the recipe nginx.conf goes on after a reload and after killed workers, and orders nothing twice", function()
    for _, signal in ipairs { "-HUP $(cat nginx.pid)", "-KILL $(cat /proc/$(cat nginx.pid)/task/*/children)" } do
      sandbox.reset()
      recipes.scene()
      sandbox.time_scale(15)
      start { TICK = "0.2", STEP = "1" }
      wait_until(function() return #sandbox.ledger() > 0 end)
      assert(select(2, support.run(("cd %s && kill %s"):format(place, signal))))
      -- If a run ended before the kill, the next run shows the copies of that run as `there`.
      wait_for_page "3 rows: %d there[, %dsuce]*%."
      assert.equal(2, #sandbox.ledger())
      stop()
    end
  end)
end)
