--- What the specs of credentials have in common: clients with given credentials, and assertions about what happens when
-- such a client calls `replicate`.

local assert = require "luassert"
local busted = require "busted"
local cbr = require "cbr"
local environment = require "spec.helpers.environment"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local credentials = {}

local sandbox, fixtures = support.sandbox, support.fixtures

local files = {}

--- Writes a file that `credentials.remove_files` removes.
---@param text string
---@param mode? string default "600"
---@return string name
function credentials.file(text, mode)
  files[#files + 1] = support.file(text, mode)
  return files[#files]
end

function credentials.remove_files()
  for i = #files, 1, -1 do
    os.remove(files[i])
    files[i] = nil
  end
end

--- The text of a profile file with a key, and further lines.
---@param key { ak: string, sk: string } a key of the sandbox
---@param more? string
---@return string
function credentials.profile(key, more)
  return ("[basic]\nak=%s\nsk=%s\n%s"):format(key.ak, key.sk, more or "")
end

--- A user's name and password.
---@param name string the name of a user in the fixtures
---@param changes? table
---@return table
function credentials.user(name, changes)
  local user = fixtures.users[name]
  local given = { username = user.name, password = user.password, domain_name = fixtures.accounts[user.account].name }
  return support.merge(given, changes)
end

-- Returns options for cbr.new with the credentials `given`.
local function options(given, changes)
  local all = { region = "cn-north-4", iam_endpoint = sandbox.tls }
  support.merge(all, changes)
  for _, name in ipairs { "region", "iam_endpoint" } do
    all[name] = all[name] or nil
  end
  all = support.options(all)
  all.credentials = given
  return all
end

--- A client of the home account with these credentials, which finds IAM in the sandbox.
---@param given any the option `credentials` of cbr.new; nil: the client has to find credentials
---@param changes? table more options; if `region` or `iam_endpoint` is false, the client gets no such option
---@return cbr.Client
function credentials.client(given, changes)
  return assert(cbr.new(options(given, changes)))
end

--- Resets the sandbox before each test of the `describe` that calls this function. Removes the test's files after it.
---@return fun(given: any, changes?: table): cbr.Client make is credentials.client; the client is closed after the test
function credentials.for_each_test()
  local closed_later = set_up.for_each_test()

  busted.after_each(credentials.remove_files)

  return function(given, changes)
    return closed_later(credentials.client(given, changes))
  end
end

--- Like credentials.client, but without a project id, although the sandbox's environment sets a project id.
---@param given any
---@param changes? table
---@return cbr.Client
function credentials.client_without_project(given, changes)
  return environment.with({ HUAWEICLOUD_SDK_PROJECT_ID = false, OS_PROJECT_ID = false }, function()
    local all = options(given, changes)
    all.project_id = nil
    return assert(cbr.new(all))
  end)
end

--- Asserts that the service accepts a replicate with these credentials.
---@param given any
---@param changes? table
---@return table[] events of the log hook
function credentials.work(given, changes)
  local events = {}
  local all = { log = function(event) events[#events + 1] = event end }
  support.merge(all, changes)
  local client = credentials.client(given, all)
  local _, err = client:replicate(support.replicate_params())
  client:close()
  assert.is_nil(err and tostring(err))
  assert.equal(1, #sandbox.ledger())
  return events
end

--- Asserts that a replicate fails because the client has no credentials, and that nothing is sent to the service.
---@param given any
---@param words string part of the error's text
---@param changes? table
---@return cbr.Error err
function credentials.fail(given, words, changes)
  local client = credentials.client(given, changes)
  local replication, err = client:replicate(support.replicate_params(), { max_attempts = 1 })
  client:close()
  assert.is_nil(replication)
  assert.equal("credentials", err.kind)
  assert.equal("not_sent", err.outcome)
  assert.equal("replicate", err.operation)
  assert.matches(words, tostring(err), 1, true)
  assert.same({}, sandbox.ledger())
  assert.equal(0, support.count "replicate")
  return err
end

--- Asserts that a process with only these variables finds credentials, and synchronizes a vault.
---@param variables table<string, string> in addition to the sandbox's variables
function credentials.synchronize(variables)
  local all = { SSL_CERT_FILE = sandbox.ca, HUAWEICLOUD_SDK_REGION_CBR_CN_NORTH_4 = sandbox.tls }
  support.merge(all, variables)
  sandbox.reset()
  local vault_id = fixtures.vaults.hybrid.id
  assert.equal(vault_id .. "\n", environment.run(all, ([[
    local client = assert(require "cbr".new { proxy = "" })
    print(assert(client:sync { vault_id = "%s" }).vault_id)
  ]]):format(vault_id)))
end

--- The access key that the sandbox saw in the last request.
---@return string
function credentials.last_access_key()
  local requests = sandbox.requests()
  return requests[#requests].headers.authorization:match "Access=([^,]+)"
end

return credentials
