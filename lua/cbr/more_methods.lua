--- The methods of a client that scripts use less often: wait, find_order, for_region and preflight. This module is
-- loaded when one of these methods is first called. Each function gets functions of cbr.client as its first argument
-- (`from`). A raised error names the line that called the client's method.

local errors = require "cbr.errors"
local find_order = require "cbr.lost_orders.find_order"
local follow = require "cbr.follow.follow"
local followers = require "cbr.follow.followers"
local late = require "cbr.util.late"
local options = require "cbr.options"
local regional = require "cbr.regional"

local preflight = late "cbr.preflight"

---@class cbr.FromClient functions of cbr.client for the methods in this module, in cbr.offline_methods and in cbr.each,
-- which cannot require cbr.client. A `level` is a stack level for raised errors, as if the function called `error`
---@field by_name table<string, cbr.Operation> official name or alias -> operation
---@field has_names fun(operation: cbr.Operation, params: table): boolean? whether ids must be looked up first
---@field load_error fun(context: cbr.Context, ...: table): cbr.Error? loads modules; an error if that fails
---@field must_be_known fun(method: string, name: any, level: integer) raises an error if no operation has this name
---@field must_be_table fun(method: string, params: any, level: integer) raises an error if `params` is not a table
---@field call_operation fun(client: cbr.Client, name: string, params: table, given: table?, level: integer): any, any
-- makes a call, with options as in cbr.CallOptions
---@field prepare fun(context: cbr.Context, operation: cbr.Operation, params: table): table?, cbr.Error? makes a
-- request, and sets `request` and `params` of the context
---@field with_methods fun(client: table): cbr.Client gives a table with the fields of a client its methods

local more_methods = {}

--- Follows an order, a task, a restore point, or a list of them until all work has ended. The results of a method can
-- be passed on, as in `client:wait(client:sync { … })`: if the order failed, `wait` returns the error of the order.
---@param started any a result of `replicate`, `copy_backup`, `sync`, `create_checkpoint`, `restore_backup` or
-- `delete_vault`, a task id, or a list of these
---@param given? cbr.WaitOptions
---@return cbr.Report? report the report for a list has the field `parts`, with a report for each entry
---@return cbr.Error? err with `err.report`; of kind `task` if something failed
function more_methods.wait(_, client, started, given)
  if not started and errors.is(given) then
    return nil, given
  end
  local list, problem, is_of_service = followers.of(started)
  if not list and not is_of_service then
    error("wait: " .. problem, 3)
  end
  given = options.check("wait", options.wait, given or {}, 4)
  if not list then
    return nil, errors.new({ kind = "protocol", message = problem }, { operation = "wait" })
  end
  return follow.run(client, list, given)
end

--- Finds an order whose response was lost, for example because the process that sent the order was
-- killed. Nothing is changed.
---@param from cbr.FromClient
---@param name string `replicate`, `copy_backup` or `sync`
---@param params table parameters of the order
---@param given cbr.FindOrderOptions `since`: a time as from os.time, not later than when the order was sent, and not in
-- the future
---@return table|false|nil result of the order, with `reconciled` true; false: it was certainly not accepted
---@return cbr.Error? err if neither is certain, with `err.seen`
function more_methods.find_order(from, client, name, params, given)
  local operation = from.by_name[name]
  local err = from.load_error({ operation = "find_order" }, operation or {})
  if not operation or not err and not operation.order_kind then
    error("find_order: 'replicate', 'copy_backup' or 'sync' is needed", 3)
  end
  from.must_be_table("find_order", params, 4)
  given = options.check("find_order", options.find_order, given, 4)
  if err then
    return nil, err
  end
  local context = {
    client = client, operation = "find_order", definition = operation, options = { timeout = given.timeout },
  }
  local request
  request, err = from.prepare(context, operation, params)
  if not request then
    return nil, err
  end
  return find_order.run(client, operation, request.params, given.since, context.options.timeout or client.timeout)
end

--- Makes a client of another region of the same cloud, with the options of this one. The new client shares with
-- this one the credentials and their renewals, the retry budget, the connections, and what is known of the access
-- key and of orders in progress. Nothing is sent. The new client is closed by its own `close`, or together with
-- the client that cbr.new made.
---@param from cbr.FromClient
---@param region string
---@param project_id? string default: the project of this client if the region is the same, else looked up by the
-- region's name when it is needed
---@return cbr.Client? client
---@return cbr.Error? err kind `config`: for example, the region is not valid, or may belong to another cloud
function more_methods.for_region(from, client, region, project_id)
  if type(region) ~= "string" or project_id ~= nil and type(project_id) ~= "string" then
    error(("for_region: %s must be a string, not a %s"):format(type(region) == "string" and "project_id" or "region",
      type(type(region) == "string" and project_id or region)), 3)
  end
  local made, reason = regional.client(client, region, project_id)
  if not made then
    return nil, errors.new({ kind = "config", message = reason }, { operation = "for_region" })
  end
  return from.with_methods(made)
end

--- Checks in advance whether a `replicate` or a `sync` would fail or do nothing. Nothing is changed.
---@param from cbr.FromClient
---@param params table parameters of `replicate`; `vault_id` alone checks a `sync`
---@param given? cbr.CallOptions `timeout` is for all reads together
---@return cbr.Finding[]? findings empty if no problem was found
---@return cbr.Error? err
---@return string[]? unchecked what these credentials could not read
function more_methods.preflight(from, client, params, given)
  from.must_be_table("preflight", params, 4)
  given = options.check("preflight", options.call, given or {}, 4)
  local is_replication = params.destination_vault_id or params.destination_vault
  local operation = from.by_name[is_replication and "replicate" or "sync"]
  local err = from.load_error({ operation = "preflight" }, operation, preflight)
  if err then
    return nil, err
  end
  local request
  request, err = from.prepare({
    client = client, operation = "preflight", definition = operation, options = given,
  }, operation, params)
  if not request then
    return nil, err
  end
  return preflight.run(client, request.params, given)
end

return more_methods
