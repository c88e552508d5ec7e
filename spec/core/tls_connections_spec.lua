-- New TLS connections: how often the trusted certificates are read for them, and whether they resume a session. These
-- specs count openings of files and connections at the server.

local core = require "cbr.core"
local support = require "spec.helpers.support"
local tls = require "spec.helpers.nginx.tls"

local sandbox = support.sandbox

-- With GnuTLS, libcurl 7 keeps no certificates, and resumes no session of TLS 1.3. libcurl 8.21 and later keeps no
-- certificates if they come from a default directory (as in Debian): see cbr_curl_trust.
local has_gnutls = core.versions.tls:find "^GnuTLS" ~= nil
local major, minor = core.versions.libcurl:match "^(%d+)%.(%d+)"
local keeps = not has_gnutls and tonumber(major) * 1000 + tonumber(minor) < 8021

-- Makes `count` calls at once. Returns their responses.
local function burst(pool, origin, count)
  local transfers, responses = {}, {}
  for i = 1, count do
    transfers[i] = assert(pool:start { method = "GET", origin = origin, path = "/", timeout = 60 })
  end
  while pool:in_flight() > 0 do
    pool:step(1)
  end
  for i = 1, count do
    responses[i] = transfers[i]:finish()
  end
  return responses
end

describe("a new TLS connection #process", function()
  for _, version in ipairs { "TLSv1.2", "TLSv1.3" } do
    it("a new connection resumes the session of an earlier connection of the same pool with " .. version, function()
      if has_gnutls then
        return pending "libcurl with GnuTLS"
      end
      local nginx = tls.start(version)
      local pool = core.pool { max_body = 1000, proxy = "", ca_file = sandbox.ca }
      local seen = {}
      for i = 1, 4 do
        local response = burst(pool, nginx.origin, 1)[1]
        seen[i] = response.body
        -- closing a call frees the libcurl handle that it took over, so that the next call uses a new handle
        assert(pool:start { method = "GET", origin = nginx.origin, path = "/", timeout = 60 }):close()
      end
      pool:close()
      nginx:stop()
      assert.equal((("1 . V 2 r V 3 r V 4 r V"):gsub("V", version)), table.concat(seen, " "))
    end)
  end

  it("a new TLS connection resumes no session of another pool, since that pool may trust other certificates", function()
    local nginx = tls.start "TLSv1.3"
    for _ = 1, 2 do
      local pool = core.pool { max_body = 1000, proxy = "", ca_file = sandbox.ca }
      assert.matches("^%d+ %. ", burst(pool, nginx.origin, 1)[1].body)
      pool:close()
    end
    local pool = core.pool { max_body = 1000, proxy = "", ca_file = sandbox.dir .. "/stranger.pem" }
    assert.equal("tls", burst(pool, nginx.origin, 1)[1].result)
    pool:close()
    nginx:stop()
  end)
end)

