-- cbr call and cbr describe.

local cbr = require "cbr"
local command = require "spec.helpers.command"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("cbr call and cbr describe #process", function()
  before_each(sandbox.reset)

  it("cbr call converts values to the types of the parameters, and prints the result as JSON", function()
    local name = support.file('{"consistent_level": "crash_consistent", "object_type": "server", '
      .. '"protect_type": "backup", "size": 100}')
    local made, status = command.json("call create_vault name=made auto_expand=true resources=[] billing=@" .. name)
    os.remove(name)
    local vault = made.vault
    assert.same({ 0, "made", true, 100 }, { status, vault.name, vault.auto_expand, vault.billing.size })
    local list = command.json "call list_vault limit=1 cloud_type=hybrid"
    assert.equal(1, #list.vaults)
    assert.equal("true\n", (command.run("call delete_backup backup_id=" .. fixtures.backups.single_only.id)))
  end)

  it("cbr call rejects a value that is not of the parameter's type, and an unknown parameter", function()
    for arguments, words in pairs {
      ["call list_vault limit=many"] = "limit: 'many' is not an integer",
      ["call list_vault limt=1"] = "list_vault has no parameter 'limt'",
      ["call list_vaul"] = "did you mean 'list_vault'?",
      ["call update_vault auto_expand=yes"] = "auto_expand: 'yes' is not true or false",
      ["call list_vault limit"] = "'limit' does not have the form key=value",
    } do
      local _, status, errors = command.run(arguments)
      assert.equal(2, status)
      assert.matches(words, errors, 1, true)
    end
  end)

  it("cbr describe lists all operations without a region or keys", function()
    local variables = { CBR_REGION = false, HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false }
    local output, status = command.run("describe", variables)
    assert.equal(0, status)
    assert.equal(#cbr.operations(), select(2, output:gsub("\n", "")))
    output = command.run("describe replicate", variables)
    assert.matches("^copy_checkpoint %(cbr call replicate%)\n", output)
    assert.matches("\n  vault_id (string, mandatory)\n      Id of the source vault.\n", output, 1, true)
    assert.matches("\nPermission: cbr:vaults:replicate\n", output, 1, true)
  end)

  it("cbr describe shows the limits of a number, also if there is only one", function()
    local output = command.run "describe list_vault"
    assert.matches("\n  limit (integer, 1 to 1000)\n", output, 1, true)
    assert.matches("\n  offset (integer, at least 0)\n", output, 1, true)
  end)

  it("cbr describe --json prints what client:describe returns", function()
    local description = command.json "describe create_vault"
    assert.same({ "create_vault", "POST" }, { description.name, description.method })
    assert.equal("limit", command.json("describe list_vault").parameters[1].name)
  end)
end)
