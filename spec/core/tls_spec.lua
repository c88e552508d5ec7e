-- Whom the client trusts: nobody whose certificate does not say so.

local cbr = require "cbr"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

describe("TLS", function()
  before_each(function()
    sandbox.reset()
  end)

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
    ["of a CA that is not known"] = sandbox.tls_unknown_ca,
    ["that has expired"] = sandbox.tls_expired,
    ["for another host"] = sandbox.tls_other_host,
  } do
    it("refuses a certificate " .. name, function()
      local err = failure { endpoint = url }
      assert.equal("tls", err.kind)
      assert.equal("not_sent", err.outcome)
      assert.is_false(err.retryable)
      assert.matches("certificate", tostring(err))
    end)
  end

  it("refuses a server that speaks nothing newer than TLS 1.1", function()
    local err = failure { endpoint = sandbox.tls_old }
    assert.equal("tls", err.kind)
    assert.equal("not_sent", err.outcome)
  end)

  it("trusts what it is given, and nothing else", function()
    local directory = support.run("mktemp -d"):gsub("%s", "")
    local empty = support.run("mktemp -d"):gsub("%s", "")
    support.run(("cp %s %s/ca.pem && openssl rehash %s"):format(sandbox.ca, directory, directory))
    local function client(changes)
      local options = support.options(changes)
      options.ca_file = changes.ca_file
      return assert(cbr.new(options))
    end
    local one = client { ca_path = directory } -- the environment names the sandbox's CA too; a given one goes first
    assert(one:replicate(support.replicate_params()))
    one:close()
    one = client { ca_path = empty }
    local _, err = one:replicate(support.replicate_params())
    assert.equal("tls", err.kind)
    one:close()
    one = client {}
    assert(one:sync { vault_id = support.fixtures.vaults.hybrid.id }) -- by SSL_CERT_FILE
    one:close()
    support.run(("rm -rf %s %s"):format(directory, empty))
  end)

  it("is verified unless the user says otherwise by name", function()
    local client = support.client { endpoint = sandbox.tls_unknown_ca, verify_tls = false }
    assert(client:replicate(support.replicate_params()))
    client:close()
  end)

  it("names a CA file that cannot be read, before anything is sent", function()
    local client, err = cbr.new(support.options { ca_file = "/nowhere/ca.pem" })
    assert.is_nil(client)
    assert.equal("config", err.kind)
    assert.matches("/nowhere/ca.pem", tostring(err), 1, true)
  end)

  it("sends nothing to what speaks no TLS: plain HTTP, an alert, noise, a record without end #process", function()
    local servers = require "spec.helpers.servers"
    local client = support.client { endpoint = "https://127.0.0.1" .. sandbox.plain:match ":%d+$" }
    local _, err = client:replicate(support.replicate_params())
    client:close()
    sandbox.reset() -- which takes the handshake for a bad request
    assert.same({ "tls", "not_sent", false }, { err.kind, err.outcome, err.retryable })
    for _, answer in ipairs {
      [["\21\3\3\0\2\2\40"]], -- handshake failure
      [["\21\3\3\0\2\1\0"]], -- good-bye
      [["\21\3\3\0\2\2\112"]], -- unknown name
      [["HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"]],
      [[("\0"):rep(1000)]],
      [[("\22\3\3\255\255" .. ("x"):rep(65535)):rep(100)]],
      [["\22\3\3\0\4\2\0\0\0"]], -- an empty ServerHello
    } do
      local peer = servers.peer("peer:send(" .. answer .. ") peer:receive(1e6)")
      err = failure { endpoint = "https://127.0.0.1:" .. peer.port, timeout = 3 }
      peer.stop()
      assert.equal("not_sent", err.outcome, answer)
      assert.is_true(err.kind == "tls" or err.kind == "connect", answer .. ": " .. tostring(err))
    end
    local peer = servers.peer [[while peer:send(("\23\3\3\64\0" .. ("x"):rep(16384)):rep(10)) do end]]
    err = failure { endpoint = "https://127.0.0.1:" .. peer.port, timeout = 3 }
    peer.stop()
    assert.equal("not_sent", err.outcome)
  end)

  it("reports a CA file that holds no certificate", function()
    local err = failure { ca_file = "LICENSE" }
    assert.equal("tls", err.kind)
    assert.equal("not_sent", err.outcome)
  end)
end)
