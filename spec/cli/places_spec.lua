-- cbr_cli.places: regions that are given several times, each one with its vault and its project.

require "spec.helpers.command"
local argparse = require "argparse"
local exit_status = require "cbr_cli.exit_status"
local places = require "cbr_cli.places"

describe("regions that are given several times", function()
  local function read(...)
    local parser = argparse "p"
    places.define(parser, "list", {
      { option = "--region", field = "region", help = "r", argname = "r", count = "*" },
      { option = "--vault", field = "vault", help = "v", argname = "v", count = "*" },
    })
    return places.of(parser:parse { ... }, "list", "--region")
  end

  it("--vault belongs to the --region before it, or to the first --region if none is before it", function()
    assert.same({}, read())
    assert.same({ { region = "a" }, { region = "b", vault = "y" } },
      read("--region", "a", "--region", "b", "--vault", "y"))
    assert.same({ { region = "a", vault = "x" } }, read("--vault", "x", "--region", "a"))
    assert.same({ { region = "a", vault = "x" }, { region = "b", vault = "y" } },
      read("--vault", "x", "--region", "a", "--vault", "y", "--region", "b"))
  end)

  it("a --vault that belongs to no --region is rejected", function()
    local ok, failure = pcall(read, "--region", "a", "--vault", "x", "--vault", "y")
    assert.is_false(ok)
    assert.equal(exit_status.USAGE, failure.status)
    assert.matches("'y' belongs to no region: give --region before it", failure.message, 1, true)
  end)
end)
