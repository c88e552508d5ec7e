-- The lists in the documentation are complete: options, kinds, variables, events, fields, functions.

local cbr = require "cbr"
local errors = require "cbr.errors"
local operations = require "cbr.operations"
local options = require "cbr.options"
local pages = require "spec.helpers.pages"
local sources = require "cbr.credentials.sources"
local support = require "spec.helpers.support"

local OPTIONS = "docs/reference/options.md"

local sandbox, fixtures = support.sandbox, support.fixtures

-- Whether a Markdown text has the name in backquotes, alone or as the beginning of longer code.
local function names(text, name)
  return text:find(("`%s%%f[^%%w_]"):format(name:gsub("%p", "%%%0"))) ~= nil
end

local function assert_names(text, name)
  assert.is_true(names(text, name), ("'%s' is not documented"):format(name))
end

-- Causes events and errors of every kind that has fields of its own. Returns the events and the errors.
local function gather()
  local events, failures = {}, {}
  local function client(changes)
    changes.log = function(event) events[#events + 1] = event end
    changes.retry_pause, changes.settle_time = 0.01, 0.1
    sandbox.reset()
    return support.client(changes)
  end
  local function note(_, err)
    failures[#failures + 1] = err
  end
  local hybrid = { vault_id = fixtures.vaults.hybrid.id }

  local one = client {}
  sandbox.fault { call = "sync", fault = "reset_after" }
  note(one:sync(hybrid)) -- causes a search
  sandbox.fault { call = "list_vault", fault = "throttled" }
  note(one:list_vault {}) -- causes a retry
  note(one:sync {}) -- causes an error about parameters
  note(one:list_vault { object_type = "new" }) -- sends a value that cbr does not know
  note(one:sync({ vault_id = fixtures.vaults.hybrid_busy.id }, { max_attempts = 1 }))
  sandbox.time_scale(6000)
  note(one:wait(one:replicate(support.replicate_params { vault_id = fixtures.vaults.mixed.id }), { interval = 0.05 }))
  sandbox.fault { call = "sync", fault = "reset_after" }
  sandbox.fault { call = "list_op_logs", fault = "status", status = 403, times = -1 }
  note(one:sync(hybrid, { timeout = 1 })) -- causes an unknown outcome
  one = client {}
  sandbox.fault { call = "sync", fault = "reset_after", times = 2 }
  sandbox.quirks { late_tasks = 1e6 }
  note(one:sync(hybrid, { timeout = 1 }))
  one = client { endpoint = { "https://127.0.0.1:1", sandbox.tls } }
  note(one:list_vault {}) -- causes a change of the endpoint
  one = client {}
  sandbox.clock(3600)
  note(one:list_vault {}) -- causes a correction of the clock
  one = client { region = "cn-north-4", iam_endpoint = sandbox.tls }
  one.project_id = nil -- the sandbox's environment sets a project id
  note(one:list_vault {}) -- looks up the project
  local user = fixtures.users.home
  for _, password in ipairs { user.password, "wrong" } do
    one = client {
      region = "cn-north-4", iam_endpoint = sandbox.tls,
      credentials = { username = user.name, password = password, domain_name = fixtures.accounts.home.name },
    }
    note(one:list_vault {}) -- gets credentials from IAM
  end
  local keys = support.keys "home"
  local profile = support.file(("[basic]\nak=%s\nsk=%s\n"):format(keys.access_key, keys.secret_key), "644")
  one = client { credentials = { source = "profile", file = profile } }
  note(one:list_vault {}) -- causes a warning about credentials
  os.remove(profile)
  return events, failures
end

describe("the documentation #process", function()
  local client_page = pages.text "docs/reference/client.md"

  it("the documentation lists every kind of error", function()
    for kind in pairs(errors.kinds) do
      assert.matches(("\n| `%s` | "):format(kind), pages.section("docs/reference/errors.md", "Kinds"), 1, true)
      assert_names(pages.section("docs/guides/errors-and-retries.md", "What to do"), kind)
    end
  end)

  it("the documentation has a row with a meaning and a default for every option of each function", function()
    for name, rules in pairs {
      ["cbr.new"] = options.client, ["a call"] = options.call, ["client:wait"] = options.wait,
      ["client:find_order"] = options.find_order, ["cbr.map"] = options.map,
    } do
      local first = pages.text(OPTIONS):find(("<!-- begin: options of %s ("):format(name), 1, true)
      assert.is_truthy(first, name)
      local section, listed = pages.text(OPTIONS):match("^.-%-%->\n(.-)<!%-%- end", first), {}
      for option in section:gmatch "\n| `([%w_]+)` | [^|]+ | [^|]+ | [^|]+ |%f[\n]" do
        listed[option] = true
      end
      for _, rule in ipairs(rules) do
        assert.is_true(listed[rule.name], rule.name)
        listed[rule.name] = nil
      end
      assert.same({}, listed)
    end
  end)

  it("the documentation lists every function of the module, and every method of a client", function()
    for name in pairs(cbr) do
      assert_names(client_page, "cbr." .. name)
    end
    local client = support.client()
    local is_operation = {}
    for name in pairs(operations) do
      is_operation[name] = true
    end
    for name in pairs(getmetatable(client).__index) do
      if not is_operation[name] then
        assert_names(client_page, "client:" .. name)
      end
    end
    client:close()
  end)

  it("the documentation lists every operation of the service, with its method and path", function()
    local listed, count = {}, 0
    for name in pages.text "docs/reference/operations/README.md":gmatch "\n| %[`([%l_]+)`%]%(%1%.md%) |" do
      local page = pages.text(("docs/reference/operations/%s.md"):format(name))
      listed[name], count = page:match "\n%- Request: `([^`]+)`\n", count + 1
    end
    for name, operation in pairs(operations) do
      assert.equal(operation.method .. " " .. operation.path, listed[name], name)
      count = count - 1
    end
    assert.equal(0, count)
  end)

  it("the documentation lists every environment variable that the module reads", function()
    local all = {}
    for _, page in ipairs(pages.documentation()) do
      all[#all + 1] = pages.text(page)
    end
    all = table.concat(all, "\n")
    local count = 0
    for name in support.run("find lua -name '*.lua' -exec cat {} +"):gmatch '"([A-Z][A-Z]+_[A-Z_]+)"' do
      assert.matches("`" .. name, all, 1, true) -- a name that ends in _ is followed by the region
      count = count + 1
    end
    assert.is_true(count > 25, count .. " variables")
  end)

  it("the documentation lists every source of the credential chain in its order, with the source's fields", function()
    local forms = pages.section("docs/reference/credentials.md", "The option `credentials`")
    local rows = {}
    for name in pages.section("docs/reference/credentials.md", "The credential chain"):gmatch "\n| %d | ([%l_]+) |" do
      rows[#rows + 1] = name
    end
    assert.equal(#sources, #rows)
    for i, source in ipairs(sources) do
      assert.equal(source.name, rows[i])
      assert.matches(('"%s"'):format(source.name), forms, 1, true)
      for _, field in ipairs(source.fields) do
        assert.matches(("`%s`[^(|]*%%(%s%%)"):format(field, source.name), forms)
      end
    end
  end)

  it("sandbox/README.md lists every fault of the sandbox, and no other", function()
    local listed, table_of_faults = {}, support.read "sandbox/README.md":match "\n| fault | order accepted .-\n\n"
    for row in table_of_faults:gmatch "\n| (`[^|]*) |" do
      for name in row:gmatch "`([%l_%d]+)`" do
        listed[name] = true
      end
    end
    local count = 0
    for name in support.read "sandbox/faults/kinds.lua":match "\nlocal KINDS = {.*\n}\n":gmatch "\n  ([%l_%d]+) = {" do
      assert.is_true(listed[name], name)
      count, listed[name] = count + 1, nil
    end
    assert.is_true(count > 25)
    assert.is_nil(next(listed))
  end)

  it("a section of ARCHITECTURE.md with a table of a folder's files names each file, and no other", function()
    local count = 0
    local sections = support.read "ARCHITECTURE.md":gsub("\n## ", "\1")
    for section in sections:gmatch "[^\1]+" do
      local folder, named = section:match "\n| file of `([%l_]+)/` |", {}
      if folder then
        for _, ending in ipairs { "lua", "c", "h" } do
          for name in section:gmatch(("`([%%l_]+%%.%s)`"):format(ending)) do
            named[name] = true
          end
        end
        local path = ({ cbr_cli = "cli/cbr_cli", src = "src" })[folder] or "lua/cbr/" .. folder
        local files = support.run("ls " .. path)
        for name in files:gmatch "[%l_]+%.%l+" do
          local is_header_of_file = name:find "%.h$" and files:find(name:gsub("h$", "c"), 1, true)
          assert.is_true(named[name] or is_header_of_file ~= nil, ("%s/%s"):format(path, name))
          named[name] = nil
        end
        assert.is_nil(next(named))
        count = count + 1
      end
    end
    assert.equal(5, count)
  end)

  it("the table of parts in ARCHITECTURE.md names each file and each folder of lua/cbr", function()
    local parts = support.read "ARCHITECTURE.md":match "\n## Parts\n(.-)\n## "
    for name in (support.run "ls -p lua/cbr" .. "lua/cbr.lua"):gmatch "%S+" do
      assert.is_truthy(parts:find(("`%s`"):format(name), 1, true), name)
    end
  end)

  describe("the documentation of events and errors", function()
    local events, failures

    setup(function()
      events, failures = gather()
    end)

    teardown(sandbox.reset)

    it("the documentation lists every event of the log, and every field of an event", function()
      local section, seen, count = pages.text "docs/guides/logging.md", {}, 0
      for _, event in ipairs(events) do
        local reference = pages.section("docs/reference/log-events.md", event.event)
        for field in pairs(event) do
          assert.is_true(field == "event" or names(reference, field), event.event .. " " .. field)
        end
        count = count + (seen[event.event] and 0 or 1)
        seen[event.event] = true
        if event.event == "search" then
          assert.matches(("\n| `%s` | "):format(event.verdict), section, 1, true)
        end
      end
      assert.equal(8, count)
    end)

    it("the documentation lists every field of an error", function()
      local listed, seen = pages.section("docs/reference/errors.md", "Fields"), {}
      for _, err in pairs(failures) do
        for field in pairs(err) do
          assert_names(listed, field)
          seen[field] = true
        end
      end
      for _, field in ipairs { "seen", "problems", "report", "hint", "advice", "outcome", "request_id" } do
        assert.is_true(seen[field], field)
      end
    end)
  end)
end)
