-- Which certificates are trusted, and what happens when the files of certificates cannot be read.

local cbr = require "cbr"
local support = require "spec.helpers.support"
local trust = require "cbr.endpoint.trust"

local sandbox = support.sandbox

describe("the certificates to trust", function()
  local function read(given, variables)
    return trust.read(given, function(name) return variables and variables[name] end)
  end

  it("the trusted certificates come from the option, or else from OpenSSL's variables, or else from libcurl", function()
    local variables = { SSL_CERT_FILE = sandbox.ca, SSL_CERT_DIR = "/some/dir" }
    local directory = "/nowhere:" .. sandbox.dir
    assert.same({ ca_file = sandbox.ca }, read({ ca_file = sandbox.ca }, { SSL_CERT_FILE = "/nowhere" }))
    assert.same({ ca_path = directory }, read({ ca_path = directory }, variables))
    assert.same({ ca_path = directory }, read({}, { SSL_CERT_DIR = directory }))
    assert.same({ ca_file = sandbox.ca, ca_path = "/a/dir" }, read({ ca_file = sandbox.ca, ca_path = "/a/dir" }, {}))
    assert.same({ ca_file = sandbox.ca, ca_path = "/some/dir" }, read({}, variables))
    assert.same({}, read({}, {}))
  end)

  it("certificates that cannot be read are rejected with the name of the setting", function()
    for words, arguments in pairs {
      ["ca_file cannot be read: /nowhere.pem: No such file or directory"] = { { ca_file = "/nowhere.pem" } },
      ["ca_file cannot be read: /: not a regular file"] = { { ca_file = "/" } },
      ["SSL_CERT_FILE cannot be read: /nowhere.pem: No such file or directory"] = {
        {}, { SSL_CERT_FILE = "/nowhere.pem" },
      },
      ["ca_path '/nowhere:/there' is not an existing directory"] = { { ca_path = "/nowhere:/there" } },
      ["SSL_CERT_DIR '/nowhere' is not an existing directory"] = { {}, { SSL_CERT_DIR = "/nowhere" } },
    } do
      local certificates, reason = read(arguments[1], arguments[2])
      assert.is_nil(certificates)
      assert.equal(words, reason)
    end
  end)

  it("a FIFO is rejected as a file of trusted certificates, since reading it would block", function()
    local name = os.tmpname()
    support.run(("rm %s && mkfifo %s"):format(name, name))
    local client, err = cbr.new(support.options { ca_file = name })
    os.remove(name)
    assert.is_nil(client)
    assert.equal("config", err.kind)
    assert.equal(("ca_file cannot be read: %s: not a regular file"):format(name), err.message)
  end)
end)
