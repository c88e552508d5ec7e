-- cbr_cli.selection: the vaults and the destinations of the dr commands.

local argparse = require "argparse"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"
require "spec.helpers.command"
local exit_status = require "cbr_cli.exit_status"
local selection = require "cbr_cli.selection"

local fixtures = support.fixtures
local unpack = rawget(table, "unpack") or rawget(_G, "unpack")

describe("the vaults and the destinations of the dr commands", function()
  local client

  set_up.for_each_test(function()
    client = support.client { region = "cn-north-4", project_id = fixtures.projects.home.id }
    return client
  end)

  local function read(needs_vault, ...)
    local parser = argparse "p"
    selection.add(parser, "vault")
    local _, params = selection.read({ client = client, args = parser:parse { ... } }, needs_vault)
    return params
  end

  it("names of vaults are replaced by ids, also the names of destination vaults", function()
    local params = read(true, "--vault", "single", "--vault", fixtures.vaults.server.id,
      "--destination-region", "cn-east-3", "--destination-vault", "replicas")
    assert.same({ fixtures.vaults.single.id, fixtures.vaults.server.id }, params.vault_ids)
    assert.same({ { region = "cn-east-3", vault_id = fixtures.vaults.replicas.id } }, params.destinations)
  end)

  it("a command line without exactly one way to select vaults is rejected", function()
    assert.same({ a = "b", c = true }, read(false, "--tag", "a=b", "--tag", "c", "--destination-region", "r").tags)
    assert.is_true(read(false, "--all", "--destination-region", "r").all)
    for _, words in ipairs { {}, { "--all", "--tag", "a" }, { "--vault", "a", "--name-prefix", "b" } } do
      words[#words + 1], words[#words + 2] = "--destination-region", "r"
      local ok, failure = pcall(read, false, unpack(words))
      assert.is_false(ok)
      assert.equal(exit_status.USAGE, failure.status)
      assert.matches("give one of '--vault'", failure.message, 1, true)
    end
  end)

  it("a --destination-region without a vault is rejected if the command needs a destination vault", function()
    local ok, failure = pcall(read, true, "--all", "--destination-region", "r")
    assert.same({ false, exit_status.USAGE }, { ok, failure.status })
  end)
end)
