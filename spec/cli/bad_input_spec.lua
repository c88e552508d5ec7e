-- Bad command lines, an output that cannot be written, and a poor environment: the command prints one clear message and
-- no traceback, and ends with the right status.

local cjson = require "cjson"
local command = require "spec.helpers.command"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures
local TASK = fixtures.vaults.single.id -- has the form of a task's id

describe("bad input of the command cbr #process", function()
  before_each(sandbox.reset)

  -- For each command line: the exit status, and words of the message.
  local CASES = {
    ["vaults --no-such"] = { 2, "unknown option '--no-such'" },
    ["--json vaults"] = { 2, "Options come after the command: cbr vaults --json" },
    ["vaults --region"] = { 2, "option '--region' requires an argument" },
    ["vaults --region ''"] = { 2, "option 'region' is empty" },
    ["vaults extra"] = { 2, "too many arguments" },
    ["vaults -- extra"] = { 2, "too many arguments" },
    ["backups --vault -x"] = { 2, "A value that begins with a dash is given as --vault=-x" },
    ["backups --vault=-x"] = { 1, "no vault named '-x'" },
    ["backups --vault ''"] = { 2, "vault is empty" },
    ["backups --vault \"$(printf 'a\\377b')\""] = { 1, "no vault named" },
    ["backups --vault \"$(printf 'a\\033[31mb')\""] = { 2, "vault must be letters" },
    ["\"$(printf 'a\\033[31mb')\""] = { 2, "unknown command 'a [31mb'" },
    ["vaults --endpoint ftp://x"] = { 2, "endpoint 'ftp://x' is neither https nor http" },
    ["vaults --ca-file /no/such"] = { 2, "/no/such: No such file" },
    ["vaults --ca-file /tmp"] = { 2, "/tmp: not a regular file" },
    ["vaults --proxy a:b:c"] = { 2, "proxy is not the URL of a proxy" },
    ["vaults --project x"] = { 2, "project_id 'x' must be a project id" },
    ["vaults --region 'a b'"] = { 2, "'a b' is not a valid region id" },
    ["sync --vault hybrid --vault hybrid"] = { 2, "option '--vault' must be used 1 time" },
    ["sync --vault hybrid --timeout 0 --wait"] = { 2, "--timeout: '0' is not longer than 0 seconds" },
    ["sync --vault hybrid --interval 0 --wait"] = { 2, "--interval: '0' is not longer than 0 seconds" },
    ["sync --vault hybrid --since 3"] = { 2, "--since: '3' is not a time" },
    ["sync --vault hybrid --since 2999-01-01"] = { 2, "--since: '2999-01-01' is in the future" },
    ["preflight --vault server --destination-region cn-east-3"] = { 2, "give both '--destination-region'" },
    ["wait"] = { 2, "missing argument" },
    ["wait @/no/such.json"] = { 2, "/no/such.json: No such file" },
    ["wait @/tmp"] = { 2, "/tmp: Is a directory" },
    ["wait @-"] = { 2, "the standard input is not JSON" },
    ["wait x"] = { 2, "'x' is not the id of a task" },
    ["wait 1-2"] = { 2, "'1-2' is not the id of a task" },
    ["wait " .. TASK] = { 1, "Operation log does not exist" },
    ["call nope"] = { 2, "cbr describe lists all operations" },
    ["call list_vault limit=1 limit=2"] = { 2, "'limit' is given twice" },
    ["call list_vault id=@/no/such"] = { 2, "/no/such: No such file" },
    ["call create_vault 'billing={'"] = { 2, "billing: '{' is not a JSON object" },
    ["sandbox --no-such"] = { 2, "unknown option '--no-such'" },
  }

  it("a bad command line ends with the right status and message and valid JSON, and places no order", function()
    for arguments, expected in pairs(CASES) do
      -- After `--`, and for `cbr sandbox`, --json is an argument.
      local has_json = not (arguments:find "^sandbox" or arguments:find "%-%- extra" or arguments:find "%-%-json")
      local output, status, errors = command.run(arguments .. (has_json and " --json" or ""))
      assert.equal(expected[1], status, arguments)
      assert.matches("^cbr: ", errors)
      assert.matches(expected[2], errors, 1, true)
      assert.is_nil(errors:find "traceback" or errors:find "%.lua:" or errors:find "\27", errors)
      if output ~= "" then
        assert.is_table(cjson.decode(output).error)
      end
      assert.equal(has_json, output:find "^{" ~= nil and not arguments:find "%-%-json", arguments)
    end
    assert.same({}, sandbox.ledger())
  end)

  it("without --json, the output of a bad command line is empty", function()
    for _, arguments in ipairs { "vaults --no-such", "backups --vault=-x", "wait x" } do
      assert.equal("", (command.run(arguments)))
    end
  end)

  it("cbr wait, given the JSON of a failed order, ends with the same exit status as that order", function()
    for arguments, expected in pairs {
      ["sync --vault no_such"] = 1, [command.REPLICATE .. "replicated"] = 0, [command.REPLICATE .. "empty"] = 5,
    } do
      local order = support.file((command.run(arguments .. " --json")))
      local _, status, errors = command.run("wait @" .. order)
      os.remove(order)
      assert.equal(expected, status, arguments)
      assert.matches("^cbr: the order failed: ", errors)
    end
    local name = support.file "{}"
    local _, status, errors = command.run("wait @" .. name)
    os.remove(name)
    assert.equal(2, status)
    assert.matches("there is no order in the JSON", errors, 1, true)
  end)

  it("a closed pipe ends the command without a message", function()
    sandbox.patch { fill = { vault_id = fixtures.vaults.single.id, count = 500 } }
    local output = support.run(command.line "call list_backups" .. " | head -n 1")
    assert.equal("{\n", output)
  end)

  it("the command ends with status 1 and a message if its output cannot be written", function()
    for _, arguments in ipairs { "vaults", "vaults --json", "doctor", "describe", "--version", "completion bash" } do
      local _, status, errors = command.run(arguments .. " >/dev/full")
      assert.equal(1, status, arguments)
      assert.equal("cbr: the output cannot be written: No space left on device\n", errors)
    end
  end)

  it("the command works if HOME, TERM and the locale are unset or unknown", function()
    local lines = command.run("vaults --quiet", { HOME = false, TERM = false, LANG = false })
    assert.equal(lines, (command.run("vaults --quiet", { TERM = "dumb", LC_ALL = "no_such_locale" })))
    assert.matches("^%x+%-", lines)
    local _, status, errors = command.run("vaults", {
      HOME = false, HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false,
    })
    assert.equal(1, status)
    assert.matches("there is no home directory", errors, 1, true)
  end)
end)
