-- Percent-encoding of paths and queries. signer_spec.lua also compares this encoding with that of official signers.

local core = require "cbr.core"
local raw_server = require "spec.helpers.raw_server"

local KEYS = { access_key = "a", secret_key = "b" }
local DATE = "20240102T030405Z"

local function sign(path, query)
  return core.sign({ method = "GET", host = "h", path = path, query = query }, KEYS, DATE)
end

local function encoded_byte(byte)
  local char = string.char(byte)
  return char:find "[A-Za-z0-9._~-]" and char or ("%%%02X"):format(byte)
end

describe("a path", function()
  it("the core encodes every byte of a path except '/' and the unreserved characters", function()
    for byte = 0, 255 do
      local expected = byte == 47 and "/" or encoded_byte(byte)
      assert.equal("/a" .. expected .. "b", sign("/a" .. string.char(byte) .. "b").url_path)
    end
  end)

  it("the core puts a '/' before a path that does not begin with '/'", function()
    assert.equal("/", sign("").url_path)
    assert.equal("/a/b", sign("a/b").url_path)
  end)

  it("the core keeps the empty and dot segments of a path", function()
    assert.equal("/a//../b/./", sign("/a//../b/./").url_path)
  end)

  it("the core encodes a percent sign in a path", function()
    assert.equal("/a%2520b", sign("/a%20b").url_path)
  end)
end)

describe("a query", function()
  it("the core encodes every byte of a query except the unreserved characters", function()
    for byte = 0, 255 do
      local name = "n" .. string.char(byte)
      local expected = "n" .. encoded_byte(byte)
      assert.equal(expected .. "=" .. expected, sign("/", { [name] = name }).query_string)
    end
  end)

  it("the core sorts a query bytewise by raw name, then by raw value", function()
    assert.equal("A=&a=&a%00=&a-=&b=1&b=10&b=2&%C3%A4=", sign("/", {
      ["a-"] = "", a = "", A = "", ["a\0"] = "", b = { "2", "10", "1" }, ["\195\164"] = "",
    }).query_string)
  end)

  it("the core writes an empty query if there are no parameters", function()
    assert.equal("", sign("/").query_string)
    assert.equal("", sign("/", {}).query_string)
    assert.equal("", sign("/", { list = {} }).query_string)
  end)
end)

describe("a URL", function()
  it("the core sends a URL with the bytes that were signed", function()
    local server = raw_server.open()
    local pool = core.pool { max_body = 1000, proxy = "" }
    local path, query = "/a/../b c/%/\195\164", { ["k ey"] = { "v/2", "v&1" }, other = "+" }
    local transfer, peer, head = raw_server.begin(pool, server, { path = path, query = query })
    local signed = sign(path, query)
    assert.equal(("GET %s?%s HTTP/1.1"):format(signed.url_path, signed.query_string), head:match "^[^\n]+")
    transfer:close()
    peer:close()
    pool:close()
    server:close()
  end)
end)
