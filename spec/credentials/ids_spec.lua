-- The ids of the project and of the account, which are looked up when they are not given.

local cbr = require "cbr"
local credentials = require "spec.helpers.credentials"
local environment = require "spec.helpers.environment"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("the id of a project or an account", function()
  credentials.for_each_test()

  local function client_of(region)
    return credentials.client_without_project(support.keys "home", { region = region or false })
  end

  it("cbr looks up the region's project id once for concurrent and later calls", function()
    local client = client_of "cn-north-4"
    local results, errors = cbr.map({ 1, 2, 3, 4, 5, 6, 7, 8 }, function()
      return client:request { method = "GET", path = "/v3/{project_id}/vaults" }
    end)
    assert.same({}, errors)
    assert.equal(8, #results)
    assert(client:replicate(support.replicate_params()))
    assert.equal(1, support.count "iam_list_projects")
    for _, request in ipairs(sandbox.requests()) do
      if request.operation == "iam_list_projects" then
        assert.equal("/v3/projects?name=cn-north-4", request.uri)
        assert.is_nil(request.headers["x-project-id"])
      end
    end
    client:close()
  end)

  it("cbr logs the project id that it has looked up", function()
    local told = {}
    local client = credentials.client_without_project(support.keys "home", { log = function(event)
      told[#told + 1] = event.event == "project" and event or nil
    end })
    assert(client:list_vault {})
    client:close()
    assert.same({ { event = "project", region = "cn-north-4", project_id = fixtures.projects.home.id } }, told)
  end)

  it("a call fails when the region has no project of the account", function()
    local client = client_of "cn-south-1"
    local _, err = client:replicate(support.replicate_params())
    client:close()
    assert.same({ "config", "not_sent" }, { err.kind, err.outcome })
    local words = "^this account has no project in region cn%-south%-1 %(X%-IAM%-Trace%-Id token_%S+%): set project_id"
    assert.matches(words, err.message)
    assert.same({}, sandbox.ledger())
  end)

  it("a call fails when the region has several projects, and the error lists them", function()
    local client = client_of "cn-north-1"
    local _, err = client:replicate(support.replicate_params())
    client:close()
    assert.equal("config", err.kind)
    assert.matches("there are several projects in region cn%-north%-1 %(.-%): %x+, %x+; set project_id", err.message)
    for _, name in ipairs { "twin", "other_twin" } do
      assert.matches(fixtures.projects[name].id, err.message, 1, true)
    end
    assert.same({}, sandbox.ledger())
  end)

  it("a call fails without a region, since the project id cannot be looked up", function()
    local client = environment.with({ CBR_REGION = false, HW_REGION_NAME = false, OS_REGION_NAME = false }, function()
      return client_of(nil)
    end)
    local _, err = client:replicate(support.replicate_params())
    client:close()
    assert.equal("config", err.kind)
    assert.matches("cannot be looked up without a region", err.message)
    assert.same({}, sandbox.requests())
  end)

  it("cbr looks up the project id again after a failure", function()
    sandbox.fault { call = "iam_list_projects", fault = "html_502" }
    local client = client_of "cn-north-4"
    local _, err = client:replicate(support.replicate_params(), { max_attempts = 1 })
    assert.equal("not_sent", err.outcome)
    assert.matches("project id of region cn%-north%-4: HTTP 502", err.message)
    assert(client:replicate(support.replicate_params()))
    client:close()
  end)

  it("cbr looks up the project id again although IAM has rejected the credentials before", function()
    sandbox.fault { call = "iam_list_projects", fault = "unauthorized", code = "APIGW.0307" }
    local client = client_of "cn-north-4"
    local _, err = client:list_vault {}
    assert.same({ "unauthorized", "APIGW.0307" }, { err.kind, err.code })
    assert(client:list_vault {})
    assert.equal(2, support.count "iam_list_projects")
    client:close()
  end)

  it("a call fails without a request to the service when the project id from IAM is not a valid id", function()
    sandbox.fault { call = "iam_list_projects", fault = "invalid_json",
      body = '{"projects":[{"name":"cn-north-4","id":"../../v3/other"}]}' }
    local client = client_of "cn-north-4"
    local _, err = client:replicate(support.replicate_params())
    client:close()
    assert.same({ "config", "not_sent" }, { err.kind, err.outcome })
    assert.matches("'../../v3/other' must be", err.message, 1, true)
    assert.equal(1, #sandbox.requests())
  end)

  it("cbr looks up a project id for each key that a credentials function gives", function()
    local key = "home"
    local client = credentials.client_without_project(function() return support.keys(key) end)
    assert(client:list_vault {})
    key = "other"
    assert(client:list_vault {})
    assert(client:list_vault {})
    client:close()
    assert.equal(2, support.count "iam_list_projects")
    local requests = sandbox.requests()
    assert.equal(fixtures.projects.other.id, requests[#requests].headers["x-project-id"])
  end)

  it("cbr looks up the account's id once when domain_id is true, and sends it in a signed header", function()
    local client = credentials.client(support.keys "home", { domain_id = true })
    assert(client:replicate(support.replicate_params()))
    local requests = sandbox.requests()
    assert.equal(fixtures.accounts.home.id, requests[#requests].headers["x-domain-id"])
    assert.matches("x%-domain%-id;", requests[#requests].headers.authorization)
    assert(client:sync { vault_id = fixtures.vaults.hybrid.id })
    assert.equal(1, support.count "iam_auth_domains")
    client:close()
  end)

  it("cbr asks STS for the account's id when IAM lists no account, or rejects the request for the account", function()
    for _, fault in ipairs {
      { fault = "status", status = 403, code = "IAM.0003" }, { fault = "status", status = 404, code = "IAM.0004" },
      { fault = "status", status = 200, body = '{"domains":[]}' },
    } do
      sandbox.reset()
      fault.call = "iam_auth_domains"
      sandbox.fault(fault)
      local client = environment.with({ HUAWEICLOUD_SDK_STS_ENDPOINT = sandbox.tls }, function()
        return credentials.client(support.keys "home", { domain_id = true })
      end)
      assert(client:list_vault {})
      assert(client:list_vault {})
      client:close()
      assert.same({ 1, 1 }, { support.count "iam_auth_domains", support.count "sts_caller_identity" })
      local requests = sandbox.requests()
      assert.equal(fixtures.accounts.home.id, requests[#requests].headers["x-domain-id"])
    end
  end)

  it("a call fails with STS's error, and sends no request to STS if the cloud's STS is not known", function()
    sandbox.fault { call = "iam_auth_domains", fault = "status", status = 403, code = "IAM.0003", times = -1 }
    for body, kind in pairs { ["{}"] = "protocol", ['{"account_id":"x y"}'] = "config" } do
      sandbox.fault { call = "sts_caller_identity", fault = "status", status = 200, body = body }
      local client = environment.with({ HUAWEICLOUD_SDK_STS_ENDPOINT = sandbox.tls }, function()
        return credentials.client(support.keys "home", { domain_id = true })
      end)
      local _, err = client:list_vault({}, { max_attempts = 1 })
      assert.equal(kind, err.kind)
      client:close()
    end
    sandbox.clear_requests()
    local client = environment.with({ HUAWEICLOUD_SDK_STS_ENDPOINT = false }, function()
      return credentials.client(support.keys "home", { domain_id = true })
    end)
    local _, err = client:list_vault {}
    client:close()
    assert.equal("config", err.kind)
    assert.matches("HUAWEICLOUD_SDK_STS_ENDPOINT is not set, .*; set domain_id$", err.message)
    assert.equal(1, #sandbox.requests())
  end)

  it("cbr does not ask STS after other failures of IAM", function()
    sandbox.fault { call = "iam_auth_domains", fault = "html_502", times = -1 }
    local client = environment.with({ HUAWEICLOUD_SDK_STS_ENDPOINT = sandbox.tls }, function()
      return credentials.client(support.keys "home", { domain_id = true })
    end)
    local _, err = client:list_vault({}, { max_attempts = 1 })
    client:close()
    assert.equal(502, err.status)
    assert.equal(0, support.count "sts_caller_identity")
  end)
end)
