-- cbr sandbox: runs a command with its own sandbox.

local command = require "spec.helpers.command"

describe("cbr sandbox #process", function()
  it("cbr sandbox runs a command with a sandbox, and ends with the command's status", function()
    local output, status = command.run "sandbox sh -c 'echo $CBR_REGION $0; exit 7' word"
    assert.same({ "cn-north-4 word\n", 7 }, { output, status })
    local vaults, listed = command.run(("sandbox %s cli/cbr vaults --quiet"):format(command.lua))
    assert.equal(0, listed)
    assert.matches("^%x+%-", vaults)
    local help, helped = command.run "sandbox --help"
    assert.equal(0, helped)
    assert.matches("^Usage: cbr sandbox ", help)
  end)
end)
