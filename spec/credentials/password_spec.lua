-- A user of IAM who signs in with a password.

local cbr = require "cbr"
local core = require "cbr.core"
local credentials = require "spec.helpers.credentials"
local iam = require "cbr.credentials.iam"
local password = require "cbr.credentials.password"
local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("a user's password", function()
  credentials.for_each_test()

  it("cbr exchanges a password for a token of the project, without a service catalog", function()
    credentials.work(credentials.user "home")
    assert.matches("^/v3/auth/tokens%?nocatalog=true$", sandbox.requests()[1].uri)
    assert.equal(2, #sandbox.requests())
    assert.is_string(sandbox.requests()[2].headers["x-auth-token"])
    assert.is_nil(sandbox.requests()[2].headers.authorization)
  end)

  it("a token's scope is the given project in the first client's region, and the region's name elsewhere", function()
    local original, asked = iam.password_token, nil
    finally(function() iam.password_token = original end)
    iam.password_token = function(_, form)
      asked = form
      return { token = "t" }
    end
    local function scope_of(project, client)
      local given = { username = "u", password = "p", domain_name = "d" }
      given.project_id, given.project_name, asked = project.id, project.name, {}
      local _, reason = assert(password.source(given))(client, nil, core.monotonic() + 20)
      return { asked.project_id or false, asked.project_name or false, reason }
    end
    local abroad = { region = "east", is_abroad = true }
    assert.same({ false, "mine" }, scope_of({ name = "mine" }, { region = "north" }))
    assert.same({ false, "east" }, scope_of({ name = "mine" }, abroad))
    assert.same({ "id", "north" }, scope_of({ id = "id" }, { region = "north" }))
    assert.same({ false, "east" }, scope_of({ id = "id" }, abroad))
    assert.same({ "client's", "east" }, scope_of({ id = "id" },
      { region = "east", is_abroad = true, project_id = "client's" }))
    assert.same({ false, "north" }, scope_of({}, { region = "north" }))
    assert.same({ false, false, "a token needs a project: set project_id or region" }, scope_of({}, {}))
  end)

  it("cbr needs no project id with a password, since the token names the region's project", function()
    local client = credentials.client_without_project(credentials.user "home")
    assert(client:replicate(support.replicate_params()))
    assert.equal(0, support.count "iam_list_projects")
    assert.equal(fixtures.projects.home.id, sandbox.ledger()[1].project_id)
    client:close()
  end)

  it("cbr looks up the project id when the project id in the token's response is not a text", function()
    local body = '{"token":{"project":{"id":7}}}'
    sandbox.fault { call = "iam_create_token", fault = "raw", body = ("HTTP/1.1 201 OK\r\nX-Subject-Token: no-token\r\n"
      .. "Content-Length: %d\r\n\r\n%s"):format(#body, body) }
    local client = credentials.client_without_project(credentials.user "home")
    assert(client:list_vault {}) -- the service rejects the first token, so the client gets another one
    assert.equal(1, support.count "iam_list_projects")
    client:close()
  end)

  it("cbr sends a password once for several calls, which share the token", function()
    local client = credentials.client(credentials.user "home")
    for _ = 1, 3 do
      assert(client:list_vault {})
    end
    client:close()
    assert.equal(1, support.count "iam_create_token")
  end)

  it("a call fails with IAM's message for a wrong password, and does not show the password", function()
    local err = credentials.fail(credentials.user("home", { password = "not-the-password" }), "iam_create_token: ")
    assert.equal(401, err.status)
    assert.is_nil(tostring(err):find("not-the-password", 1, true))
    assert.equal(1, support.count "iam_create_token")
  end)

  it("a call fails before sending when username, password or domain_name is missing", function()
    for _, field in ipairs { "username", "password", "domain_name" } do
      for _, value in ipairs { false, "" } do
        local given = credentials.user "home"
        given[field] = value or nil
        local client, err = cbr.new(support.options { credentials = given })
        assert.is_nil(client)
        assert.same({ "credentials", field .. " is missing" }, { err.kind, err.message })
      end
    end
  end)

  it("a call fails when IAM cannot be reached or sends an unusable response", function()
    credentials.fail(credentials.user "home", "iam_create_token: ", { iam_endpoint = "https://127.0.0.1:1" })
    for _, fault in ipairs { "html_502", "invalid_json", "truncated", "throttled" } do
      sandbox.fault { call = "iam_create_token", fault = fault }
      credentials.fail(credentials.user "home", "iam_create_token: ")
      sandbox.clear_requests()
    end
  end)
end)
