-- The host program may set any locale, before or after it loads cbr. No function of cbr depends on the locale.

local cbr = require "cbr"
local check = require "cbr.util.check"
local cjson = require "cjson"
local core = require "cbr.core"
local environment = require "spec.helpers.environment"
local files = require "cbr.util.files"
local json = require "cbr.util.json"
local locales = require "spec.helpers.locales"
local origin = require "cbr.endpoint.origin"
local profile = require "cbr.credentials.profile"
local progress = require "cbr.follow.progress"
local resolve = require "cbr.endpoint.resolve"
local retry = require "cbr.call.retry"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"
local text = require "cbr.util.text"
local time = require "cbr.util.time"

local sandbox, fixtures = support.sandbox, support.fixtures

-- Defines one test per locale, named by `words` and the locale. `prepare` runs before the locale is set.
local function in_each(names, words, test, prepare)
  for _, name in ipairs(names) do
    it(("%s in the locale %s"):format(words, name), function()
      if prepare then
        prepare()
      end
      locales.with(name, test)
    end)
  end
end

local DECIMAL = { locales.COMMA, locales.TURKISH, locales.WIDE }

describe("JSON", function()
  local NUMBERS = { 1, 2, 3, 0.5, 12.5, -0.25, 1500, 0.0015, 1e300 }
  local WRITTEN = "[1,2,3,0.5,12.5,-0.25,1.5e3,1.5E-3,1e300]"

  in_each(DECIMAL, "JSON numbers are read", function()
    assert.same(NUMBERS, json.decode(WRITTEN))
    assert.same({ a = 1, b = 2.5 }, json.decode '{"a":1,"b":2.5}')
    assert.is_nil(json.decode "[0,5x]")
  end)

  in_each(DECIMAL, "JSON numbers are written", function()
    for value, written in pairs {
      [0.5] = "0.5", [-1.25] = "-1.25", [1e15] = "1000000000000000", [0.1 + 0.2] = "0.30000000000000004",
      [0.001] = "0.001", [1.5] = "1.5",
    } do
      assert.equal(("[%s]"):format(written), json.encode { value })
    end
  end)

  it("json reads and writes fractions correctly although the locale changes between two texts", function()
    for _, name in ipairs { locales.COMMA, locales.WIDE, "C", locales.TURKISH, "C", locales.WIDE, locales.COMMA } do
      locales.with(name, function()
        assert.same({ 1, 2.5 }, json.decode "[1,2.5]")
      end)
      assert.same({ 1, 2.5 }, json.decode "[1,2.5]")
      assert.equal("[2.5]", json.encode { 2.5 })
      locales.with(name, function()
        assert.equal("[2.5]", json.encode { 2.5 })
      end)
    end
  end)

  it("in a locale with decimal commas, a host program's lua-cjson still works beside cbr #process", function()
    locales.with(locales.COMMA, function()
      cjson.new()
      json.decode "[1.5]"
      assert.same({ 1.5 }, cjson.decode "[1.5]")
    end)
    local code = [[os.setlocale("%s") local cjson = require "cjson" require "cbr"
      print(cjson.decode("[1.5,2]")[1] == 1.5, cjson.encode { 0.5 }) ]]
    assert.matches("^true%s+%[0%.5%]", environment.run({}, code:format(locales.COMMA)))
  end)

  -- In a locale whose decimal point has two bytes, PUC Lua cannot load code that contains a fraction.
  local only_jit = rawget(_G, "jit") and it or function() end

  only_jit("json does not end the process if it is loaded in a locale with a decimal point of two bytes", function()
    local code = [[local ok = os.setlocale("%s") local json = require "cbr.util.json"
      print(ok, json.decode("[1.5,2]")[1] == 1.5, json.encode { 2.5 }) ]]
    local output = environment.run({}, code:format(locales.WIDE))
    assert.matches("^ps_AF.UTF%-8%s+true%s+%[2%.5%]", output)
  end)

  it("json.decode does not change the locale", function()
    locales.with(locales.WIDE, function()
      json.decode "[1.5]"
      assert.equal(locales.WIDE, os.setlocale(nil, "numeric"))
    end)
  end)
end)

