---@meta cbr
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Module
local cbr = {}

---The version of cbr.
---@type string
cbr._VERSION = nil

---Like Lua's `assert`, for results of this module: returns its arguments if the first one is true, else raises the
---error as a text. Lua 5.1 and 5.2 cannot show an error object that nobody catches, so Lua's own `assert` and
---`error` would hide it.
---@generic T
---@param value T?
---@param err? any an error object, or any other value
---@param ... any
---@return T value
---@return any ...
function cbr.assert(value, err, ...) end

---Checks a set-up: which credentials are found and where, region, endpoints, proxy, connection, TLS, clock, project,
---and the permissions for the reads that matter. It only reads, and after one rejected signature it sends nothing more
---with that key. It takes as long as a few calls; where a host does not respond, up to a minute.
---@param given? cbr.Options as for cbr.new; default: everything from the environment
---@return cbr.Diagnosis diagnosis plain data without secrets
function cbr.diagnose(given) end

---An empty JSON array, for the body of client:request.
---@type table
cbr.empty_array = nil

---Loads everything that is otherwise loaded when it is first needed. Call it before the program gives up the right or
---the ability to read cbr's files: before it changes its user, root or directory, or replaces `require`. Raises an
---error if something cannot be loaded. In nginx, `require "cbr"` does this by itself.
function cbr.load() end

---Runs `fn(item, index)` for all items in one thread, at most `concurrency` at a time. While the client calls of one
---item wait, the other items continue.
---@param list any[]
---@param fn fun(item: any, index: integer): any, any
---@param given? cbr.MapOptions
---@return table results `results[i]` is what `fn` returned for item i; nil if it failed
---@return table errors `errors[i]` is what `fn` returned after nil, or raised; if a file of cbr cannot be read, an error of kind `config` or `connect` for every item
function cbr.map(list, fn, given) end

---Makes a client. Nothing is sent before the first call.
---@param given? cbr.Options see docs/reference/options.md
---@return cbr.Client? client
---@return cbr.Error? err kind `config` or `credentials`
function cbr.new(given) end

---A JSON null, for the body of client:request.
---@type any
cbr.null = nil

---The official names of all operations, sorted. `client:describe(name)` says what each one takes and returns.
---@return string[]? names a new list at each call
---@return cbr.Error? err kind `config` or `connect`: a file of cbr cannot be read
function cbr.operations() end

---Like client:replicate, on a client that is made once from the environment.
---@param params cbr.params.copy_checkpoint
---@param given? cbr.CallOptions
---@return cbr.Replication? replication
---@return cbr.Error? err
function cbr.replicate(params, given) end

---Signs a request to any service of the cloud. Nothing is sent. Raises an error if it is misused.
---@param request cbr.SignRequest
---@param credentials cbr.SignCredentials
---@param date? string `YYYYMMDDThhmmssZ`; default: now
---@return cbr.Signature? signature
---@return cbr.Error? err kind `config` or `connect`: a file of cbr cannot be read
function cbr.sign(request, credentials, date) end

---Like client:sync, on a client that is made once from the environment.
---@param params cbr.params.import_checkpoint
---@param given? cbr.CallOptions
---@return cbr.Sync? sync
---@return cbr.Error? err
function cbr.sync(params, given) end

---Which software runs, for bug reports: the versions at run time, not those that the core was built with.
---@return { cbr: string, lua: string, libcurl: string, tls: string, nettle: string, cjson: string } versions `lua` and `tls` are names with versions: "Lua 5.4", "OpenSSL/3.0.17"
function cbr.versions() end

return cbr
