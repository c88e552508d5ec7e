-- The Lua snippets of README.md and docs/ run, and do what their pages say. nginx_snippets_spec runs
-- the snippets of nginx configuration, and shell_snippets_spec runs the shell snippets. every_snippet_spec finds the
-- snippets that no spec runs.

local cjson = require "cjson"
local command = require "spec.helpers.command"
local pages = require "spec.helpers.pages"
local regions_file = require "cbr.endpoint.regions_file"
local snippets = require "spec.helpers.snippets"
local support = require "spec.helpers.support"

local run, snippet = snippets.run, snippets.get
local sandbox = support.sandbox

local function lines_of(output)
  return select(2, (output .. "\n"):gsub("\n", ""))
end

describe("the documentation's snippets #process", function()
  before_each(sandbox.reset)

  local quick_start = snippet("README.md", "lua", 1)
  it("the snippet in README.md replicates a vault, and prints what became of each backup", function()
    sandbox.time_scale(6000)
    local output = run((quick_start:gsub("wait%(replication", "%0, { interval = 0.02 }")))
    assert.equal("replicate", sandbox.ledger()[1].operation)
    assert.equal(3, select(2, (output .. "\n"):gsub("%x+%-[%x-]+\tsuccess\t%x+%-[%x-]+\n", "")))
  end)

  local first = snippet("docs/getting-started.md", "lua", 1)
  it("the snippet in getting-started.md checks an order, places it, and waits", function()
    sandbox.time_scale(6000)
    assert.equal("3 of 3 backups copied", run((first:gsub("wait%(replication", "%0, { interval = 0.02 }"))))
  end)

  local lines = snippet("docs/getting-started.md", "text", 1)
  it("getting-started.md shows what cbr replicate --wait prints, except for the ids of the copies", function()
    sandbox.time_scale(6000)
    local output = command.run("replicate --vault server --destination-region cn-east-3 --destination-vault replicas "
      .. "--wait --interval 0.1")
    local function without_copies(text)
      return ((text .. "\n"):gsub("\t[%x-]+\n", "\t\n"):gsub("%s+$", ""))
    end
    assert.equal(without_copies(lines), without_copies(output))
  end)

  it("getting-started.md quotes what the command prints when something is missing", function()
    local section = pages.section("docs/getting-started.md", "When it does not work")
    local function check(words, changes, arguments)
      assert.matches(words, select(3, command.run(arguments or "vaults", changes)), 1, true)
      assert.matches(words, section, 1, true)
    end
    local tls = os.getenv "CBR_SANDBOX_TLS"
    check("neither region nor endpoint is given", { CBR_REGION = false })
    check("no credentials found: ", { HUAWEICLOUD_SDK_AK = false, HUAWEICLOUD_SDK_SK = false })
    check("this account has no project in region ", {
      HUAWEICLOUD_SDK_PROJECT_ID = false, CBR_REGION = "cn-north-2", HUAWEICLOUD_SDK_REGION_CBR_CN_NORTH_2 = tls,
    })
    check("several projects in region ", {
      HUAWEICLOUD_SDK_PROJECT_ID = false, CBR_REGION = "cn-north-1", HUAWEICLOUD_SDK_REGION_CBR_CN_NORTH_1 = tls,
    })
    check("this project has no vault named ", {}, "sync --vault nothing")
  end)

  local order = snippet("docs/guides/replicate.md", "lua", 1)
  it("the snippet in guides/replicate.md prints the backups of an order, then that there is nothing to do", function()
    assert.equal(3, lines_of(run(order)))
    sandbox.forward(86400)
    assert.equal("all backups are there already, or on their way", run(order))
  end)

  local sync = snippet("docs/guides/sync.md", "lua", 1)
  it("the snippet in guides/sync.md prints how many backups a sync has imported", function()
    sandbox.time_scale(6000)
    local text = sync:gsub("wait%(sync", "%0, { interval = 0.02 }")
    assert.matches("^task [%x-]+\nsuccess: 3 imported, 1 removed, 0 not imported$", run(text))
    assert.matches("\nsuccess: 0 imported, 0 removed, 0 not imported$", run(text))
  end)

  local proxy = snippet("docs/guides/proxies-and-tls.md", "lua", 1)
  it("the snippet in guides/proxies-and-tls.md makes a client that uses a proxy", function()
    assert.equal("ready", run(proxy))
    assert.matches("proxy", run((proxy:gsub("p%%40ssword", "p@ss/word"))))
  end)

  local by_name = snippet("docs/reference/client.md", "lua", 1)
  it("the snippet in reference/client.md replicates a vault by its name", function()
    assert.equal(support.fixtures.vaults.server.id .. "\t" .. support.fixtures.vaults.replicas.id, run(by_name))
    assert.equal(1, #sandbox.ledger())
  end)

  local for_region = snippet("docs/reference/client.md", "lua", 2)
  it("the snippet in reference/client.md lists the replication vaults of another region", function()
    assert.matches(support.fixtures.vaults.replicas.id .. "\treplicas\n", run(for_region), 1, true)
  end)

  local diagnosis = snippet("docs/reference/client.md", "lua", 3)
  it("the snippet in reference/client.md prints the checks of a set-up", function()
    local output = run(diagnosis)
    assert.matches("\nregion\tok\tcn%-north%-4\tnil\n", output)
    assert.is_nil(output:find "\tfault\t")
  end)

  local custom_request = snippet("docs/reference/client.md", "lua", 4)
  it("the snippet in reference/client.md lists the hybrid-cloud vaults by a custom request", function()
    assert.matches("8cee8ced%-bfc3%-407c%-ae31%-e7f9d9ccf4d0\tavailable\t%d+", run(custom_request))
  end)

  local signature = snippet("docs/reference/client.md", "lua", 5)
  it("the snippet in reference/client.md computes the same signature as the official SDK", function()
    assert.equal("/v3/projects\tname=cn-north-4\nSDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, "
      .. "SignedHeaders=host;x-sdk-date, Signature=b7246195173b98358687cd42eea5b20117fcc8ac2ec4a4effd8308e3f8d40a8c",
      run(signature))
  end)

  local failure = snippet("docs/guides/errors-and-retries.md", "lua", 1)
  it("the snippet in guides/errors-and-retries.md prints the error of an order that is rejected as busy", function()
    local output = run(failure)
    assert.matches(
      "^replicate: BackupService.6130: .* %- other work on the resource is in progress: wait .* %(busy, HTTP 400, "
        .. "request %x+, outcome rejected%)\ntry again later$", output)
  end)

  local in_a_script = snippet("docs/guides/errors-and-retries.md", "lua", 2)
  it("the snippet in guides/errors-and-retries.md prints the task of a sync, or raises the sync's error", function()
    assert.matches("^%x+%-[%x-]+$", run(in_a_script))
    sandbox.fault { call = "sync", fault = "status", status = 400, code = "BackupService.7300", message = "m" }
    local ok, message = pcall(run, in_a_script)
    assert.is_false(ok)
    assert.matches("^sync: BackupService.7300: m %- choose a hybrid%-cloud vault %(service, HTTP 400, ", message)
  end)

  local log = snippet("docs/guides/logging.md", "lua", 1)
  it("the snippet in guides/logging.md prints one line for each request", function()
    assert.matches("^sync\tPOST\t/v3/%x+/checkpoints/sync\t200\t%x+$", run(log))
  end)

  local json_lines = snippet("docs/guides/logging.md", "lua", 2)
  it("the second snippet in guides/logging.md prints one line of JSON for each event", function()
    local event = cjson.decode(run(json_lines))
    assert.same({ "attempt", "list_vault", 200 }, { event.event, event.operation, event.status })
    assert.matches("^%d+%-%d+%-%d+T[%d:]+Z$", event.time)
  end)

  local map = snippet("docs/guides/many-vaults.md", "lua", 1)
  it("the snippet in guides/many-vaults.md synchronizes two vaults at the same time", function()
    assert.matches("^8cee8ced[%x-]+\t%x+%-[%x-]+\n59045dce[%x-]+\t%x+%-[%x-]+$", run(map))
    assert.equal(2, #sandbox.ledger())
  end)

  local all_vaults = snippet("docs/guides/many-vaults.md", "lua", 2)
  it("the second snippet in guides/many-vaults.md orders a replication of each vault, and waits for all", function()
    sandbox.time_scale(6000)
    local output = run((all_vaults:gsub("wait%(accepted", "%0, { interval = 0.02 }")))
    assert.matches("\nserver\taccepted\n", output)
    assert.matches("\nreplicated\tnothing_to_do\n", output)
    assert.matches("\nreplicating\tbusy\n", output)
    assert.matches("\n%d+ of %d+ backups copied$", output)
  end)

  local description = snippet("docs/reference/operations/README.md", "lua", 1)
  it("the snippet in reference/operations/README.md prints the parameters of create_vault, nested ones too", function()
    local output = run(description)
    assert.matches("^Creates a vault%.\n  name %(string, mandatory%): Name of the vault%.\n", output)
    assert.matches("\n    size (integer, mandatory): Capacity of the vault in GB.\n", output, 1, true)
    assert.matches("\n      key (string, mandatory): Key of the tag.\n", output, 1, true)
  end)

  local list = snippet("docs/reference/operations/README.md", "lua", 2)
  it("the snippet in reference/operations/README.md lists all backups of a vault over three pages", function()
    local output = run(list)
    assert.matches("^[^\n\t]+\t%l+\n", output)
    assert.equal(6, lines_of(output))
    assert.equal(3, support.count "list_backups")
  end)

  local find_order = snippet("docs/guides/lost-responses.md", "lua", 1)
  it("the snippet in guides/lost-responses.md places an order once, and finds it the second time", function()
    local text = find_order:gsub("cbr.new%(%)", "cbr.new { settle_time = 0.2 }")
    local id = run(text)
    assert.equal(1, #sandbox.ledger())
    assert.equal(id, sandbox.ledger()[1].made[1].operation_log_id)
    assert.equal(id, run(text))
    assert.equal(1, #sandbox.ledger())
  end)

  local follow = snippet("docs/guides/waiting-and-reports.md", "lua", 1)
  it("the snippet in guides/waiting-and-reports.md follows a replication to its end, and says what failed", function()
    sandbox.time_scale(6000)
    local output = run((follow:gsub("on_progress", "interval = 0.05, on_progress", 1)))
    assert.matches("100 %%: 4 of 4 done, 1 failed", output)
    assert.matches("\tfailed\tnil\tBackupService.1006\tFailed to create the replica.", output)
  end)

  local let_time_pass = snippet("docs/guides/testing-with-the-sandbox.md", "lua", 1)
  it("the first snippet in guides/testing-with-the-sandbox.md lets a policy run for a week", function()
    assert.matches("^[34] backups of the last days$", run(let_time_pass))
  end)

  local let_fail = snippet("docs/guides/testing-with-the-sandbox.md", "lua", 2)
  it("the second snippet in guides/testing-with-the-sandbox.md lets a copy fail, and loses a response", function()
    assert.equal("fail\tBackupService.1006\ntrue\t2 copies were accepted", run(let_fail))
  end)

  describe("the snippets in guides/disaster-recovery.md", function()
    local function scene()
      assert(select(2, support.run((os.getenv "CBR_LUA" or "lua5.4") .. " examples/demo_scene.lua")))
      sandbox.time_scale(3000)
    end

    local copies = snippet("docs/guides/disaster-recovery.md", "lua", 1)
    it("the snippet of guides/disaster-recovery.md about copies finds a missing copy and an old copy", function()
      scene()
      local output = run(copies)
      assert.matches("3 rows: 1 compliant, 1 stale, 1 uncopied. Not green.\n\nfalse$", output)
      local page = pages.text "docs/guides/disaster-recovery.md"
      for line in output:gmatch "[^\n]+" do
        local words = line:match "^%l+: .+$" or line:match "^RESOURCE +VAULT"
        assert.is_truthy(not words or page:find("    " .. words, 1, true), words)
      end
    end)

    local replicate = snippet("docs/guides/disaster-recovery.md", "lua", 2)
    it("the snippet of guides/disaster-recovery.md about missing copies plans these copies and makes them", function()
      scene()
      local output = run((replicate:gsub("dry_run = true", "interval, question.dry_run = 0.02, true", 1)))
      assert.matches("^2 copies are missing, at most 40 GB\n", output)
      assert.matches("\n2\t2\t%l+\tsuccess\n2\t0\ttrue$", output)
      assert.equal(2, #sandbox.ledger())
    end)

    local store = snippet("docs/guides/disaster-recovery.md", "lua", 3)
    it("the snippet of guides/disaster-recovery.md about stores makes the missing copies", function()
      scene()
      package.path = "examples/?.lua;" .. package.path
      local directory = support.run("mktemp -d"):match "%S+"
      local text = store:gsub('file_store "/tmp"', ("interval = 0.02, store = file_store %q"):format(directory), 1)
      assert.equal("2", run((text:gsub("store = interval", "interval", 1))))
      assert.matches("cbr%-dr.1.order", (support.run("ls " .. directory)))
      support.run("rm -r " .. directory)
    end)

    local prune = snippet("docs/guides/disaster-recovery.md", "lua", 4)
    it("the snippet of guides/disaster-recovery.md about old replicas shows what dr.prune would delete", function()
      scene()
      local before = #sandbox.requests()
      assert.matches("4 rows: 4 keep. Nothing was deleted: this is a dry run.", run(prune), 1, true)
      for i, request in ipairs(sandbox.requests()) do
        assert.is_true(i <= before or request.method == "GET")
      end
    end)

    local unprotected = snippet("docs/guides/disaster-recovery.md", "lua", 5)
    it("the snippet of guides/disaster-recovery.md about unprotected resources lists them", function()
      assert.matches("spare_server\tno_vault", run(unprotected))
    end)
  end)

  local cqueues = snippet("docs/guides/event-loops.md", "lua", 1)
  it("the snippet in guides/event-loops.md synchronizes two vaults under cqueues", function()
    if not pcall(require, "cqueues") then
      pending "needs cqueues for this Lua"
      return
    end
    local output = run(cqueues)
    assert.equal(2, select(2, (output .. "\n"):gsub("[%x-]+\t%x+%-[%x-]+\n", "")))
    assert.equal(2, #sandbox.ledger())
  end)

  local regions = snippet("docs/reference/options.md", "yaml", 1)
  it("the snippet in reference/options.md is a valid regions file", function()
    local name = support.file(regions)
    for region, urls in pairs {
      ["eu-x"] = { "https://cbr.one.example" }, ["eu-y"] = { "https://cbr.two.example", "https://cbr.three.example" },
    } do
      assert.same(urls, (regions_file.endpoints(region, function(variable)
        return variable == "HUAWEICLOUD_SDK_REGIONS_FILE" and name or nil
      end)))
    end
    os.remove(name)
  end)

  it("no page, recipe or example uses Lua's assert or error for a result of cbr", function()
    local all = support.run "cat examples/*.lua docs/recipes/*.lua docs/recipes/nginx.conf "
      .. "examples/nginx/lua/replicator/*.lua examples/nginx/nginx.conf"
    for _, page in ipairs(pages.documentation()) do
      all = all .. pages.text(page)
    end
    for _, call in ipairs { "assert%(cbr%.", "assert%(%s*[%w.]*client", "error%(err" } do
      assert.is_nil(all:find("%f[%w_.]" .. call), call)
    end
  end)
end)
