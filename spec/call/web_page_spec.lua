-- How cbr describes a body that is not the service's, such as a web page.

local web_page = require "cbr.call.web_page"

describe("a body that is not the service's", function()
  local function describe_body(body, content_type)
    return web_page.describe { headers = { ["content-type"] = content_type }, body = body }
  end

  local PAGE = "<!DOCTYPE html><html><head><TITLE>\nWAF </title><style>.event-id: 7</style></head>"
    .. "<body><script>request_id = 77</script><p>Intercepted.</p><p>%s</p></body></html>"

  it("a web page is described by its content type, its title and its request id", function()
    for words, shown in pairs {
      ["Event ID: 09-0000-1312021-abcdef"] = ", event id 09-0000-1312021-abcdef",
      ["EventID=09-77"] = ", event id 09-77",
      ["Event&nbsp;ID</td><td><b>09-77</b>"] = ", event id 09-77",
      ["\228\186\139\228\187\182ID\239\188\154 09-77"] = ", \228\186\139\228\187\182 id 09-77",
      ["Your support ID is: 123456"] = ", support id 123456",
      ["Request ID: abc.77"] = ", request id abc.77",
      ["Nothing: see the event identity card"] = "",
      [""] = "",
    } do
      assert.equal("a body of type text/html; charset=utf-8: 'WAF'" .. shown,
        describe_body(PAGE:format(words), "text/html; charset=utf-8"))
    end
  end)

  it("a web page is recognized without a content type, and a heading replaces a missing title", function()
    assert.equal("a body of type unknown: 'Blocked by us'",
      describe_body "\n<!doctype html><body><h1 class='x'>Blocked <b>by</b> us</h1>")
    assert.equal("a body of type text/html", describe_body("<html>no</html>", "text/html"))
    assert.equal("a body of type text/html", describe_body("<html><title></title><title", "text/html"))
  end)

  it("the description of a web page contains no part of a secret, even if a quote is cut within a secret", function()
    local secrets = { ("TOKEN"):rep(30), access_key = ("KEY"):rep(30) }
    for _, secret in ipairs { secrets[1], secrets.access_key } do
      for at = 0, 220, 20 do
        local echo = ("x"):rep(at) .. secret
        for form, kind in pairs {
          ["<html><title>%s</title>"] = "text/html", ["<html><p>Event ID: %s"] = "text/html", ["%s"] = "text/plain",
        } do
          local words = web_page.describe({ headers = { ["content-type"] = kind }, body = form:format(echo) }, secrets)
          assert.is_nil(words:find(secret:sub(1, 5), 1, true), words)
        end
      end
    end
  end)

  it("the description of a plain-text body quotes up to 200 bytes of the body", function()
    assert.equal("a body of type text/plain: 'go away'", describe_body("go\n away\n", "text/plain"))
    assert.is_true(#describe_body(("x"):rep(1e6), "text/plain; charset=x") < 300)
    assert.equal("a body of type text/plain", describe_body("", "text/plain"))
    assert.equal("a body of type image/png", describe_body("go away", "image/png"))
  end)

  it("a large web page is described in a short time and in a few words #many", function()
    local before = os.clock()
    for _, part in ipairs { "<title>", "<script>", "event id ", "<", "<h1>x" } do
      assert.is_true(#describe_body(("<html>" .. part:rep(100000)), "text/html") < 400)
    end
    assert.is_true(os.clock() - before < 5) -- quadratic work would take minutes
  end)
end)
