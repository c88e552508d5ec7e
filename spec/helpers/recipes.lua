--- Runs the recipes of docs/recipes as a user does: in a directory that has only the recipes and their files, with the
-- command `cbr` in the PATH.

local lfs = require "lfs"
local set_up = require "spec.helpers.set_up"
local support = require "spec.helpers.support"

local recipes = {}

local root = lfs.currentdir()
local lua = support.run("command -v " .. (os.getenv "CBR_LUA" or "lua5.4")):match "%S+" -- cron has another PATH

local function quote(word)
  return "'" .. tostring(word):gsub("'", "'\\''") .. "'"
end

--- The variables that name the sandbox's endpoints and certificate, for commands that have nothing else in their
-- environment.
---@return table<string, string>
function recipes.endpoints()
  local variables = {}
  for line in support.run("env"):gmatch "[^\n]+" do
    local name, value = line:match "^([%u_][%u%d_]*)=(.*)$"
    if name and (name == "SSL_CERT_FILE" or name:find "^HUAWEICLOUD_SDK_REGION_CBR_" or name:find "_ENDPOINT$") then
      variables[name] = value
    end
  end
  return variables
end

--- Writes a file.
---@param name string
---@param text string
---@param mode? string default: 644
function recipes.write(name, text, mode)
  local file = assert(io.open(name, "w"))
  file:write(text)
  file:close()
  support.run(("chmod %s %s"):format(mode or "644", name))
end

--- Makes a directory with the recipes, bin/cbr, and home/.huaweicloud/credentials. The caller must remove the
-- directory.
---@return string directory
function recipes.place()
  local place = support.run("mktemp -d -p " .. support.sandbox.dir):match "%S+"
  support.run(("cp docs/recipes/* %s; mkdir -p %s/bin %s/home/.huaweicloud"):format(place, place, place))
  recipes.write(place .. "/bin/cbr", ("#!/bin/sh\nLUA_PATH=%s LUA_CPATH=%s exec %s %s/cli/cbr \"$@\"\n"):format(
    quote(os.getenv "LUA_PATH"), quote(os.getenv "LUA_CPATH"), lua, root), "755")
  local key = support.fixtures.keys.home
  recipes.write(place .. "/home/.huaweicloud/credentials", ("[basic]\nak = %s\nsk = %s\nproject_id = %s\n"):format(
    key.ak, key.sk, support.fixtures.projects.home.id), "600")
  return place
end

--- Resets the sandbox before each test of the `describe` that calls this function, and makes a directory with
-- recipes.place, which is removed after the test.
---@param use fun(place: string)
function recipes.for_each_test(use)
  set_up.for_each_test(function()
    local place = recipes.place()
    use(place)
    return { close = function() support.run("rm -rf " .. place) end }
  end)
end

--- Runs a command line in a directory of recipes.place. In the command line, LUA stands for the interpreter under test.
---@param place string
---@param line string
---@param variables? table<string, string|false> false: unset
---@param has_empty_environment? boolean true: the command gets no other variables than `variables`
---@return string output the standard output
---@return integer status
---@return string errors the standard error
function recipes.run(place, line, variables, has_empty_environment)
  local words = { "env", "PATH=" .. quote(place .. "/bin:" .. os.getenv "PATH"),
    "CBR_METADATA_ENDPOINT=http://127.0.0.1:9", "HOME=/nonexistent" }
  if has_empty_environment then
    words = { "env", "-i" }
  end
  for name, value in pairs(variables or {}) do
    table.insert(words, value and #words + 1 or 2, value and name .. "=" .. quote(value) or "-u " .. name)
  end
  local errors = place .. "/errors"
  local output = support.run(("cd %s && %s sh -c %s 2>%s </dev/null; echo \"ended $?\""):format(
    place, table.concat(words, " "), quote((line:gsub("^LUA ", lua .. " "))), errors))
  local text, status = output:match "^(.*)ended (%d+)\n$"
  return text, tonumber(status), support.read(errors)
end

--- Adds two vaults to the sandbox, prod_web and prod_db. Of their three servers, one has a recent copy, one has an old
-- copy, and one has no copy. The copies are in the vault prod_copies.
function recipes.scene()
  assert(select(2, support.run(lua .. " examples/demo_scene.lua")))
  support.sandbox.patch { vaults = { replicas = { name = "prod_copies" } } }
end

return recipes
