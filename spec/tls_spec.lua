-- Whom the client trusts: nobody whose certificate does not say so.

local cbr = require "cbr"
local support = require "spec.support"

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

  it("trusts the system's certificates when none are given", function()
    local client = support.client { ca_path = "/etc/ssl/certs" }
    client:close()
    local options = support.options()
    options.ca_file, options.ca_path = nil, "/etc/ssl/certs" -- the sandbox's CA is not among them
    local one = assert(cbr.new(options))
    local _, err = one:sync { vault_id = support.world.vaults.hybrid.id }
    assert.equal("tls", err.kind)
    one:close()
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

  it("reports a CA file that holds no certificate", function()
    local err = failure { ca_file = "LICENSE" }
    assert.equal("tls", err.kind)
    assert.equal("not_sent", err.outcome)
  end)
end)
