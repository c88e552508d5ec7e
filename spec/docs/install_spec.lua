-- docs/install.md: the messages in the table of Troubleshooting are those that a broken installation prints.

local pages = require "spec.helpers.pages"
local support = require "spec.helpers.support"

local section = pages.section("docs/install.md", "Troubleshooting")

-- For each broken installation: a command line that fails, and the words that it prints and that the page quotes.
local CASES = {
  ["a header of libcurl that is missing"] = {
    [[d=$(mktemp -d); mkdir "$d/curl"; echo '#error missing' >"$d/curl/curl.h"
      tools/requirements 5.4 cc "-I$d $(pkg-config --cflags lua5.4)" "-lcurl -lnettle"; rm -r "$d"]],
    "the header curl/curl.h is missing. Debian: apt-get install",
  },
  ["headers of another version of Lua"] = {
    'tools/requirements 5.4 cc "-I/usr/include/lua5.1" "-lcurl -lnettle"',
    "Lua 5.4's header lua.h (LUA_INCDIR names its directory) is missing",
  },
  ["a library that is not installed"] = {
    "LUA_PATH='/nowhere/?.lua' LUA_CPATH=/nowhere lua5.4 -e 'require \"cbr\"'", "module 'cbr' not found",
  },
  ["a library without its core"] = {
    "LUA_PATH='lua/?.lua' LUA_CPATH=/nowhere lua5.4 -e 'require \"cbr\"'", "module 'cbr.core' not found",
  },
  ["a core for Lua 5.4 in Lua 5.1"] = {
    "LUA_PATH='lua/?.lua;;' LUA_CPATH='build/5.4/?.so;;' lua5.1 -e 'require \"cbr\"'",
    "undefined symbol: lua_tointegerx",
  },
  ["a library without lua-cjson"] = {
    "LUA_PATH='lua/?.lua' LUA_CPATH='build/5.4/?.so' lua5.4 -e 'require \"cbr\"'", "module 'cjson.safe' not found",
  },
  ["a command for a version of Lua without the library"] = {
    "mkdir -p $CBR_SANDBOX_DIR/bin; cp -r cli/. $CBR_SANDBOX_DIR/bin; unset LUA_PATH LUA_CPATH; "
      .. "cd $CBR_SANDBOX_DIR; lua5.4 bin/cbr vaults",
    "cbr: the Lua library cbr is missing or cannot be loaded",
  },
  ["a server whose certificate is signed by a CA that this machine does not trust"] = {
    [[unset SSL_CERT_FILE SSL_CERT_DIR; lua5.4 -e 'print(require("cbr").new():list_vault {})']],
    "unable to get local issuer certificate",
  },
  ["a sandbox without openssl"] = {
    "mkdir $CBR_SANDBOX_DIR/path; for tool in sh dirname; do ln -s $(command -v $tool) $CBR_SANDBOX_DIR/path; done; "
      .. "env -u CBR_NGINX PATH=$CBR_SANDBOX_DIR/path sandbox/run true",
    "openssl is missing",
  },
}

describe("docs/install.md #process", function()
  for name, case in pairs(CASES) do
    it("docs/install.md quotes what is printed for " .. name, function()
      if _VERSION ~= "Lua 5.4" then
        return -- the programs are the same for each Lua
      end
      assert.matches(case[2], support.run("(" .. case[1] .. ") 2>&1"), 1, true)
      assert.matches(case[2], section, 1, true)
    end)
  end
end)