describe("the trusted certificates #process", function()
  local BUNDLE = support.run "curl-config --ca":gsub("%s+$", "")
  local nginx, scratch, directory

  setup(function()
    nginx = tls.start "TLSv1.3"
    scratch = support.run "mktemp -d":gsub("%s", "")
    directory = scratch .. "/certificates"
    support.run(("mkdir %s && cp %s %s/ca.pem && openssl rehash %s"):format(
      directory, sandbox.ca, directory, directory))
  end)

  teardown(function()
    nginx:stop()
    support.run("rm -rf " .. scratch)
  end)

  it("certificates in ca_file and in ca_path are both trusted", function()
    local stranger = sandbox.dir .. "/stranger.pem"
    local pool = core.pool { max_body = 1000, proxy = "", ca_file = stranger, ca_path = directory }
    for _, origin in ipairs { nginx.origin, sandbox.tls, sandbox.tls_unknown_ca } do
      assert.equal("ok", burst(pool, origin, 1)[1].result, origin)
    end
    pool:close()
  end)

  if not support.can_trace() then
    pending "needs strace"
    return
  end

  local PROGRAM = [[
    local core = require "cbr.core"
    for _ = 1, POOLS do
      local pool, transfers, results = core.pool { max_body = 1000, proxy = "", OPTIONS }, {}, {}
      for _ = 1, 2 do
        for i = 1, 16 do
          transfers[i] = assert(pool:start { method = "GET", origin = ORIGIN, path = "/", timeout = 60 })
        end
        while pool:in_flight() > 0 do
          pool:step(1)
        end
        for i = 1, 16 do
          local response = transfers[i]:finish()
          local result = response.body:match "^%d+" and "ok" or response.result
          results[result] = (results[result] or 0) + 1
        end
      end
      print(results.ok, results.tls)
      pool:close()
    end
  ]]

  -- Makes 32 new connections, 16 at a time, in a process of its own. `run.shell` is a command that starts the process.
  -- Returns the output of the process, and how often it opened each file, by name.
  local function connect(run)
    local fields = { POOLS = run.pools or 1, OPTIONS = run.options or "", ORIGIN = ("%q"):format(nginx.origin) }
    local script = support.file((PROGRAM:gsub("%u%u%u+", fields)))
    local log = scratch .. "/strace"
    local output = support.run(("unset SSL_CERT_FILE; %s strace -f -o %s -e trace=open,openat %s %s"):format(
      run.shell or "", log, os.getenv "CBR_LUA" or "lua5.4", script))
    local opened = setmetatable({}, { __index = function() return 0 end })
    for line in io.lines(log) do
      local name = line:match "%f[%w]open[at]*%(.-\"(.-)\".* = %d+$"
      if name then
        opened[name] = opened[name] + 1
      end
    end
    os.remove(script)
    return output, opened
  end

  it("the system's certificates are read once for each pool, not for each connection", function()
    local output, opened = connect { pools = 3 }
    assert.equal(("nil\t32\n"):rep(3), output) -- the system does not trust the sandbox
    assert.equal(keeps and 3 or 96, opened[BUNDLE])
  end)

  it("the system's certificates are trusted", function()
    local mount = "unshare -rm sh -c 'mount --bind %s %s && exec \"$@\"' sh"
    local both = scratch .. "/bundle"
    support.run(("cat %s %s >%s"):format(BUNDLE, sandbox.ca, both))
    if not select(2, support.run(mount:format(both, BUNDLE) .. " true")) then
      return pending "needs unshare and mount"
    end
    local output, opened = connect { shell = mount:format(both, BUNDLE) }
    assert.equal("32\tnil\n", output)
    assert.equal(keeps and 1 or 32, opened[BUNDLE])
  end)

  it("the system's certificates are not trusted if ca_file or ca_path names others", function()
    -- The folder `system` is mounted over the system's certificates, and holds only the sandbox's CA.
    local system, strangers = scratch .. "/system", scratch .. "/strangers"
    support.run(("mkdir %s %s && cp %s/stranger.pem %s && openssl rehash %s"):format(
      system, strangers, sandbox.dir, strangers, strangers))
    support.run(("cp %s %s/ca.pem && cp %s %s/%s && openssl rehash %s"):format(
      sandbox.ca, system, sandbox.ca, system, BUNDLE:match "[^/]+$", system))
    local mount = ("unshare -rm sh -c 'mount --bind %s %s && exec \"$@\"' sh"):format(system, BUNDLE:match "^(.+)/")
    if not select(2, support.run(mount .. " true")) then
      return pending "needs unshare and mount"
    end
    assert.equal("32\tnil\n", (connect { shell = mount }))
    for _, options in ipairs {
      ("ca_file = %q"):format(strangers .. "/stranger.pem"), ("ca_path = %q"):format(strangers),
    } do
      assert.equal("nil\t32\n", (connect { shell = mount, options = options }), options)
    end
  end)

  it("certificates in ca_file are read once, and the system's certificates are not read", function()
    local output, opened = connect { options = ("ca_file = %q"):format(sandbox.ca) }
    assert.equal("32\tnil\n", output)
    assert.same({ keeps and 1 or 32, 0 }, { opened[sandbox.ca], opened[BUNDLE] })
  end)

  it("certificates in ca_path alone are trusted, and the system's certificates are not read", function()
    local output, opened = connect { options = ("ca_path = %q"):format(directory) }
    assert.equal("32\tnil\n", output)
    local found = 0
    for name, count in pairs(opened) do
      found = found + (name:sub(1, #directory) == directory and count or 0)
    end
    assert.is_true(found >= 1 and found <= 96, found) -- at most three openings per connection
    assert.equal(0, opened[BUNDLE])
  end)

  it("the system's certificates are not read if every certificate is accepted", function()
    local output, opened = connect { options = "accept_any_certificate = true" }
    assert.equal("32\tnil\n", output)
    assert.equal(has_gnutls and 32 or 0, opened[BUNDLE])
  end)
end)
