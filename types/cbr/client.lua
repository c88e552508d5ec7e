---@meta
-- Written by "make reference" from the data in lua/cbr and tools/reference. Do not edit.

---@class cbr.Client
local client = {}

---Cancels the requests in progress and closes all connections of this client and of every client that `for_region`
---made from it. A call that pauses ends after its pause. `close` can be called again. All other methods of a closed
---client raise an error, except `problems` and `describe`. A client that `for_region` made uses the connections of the
---client that it was made from. Closing such a client cancels its own requests, and closes no connection and no other
---client.
function client:close() end

---Describes what an operation takes and returns: its parameters, nested ones included, with types, limits, values and
---meanings, and the fields of its result. Nothing is sent, and the client may be closed.
---@param name string official name of an operation, or its alias
---@return cbr.Description? description plain data: a new table at each call
---@return cbr.Error? err if a file of cbr cannot be read
function client:describe(name) end

---Iterates over all items of a list, page by page. A page is requested when its first item is needed: `for backup, err
---in client:each("list_backups", { vault_id = id }) do … end`. On failure, the last item is `false`, with the error as
---second value, so that no loop takes an incomplete list for a complete one.
---@param name string official name of an operation that lists
---@param params? table parameters of the operation; `limit` is the size of a page, `offset` or `marker` is the start
---@param given? cbr.CallOptions for each page
---@return fun(): table|false|nil, cbr.Error? next
function client:each(name, params, given) end

---Finds an order whose response was lost, for example because the process that sent the order was
---killed. Nothing is changed.
---@param name string `replicate`, `copy_backup` or `sync`
---@param params table parameters of the order
---@param given cbr.FindOrderOptions `since`: a time as from os.time, not later than when the order was sent, and not in the future
---@return table|false|nil result of the order, with `reconciled` true; false: it was certainly not accepted
---@return cbr.Error? err if neither is certain, with `err.seen`
function client:find_order(name, params, given) end

---Makes a client of another region of the same cloud, with the options of this one. The new client shares with
---this one the credentials and their renewals, the retry budget, the connections, and what is known of the access
---key and of orders in progress. Nothing is sent. The new client is closed by its own `close`, or together with
---the client that cbr.new made.
---@param region string
---@param project_id? string default: the project of this client if the region is the same, else looked up by the region's name when it is needed
---@return cbr.Client? client
---@return cbr.Error? err kind `config`: for example, the region is not valid, or may belong to another cloud
function client:for_region(region, project_id) end

---Checks in advance whether a `replicate` or a `sync` would fail or do nothing. Nothing is changed.
---@param params table parameters of `replicate`; `vault_id` alone checks a `sync`
---@param given? cbr.CallOptions `timeout` is for all reads together
---@return cbr.Finding[]? findings empty if no problem was found
---@return cbr.Error? err
---@return string[]? unchecked what these credentials could not read
function client:preflight(params, given) end

---Checks parameters without sending anything: returns the `problems` of the error that the operation would return. The
---check never waits, so it works with a closed client, too, and in every phase of nginx.
---@param name string official name of an operation, or its alias
---@param params table parameters of the operation
---@return cbr.Problem[]? problems empty if the request would be sent
---@return cbr.Error? err if a file of cbr cannot be read
function client:problems(name, params) end

---Sends a signed request for which there is no operation.
---@param given cbr.Request
---@param call_options? cbr.CallOptions
---@return table|true|nil result the decoded body; true if the body is empty
---@return cbr.Error? err
function client:request(given, call_options) end

---Follows an order, a task, a restore point, or a list of them until all work has ended. The results of a method can
---be passed on, as in `client:wait(client:sync { … })`: if the order failed, `wait` returns the error of the order.
---@param started any a result of `replicate`, `copy_backup`, `sync`, `create_checkpoint`, `restore_backup` or `delete_vault`, a task id, or a list of these
---@param given? cbr.WaitOptions
---@return cbr.Report? report the report for a list has the field `parts`, with a report for each entry
---@return cbr.Error? err with `err.report`; of kind `task` if something failed
function client:wait(started, given) end
