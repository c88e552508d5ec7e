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
  --- Values for the body of `client:request`: JSON's null, and an empty JSON list.
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
  made, err = client.new(given, 3) -- a tail call would make an error name another line
  return made, err
end

--- Like Lua's `assert`, for results of this module: returns its arguments if the first one is true; otherwise
-- raises the error as a text. Lua 5.1 and 5.2 show nothing of an error object that nobody catches, so Lua's own
-- `assert` would hide the message.
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

--- Signs a request to any service of the cloud. Nothing is sent. Misuse raises an error.
---@param request cbr.SignRequest
---@param credentials cbr.SignCredentials
---@param date? string `YYYYMMDDThhmmssZ`; default: now
---@return cbr.Signature? signature
---@return cbr.Error? err of kind `config` or `connect`, if a file of cbr cannot be read
function cbr.sign(request, credentials, date)
  local err = errors.of_loading({}, sign)
  if err then
    return nil, err
  end
  local signature = sign.request(request, credentials, date) -- a tail call would make an error name another line
  return signature
end

local shared -- cbr.replicate and cbr.sync share this client, which is made once

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
    result, err = client.call_operation(shared, name, params, given, 3)
    return result, err
  end
end

--- Calls client:replicate on a client that is made once, from the environment.
---@param params cbr.params.copy_checkpoint
---@param given? cbr.CallOptions
---@return cbr.Replication? replication
---@return cbr.Error? err
cbr.replicate = from_environment "replicate"

--- Calls client:sync on a client that is made once, from the environment.
---@param params cbr.params.import_checkpoint
---@param given? cbr.CallOptions
---@return cbr.Sync? sync
---@return cbr.Error? err
cbr.sync = from_environment "sync"

--- Returns the official names of all operations, sorted. `client:describe(name)` says what an
-- operation takes and returns.
---@return string[]? names a new list at each call
---@return cbr.Error? err of kind `config` or `connect`, if a file of cbr cannot be read
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

--- Returns the versions of the software that runs, for bug reports. The libraries may have had other versions when the
-- core was built.
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

--- Checks a set-up: the credentials and their source, the region, the endpoints, the proxy, the connection, TLS,
-- the clock, the project, and the permissions for what this module reads. The checks only read. After one
-- rejected signature, nothing more is sent with that key. The checks take as long as a few calls, or up to a
-- minute if a host does not respond.
---@param given? cbr.Options the options of cbr.new; default: everything from the environment
---@return cbr.Diagnosis diagnosis plain data without secrets
function cbr.diagnose(given)
  must_not_have_colon("diagnose", given)
  local ok, reason = late.ready(client, diagnose)
  if not ok then
    error("cbr.diagnose: " .. reason, 2)
  end
  local diagnosis = diagnose.run(client, cbr.versions(), given, 3) -- a tail call would make an error name another line
  return diagnosis
end

--- Runs `fn(item, index)` for all items in one thread, at most `concurrency` at a time. While the client calls of one
-- item wait, the other items continue.
---@param list any[]
---@param fn fun(item: any, index: integer): any, any
---@param given? cbr.MapOptions
---@return table results `results[i]` is what `fn` returned for item i; nil if `fn` failed
---@return table errors `errors[i]` is the error that `fn` raised, or returned after nil, for item i. If a file of cbr
-- cannot be read, each item has an error of kind `config` or `connect`
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

--- Loads all modules that are otherwise loaded at their first use. Call this function before the program loses access
-- to cbr's files: before it changes its user, root or directory, or replaces `require`. Raises an error if a module
-- cannot be loaded. In nginx, `require "cbr"` calls this function.
function cbr.load()
  late.load_all()
  for _, name in ipairs(require("cbr.loop.choose").names) do
    if package.loaded[name] then
      require("cbr.loop." .. name)
    end
  end
end

if type(rawget(_G, "ngx")) == "table" then
  cbr.load() -- a worker of nginx may not be allowed to read cbr's files, and must not wait for a disk
end

return cbr
