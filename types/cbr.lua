---@meta cbr
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Module
local cbr = {}

---The version of cbr.
---@type string
cbr._VERSION = nil

---Like Lua's `assert`, for results of this module: returns its arguments if the first one is true; otherwise
---raises the error as a text. Lua 5.1 and 5.2 show nothing of an error object that nobody catches, so Lua's own
---`assert` would hide the message.
---@generic T
---@param value T?
---@param err? any an error object, or any other value
---@param ... any
---@return T value
---@return any ...
function cbr.assert(value, err, ...) end

---Checks a set-up: the credentials and their source, the region, the endpoints, the proxy, the connection, TLS,
---the clock, the project, and the permissions for what this module reads. The checks only read. After one
---rejected signature, nothing more is sent with that key. The checks take as long as a few calls, or up to a
---minute if a host does not respond.
---@param given? cbr.Options the options of cbr.new; default: everything from the environment
---@return cbr.Diagnosis diagnosis plain data without secrets
function cbr.diagnose(given) end

---An empty JSON array, for the body of client:request.
---@type table
cbr.empty_array = nil

---Loads all modules that are otherwise loaded at their first use. Call this function before the program loses access
---to cbr's files: before it changes its user, root or directory, or replaces `require`. Raises an error if a module
---cannot be loaded. In nginx, `require "cbr"` calls this function.
function cbr.load() end

---Runs `fn(item, index)` for all items in one thread, at most `concurrency` at a time. While the client calls of one
---item wait, the other items continue.
---@param list any[]
---@param fn fun(item: any, index: integer): any, any
---@param given? cbr.MapOptions
---@return table results `results[i]` is what `fn` returned for item i; nil if `fn` failed
---@return table errors `errors[i]` is the error that `fn` raised, or returned after nil, for item i. If a file of cbr cannot be read, each item has an error of kind `config` or `connect`
function cbr.map(list, fn, given) end

---Makes a client. Nothing is sent before the first call.
---@param given? cbr.Options see docs/reference/options.md
---@return cbr.Client? client
---@return cbr.Error? err kind `config` or `credentials`
function cbr.new(given) end

---A JSON null, for the body of client:request.
---@type any
cbr.null = nil

---Returns the official names of all operations, sorted. `client:describe(name)` says what an
---operation takes and returns.
---@return string[]? names a new list at each call
---@return cbr.Error? err of kind `config` or `connect`, if a file of cbr cannot be read
function cbr.operations() end

---Calls client:replicate on a client that is made once, from the environment.
---@param params cbr.params.copy_checkpoint
---@param given? cbr.CallOptions
---@return cbr.Replication? replication
---@return cbr.Error? err
function cbr.replicate(params, given) end

---Signs a request to any service of the cloud. Nothing is sent. Misuse raises an error.
---@param request cbr.SignRequest
---@param credentials cbr.SignCredentials
---@param date? string `YYYYMMDDThhmmssZ`; default: now
---@return cbr.Signature? signature
---@return cbr.Error? err of kind `config` or `connect`, if a file of cbr cannot be read
function cbr.sign(request, credentials, date) end

---Calls client:sync on a client that is made once, from the environment.
---@param params cbr.params.import_checkpoint
---@param given? cbr.CallOptions
---@return cbr.Sync? sync
---@return cbr.Error? err
function cbr.sync(params, given) end

---Returns the versions of the software that runs, for bug reports. The libraries may have had other versions when the
---core was built.
---@return { cbr: string, lua: string, libcurl: string, tls: string, nettle: string, cjson: string } versions `lua` and `tls` are names with versions: "Lua 5.4", "OpenSSL/3.0.17"
function cbr.versions() end

return cbr