describe("a number in a text", function()
  in_each(DECIMAL, "a number in a text is read with a decimal point", function()
    for written, value in pairs {
      ["12.5"] = 12.5, ["-0.5"] = -0.5, [".5"] = 0.5, ["5."] = 5, [" 40 "] = 40, ["1.5e3"] = 1500,
      ["1e-3"] = 0.001, ["+7"] = 7, ["0e999"] = 0, ["1e999"] = math.huge,
    } do
      assert.equal(value, text.number(written))
    end
    for _, other in ipairs { "", ".", "e5", "1e", "1,5", "12-3", "0x10", "1.2.3", "nan", "inf", "one", true, {} } do
      assert.is_nil(text.number(other))
    end
    assert.is_nil(text.number(nil))
    assert.equal(0.5, text.number(0.5))
    assert.equal(math.huge, text.number(("9"):rep(400)))
    assert.equal(1 / 3, text.number("0." .. ("3"):rep(400)))
  end)

  in_each(DECIMAL, "a number is written into a text with a decimal point", function()
    assert.equal("0.5", text.of(0.5))
    assert.same({ q = "1.5", list = { "2.25", "3" } }, text.query { q = 1.5, list = { 2.25, 3 } })
    assert.equal("1.3", text.decimal("%.1f", 1.26))
    assert.equal("inf", text.decimal("%g", math.huge))
    assert.equal("1e+20", text.decimal("%g", 1e20))
  end)

  in_each(DECIMAL, "a number with a fraction counts as progress of the service", function()
    local item = {}
    progress.from_task(item, { status = "running", extra_info = { common = { progress = "12.5" } } })
    assert.equal(12.5, item.progress)
  end)
end)

describe("a time", function()
  in_each(DECIMAL, "a time with a fraction is read", function()
    assert.equal(1558621896.039365, time.parse "2019-05-23T14:31:36.039365")
    assert.is_true(math.abs(1558622123.584 - time.parse "2019-05-23T14:35:23.584+00:00") < 1e-6)
    assert.equal(time.parse "2019-05-23T14:31:36Z", time.parse "2019-05-23T14:31:36.Z")
    assert.is_number(time.parse("2019-05-23T14:31:36." .. ("1"):rep(400) .. "Z"))
  end)

  in_each(DECIMAL, "a time in a Retry-After header is read", function()
    local after = retry.asked_pause {
      headers = { ["retry-after"] = "Sun, 06 Nov 1994 08:49:37 GMT", date = "Sun, 06 Nov 1994 08:49:07 GMT" },
    }
    assert.equal(30, after)
  end)

  in_each(DECIMAL, "a time is written for a filter", function()
    assert.equal("2020-02-23T01:00:32Z", time.text(1582419632.9))
  end)
end)

