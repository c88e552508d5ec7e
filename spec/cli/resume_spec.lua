-- cbr_cli.resume: the command line that resumes an interrupted command.

require "spec.helpers.command"
local resume = require "cbr_cli.resume"
local support = require "spec.helpers.support"

describe("cbr_cli.resume", function()
  it("the command line that resumes an order has --wait, and --since with the time of the order", function()
    assert.equal("cbr sync --vault a --since 5 --wait", resume.command({ "sync", "--vault", "a" }, 5, true))
    assert.equal("cbr sync --wait --since 5", resume.command({ "sync", "--wait", "--since", "5" }, 5, true))
    assert.equal("cbr wait a-b", resume.command { "wait", "a-b" })
  end)

  it("the command line that resumes an order has an absolute time in place of a relative --since", function()
    assert.equal("cbr sync --since 5 --vault a --wait",
      resume.command({ "sync", "--since", "1h", "--vault", "a" }, 5, true))
    assert.equal("cbr sync --since=5 --wait", resume.command({ "sync", "--since=1h", "--wait" }, 5, true))
    assert.equal("cbr dr replicate --since 5", resume.command({ "dr", "replicate", "--since", "3d" }, 5))
    assert.equal("cbr dr replicate", resume.command { "dr", "replicate" })
  end)

  it("cbr_cli.resume quotes a word so that a shell reads exactly that word #process", function()
    for _, word in ipairs { "a b", "it's", "$HOME", "`x`", "", "a;b", "*", "@f.json" } do
      assert.equal(word .. "\n", (support.run("printf '%s\\n' " .. resume.quote(word))))
    end
  end)
end)
