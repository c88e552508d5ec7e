-- The URLs of proxies: what libcurl gets, and what is rejected. spec/core/proxy_spec.lua has real proxies.

local cbr = require "cbr"
local environment = require "spec.helpers.environment"
local proxy = require "cbr.endpoint.proxy"
local servers = require "spec.helpers.servers"
local support = require "spec.helpers.support"

local fixtures = support.fixtures

-- URLs that are rejected. The word "hunter" stands for a part of a password.
local REJECTED = {
  -- with these URLs, libcurl 7.88 would connect without a proxy
  "http://user:hunter%0A@127.0.0.1:3128", "http://user:hunter%00x@127.0.0.1:3128", "http://hunter%09:pw@127.0.0.1:3128",
  "http://user:hunter%0d@127.0.0.1:3128", "http://user:hunter%1B@127.0.0.1", "https://user:hunter%0A@127.0.0.1:3128",
  "socks5://user:hunter%0A@127.0.0.1:3128", "socks5h://user:hunter%1f@127.0.0.1:3128", "user:hunter%0A@127.0.0.1:3128",
  "socks4://hunter%0A@127.0.0.1:3128", "http://user:hunter%7F@127.0.0.1:3128",
  -- with these URLs, libcurl would use another host, another port or another password
  "http://user:hunter@second@127.0.0.1:3128", "http://user:hunter#second@127.0.0.1:3128",
  "http://user:hunter/second@127.0.0.1:3128", "http://user:3128/hunter@127.0.0.1:3128",
  "http://user:hunter?second@127.0.0.1:3128", "socks5://localhost/hunter", "http://127.0.0.1:3128?hunter",
  "http://127.0.0.1:3128#hunter",
  -- libcurl does not support proxies of these kinds
  "ftp://user:hunter@127.0.0.1:3128", "nonsense://user:hunter@127.0.0.1:3128",
  "http://http://user:hunter@127.0.0.1:3128", "http=hunter:3128;https=hunter:3128",
  -- libcurl cannot parse these URLs
  "http://user:hunter second@127.0.0.1:3128", "http://user:hunter@127.0.0.1:3128 ",
  " http://user:hunter@127.0.0.1:3128",
  '"http://user:hunter@127.0.0.1:3128"', "http://user:hunter@127.0.0.1:port", "http://user:hunter@127.0.0.1:99999",
  "http://user:hunter@127.0.0.1:0", "http://user:hunter@127.0.0.1:", "http://user:hunter@",
  "http://user:hunter@::1:3128", "http://user:hunter@127.0.0.1%0A:3128", "http://user:hunter@a%20b:3128", "http://",
  "://127.0.0.1", " ", "http://:3128", "http://user:hunter\10@127.0.0.1:3128", "http://user:hunter@a\\b:3128",
}

describe("the URL of a proxy", function()
  it("the URL of a proxy is rewritten for libcurl", function()
    for given, expected in pairs {
      [""] = "",
      ["127.0.0.1:3128"] = "http://127.0.0.1:3128",
      -- without a scheme, libcurl would take the proxy for an FTP server
      ["ftp.example.com:3128"] = "http://ftp.example.com:3128",
      ["HTTP://127.0.0.1:3128/"] = "http://127.0.0.1:3128",
      ["http://127.0.0.1:3128/proxy"] = "http://127.0.0.1:3128",
      ["https://proxy.example.com"] = "https://proxy.example.com",
      ["socks5h://[::1]:1080"] = "socks5h://[::1]:1080",
      ["http://user@127.0.0.1"] = "http://user@127.0.0.1",
      ["http://user:@127.0.0.1"] = "http://user:@127.0.0.1",
      ["http://user:a:b@127.0.0.1"] = "http://user:a%3Ab@127.0.0.1",
      ["http://user:p%40ss%23w%3ard@127.0.0.1"] = "http://user:p%40ss%23w%3Ard@127.0.0.1",
      ["http://user:100%@127.0.0.1"] = "http://user:100%25@127.0.0.1",
      ["http://corp\\user:a;b\"c@127.0.0.1"] = "http://corp%5Cuser:a%3Bb%22c@127.0.0.1",
      ["http://\195\188ser:p\195\164ss@127.0.0.1"] = "http://%C3%BCser:p%C3%A4ss@127.0.0.1",
      ["socks4a://user@127.0.0.1"] = "socks4a://user@127.0.0.1",
    } do
      assert.equal(expected, (proxy.parse(given, "proxy")))
    end
  end)

  it("a proxy URL that libcurl would misread is rejected, with an error that shows no password #many", function()
    for _, given in ipairs(REJECTED) do
      local url, reason = proxy.parse(given, "https_proxy")
      assert.is_nil(url, given)
      assert.matches("^https_proxy is not the URL of a proxy: ", reason)
      assert.is_nil(reason:find("hunter", 1, true), reason)
    end
  end)
end)