describe("letters", function()
  in_each({ locales.TURKISH }, "letters change their case as in ASCII", function()
    assert.equal("ijkl-i\253\221", text.lower "IjKL-I\253\221")
    assert.equal("IJKL-I\253\221", text.upper "iJkl-i\253\221")
  end)

  in_each({ locales.COMMA, locales.TURKISH }, "letters are sorted as bytes", function()
    local names = { "b_a", "ba", "B", "b", "a", "\228" }
    table.sort(names, text.is_before)
    assert.same({ "B", "a", "b", "b_a", "ba", "\228" }, names)
    assert.is_false(text.is_before("a", "a"))
  end)

  in_each({ locales.TURKISH }, "the environment variable of a region is found under its usual name", function()
    local function getenv(name)
      return name == "HUAWEICLOUD_SDK_REGION_CBR_SA_BRAZIL_1" and "https://of-environment.test" or nil
    end
    assert.same({ "https://of-environment.test" }, assert(resolve.cbr("sa-brazil-1", getenv)).urls)
  end)

  in_each({ locales.TURKISH }, "a key of a profile is recognized in upper and lower case", function()
    local name = support.file "[basic]\nAK = AAA\nSK = BBB\nPROJECT_ID = 0605767b5b80d5762fc4c0120ef7c3b2\n"
    local source = assert(profile.source({ file = name }, function() end))
    local found = source({ log = function() end }, nil, 0)
    os.remove(name)
    assert.equal("0605767b5b80d5762fc4c0120ef7c3b2", found.home_project_id)
  end)

  in_each({ locales.TURKISH }, "a reserved header is recognized in upper and lower case", function()
    local client = support.client()
    for _, name in ipairs { "AUTHORIZATION", "X-DOMAIN-ID", "X-PROJECT-ID", "CONNECTION" } do
      local _, err = client:request { method = "GET", path = "/v3/x", headers = { [name] = "x" } }
      assert.matches("which the client sets", err.problems[1].problem)
    end
    local _, err = client:request { method = "GET", path = "/v3/x", headers = { ["X-ID"] = "1", ["x-id"] = "2" } }
    client:close()
    assert.matches("twice", err.problems[1].problem)
  end)

  in_each({ locales.TURKISH }, "an HTTP method is recognized in upper and lower case", function()
    local client = support.client()
    local received = assert(client:request { method = "options", path = "/v3/{project_id}/echo" })
    client:close()
    assert.equal("OPTIONS", received.method)
  end)

  in_each({ locales.TURKISH }, "the suggestion for a misspelt name ignores upper and lower case", function()
    assert.equal("vault_id", text.nearest("VAULT_ID", { vault_id = true, vault = true }))
  end)

  in_each({ locales.TURKISH }, "only ASCII letters are valid in hosts, regions, header names and keys", function()
    assert.is_nil((origin.parse("https://b\252ro.example", { setting = "endpoint" })))
    assert.is_nil((resolve.cbr("b\252ro-1", function() end)))
    local client = support.client()
    local _, err = client:request { method = "GET", path = "/v3/x", headers = { ["X-\240"] = "x" } }
    local _, of_method = client:request { method = "\221", path = "/v3/x" }
    client:close()
    assert.matches("which cannot be sent", err.problems[1].problem)
    assert.equal("must be letters", of_method.problems[1].problem)
  end)

  in_each({ locales.TURKISH }, "letters of other scripts are not control characters", function()
    assert.equal("备份 öÖ", text.line "备份 öÖ")
    for _, form in ipairs { "line", "segment", "name" } do
      assert.is_truthy(("备份öÖ"):find(check.forms[form].pattern))
    end
    for _, form in ipairs { "line", "segment" } do
      assert.is_nil(("a\0b"):find(check.forms[form].pattern))
      assert.is_nil(("a\127"):find(check.forms[form].pattern))
    end
  end)
end)

describe("a message", function()
  in_each(DECIMAL, "a message has decimal points", function()
    local problems = check.problems({ { name = "part", type = "number", from = 0.25, to = 1 } }, { part = 1.5 })
    assert.equal("must be at most 1, not 1.5", problems[1].problem)
  end)

  in_each(DECIMAL, "a message has the system's error texts in English", function()
    assert.equal("cannot read /nowhere/x: No such file or directory", select(2, files.read "/nowhere/x"))
    assert.same({ nil, "Bad file descriptor" }, { core.bell(9999) })
    local client = support.single_attempt_client { endpoint = sandbox.plain, allow_http = true }
    local _, err = client:show_vault { vault_id = "0b7e4a4c-6a8a-4f10-9a5e-1d1c5f0d3c21" }
    client:close()
    assert.matches("Connection reset by peer", err.message)
  end, function()
    sandbox.reset()
    sandbox.fault { fault = "reset_before", call = "show_vault" }
  end)
end)

