-- The README keeps its word: every snippet runs, every list is complete.

local errors = require "cbr.errors"
local server = require "spec.helpers.nginx.server"
local settings = require "cbr.options"
local support = require "spec.helpers.support"

local sandbox = support.sandbox

local readme = support.read "README.md"

local function snippets(language)
  local found = {}
  for text in readme:gmatch("\n```" .. language .. "\n(.-)\n```\n") do
    found[#found + 1] = text
  end
  return found
end

-- Runs a chunk with what it prints collected.
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
    chunk = assert(loadstring(text, "=README.md")) -- luacheck: globals loadstring
    setfenv(chunk, environment) -- luacheck: globals setfenv
  else
    chunk = assert(load(text, "=README.md", "t", environment))
  end
  chunk()
  return table.concat(lines, "\n")
end

describe("the README #process", function()
  before_each(function()
    sandbox.reset()
  end)

  local lua = snippets "lua"

  it("shows a replicate and a sync that go through", function()
    local output = run(lua[1])
    assert.equal(2, #sandbox.ledger())
    for _, order in ipairs(sandbox.ledger()) do
      assert.is_true(order.operation == "replicate" or order.operation == "sync")
    end
    assert.matches("^%x+%-[%x-]+\t%x+%-[%x-]+\n", output)
  end)

  it("shows a sync from the environment", function()
    assert.matches("^%x+%-[%x-]+$", run(lua[2]))
    assert.equal(1, #sandbox.ledger())
  end)

  it("shows a replication to its end", function()
    sandbox.time_scale(6000)
    local output = run((lua[3]:gsub("on_progress", "interval = 0.05, on_progress", 1)))
    assert.matches("100 %%: 4 of 4 done, 1 failed", output)
    assert.matches("\tfailed\tnil\tBackupService.1006\tFailed to create the replica.", output)
  end)

  it("shows the log hook", function()
    assert.matches("^sync\tPOST\t/v3/%x+/checkpoints/sync\t200\t%x+$", run(lua[4]))
  end)

  it("shows many calls at a time", function()
    assert.matches("^8cee8ced[%x-]+\t%x+%-[%x-]+\n59045dce[%x-]+\t%x+%-[%x-]+$", run(lua[5]))
    assert.equal(2, #sandbox.ledger())
  end)

  it("shows another call", function()
    assert.matches("8cee8ced%-bfc3%-407c%-ae31%-e7f9d9ccf4d0\tavailable\t%d+", run(lua[6]))
  end)

  it("shows a signature, the one that the official signer computes", function()
    assert.equal("/v3/projects\tname=cn-north-4\nSDK-HMAC-SHA256 Access=QTWAOYTTINDUT2QVKYUC, "
      .. "SignedHeaders=host;x-sdk-date, Signature=b7246195173b98358687cd42eea5b20117fcc8ac2ec4a4effd8308e3f8d40a8c",
      run(lua[7]))
  end)

  it("shows an error", function()
    local output = run(lua[8])
    assert.matches("^replicate: BackupService.6130: .* %(busy, HTTP 400, request %x+, outcome rejected%)\nlater, then$",
      output)
  end)

  it("shows an order found again, and one that was never sent", function()
    local text = lua[9]:gsub("cbr.new%(%)", "cbr.new { settle_time = 0.2 }")
    local id = run(text)
    assert.equal(1, #sandbox.ledger())
    assert.equal(id, sandbox.ledger()[1].made[1].operation_log_id)
    assert.equal(id, run(text))
    assert.equal(1, #sandbox.ledger())
  end)

  it("shows a list over its pages", function()
    local output = run(lua[11])
    assert.matches("^[^\n\t]+\t%l+\n", output)
    assert.equal(6, select(2, (output .. "\n"):gsub("\n", "")))
    assert.equal(3, support.count "list_backups")
  end)

  it("shows calls under another event loop", function()
    local found = pcall(require, "cqueues")
    if not found then
      pending "needs cqueues for this Lua"
      return
    end
    local output = run(lua[10])
    assert.equal(2, select(2, (output .. "\n"):gsub("[%x-]+\t%x+%-[%x-]+\n", "")))
    assert.equal(2, #sandbox.ledger())
  end)

  it("has no snippet that is not run", function()
    assert.equal(11, #lua)
    assert.equal(1, #snippets "nginx")
    assert.equal(3, #snippets "sh") -- make demo and make test; make install and luarocks make; sandbox/run
    for _, languages in ipairs { readme:gsub("\n```%a*\n.-\n```\n", "\n") } do
      assert.is_nil(tostring(languages):find("```", 1, true))
    end
  end)

  it("shows an nginx that synchronizes", function()
    local text = snippets("nginx")[1]
    local http, inner = text:match "^(.-)\nserver {\n  listen [^\n]+\n(.*)}$"
    local names = {}
    for _, name in ipairs {
      "HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK", "HUAWEICLOUD_SDK_PROJECT_ID", "CBR_REGION", "SSL_CERT_FILE",
      "HUAWEICLOUD_SDK_REGION_CBR_CN_NORTH_4",
    } do
      names[#names + 1] = ("env %s;"):format(name)
    end
    local nginx = server.start { main = table.concat(names, "\n"), http = http, server = inner }
    local body, status = nginx:get "/sync"
    nginx:stop()
    assert.equal(200, status)
    assert.matches("^%x+%-[%x-]+\n$", body)
    assert.equal(1, #sandbox.ledger())
  end)

  it("lists every kind of error", function()
    for kind in pairs(errors.kinds) do
      assert.matches(("\n| `%s` | "):format(kind), readme, 1, true)
    end
  end)

  it("lists every option", function()
    local options = readme:match "### Options\n(.-)\n### "
    for _, rule in ipairs(settings.options) do
      assert.matches(("`%s`"):format(rule.name), options, 1, true)
    end
  end)

  it("lists every variable that is read", function()
    local sources = support.run "cat lua/cbr/*.lua lua/cbr/credentials/*.lua"
    local count = 0
    for name in sources:gmatch '"([A-Z][A-Z]+_[A-Z_]+)"' do
      assert.matches("`" .. name, readme, 1, true) -- a name that ends in _ goes on with the region
      count = count + 1
    end
    assert.is_true(count > 25, count .. " variables")
  end)

  it("lists every field of an event", function()
    local hook = readme:match "### The log hook\n(.-)\n### "
    for line in support.read "lua/cbr/call/http.lua":match("log.tell%(self, {(.-)}%)"):gmatch "[^\n]+" do
      local field = line:match "^%s*(%w+_?%w*) ="
      if field and field ~= "event" then
        assert.matches(("`%s`"):format(field), hook, 1, true)
      end
    end
  end)

  it("lists every option of a call", function()
    local options = readme:match "\n(`call` is a table with [^\n]+)\n"
    for name in support.read "lua/cbr/client.lua":match("CALL_OPTIONS = (%b{})"):gmatch 'name = "([%w_]+)"' do
      assert.matches(("`%s`"):format(name), options, 1, true)
    end
  end)

  it("lists every target of the Makefile that help does", function()
    local help = support.run "make help"
    for target in readme:gmatch "`make ([a-z]+)`" do
      assert.matches("  make " .. target .. " ", help, 1, true)
    end
  end)
end)
