--- The log event of an attempt: one request and its response.

local log = require "cbr.util.log"
local shown = require "cbr.util.shown"

local attempt_event = {}

local MAX_ID_BYTES = 100 -- errors have the same limit for ids

--- Calls the log hook with a request that was sent, and with its response.
---@param context cbr.Context
---@param request cbr.HttpRequest the request as it was sent
---@param response table the response as `transfer:finish` of the core returns it
---@param err? cbr.Error
---@param secrets cbr.Secrets texts that the event must not contain
function attempt_event.tell(context, request, response, err, secrets)
  local ids = { request_id = response.headers["x-request-id"] or response.headers["x-iam-trace-id"] }
  shown.clean(ids, { request_id = MAX_ID_BYTES }, secrets)
  log.tell(context.client, {
    event = "attempt",
    operation = context.operation,
    attempt = context.attempts or 1,
    method = request.method,
    host = request.origin:match "//(.*)",
    path = request.path,
    status = response.status,
    seconds = response.seconds,
    sent = response.sent,
    received = #response.body,
    reused = response.reused,
    request_id = err and err.request_id or ids.request_id,
    kind = err and err.kind,
    code = err and err.code,
    outcome = err and err.outcome,
  })
end

return attempt_event
