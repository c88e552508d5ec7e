-- The options of a client's connections.

local pool_options = require "cbr.endpoint.pool_options"

describe("the options of connections", function()
  local function read(given, origins, variables)
    return pool_options.read(given, origins or { "https://x.test" }, function(name)
      return variables and variables[name]
    end)
  end

  it("the connection options have a User-Agent by default, and no proxy", function()
    local options, problems = read {}
    assert.is_nil(problems)
    assert.same({ "", "", "" }, { options.proxy, options.plain_proxy, options.no_proxy })
    assert.matches("^cbr/%S+ %(.*; libcurl/", options.user_agent)
    assert.is_false(options.accept_any_certificate)
  end)

  it("the connection options come from the options of the client and from the environment", function()
    local options = read({
      verify_tls = false, max_response = 5, max_head = 6, max_connections = 7, user_agent = "mine/1",
    }, nil, { https_proxy = "proxy.test:1", http_proxy = "proxy.test:2", no_proxy = "a.test" })
    assert.same({ "http://proxy.test:1", "http://proxy.test:2", "a.test", 5, 6, 7, true }, {
      options.proxy, options.plain_proxy, options.no_proxy, options.max_body, options.max_head, options.max_connections,
      options.accept_any_certificate,
    })
    assert.matches("%) mine/1$", options.user_agent)
  end)

  it("an unusable proxy is an error if an endpoint needs that proxy, and is otherwise returned as a problem", function()
    local variables = { https_proxy = "ftp://x" }
    local options, reason = read({}, { "http://127.0.0.1", "https://x.test" }, variables)
    assert.is_nil(options)
    assert.matches("^https_proxy is not the URL of a proxy", reason)
    local problems
    options, problems = read({}, { "http://127.0.0.1" }, variables)
    assert.is_table(options)
    assert.matches("^https_proxy is not the URL of a proxy", problems.https)
  end)

  it("connection options are rejected for certificates that cannot be read", function()
    local options, reason = read { ca_file = "/nowhere" }
    assert.is_nil(options)
    assert.matches("^ca_file cannot be read", reason)
  end)
end)
