-- Every snippet of README.md and docs/ runs, and does what its page says.

local pages = require "spec.helpers.pages"
local regions_file = require "cbr.endpoint.regions_file"
local server = require "spec.helpers.nginx.server"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

local run_by_a_test = {} -- "page language index" -> true

-- Returns the snippet with this index among a page's snippets of the language.
local function snippet(page, language, index)
  local text = pages.snippets(page, language)[index]
  assert(text, ("%s has no %s snippet number %d"):format(page, language, index))
  run_by_a_test[("%s %s %d"):format(page, language, index)] = true
  return text
end

-- Runs a chunk. Returns what it printed.
local function run(text)
  local lines = {}
  local environment = setmetatable({
    print = function(...)
      local words = {}
      for i = 1, select("#", ...) do
        words[i] = tostring((select(i, ...)))
      end
      lines[#lines + 1] = table.concat(words, "\t")
    end,
  }, { __index = _G })
  local chunk
  if rawget(_G, "setfenv") then
    chunk = assert(loadstring(text, "=snippet")) -- luacheck: globals loadstring
    setfenv(chunk, environment) -- luacheck: globals setfenv
  else
    chunk = assert(load(text, "=snippet", "t", environment))
  end
  chunk()
  return table.concat(lines, "\n")
end

local function lines_of(output)
  return select(2, (output .. "\n"):gsub("\n", ""))
end

describe("the documentation's snippets #process", function()
  before_each(function()
    sandbox.reset()
  end)

  local quick_start = snippet("README.md", "lua", 1)
  it("the snippet in README.md replicates one vault and synchronizes another", function()
    local output = run(quick_start)
    local operations = {}
    for i, order in ipairs(sandbox.ledger()) do
      operations[i] = order.operation
    end
    assert.same({ "replicate", "sync" }, operations)
    assert.matches("^%x+%-[%x-]+\t%x+%-[%x-]+\n", output)
  end)

  local from_environment = snippet("README.md", "lua", 2)
  it("the snippet in README.md synchronizes a vault with the credentials of the environment", function()
    assert.matches("^%x+%-[%x-]+$", run(from_environment))
    assert.equal(1, #sandbox.ledger())
  end)

  local by_name = snippet("docs/client.md", "lua", 1)
  it("the snippet in docs/client.md replicates a vault by its name", function()
    assert.equal(support.fixtures.vaults.server.id .. "\t" .. support.fixtures.vaults.replicas.id, run(by_name))
    assert.equal(1, #sandbox.ledger())
  end)

  local for_region = snippet("docs/client.md", "lua", 2)
  it("the snippet in docs/client.md lists the replication vaults of another region", function()
    assert.matches(support.fixtures.vaults.replicas.id .. "\treplicas\n", run(for_region), 1, true)
  end)

  local diagnosis = snippet("docs/client.md", "lua", 3)
  it("the snippet in docs/client.md prints the checks of a set-up", function()
    local output = run(diagnosis)
    assert.matches("\nregion\tok\tcn%-north%-4\tnil\n", output)
    assert.is_nil(output:find "\tfault\t")
  end)

  local custom_request = snippet("docs/client.md", "lua", 4)
  it("the snippet in docs/client.md lists the hybrid-cloud vaults by a custom request", function()
    assert.matches("8cee8ced%-bfc3%-407c%-ae31%-e7f9d9ccf4d0\tavailable\t%d+", run(custom_request))
  end)

  local signature = snippet("docs/client.md", "lua", 5)
  it("the snippet in docs/client.md computes the same signature as the official SDK", function()
    assert.equal("/v3/projects\tname=cn-north-4\nSDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, "
      .. "SignedHeaders=host;x-sdk-date, Signature=b7246195173b98358687cd42eea5b20117fcc8ac2ec4a4effd8308e3f8d40a8c",
      run(signature))
  end)

  local failure = snippet("docs/errors.md", "lua", 1)
  it("the snippet in docs/errors.md prints the error of an order that is rejected as busy", function()
    local output = run(failure)
    assert.matches(
      "^replicate: BackupService.6130: .* %- something else runs on the resource: wait .* %(busy, HTTP 400, "
        .. "request %x+, outcome rejected%)\ntry again later$", output)
  end)

  local in_a_script = snippet("docs/errors.md", "lua", 2)
  it("the snippet in docs/errors.md prints the task of a sync, or raises the text of its error", function()
    assert.matches("^%x+%-[%x-]+$", run(in_a_script))
    sandbox.fault { call = "sync", fault = "status", status = 400, code = "BackupService.7300", message = "m" }
    local ok, message = pcall(run, in_a_script)
    assert.is_false(ok)
    assert.matches("^sync: BackupService.7300: m %- choose a hybrid%-cloud vault %(service, HTTP 400, ", message)
  end)

  local log = snippet("docs/logging.md", "lua", 1)
  it("the snippet in docs/logging.md prints one line for each request", function()
    assert.matches("^sync\tPOST\t/v3/%x+/checkpoints/sync\t200\t%x+$", run(log))
  end)

  local map = snippet("docs/many-calls.md", "lua", 1)
  it("the snippet in docs/many-calls.md synchronizes two vaults at the same time", function()
    assert.matches("^8cee8ced[%x-]+\t%x+%-[%x-]+\n59045dce[%x-]+\t%x+%-[%x-]+$", run(map))
    assert.equal(2, #sandbox.ledger())
  end)

  local description = snippet("docs/operations.md", "lua", 1)
  it("the snippet in docs/operations.md prints the parameters of create_vault, nested ones too", function()
    local output = run(description)
    assert.matches("^Creates a vault%.\n  name %(string, mandatory%): Name of the vault%.\n", output)
    assert.matches("\n    size (integer, mandatory): Capacity of the vault in GB.\n", output, 1, true)
    assert.matches("\n      key (string, mandatory): Key of the tag.\n", output, 1, true)
  end)

  local list = snippet("docs/operations.md", "lua", 2)
  it("the snippet in docs/operations.md lists all backups of a vault over three pages", function()
    local output = run(list)
    assert.matches("^[^\n\t]+\t%l+\n", output)
    assert.equal(6, lines_of(output))
    assert.equal(3, support.count "list_backups")
  end)

  local find_order = snippet("docs/retries-and-lost-responses.md", "lua", 1)
  it("the snippet in docs/retries-and-lost-responses.md places an order once, and finds it the second time", function()
    local text = find_order:gsub("cbr.new%(%)", "cbr.new { settle_time = 0.2 }")
    local id = run(text)
    assert.equal(1, #sandbox.ledger())
    assert.equal(id, sandbox.ledger()[1].made[1].operation_log_id)
    assert.equal(id, run(text))
    assert.equal(1, #sandbox.ledger())
  end)

  local follow = snippet("docs/waiting-and-reports.md", "lua", 1)
  it("the snippet in docs/waiting-and-reports.md follows a replication to its end, and says what failed", function()
    sandbox.time_scale(6000)
    local output = run((follow:gsub("on_progress", "interval = 0.05, on_progress", 1)))
    assert.matches("100 %%: 4 of 4 done, 1 failed", output)
    assert.matches("\tfailed\tnil\tBackupService.1006\tFailed to create the replica.", output)
  end)

  local let_time_pass = snippet("docs/testing-with-the-sandbox.md", "lua", 1)
  it("the first snippet in docs/testing-with-the-sandbox.md lets a policy run for a week", function()
    assert.matches("^[34] backups of the last days$", run(let_time_pass))
  end)

  local let_fail = snippet("docs/testing-with-the-sandbox.md", "lua", 2)
  it("the second snippet in docs/testing-with-the-sandbox.md lets a copy fail, and loses a response", function()
    assert.equal("fail\tBackupService.1006\ntrue\t2 copies were accepted", run(let_fail))
  end)

  describe("the snippets in docs/disaster-recovery.md", function()
    local function scene()
      assert(select(2, support.run((os.getenv "CBR_LUA" or "lua5.4") .. " examples/demo_scene.lua")))
      sandbox.time_scale(3000)
    end

    local copies = snippet("docs/disaster-recovery.md", "lua", 1)
    it("the snippet of docs/disaster-recovery.md about copies finds a missing copy and an old copy", function()
      scene()
      local output = run(copies)
      assert.matches("3 rows: 1 compliant, 1 stale, 1 uncopied. Not green.\n\nfalse$", output)
      local page = pages.text "docs/disaster-recovery.md"
      for line in output:gmatch "[^\n]+" do
        local words = line:match "^%l+: .+$" or line:match "^RESOURCE +VAULT"
        assert.is_truthy(not words or page:find("    " .. words, 1, true), words)
      end
    end)

    local replicate = snippet("docs/disaster-recovery.md", "lua", 2)
    it("the snippet of docs/disaster-recovery.md about missing copies plans these copies and makes them", function()
      scene()
      local output = run((replicate:gsub("dry_run = true", "interval, question.dry_run = 0.02, true", 1)))
      assert.matches("^2 copies are missing, at most 40 GB\n", output)
      assert.matches("\n2\t2\t%l+\tsuccess\n2\t0\ttrue$", output)
      assert.equal(2, #sandbox.ledger())
    end)

    local store = snippet("docs/disaster-recovery.md", "lua", 3)
    it("the snippet of docs/disaster-recovery.md about stores makes the missing copies", function()
      scene()
      package.path = "examples/?.lua;" .. package.path
      local directory = support.run("mktemp -d"):match "%S+"
      local text = store:gsub('file_store "/tmp"', ("interval = 0.02, store = file_store %q"):format(directory), 1)
      assert.equal("2", run((text:gsub("store = interval", "interval", 1))))
      assert.matches("cbr%-dr.1.order", (support.run("ls " .. directory)))
      support.run("rm -r " .. directory)
    end)

    local prune = snippet("docs/disaster-recovery.md", "lua", 4)
    it("the snippet of docs/disaster-recovery.md about old replicas shows a plan", function()
      scene()
      local before = #sandbox.requests()
      assert.matches("4 rows: 4 keep. Nothing was deleted: this is a dry run.", run(prune), 1, true)
      for i, request in ipairs(sandbox.requests()) do
        assert.is_true(i <= before or request.method == "GET")
      end
    end)

    local unprotected = snippet("docs/disaster-recovery.md", "lua", 5)
    it("the snippet of docs/disaster-recovery.md about unprotected resources lists them", function()
      assert.matches("spare_server\tno_vault", run(unprotected))
    end)
  end)

  local cqueues = snippet("docs/event-loops.md", "lua", 1)
  it("the snippet in docs/event-loops.md synchronizes two vaults under cqueues", function()
    if not pcall(require, "cqueues") then
      pending "needs cqueues for this Lua"
      return
    end
    local output = run(cqueues)
    assert.equal(2, select(2, (output .. "\n"):gsub("[%x-]+\t%x+%-[%x-]+\n", "")))
    assert.equal(2, #sandbox.ledger())
  end)

  local nginx_conf = snippet("docs/nginx.md", "nginx", 1)

  -- The parts of the configuration file for server.start, which has load_module lines, events and a port of its own.
  -- nginx has the environment of this process, so only the `env` lines of the snippet pass a variable on to the
  -- workers.
  local function nginx_parts()
    local main, http, inner =
      nginx_conf:match "^(.-)\nevents {}\n\nhttp {\n(.-)\n  server {\n    listen 127.0.0.1:8080;\n(.*)  }\n}$"
    assert(main, "the configuration in docs/nginx.md has another form")
    return { main = main:gsub("load_module [^\n]+", ""), http = http, server = inner }
  end

  it("the snippet in docs/nginx.md is a complete configuration", function()
    local name = support.file(nginx_conf)
    local command = "PATH=$PATH:/usr/sbin; unset LUA_PATH LUA_CPATH; nginx -t -e stderr -c "
    local output = support.run(command .. name)
    os.remove(name)
    assert.is_nil(output:find(name .. ":", 1, true), output) -- nginx names the line of a mistake
  end)

  it("the snippet in docs/nginx.md synchronizes a vault in an nginx worker", function()
    local nginx = server.start(nginx_parts())
    local body, status = nginx:get "/sync"
    nginx:stop()
    assert.equal(200, status)
    assert.matches("^%x+%-[%x-]+\n$", body)
    assert.equal(1, #sandbox.ledger())
  end)

  local regions = snippet("docs/options.md", "yaml", 1)
  it("the snippet in docs/options.md is a regions file", function()
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

  it("without the env lines of docs/nginx.md, the error in the worker names the env directive", function()
    local parts = nginx_parts()
    parts.main = "env CBR_METADATA_ENDPOINT=http://127.0.0.1:9;"
    local nginx = server.start(parts)
    local body, status = nginx:get "/sync"
    nginx:stop()
    assert.equal(502, status)
    assert.matches("HUAWEICLOUD_SDK_AK is not set", body, 1, true)
    assert.matches("nginx hides the environment from its workers: name every variable in nginx.conf, such as "
      .. "'env HUAWEICLOUD_SDK_AK;'", body, 1, true)
    assert.same({}, sandbox.ledger())
  end)

  it("no page and no example uses Lua's assert or error for a result of cbr", function()
    local all = support.run "cat examples/*.lua examples/nginx/lua/replicator/*.lua examples/nginx/nginx.conf"
    for _, page in ipairs(pages.documentation()) do
      all = all .. pages.text(page)
    end
    for _, call in ipairs { "assert%(cbr%.", "assert%(%s*[%w.]*client", "error%(err" } do
      assert.is_nil(all:find("%f[%w_.]" .. call), call)
    end
  end)

  it("every snippet that is not a shell snippet has a test", function()
    for _, page in ipairs(pages.documentation()) do
      local count = #pages.snippets(page, "sh")
      for _, language in ipairs { "lua", "nginx", "yaml" } do
        for i in ipairs(pages.snippets(page, language)) do
          count = count + 1
          assert.is_true(run_by_a_test[("%s %s %d"):format(page, language, i)],
            ("%s snippet number %d of %s is run by no test"):format(language, i, page))
        end
      end
      assert.equal(#pages.snippets(page), count, page .. " has a snippet in another language")
      assert.is_nil(pages.prose(page):find("```", 1, true), page .. " has a block that does not end")
    end
  end)
end)