describe("the sandbox", function()
  in_each({ locales.COMMA, locales.TURKISH }, "the sandbox reads and writes fractions", function()
    sandbox.reset()
    assert.equal(1.5, sandbox.time_scale(1.5).scale)
    sandbox.reset()
  end)
end)

describe("a call", function()
  local client

  set_up.for_each_test(function()
    client = support.client()
    return client
  end)

  -- Defines one test per locale. `test` gets a function that calls a given function in the locale. The test's own
  -- requests to the sandbox are made outside of the locale.
  local function in_each_locale(words, test)
    for _, name in ipairs(DECIMAL) do
      it(("%s in the locale %s"):format(words, name), function()
        test(function(fn)
          return locales.with(name, fn)
        end)
      end)
    end
  end

  in_each_locale("a call sends and reads fractions", function(within)
    local received, vault
    within(function()
      received = assert(client:request {
        method = "POST", path = "/v3/{project_id}/echo", query = { q = 1.5 },
        body = { ratio = 0.5, list = { 1, 2, 3 } },
      })
      vault = client:show_vault { vault_id = fixtures.vaults.server.id }
    end)
    assert.matches("%?q=1%.5$", received.uri)
    assert.same({ ratio = 0.5, list = { 1, 2, 3 } }, json.decode(received.body))
    assert.same(client:show_vault { vault_id = fixtures.vaults.server.id }, vault)
  end)

  for _, stamps in ipairs { "z", "micro", "offset" } do
    in_each_locale(("a call finds a lost order by times of the form '%s'"):format(stamps), function(within)
      sandbox.quirks { stamps = stamps }
      support.lose_response "replicate"
      local result
      within(function()
        result = assert(client:replicate(support.replicate_params()))
      end)
      assert.is_true(result.reconciled)
      assert.equal(1, #sandbox.ledger())
    end)
  end

  for _, locale in ipairs(DECIMAL) do
    it(("a script can load every module in the locale %s #process"):format(locale), function()
      local script = support.file(([[
        assert(os.setlocale(%q))
        local cbr = require "cbr"
        cbr.load()
        print(#cbr.operations() > 50)
      ]]):format(locale))
      finally(function() os.remove(script) end)
      assert.equal("true\n", (support.run(("%s %s 2>&1"):format(os.getenv "CBR_LUA" or "lua5.4", script))))
    end)
  end

  in_each_locale("client:wait follows an order to its end", function(within)
    sandbox.quirks { numbers_as_text = true, stamps = "micro" }
    sandbox.time_scale(2000)
    within(function()
      local order = assert(client:replicate(support.replicate_params()))
      local report = assert(client:wait(order, { interval = 0.1, timeout = 20 }))
      assert.equal(#order.backups, #report.backups)
    end)
  end)

  in_each_locale("a call gets keys with times from the metadata service", function(within)
    local with_keys = assert(cbr.new(support.options { credentials = { source = "ecs", endpoint = sandbox.metadata } }))
    within(function()
      assert(with_keys:show_vault { vault_id = fixtures.vaults.server.id })
    end)
    with_keys:close()
  end)

  in_each_locale("client:preflight finds what would make an order fail", function(within)
    local expected, findings = client:preflight(support.replicate_params()), nil
    within(function()
      findings = client:preflight(support.replicate_params())
    end)
    assert.same(expected, findings)
  end)

  in_each_locale("an error says in how many seconds the retry was due", function(within)
    local hurried = support.client { timeout = 30 }
    sandbox.fault { fault = "throttled", call = "show_vault", retry_after = 60, times = -1 }
    local err
    within(function()
      err = select(2, hurried:show_vault { vault_id = fixtures.vaults.server.id })
    end)
    hurried:close()
    assert.matches("due in %d+%.%d s", tostring(err))
  end)
end)