describe("the proxies of the environment", function()
  local function read(variables, given)
    return proxy.read(given or {}, function(name) return variables[name] end)
  end

  it("the environment's proxies are chosen for each scheme in libcurl's order", function()
    local all = {
      https_proxy = "one", HTTPS_PROXY = "two", all_proxy = "three", ALL_PROXY = "four", http_proxy = "five",
      HTTP_PROXY = "six",
    }
    for i, name in ipairs { "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY" } do
      assert.equal("http://" .. ({ "one", "two", "three", "four" })[i], read(all).https)
      all[name] = nil
    end
    assert.same({ "", "http://five" }, { read(all).https, read(all).http })
    all.http_proxy, all.all_proxy = nil, "three"
    assert.equal("http://three", read(all).http)
    all.all_proxy = nil
    assert.equal("", read(all).http) -- HTTP_PROXY is never used
  end)

  it("the environment's proxies are not read if the option `proxy` is set", function()
    local proxies = read({ https_proxy = "http://u:%0A@bad", no_proxy = "a.test" }, { proxy = "good.test:1" })
    assert.same({ "http://good.test:1", "http://good.test:1", "a.test" },
      { proxies.https, proxies.http, proxies.no_proxy })
    proxies = read({ https_proxy = "http://u:%0A@bad", NO_PROXY = "a.test" }, { proxy = "" })
    assert.same({ "", "", "a.test" }, { proxies.https, proxies.http, proxies.no_proxy })
    assert.equal("", read({ no_proxy = "a.test" }, { no_proxy = "" }).no_proxy)
  end)

  it("an unusable proxy of the environment is a problem for one scheme only, and its variable is named", function()
    local proxies = read { all_proxy = "ftp://x", https_proxy = "x" }
    assert.equal("http://x", proxies.https)
    assert.matches("^all_proxy is not", proxies.problems.http)
    assert.is_nil(proxies.problems.https)
    for _, name in ipairs { "no_proxy", "NO_PROXY" } do
      local nothing, reason = read { [name] = "localhost\n" }
      assert.is_nil(nothing)
      assert.equal(name .. " contains a control character", reason)
    end
  end)
end)

describe("a client with a proxy that cannot be used #process", function()
  -- A server that reports whether it received a request.
  local server

  setup(function()
    server = servers.peer [[
      print(peer:receive "*l")
      peer:send "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    ]]
  end)

  teardown(function()
    server.stop()
  end)

  local function was_asked()
    return server.output():find "HTTP/1" ~= nil
  end

  local function options(changes)
    local all = { endpoint = "http://127.0.0.1:" .. server.port, project_id = fixtures.projects.home.id,
      credentials = support.keys "home", max_attempts = 1, timeout = 3, no_proxy = "" }
    return support.merge(all, changes)
  end

  it("a client with an unusable proxy option fails with kind config, and sends nothing", function()
    for _, url in ipairs(REJECTED) do
      if not url:find "%c" then -- an option with a control character raises an error instead
        local client, err = cbr.new(options { proxy = url })
        assert.is_nil(client, url)
        assert.equal("config", err.kind)
        assert.matches("^proxy is not the URL of a proxy", err.message)
      end
    end
    assert.is_false(was_asked())
  end)

  it("a client with an unusable proxy in the environment fails with kind config, and sends nothing", function()
    for name, url in pairs {
      http_proxy = "http://user:pw%0A@127.0.0.1:3128", all_proxy = "socks5://user:pw%00@127.0.0.1:3128",
      ALL_PROXY = "nonsense://127.0.0.1:3128",
    } do
      local output = environment.run({ [name] = url }, ([[
        local client, err = require "cbr".new { endpoint = "http://127.0.0.1:%d", no_proxy = "",
          credentials = { access_key = "a", secret_key = "b" }, project_id = ("a"):rep(32) }
        print(client, err.kind, err)
      ]]):format(server.port))
      assert.matches(("^nil%%s+config%%s+%s is not the URL of a proxy"):format(name), output)
    end
    assert.is_false(was_asked())
  end)

  it("an unusable proxy for one scheme makes only requests to URLs of this scheme fail", function()
    local variables = { http_proxy = "http://user:pw%0A@127.0.0.1:3128", https_proxy = false, all_proxy = false }
    local function client_of(changes)
      local all = support.options(changes)
      all.proxy, all.no_proxy, all.max_attempts = nil, "", 1
      return assert(cbr.new(all))
    end
    environment.with(variables, function()
      local client = client_of {
        iam_endpoint = "http://127.0.0.1:" .. server.port,
        credentials = { username = "u", password = "p", domain_name = "d" },
      }
      local _, err = client:list_vault {}
      client:close()
      assert.equal("config", err.kind)
      assert.matches("http_proxy is not the URL of a proxy", err.message, 1, true)
      client = client_of {}
      assert(client:list_vault {})
      client:close()
    end)
    assert.is_false(was_asked())
  end)
end)
