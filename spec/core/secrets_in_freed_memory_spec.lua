-- Memory that the C core frees contains no secret. In a separate process, a replacement of free() searches the memory.

local support = require "spec.helpers.support"

local sandbox, fixtures = support.sandbox, support.fixtures

describe("freed memory #process", function()
  local shim

  setup(function()
    shim = os.tmpname()
    local output, ok = support.run("cc -shared -fPIC -O1 -o " .. shim .. " spec/helpers/programs/freed.c -ldl")
    assert.is_true(ok, output)
  end)

  teardown(function()
    os.remove(shim)
  end)

  -- Runs code with the replacement of free(). Returns how many blocks the core freed, and how many of the blocks
  -- contained one of `texts`.
  local function run(code, texts)
    local script, report = support.file(code), os.tmpname()
    local output, ok = support.run(("REPORT=%s SEARCH_FOR='%s' LD_PRELOAD=%s %s %s"):format(
      report, table.concat(texts, "\n"), shim, os.getenv "CBR_LUA" or "lua5.4", script))
    local freed, found = support.read(report):match "freed (%d+) found (%d+)"
    os.remove(script)
    os.remove(report)
    assert.is_true(ok, output)
    return tonumber(freed), tonumber(found)
  end

  local key = fixtures.keys.temporary
  local CALLS = ([[
    local cbr = require "cbr"
    for _, algorithm in ipairs { "SDK-HMAC-SHA256", "SDK-HMAC-SM3", "V11-HMAC-SHA256" } do
      local client = assert(cbr.new { proxy = "", algorithm = algorithm, credentials = {
        access_key = "%s", secret_key = "%s", security_token = "%s",
      } })
      for _ = 1, 3 do
        assert(client:request {
          method = "POST", path = "/v3/{project_id}/echo", body = { note = "body-of-a-request" },
        })
      end
      client:request({ method = "GET", path = "/v3/{project_id}/echo", query = { delay = 5 } }, { timeout = 0.1 })
      client:close()
      cbr.sign({ method = "GET", host = "h", path = "/" }, { access_key = "%s", secret_key = "%s",
        security_token = "%s" })
    end
  ]]):format(key.ak, key.sk, key.security_token, key.ak, key.sk, key.security_token)

  it("freed memory contains no key, no security token, no signature and no request body", function()
    sandbox.reset()
    local freed, found = run(CALLS, {
      key.sk, key.security_token, "Signature=", "x-security-token:", "body-of-a-request",
    })
    assert.is_true(freed > 100, freed .. " blocks")
    assert.equal(0, found)
  end)

  it("freed memory would contain secrets if the core did not wipe memory before freeing it", function()
    local directory = support.run("mktemp -d"):gsub("%s", "")
    local lua = (os.getenv "CBR_LUA" or "lua5.4"):gsub("luajit", "lua5.1")
    local build = [[
      cp src/*.c src/*.h DIRECTORY && mkdir DIRECTORY/cbr &&
      sed -i 's/set(at, 0, .*)/(void)set/' DIRECTORY/buffer.c && ! cmp -s src/buffer.c DIRECTORY/buffer.c &&
      cc -shared -fPIC -O1 $(pkg-config --cflags LUA) -o DIRECTORY/cbr/core.so DIRECTORY/*.c -lcurl -lnettle]]
    local output, ok = support.run((build:gsub("DIRECTORY", directory):gsub("LUA", lua)))
    assert.is_true(ok, output)
    local code = ("package.cpath = '%s/?.so;' .. package.cpath\n"):format(directory) .. CALLS
    local _, found = run(code, { key.security_token, "body-of-a-request" })
    support.run("rm -rf " .. directory)
    assert.is_true(found > 10, found .. " found")
  end)
end)
