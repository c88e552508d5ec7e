--- cbr: replicates and synchronizes backups of Huawei Cloud's and Open Telekom
-- Cloud's CBR service.

local client = require "cbr.client"
local check = require "cbr.util.check"
local json = require "cbr.util.json"
local map = require "cbr.loop.map"
local sign = require "cbr.sign"

local cbr = {
  _VERSION = require "cbr.version",
  --- Puts a JSON null, or an empty JSON list, into the body of `client:request`.
  null = json.null,
  empty_array = json.empty_array,
}

--- Makes a client; see the README for the options. Nothing is sent before the
-- first call.
---@param options? table
---@return cbr.Client? client
---@return cbr.Error? err kind `config` or `credentials`
function cbr.new(options)
  local made, err = client.new(options, 3) -- no tail call, for the level
  return made, err
end

--- The bare signature; see cbr.sign.
cbr.sign = sign.request

local shared -- the client behind cbr.replicate and cbr.sync, made once

local function from_environment(name)
  return function(params, call)
    local answer, err
    if not shared then
      shared, err = client.new(nil, 3)
      if not shared then
        err.operation = name
        return nil, err
      end
    end
    answer, err = client.perform(shared, name, params, call, 3)
    return answer, err
  end
end

--- As client:replicate, on a client made once from the environment.
---@param params table
---@param call? table
---@return table? replication
---@return cbr.Error? err
cbr.replicate = from_environment "replicate"

--- As client:sync, on a client made once from the environment.
---@param params table
---@param call? table
---@return table? sync
---@return cbr.Error? err
cbr.sync = from_environment "sync"

local MAP_OPTIONS = { { name = "concurrency", type = "integer", positive = true } }

--- Runs `fn(item, index)` for all items in one thread, at most `concurrency` at a time; the calls of clients within it
-- wait side by side.
---@param list any[]
---@param fn fun(item: any, index: integer): any, any
---@param options? { concurrency?: integer } default 16
---@return table results `results[i]` is what `fn` returned for item i; nil if it failed
---@return table errors `errors[i]` is what it returned behind nil, or raised
function cbr.map(list, fn, options)
  if type(list) ~= "table" or type(fn) ~= "function" then
    error("cbr.map: a list and a function are needed", 2)
  end
  options = options or {}
  check.options("cbr.loop.map", MAP_OPTIONS, options, 3)
  local results, failures = map.run(list, fn, options.concurrency or 16)
  return results, failures
end

return cbr
