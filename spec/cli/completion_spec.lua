-- cbr completion: the scripts that it prints, and the completions of bash.

local command = require "spec.helpers.command"
local support = require "spec.helpers.support"

describe("cbr completion #process", function()
  -- Returns the completions that bash offers for the last word.
  local function offers(words)
    local name = support.file(((command.run "completion bash")))
    local output = support.run(("bash -c 'source %s; COMP_WORDS=(%s); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _cbr; "
      .. "echo ${COMPREPLY[*]}'"):format(name, words))
    os.remove(name)
    return output
  end

  it("bash completes commands, options, and the names of operations", function()
    if not select(2, support.run "command -v bash") then
      pending "needs bash"
      return
    end
    assert.equal("vaults\n", offers "cbr va")
    assert.equal("copies\n", offers "cbr dr co")
    assert.equal("--protect-type --project --proxy\n", offers "cbr vaults --pro")
    assert.equal("list_vault\n", offers "cbr call list_v")
    assert.equal("replicate\n", offers "cbr describe repli")
  end)

  it("the scripts for zsh and fish have the names of operations", function()
    local zsh, status = command.run "completion zsh"
    assert.equal(0, status)
    assert.matches("^#compdef cbr\n", zsh)
    assert.matches(" list_vault ", zsh, 1, true)
    assert.matches("seen_command call' -xa 'add_agent_path ", (command.run "completion fish"), 1, true)
    assert.equal(2, (select(2, command.run "completion tcsh")))
  end)
end)
