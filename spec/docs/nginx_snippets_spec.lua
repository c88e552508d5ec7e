-- The snippets of nginx in the documentation run in a real nginx, and do what their pages say.

local pages = require "spec.helpers.pages"
local server = require "spec.helpers.nginx.server"
local snippets = require "spec.helpers.snippets"
local support = require "spec.helpers.support"

local snippet = snippets.get
local sandbox = support.sandbox

-- The places in a configuration in which a snippet may stand.
local PLACES = {
  "%s", "events {} http { %s }", "events {} http { server { %s } }", "events {} http { server { location / { %s } } }",
}

-- Returns the output of `nginx -t` for a snippet. The snippet is tried in each of PLACES, until nginx accepts it there.
local function verdict(text)
  local load = os.getenv "CBR_SANDBOX_NGINX_LOAD"
  local said
  for i, place in ipairs(PLACES) do
    local whole = i > 1 and load .. place:gsub("%%s", function() return text end) or text
    whole = load == "" and whole:gsub("load_module [^\n]+", "") or whole -- the Lua module is built into this nginx
    local name = support.file(whole)
    said = support.run(("unset LUA_PATH LUA_CPATH; %s -t -e stderr -c %s"):format(os.getenv "CBR_SANDBOX_NGINX", name))
    os.remove(name)
    if said:find("syntax is ok", 1, true) then
      break
    end
  end
  return said
end

describe("the documentation's snippets for nginx #process", function()
  before_each(sandbox.reset)

  it("nginx accepts every snippet of nginx configuration in README.md and docs", function()
    local count = 0
    for _, page in ipairs(pages.documentation()) do
      for i, text in ipairs(pages.snippets(page, "nginx")) do
        count = count + 1
        assert.matches("syntax is ok", verdict(text), 1, true, ("nginx snippet number %d of %s"):format(i, page))
      end
    end
    assert.is_true(count > 0)
    assert.matches('unknown directive "lua_shard_dict"', verdict "lua_shard_dict x 1m;", 1, true)
  end)

  local nginx_conf = snippet("docs/guides/nginx.md", "nginx", 1)

  -- Returns the parts of the page's configuration for server.start, without the load_module lines, the events block and
  -- the port, which server.start adds itself. The nginx master has the environment of this process, but its workers get
  -- only the variables that `env` lines name.
  local function nginx_parts()
    local main, http, inner =
      nginx_conf:match "^(.-)\nevents {}\n\nhttp {\n(.-)\n  server {\n    listen 127.0.0.1:8080;\n(.*)  }\n}$"
    assert(main, "the configuration in docs/guides/nginx.md has another form")
    return { main = main:gsub("load_module [^\n]+", ""), http = http, server = inner }
  end

  it("the snippet in guides/nginx.md synchronizes a vault in an nginx worker", function()
    local nginx = server.start(nginx_parts())
    local body, status = nginx:get "/sync"
    nginx:stop()
    assert.equal(200, status)
    assert.matches("^%x+%-[%x-]+\n$", body)
    assert.equal(1, #sandbox.ledger())
  end)

  it("without the env lines of docs/guides/nginx.md, the error message in a worker names the env directive", function()
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
end)
