-- TLS: which servers the client trusts.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("TLS verification", function()
  before_each(sandbox.reset)

  local function failure(changes)
    local client = support.client(changes)
    local replication, err = client:replicate(support.replicate_params())
    client:close()
    assert.is_nil(replication)
    assert.same({}, sandbox.ledger())
    assert.same({}, sandbox.requests())
    return err
  end

  for name, url in pairs {
    ["of an unknown CA"] = sandbox.tls_unknown_ca,
    ["that has expired"] = sandbox.tls_expired,
    ["for another host"] = sandbox.tls_other_host,
  } do
    it("a client rejects a certificate " .. name, function()
      local err = failure { endpoint = url }
      assert.equal("tls", err.kind)
      assert.equal("not_sent", err.outcome)
      assert.is_false(err.retryable)
      assert.matches("certificate", tostring(err))
    end)
  end

  it("a client rejects a server that supports nothing newer than TLS 1.1", function()
    local err = failure { endpoint = sandbox.tls_old }
    assert.equal("tls", err.kind)
    assert.equal("not_sent", err.outcome)
  end)

  it("a client trusts only the given ca_file or ca_path", function()
    local directory = support.run("mktemp -d"):gsub("%s", "")
    local empty = support.run("mktemp -d"):gsub("%s", "")
    support.run(("cp %s %s/ca.pem && openssl rehash %s"):format(sandbox.ca, directory, directory))
    local function client(changes)
      local options = support.options(changes)
      options.ca_file = changes.ca_file
      return assert(cbr.new(options))
    end
    local one = client { ca_path = directory } -- ca_path takes precedence over the environment's CA
    assert(one:replicate(support.replicate_params()))
    one:close()
    one = client { ca_path = empty }
    local _, err = one:replicate(support.replicate_params())
    assert.equal("tls", err.kind)
    one:close()
    one = client {}
    assert(one:sync { vault_id = support.fixtures.vaults.hybrid.id }) -- trusted because of SSL_CERT_FILE
    one:close()
    support.run(("rm -rf %s %s"):format(directory, empty))
  end)

  it("a client verifies certificates except with verify_tls = false", function()
    local client = support.client { endpoint = sandbox.tls_unknown_ca, verify_tls = false }
    assert(client:replicate(support.replicate_params()))
    client:close()
  end)

  it("cbr.new names a CA file that cannot be read", function()
    local client, err = cbr.new(support.options { ca_file = "/nowhere/ca.pem" })
    assert.is_nil(client)
    assert.equal("config", err.kind)
    assert.matches("/nowhere/ca.pem", tostring(err), 1, true)
  end)

  it("cbr.new names a ca_path if none of the directories in it exists", function()
    local options = support.options {}
    options.ca_file = nil
    for _, path in ipairs { "/nowhere/certs", "/nowhere/a:/nowhere/b", sandbox.ca, ":" } do
      options.ca_path = path
      local client, err = cbr.new(options)
      assert.is_nil(client)
      assert.same({ "config", ("ca_path '%s' is not an existing directory"):format(path) }, { err.kind, err.message })
    end
    for _, path in ipairs { sandbox.dir, "/nowhere/a:" .. sandbox.dir .. "/" } do
      options.ca_path = path
      assert(cbr.new(options)):close()
    end
    options.ca_file, options.ca_path = sandbox.ca, "/nowhere/certs" -- certificates in ca_file are enough
    assert(cbr.new(options)):close()
  end)

  it("a client sends nothing to a server that sends plain HTTP, an alert, noise or endless records #process", function()
    local servers = require "spec.helpers.servers"
    local client = support.client { endpoint = "https://127.0.0.1" .. sandbox.plain:match ":%d+$" }
    local _, err = client:replicate(support.replicate_params())
    client:close()
    sandbox.reset() -- the sandbox counts the TLS handshake as a bad request
    assert.same({ "tls", "not_sent", false }, { err.kind, err.outcome, err.retryable })
    for _, bytes in ipairs {
      [["\21\3\3\0\2\2\40"]], -- the TLS alert "handshake failure"
      [["\21\3\3\0\2\1\0"]], -- the TLS alert "close notify"
      [["\21\3\3\0\2\2\112"]], -- the TLS alert "unrecognized name"
      [["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]],
      [[("\0"):rep(1000)]],
      [[("\22\3\3\255\255" .. ("x"):rep(65535)):rep(100)]],
      [["\22\3\3\0\4\2\0\0\0"]], -- an empty ServerHello
    } do
      local peer = servers.peer("peer:send(" .. bytes .. ") peer:receive(1e6)")
      err = failure { endpoint = "https://127.0.0.1:" .. peer.port, timeout = 30 }
      peer.stop()
      assert.equal("not_sent", err.outcome, bytes)
      assert.is_true(err.kind == "tls" or err.kind == "connect", bytes .. ": " .. tostring(err))
    end
    local peer = servers.peer [[while peer:send(("\23\3\3\64\0" .. ("x"):rep(16384)):rep(10)) do end]]
    err = failure { endpoint = "https://127.0.0.1:" .. peer.port, timeout = 3 }
    peer.stop()
    assert.equal("not_sent", err.outcome)
  end)

  it("a client sends requests of every size over TLS", function()
    local client = support.single_attempt_client { timeout = 10 * support.patience }
    for _, size in ipairs { 1000, 15000, 16384, 17000, 33000, 50000, 60000, 1000 } do
      for _, request in ipairs { { method = "GET", query = { a = ("x"):rep(size) } },
        { method = "POST", body = { a = ("x"):rep(size) } } } do
        request.path = "/v3/{project_id}/echo"
        local response, err = client:request(request)
        assert.is_table(response, ("%s of %d: %s"):format(request.method, size, tostring(err)))
      end
    end
    client:close()
  end)

  it("a CA file without a certificate causes an error of kind tls", function()
    local err = failure { ca_file = "LICENSE" }
    assert.equal("tls", err.kind)
    assert.equal("not_sent", err.outcome)
  end)
end)
