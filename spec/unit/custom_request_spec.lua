-- client:request: signed requests for which the client has no operation.

local cbr = require "cbr"
local json = require "cbr.util.json"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"
local text = require "cbr.util.text"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("client:request", function()
  local client

  set_up.for_all_tests(function()
    client = support.client()
    return client
  end)

  -- Returns what the sandbox has received.
  local function echo(request)
    request.path = "/v3/{project_id}/echo" .. (request.path or "")
    return assert(client:request(request))
  end

  local function lower_names(headers)
    local lowered = {}
    for name, value in pairs(headers) do
      lowered[text.lower(name)] = value
    end
    return lowered
  end

  it("client:request encodes any path, and signs the same bytes that are sent", function()
    for raw, encoded in pairs {
      ["/plain"] = "/plain",
      ["/with space"] = "/with%20space",
      ["/ünï/备份"] = "/%C3%BCn%C3%AF/%E5%A4%87%E4%BB%BD",
      ["/a:b@c"] = "/a%3Ab%40c",
      ["//double//"] = "//double//",
      ["/dots/../here/./"] = "/dots/../here/./",
      ["/100%25"] = "/100%2525",
      ["/q?x#y"] = "/q%3Fx%23y",
      ["/~-_.*'()"] = "/~-_.%2A%27%28%29",
    } do
      local received = echo { method = "GET", path = raw }
      assert.equal(("/v3/%s/echo%s"):format(fixtures.projects.home.id, encoded), received.uri)
    end
  end)

  it("client:request replaces every {project_id} in the path with the project id", function()
    local id = fixtures.projects.home.id
    assert.equal(("/v3/%s/echo/%s%s/%%251/%s"):format(id, id, id, id),
      echo({ method = "GET", path = "/{project_id}{project_id}/%1/{project_id}" }).uri)
    local _, err = client:request { method = "GET", path = ("/{project_id}"):rep(20000) }
    assert.equal(414, err.status) -- the error has the status, and is not a timeout
  end)

  it("client:request encodes and sorts any query, and signs the same bytes that are sent", function()
    local received = echo { method = "GET", query = {
      empty = "", list = { "b", "a", "b", "" }, ["na me"] = "+/~*'()&=#", ["ключ"] = "значение", n = 10, flag = false,
    } }
    assert.equal("empty=&flag=false&list=&list=a&list=b&list=b&n=10&na%20me=%2B%2F~%2A%27%28%29%26%3D%23"
      .. "&%D0%BA%D0%BB%D1%8E%D1%87=%D0%B7%D0%BD%D0%B0%D1%87%D0%B5%D0%BD%D0%B8%D0%B5", received.uri:match "%?(.*)$")
  end)

  it("client:request sends every method in upper case, with a table as JSON body or without a body", function()
    for _, method in ipairs { "GET", "POST", "PUT", "PATCH", "DELETE" } do
      local received = echo { method = method }
      assert.equal(method, received.method)
      assert.equal("", received.body or "")
      received = echo { method = text.lower(method), body = { name = "a/b", list = cbr.empty_array, none = cbr.null } }
      assert.equal(method, received.method)
      assert.same({ name = "a/b", list = {} }, json.decode(received.body))
      assert.matches('"list":%[%]', received.body)
      assert.matches('"none":null', received.body)
    end
  end)

  it("client:request returns true for a HEAD request, whose response has no body", function()
    assert.is_true(client:request { method = "HEAD", path = "/v3/{project_id}/echo" })
  end)

  it("client:request sends a string of megabytes unchanged as the body, without Expect: 100-continue", function()
    local body = ("\0\1\255 not json"):rep(200000) -- above a megabyte, libcurl would add the header Expect
    local received = echo { method = "POST", body = body, headers = { ["Content-Type"] = "application/octet-stream" } }
    assert.equal("POST", received.method)
    local requests = sandbox.requests()
    local headers = requests[#requests].headers
    assert.equal(tostring(#body), tostring(headers["content-length"]))
    assert.is_nil(headers.expect)
  end)

  it("client:request sends the caller's headers, and signs those that begin with x-", function()
    local headers = lower_names(echo({
      method = "GET", headers = { ["X-Custom"] = "  two  words ", ["X-Empty"] = "", Other = "1" },
    }).headers)
    assert.equal("two  words", headers["x-custom"])
    assert.equal("", headers["x-empty"])
    assert.equal("1", headers.other)
    assert.matches("x%-custom;x%-empty;", headers.authorization)
    assert.is_nil(headers.authorization:find("other", 1, true))
  end)

  it("client:request sends Accept and Content-Type for JSON unless the caller sets these headers", function()
    local headers = lower_names(echo({ method = "POST", body = {} }).headers)
    assert.same({ "application/json", "application/json" }, { headers.accept, headers["content-type"] })
    headers = lower_names(echo({
      method = "POST", body = "x", headers = { ACCEPT = "a/b", ["content-type"] = "c/d" },
    }).headers)
    assert.same({ "a/b", "c/d" }, { headers.accept, headers["content-type"] })
    headers = lower_names(echo({ method = "GET" }).headers)
    assert.is_nil(headers["content-type"])
  end)

  it("client:request reads a response of several megabytes", function()
    local response, err = client:request { method = "GET", path = "/v3/{project_id}/echo", query = { bytes = 5e6 } }
    assert.is_nil(err)
    assert.equal(5e6 - 11, #response.echo)
  end)

  it("client:request reports all invalid parts of a request in one error, and sends nothing", function()
    sandbox.clear_requests()
    local response, err = client:request {
      method = "G T",
      query = { a = print },
      headers = { ["X-A"] = "one\r\nX-B: two" },
      body = { print },
    }
    assert.is_nil(response)
    assert.same({ "argument", "request", "not_sent" }, { err.kind, err.operation, err.outcome })
    local parameters = {}
    for i, problem in ipairs(err.problems) do
      parameters[i] = problem.parameter
    end
    table.sort(parameters)
    assert.same({ "body", "headers", "method", "path", "query" }, parameters)
    assert.same({}, sandbox.requests())
  end)

  it("the error of a custom GET request that cannot be sent has no outcome", function()
    for method, outcome in pairs { GET = false, head = false, post = "not_sent" } do
      local _, err = client:request { method = method }
      assert.equal(outcome or nil, err.outcome)
    end
  end)

  it("client:request rejects headers whose name or value is not a string", function()
    sandbox.clear_requests()
    for _, headers in ipairs { { ["X-A"] = 5 }, { ["X-A"] = true }, { ["X-A"] = {} }, { "x" }, { [true] = "x" } } do
      local _, err = client:request { method = "GET", path = "/", headers = headers }
      assert.same({
        { parameter = "headers", problem = "must have names and values that are strings" },
      }, err.problems)
    end
    assert.same({}, sandbox.requests())
  end)

  it("client:request rejects each header that the client or libcurl sets, in upper and lower case", function()
    sandbox.clear_requests()
    for name in ([[Authorization Connection Content-Length Expect Host Transfer-Encoding User-Agent X-Auth-Token
      X-Domain-Id X-Project-Id X-Sdk-Date X-Security-Token]]):gmatch "%S+" do
      for _, written in ipairs { name, text.lower(name), text.upper(name) } do
        local _, err = client:request { method = "GET", path = "/", headers = { [written] = "x" } }
        assert.equal(("has '%s', which the client sets"):format(written), err.problems[1].problem)
      end
    end
    assert.same({}, sandbox.requests())
  end)

  it("the error of client:request names a missing method, a missing path, and a method that is not a word", function()
    for words, request in pairs {
      ["method is missing"] = { path = "/" }, ["path is missing"] = { method = "GET" },
      ["method must be letters"] = { method = "G T", path = "/" },
      ["method must be letters "] = { method = "", path = "/" },
    } do
      local _, err = client:request(request)
      assert.equal(words:match "^(.-) ?$", err.message)
    end
  end)

  it("client:request rejects headers that the client sets itself, or that cannot be sent", function()
    sandbox.clear_requests()
    for name, words in pairs {
      Authorization = "which the client sets", ["x-sdk-date"] = "which the client sets", host = "which the client sets",
      ["a b"] = "cannot be sent", [""] = "cannot be sent",
    } do
      local _, err = client:request { method = "GET", path = "/", headers = { [name] = "x" } }
      assert.matches(words, tostring(err), 1, true)
    end
    local _, err = client:request { method = "GET", path = "/", headers = { ["X-A"] = "1", ["x-a"] = "2" } }
    assert.matches("twice", tostring(err), 1, true)
    _, err = client:request { method = "G T", path = "/", headers = { ["X-A"] = "1", ["x-a"] = "2" } }
    assert.equal(2, #err.problems) -- the problem of the headers does not replace the other problem
    assert.same({}, sandbox.requests())
  end)

  it("client:request rejects values that cannot be sent in a query, and a body for HEAD", function()
    sandbox.clear_requests()
    for words, query in pairs {
      ["query parameter 'a' has a table value"] = { a = { {} } },
      ["query parameter 'a' has a nil value"] = { a = { b = 1 } },
      ["query parameter 'a' has a number value"] = { a = 0 / 0 },
      ["has a name that is a number, not a string"] = { "a" },
    } do
      local _, err = client:request { method = "GET", path = "/", query = query }
      assert.matches(words, tostring(err), 1, true)
    end
    for method, body in pairs { HEAD = "x", head = {} } do
      local _, err = client:request { method = method, path = "/", body = body }
      assert.same({ { parameter = "body", problem = "cannot be sent with HEAD" } }, err.problems)
    end
    assert.same({}, sandbox.requests())
  end)
end)
