-- What the C core frees holds no secret any more: looked at by a free() of our own, in a process of its own.

local support = require "spec.helpers.support"

local sandbox, world = support.sandbox, support.fixtures

describe("freed memory #process", function()
  local shim

  setup(function()
    shim = os.tmpname()
    local output, well = support.run("cc -shared -fPIC -O1 -o " .. shim .. " spec/helpers/programs/freed.c -ldl")
    assert.is_true(well, output)
  end)

  teardown(function()
    os.remove(shim)
  end)

  -- Runs code with the shim; -> how many blocks the core freed, and how often one of `texts` was in one
  local function run(code, texts)
    local script, report = support.file(code), os.tmpname()
    local output, well = support.run(("TELL=%s LOOK_FOR='%s' LD_PRELOAD=%s %s %s"):format(
      report, table.concat(texts, "\n"), shim, os.getenv "CBR_LUA" or "lua5.4", script))
    local freed, found = support.read(report):match "freed (%d+) found (%d+)"
    os.remove(script)
    os.remove(report)
    assert.is_true(well, output)
    return tonumber(freed), tonumber(found)
  end

  local key = world.keys.temporary
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

  it("holds no key, no security token, no signature, no request and no answer", function()
    sandbox.reset()
    local freed, found = run(CALLS, {
      key.sk, key.security_token, "Signature=", "x-security-token:", "body-of-a-request",
    })
    assert.is_true(freed > 100, freed .. " blocks")
    assert.equal(0, found)
  end)

  it("would be seen to hold them: the same core with its wiping taken out is caught", function()
    local directory = support.run("mktemp -d"):gsub("%s", "")
    local lua = (os.getenv "CBR_LUA" or "lua5.4"):gsub("luajit", "lua5.1")
    local build = [[
      cp src/*.c src/*.h DIRECTORY && mkdir DIRECTORY/cbr &&
      sed -i 's/set(data, 0, size)/(void)set/' DIRECTORY/buffer.c && ! cmp -s src/buffer.c DIRECTORY/buffer.c &&
      cc -shared -fPIC -O1 $(pkg-config --cflags LUA) -o DIRECTORY/cbr/core.so DIRECTORY/*.c -lcurl -lnettle]]
    local output, well = support.run((build:gsub("DIRECTORY", directory):gsub("LUA", lua)))
    assert.is_true(well, output)
    local code = ("package.cpath = '%s/?.so;' .. package.cpath\n"):format(directory) .. CALLS
    local _, found = run(code, { key.security_token, "body-of-a-request" })
    support.run("rm -rf " .. directory)
    assert.is_true(found > 10, found .. " found")
  end)
end)
