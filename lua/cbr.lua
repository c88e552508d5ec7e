--- cbr: copies backups of Huawei Cloud's and Open Telekom Cloud's CBR service to other regions, and imports on-premises
-- backups into hybrid-cloud vaults.

local core = require "cbr.core"
local errors = require "cbr.errors"
local json = require "cbr.util.json"
local late = require "cbr.util.late"
local text = require "cbr.util.text"

local client = late "cbr.client"
local diagnose = late "cbr.diagnose"
local map = late "cbr.loop.map"
local operations = late "cbr.operations"
local options = late "cbr.options"
local sign = late "cbr.sign"

local cbr = {
  _VERSION = require "cbr.version",
  --- A JSON null, or an empty JSON list, for the body of `client:request`.
  null = json.null,
  empty_array = json.empty_array,
}

local function must_not_have_colon(name, first)
  if first == cbr then
    error(("cbr.%s was called with a colon: write cbr.%s(…), not cbr:%s(…)"):format(name, name, name), 3)
  end
end

--- Makes a client. Nothing is sent before the first call.
---@param given? cbr.Options see docs/reference/options.md
---@return cbr.Client? client
---@return cbr.Error? err kind `config` or `credentials`
function cbr.new(given)
  must_not_have_colon("new", given)
  local made
  local err = errors.of_loading({}, client)
  if err then
    return nil, err
  end
  made, err = client.new(given, 3) -- no tail call, which would change the stack level
  return made, err
end

--- Like Lua's `assert`, for results of this module: returns its arguments if the first one is true, else raises the
-- error as a text. Lua 5.1 and 5.2 cannot show an error object that nobody catches, so Lua's own `assert` and
-- `error` would hide it.
---@generic T
---@param value T?
---@param err? any an error object, or any other value
---@param ... any
---@return T value
---@return any ...
function cbr.assert(value, err, ...)
  if not value then
    error(err == nil and "assertion failed!" or tostring(err), 0)
  end
  return value, err, ...
end

--- Signs a request to any service of the cloud. Nothing is sent. Raises an error if it is misused.
---@param request cbr.SignRequest
---@param credentials cbr.SignCredentials
---@param date? string `YYYYMMDDThhmmssZ`; default: now
---@return cbr.Signature? signature
---@return cbr.Error? err kind `config` or `connect`: a file of cbr cannot be read
function cbr.sign(request, credentials, date)
  local err = errors.of_loading({}, sign)
  if err then
    return nil, err
  end
  local signature = sign.request(request, credentials, date) -- no tail call, which would change the stack level
  return signature
end

local shared -- the client of cbr.replicate and cbr.sync, made once

local function from_environment(name)
  return function(params, given)
    local result, err
    must_not_have_colon(name, params)
    if not shared then
      err = errors.of_loading({ operation = name, is_write = true }, client)
      if err then
        return nil, err
      end
      shared, err = client.new(nil, 3)
      if not shared then
        return nil, errors.finish(err, { operation = name })
      end
    end
    result, err = client.perform(shared, name, params, given, 3)
    return result, err
  end
end

--- Like client:replicate, on a client that is made once from the environment.
---@param params cbr.params.copy_checkpoint
---@param given? cbr.CallOptions
---@return cbr.Replication? replication
---@return cbr.Error? err
cbr.replicate = from_environment "replicate"

--- Like client:sync, on a client that is made once from the environment.
---@param params cbr.params.import_checkpoint
---@param given? cbr.CallOptions
---@return cbr.Sync? sync
---@return cbr.Error? err
cbr.sync = from_environment "sync"

--- The official names of all operations, sorted. `client:describe(name)` says what each one takes and returns.
---@return string[]? names a new list at each call
---@return cbr.Error? err kind `config` or `connect`: a file of cbr cannot be read
function cbr.operations()
  local err = errors.of_loading({}, operations)
  if err then
    return nil, err
  end
  local names = {}
  for name in pairs(late.load "cbr.operations") do
    names[#names + 1] = name
  end
  table.sort(names, text.is_before)
  return json.list(names)
end

--- Which software runs, for bug reports: the versions at run time, not those that the core was built with.
---@return { cbr: string, lua: string, libcurl: string, tls: string, nettle: string, cjson: string } versions `lua` and
-- `tls` are names with versions: "Lua 5.4", "OpenSSL/3.0.17"
function cbr.versions()
  return {
    cbr = cbr._VERSION,
    lua = text.INTERPRETER,
    libcurl = core.versions.libcurl,
    tls = core.versions.tls,
    nettle = core.versions.nettle,
    cjson = json.VERSION,
  }
end

--- Checks a set-up: which credentials are found and where, region, endpoints, proxy, connection, TLS, clock, project,
-- and the permissions for the reads that matter. It only reads, and after one rejected signature it sends nothing more
-- with that key. It takes as long as a few calls; where a host does not respond, up to a minute.
---@param given? cbr.Options as for cbr.new; default: everything from the environment
---@return cbr.Diagnosis diagnosis plain data without secrets
function cbr.diagnose(given)
  must_not_have_colon("diagnose", given)
  local ok, reason = late.ready(client, diagnose)
  if not ok then
    error("cbr.diagnose: " .. reason, 2)
  end
  local diagnosis = diagnose.run(client, cbr.versions(), given, 3) -- no tail call, which would change the stack level
  return diagnosis
end

--- Runs `fn(item, index)` for all items in one thread, at most `concurrency` at a time. While the client calls of one
-- item wait, the other items continue.
---@param list any[]
---@param fn fun(item: any, index: integer): any, any
---@param given? cbr.MapOptions
---@return table results `results[i]` is what `fn` returned for item i; nil if it failed
---@return table errors `errors[i]` is what `fn` returned after nil, or raised; if a file of cbr cannot be read, an
-- error of kind `config` or `connect` for every item
function cbr.map(list, fn, given)
  must_not_have_colon("map", list)
  if type(list) ~= "table" or type(fn) ~= "function" then
    error("cbr.map: a list and a function are needed", 2)
  end
  local err = errors.of_loading({}, options, map)
  if err then
    local failures = {}
    for i = 1, #list do
      failures[i] = errors.copy(err)
    end
    return {}, failures
  end
  given = options.check("cbr.map", options.map, given or {}, 3)
  local run = fn
  if not pcall(coroutine.create, fn) then -- Lua 5.1 makes no coroutine of a function in C, such as print
    run = function(...) return fn(...) end
  end
  local results, failures = map.run(list, run, given.concurrency or 16)
  return results, failures
end

--- Loads everything that is otherwise loaded when it is first needed. Call it before the program gives up the right or
-- the ability to read cbr's files: before it changes its user, root or directory, or replaces `require`. Raises an
-- error if something cannot be loaded. In nginx, `require "cbr"` does this by itself.
function cbr.load()
  late.load_all()
  require("cbr.loop.choose").load()
end

if type(rawget(_G, "ngx")) == "table" then
  cbr.load() -- a worker may not be allowed to read the files, and must not wait for a disk
end

return cbr
