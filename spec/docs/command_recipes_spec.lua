-- The recipes of docs/recipes that use the command cbr: shell scripts, a crontab, systemd units, a job of GitLab CI.

local recipes = require "spec.helpers.recipes"
local support = require "spec.helpers.support"
local yaml = require "cbr.util.yaml"

local sandbox = support.sandbox

local SETTINGS = { VAULT_PREFIX = "prod_", DESTINATION_REGION = "cn-east-3", DESTINATION_VAULT = "prod_copies" }

-- Converts a node of the YAML reader to a table without line numbers, or to a text.
local function plain(node)
  local out = {}
  for i, member in ipairs(node.list or {}) do
    out[i] = plain(member)
  end
  for name, value in pairs(node.map or {}) do
    out[name] = plain(value)
  end
  return (node.list or node.map) and out or node.text
end

if not pcall(require, "argparse") then
  return -- argparse 0.7.1 does not load in Lua 5.5
end

describe("the recipes with the command #process", function()
  local place

  recipes.for_each_test(function(made)
    place = made
    recipes.scene()
    sandbox.time_scale(6000)
  end)

  local function run(line, changes, has_empty_environment)
    local variables = { INTERVAL = "0.1" }
    for _, source in ipairs { SETTINGS, changes or {} } do
      support.merge(variables, source)
    end
    return recipes.run(place, line, variables, has_empty_environment)
  end

  -- Returns all variables that a scheduler passes to a command. They have no keys; the keys are in the profile.
  local function bare(variables)
    for name, value in pairs(recipes.endpoints()) do
      variables[name] = value
    end
    variables.PATH = variables.PATH or place .. "/bin:/usr/bin:/bin"
    variables.HOME = variables.HOME or place .. "/home"
    return variables
  end

  -- Makes every following call of list_vault fail.
  local function fail_reads()
    sandbox.fault { call = "list_vault", fault = "status", status = 403, code = "BackupService.9903", message = "m",
      times = -1 }
  end

  -- Returns a recipe's text in which the paths of an installed system are replaced by paths of this test.
  local function text_of(name)
    return (support.read(place .. "/" .. name):gsub("/usr/local/lib/cbr", place):gsub("/usr/local/bin", place .. "/bin")
      :gsub("/var/lib/cbr", place .. "/home"))
  end

  it("cross_region_dr.sh makes the missing copies, and reports that all copies are recent enough", function()
    local output, status, errors = run "sh cross_region_dr.sh"
    assert.equal(0, status, errors)
    assert.equal("", errors)
    assert.equal(2, select(2, output:gsub("\tsuccess\t", "")))
    assert.equal(3, select(2, output:gsub("\tcompliant\t", "")))
    assert.equal(2, #sandbox.ledger())
  end)

  it("cross_region_dr.sh prints an alert and ends with the command's status when something is wrong", function()
    local _, status, errors = run("sh cross_region_dr.sh", { VAULT_PREFIX = "no_such" })
    assert.equal(5, status)
    assert.matches("ALERT: no vault whose name begins with 'no_such' has a backup", errors)
    _, status, errors = run("sh cross_region_dr.sh", { RPO = "1s" })
    assert.equal(5, status)
    assert.matches("ALERT: a resource has no copy in cn-east-3 that is at most 1s old", errors, 1, true)
    _, status, errors = run("sh cross_region_dr.sh", { DESTINATION_VAULT = "" })
    assert.equal(2, status)
    assert.matches("set VAULT_PREFIX, DESTINATION_REGION and DESTINATION_VAULT", errors)
    fail_reads()
    _, status, errors = run "sh cross_region_dr.sh"
    assert.equal(1, status)
    assert.matches("BackupService.9903: ", errors)
    assert.matches("ALERT: a copy to cn-east-3 failed, or none could be ordered", errors, 1, true)
  end)

  describe("retention.sh", function()
    local RULE = { KEEP_LAST = "1", KEEP_DAYS = "1", KEEP_WEEKS = "1", REPLICA_REGION = "cn-east-3",
      REPLICA_VAULT = "prod_copies" }

    local function prune(arguments, changes)
      local variables = {}
      support.merge(variables, RULE)
      support.merge(variables, changes)
      return run("sh retention.sh" .. arguments, variables)
    end

    before_each(function()
      assert.equal(0, (select(2, run "sh cross_region_dr.sh"))) -- makes the old copy of one server superfluous
    end)

    it("retention.sh shows which replicas it would delete, and deletes these replicas only with --yes", function()
      local output, status, errors = prune ""
      assert.equal(0, status, errors)
      assert.matches("\tshop\t[%x-]+\t%d+\tdelete\t", output)
      assert.matches("\ncopies to delete: 1\n$", output)
      assert.equal(0, support.count "delete_backup")
      output, status, errors = prune " --yes"
      assert.equal(0, status, errors)
      assert.matches("\tshop\t[%x-]+\t%d+\tdeleted\t", output)
      assert.equal(1, support.count "delete_backup")
      output, status = prune " --yes"
      assert.equal(0, status)
      assert.matches("copies to delete: 0\n$", output)
      assert.equal(1, support.count "delete_backup")
    end)

    it("retention.sh deletes nothing when the plan has more deletions than expected", function()
      local _, status, errors = prune(" --yes", { MOST = "0" })
      assert.equal(3, status)
      assert.matches("ALERT: nothing was deleted in cn-east-3: the plan has more than 0 deletions: 1", errors, 1, true)
      assert.equal(0, support.count "delete_backup")
    end)

    it("retention.sh ends with status 1 if a read or a deletion fails, and with 2 if a setting is missing", function()
      sandbox.fault {
        call = "delete_backup", fault = "status", status = 400, code = "BackupService.9901", message = "m", times = -1,
      }
      local output, status, errors = prune " --yes"
      assert.equal(1, status)
      assert.matches("\tfailed\t", output)
      assert.matches("ALERT: not all old copies in cn-east-3 were deleted", errors, 1, true)
      output, status, errors = prune(" --yes", { REPLICA_VAULT = "no_such" })
      assert.same({ "", 1 }, { output, status })
      assert.matches("no vault named 'no_such'", errors, 1, true)
      assert.equal(2, (select(2, prune(" --yes", { REPLICA_VAULT = "" }))))
    end)
  end)

  it("without_overlap.sh prints the output and the meaning of the status if its command fails, else nothing", function()
    local output, status, errors = run "sh without_overlap.sh lock sh -c 'echo working'"
    assert.same({ 0, "", "" }, { status, output, errors })
    output, status = run "sh without_overlap.sh lock sh -c 'echo working; echo broken >&2; exit 4'"
    assert.equal(4, status)
    assert.matches("^working\nbroken\n\nThe command ended with status 4 %(the service may or may not have accepted an",
      output)
    assert.equal(2, (select(2, run "sh without_overlap.sh lock")))
    assert.equal(73, (select(2, run "sh without_overlap.sh missing/lock true")))
  end)

  it("without_overlap.sh starts no second command while the first runs, even if the first script was killed", function()
    local _, status, errors = run [[
      mkfifo go
      sh without_overlap.sh lock sh -c 'echo $PPID >started; read line <go' &
      while [ ! -s started ]; do sleep 0.05; done
      sh without_overlap.sh lock touch second
      first=$?
      kill -9 "$(cat started)"
      sh without_overlap.sh lock touch second
      second=$?
      echo >go
      while ! sh without_overlap.sh lock touch third 2>/dev/null; do sleep 0.05; done
      [ ! -e second ] && [ -e third ] && [ "$first $second" = '75 75' ]
    ]]
    assert.equal(0, status, errors)
    assert.matches("not started: the last run is still going on", errors)
  end)

  it("the lines of the crontab run with cron's environment, and print something only if they fail", function()
    local variables, commands = bare {}, {}
    for line in text_of "crontab":gmatch "[^\n]+" do
      local name, value = line:match "^([%u_]+)=(.*)$"
      local command = line:match "^%d+ %d+ %* %* %* (.+)$"
      if name then
        variables[name] = value
      elseif command then
        assert.is_nil(command:find "%%")
        commands[#commands + 1] = command
      else
        assert.matches("^#", line)
      end
    end
    assert.equal(2, #commands)
    for _, command in ipairs(commands) do
      local output, status, errors = recipes.run(place, command, variables, true)
      assert.equal(0, status, output .. errors)
      assert.equal("", output .. errors)
    end
    assert.equal(2, #sandbox.ledger())
    fail_reads()
    local output, status = recipes.run(place, commands[1], variables, true)
    assert.equal(1, status)
    assert.matches("BackupService.9903: .*The command ended with status 1 %(failed%)", output)
    output, status = recipes.run(place, commands[2], variables, true)
    assert.equal(5, status)
    assert.matches("\tunread\t.*The command ended with status 5 %(not compliant", output)
  end)

  describe("the systemd units", function()
    it("the systemd units are valid", function()
      if not select(2, support.run "systemd-analyze --version") then
        for _, name in ipairs { "cbr-dr.service", "cbr-dr.timer" } do
          for line in text_of(name):gmatch "[^\n]+" do
            assert.is_truthy(line:find "^#" or line:find "^%[%u%l+%]$" or line:find "^%u%a+=%S", line)
          end
        end
        return
      end
      for _, name in ipairs { "cbr-dr.service", "cbr-dr.timer" } do
        recipes.write(place .. "/" .. name, text_of(name))
      end
      local output, is_valid = support.run(("cd %s && systemd-analyze verify ./cbr-dr.service ./cbr-dr.timer"):format(
        place))
      assert.is_true(is_valid, output)
      assert.is_nil(output:find("cbr-dr", 1, true), output)
      output, is_valid = support.run(("systemd-analyze calendar '%s'"):format(
        text_of "cbr-dr.timer":match "OnCalendar=([^\n]+)"))
      assert.is_true(is_valid, output)
    end)

    it("the commands of cbr-dr.service need no other variables than those in the unit's environment files", function()
      local unit = text_of "cbr-dr.service"
      local variables = bare { HOME = "/nonexistent" }
      for _, line in ipairs { unit:match "\nEnvironment=([^\n]+)", "CBR_REGION=cn-north-4" } do
        local name, value = line:match "^([%u_]+)=(.*)$"
        variables[name] = value:gsub("%%d", place .. "/home/.huaweicloud")
      end
      support.merge(variables, SETTINGS)
      variables.STATE_DIRECTORY = place
      local copy, check = unit:match "\nExecStart=([^\n]+)\nExecStart=([^\n]+)\n"
      for _, command in ipairs { copy, check } do
        local output, status, errors = recipes.run(place, command, variables, true)
        assert.equal(0, status, output .. errors)
      end
      assert.equal(2, #sandbox.ledger())
      assert.matches("cbr%-dr", (support.run("ls " .. place .. " | grep 'cbr-dr[.]1'")))
      fail_reads()
      local _, status, errors = recipes.run(place, copy, variables, true)
      assert.equal(1, status)
      assert.matches("BackupService.9903: ", errors)
      assert.equal(5, (select(2, recipes.run(place, check, variables, true))))
    end)
  end)

  it("the script of gitlab-ci.yml makes the copies, checks them, and keeps the JSON report of the run", function()
    local file = plain(assert(yaml.read(text_of "gitlab-ci.yml")))
    local job = file["copy-backups"]
    local script = "set -e\n" .. table.concat(job.script, "\n")
    local output, status, errors = run(script, file.variables)
    assert.equal(0, status, errors)
    assert.equal(3, select(2, output:gsub("\tcompliant\t", "")))
    local report = require "cjson".decode(support.read(place .. "/" .. job.artifacts.paths[1]))
    assert.equal(2, report.totals.success)
    assert.equal(2, #sandbox.ledger())
    fail_reads()
    output, status, errors = run(script, file.variables)
    assert.equal(1, status)
    assert.is_nil((output .. errors):find(support.fixtures.keys.home.sk, 1, true))
  end)

  it("no recipe has a key on a command line", function()
    for name in support.run "ls docs/recipes":gmatch "%S+" do
      for line in support.read("docs/recipes/" .. name):gmatch "[^\n]+" do
        assert.is_nil(line:find "%-%-[%l-]*key" or line:find "%-%-[%l-]*token" or line:find "%-%-[%l-]*password", line)
      end
    end
  end)
end)
