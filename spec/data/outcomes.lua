-- How calls end under each fault of the sandbox: data for spec/call/outcomes_spec.lua.
--
-- A row has `fault`, and the expected end for each way to call: "<end> <attempts> <orders accepted>". The end is `ok`,
-- `found` if a search has found the order, or an error as "<kind>/<outcome>". The ways to call:
--   order: a replicate or a sync, which leaves evidence by which a search can find it
--   custom: a sync sent by client:request, about which the client knows only the method
--   read: a list
-- `timeout` is the timeout of the call. `order_timeout` replaces it for an order, which keeps a part of its time for a
-- search. `slow_order`: the service accepts the order after the end of the call.

local FOREVER = -1

local function status(number, code, fields)
  local fault = { fault = "status", status = number, code = code, message = "m" }
  for name, value in pairs(fields or {}) do
    fault[name] = value
  end
  return fault
end

return {
  -- connections
  { fault = { fault = "refused", seconds = 0.5 },
    order = "ok 2 1", custom = "network/unknown 1 0", read = "connect/nil 4 0" },
  -- libcurl itself resends a read when the reused connection breaks
  { fault = { fault = "reset_before" }, order = "ok 2 1", custom = "network/unknown 1 0", read = "ok 1 0" },
  { fault = { fault = "reset_after" }, order = "found 1 1", custom = "network/unknown 1 1", read = "ok 1 0" },
  { fault = { fault = "close_before" }, order = "ok 2 1", custom = "network/unknown 1 0", read = "ok 1 0" },
  { fault = { fault = "close_after" }, order = "found 1 1", custom = "network/unknown 1 1", read = "ok 1 0" },
  { fault = { fault = "reset_before", times = FOREVER },
    order = "network/rejected 4 0", custom = "network/unknown 1 0", read = "network/nil 4 0" },
  { fault = { fault = "reset_after", times = FOREVER },
    order = "found 1 1", custom = "network/unknown 1 1", read = "network/nil 4 0" },
  { fault = { fault = "truncated" }, order = "found 1 1", custom = "network/unknown 1 1", read = "ok 2 0" },

  -- late responses
  { fault = { fault = "slow_headers", seconds = 20 }, timeout = 0.5, order_timeout = 1.2,
    order = "found 1 1", custom = "timeout/unknown 1 1", read = "timeout/nil 1 0" },
  { fault = { fault = "slow_before", seconds = 1 }, timeout = 1.6, order = "found 1 1", read = "ok 1 0" },
  { fault = { fault = "slow_before", seconds = 1.4 }, timeout = 0.5, order_timeout = 0.8, slow_order = true,
    order = "timeout/unknown 1 0", custom = "timeout/unknown 1 0", read = "timeout/nil 1 0" },
  { fault = { fault = "drip", interval = 0.5 }, timeout = 0.5, order_timeout = 1.2,
    order = "found 1 1", custom = "timeout/unknown 1 1", read = "timeout/nil 1 0" },

  -- invalid responses
  { fault = { fault = "garbage" }, order = "found 1 1", custom = "protocol/unknown 1 1", read = "ok 2 0" },
  { fault = { fault = "invalid_json" }, order = "found 1 1", custom = "protocol/unknown 1 1", read = "ok 2 0" },
  { fault = { fault = "invalid_json", after = false },
    order = "ok 2 1", custom = "protocol/unknown 1 0", read = "ok 2 0" },
  { fault = { fault = "wrong_type" }, order = "found 1 1", custom = "protocol/unknown 1 1", read = "ok 2 0" },
  { fault = { fault = "empty" }, order = "found 1 1", custom = "ok 1 1", read = "ok 2 0" },
  { fault = { fault = "oversized" }, order = "found 1 1", custom = "protocol/unknown 1 1", read = "protocol/nil 1 0" },
  { fault = { fault = "endless_headers" },
    order = "found 1 1", custom = "protocol/unknown 1 1", read = "protocol/nil 1 0" },
  { fault = { fault = "redirect" },
    order = "protocol/rejected 1 0", custom = "protocol/rejected 1 0", read = "protocol/nil 1 0" },
  { fault = { fault = "redirect", status = 302 },
    order = "ok 2 1", custom = "protocol/unknown 1 0", read = "protocol/nil 1 0" },

  -- the gateway
  { fault = { fault = "throttled" }, order = "ok 2 1", custom = "ok 2 1", read = "ok 2 0" },
  { fault = { fault = "throttled", retry_after = 0 }, order = "ok 2 1", custom = "ok 2 1", read = "ok 2 0" },
  { fault = { fault = "throttled", retry_after = 30 },
    order = "throttled/rejected 1 0", custom = "throttled/rejected 1 0", read = "throttled/nil 1 0" },
  { fault = { fault = "throttled", times = 3 }, order = "ok 4 1", custom = "ok 4 1", read = "ok 4 0" },
  { fault = { fault = "throttled", times = FOREVER },
    order = "throttled/rejected 4 0", custom = "throttled/rejected 4 0", read = "throttled/nil 4 0" },
  { fault = status(429, "", { body = "slow down" }), order = "ok 2 1", custom = "ok 2 1", read = "ok 2 0" },
  { fault = { fault = "html_502" }, order = "ok 2 1", custom = "service/unknown 1 0", read = "ok 2 0" },
  { fault = { fault = "html_502", after = true },
    order = "found 1 1", custom = "service/unknown 1 1", read = "ok 2 0" },
  { fault = { fault = "html_502", status = 503 }, order = "ok 2 1", custom = "service/unknown 1 0", read = "ok 2 0" },
  { fault = { fault = "html_502", times = FOREVER },
    order = "service/rejected 4 0", custom = "service/unknown 1 0", read = "service/nil 4 0" },
  { fault = status(504, "APIGW.0201", { after = true }),
    order = "found 1 1", custom = "service/unknown 1 1", read = "ok 2 0" },
  { fault = status(500, "APIGW.0601"), order = "ok 2 1", custom = "service/unknown 1 0", read = "ok 2 0" },
  { fault = status(503, "APIGW.0613"), order = "ok 2 1", custom = "ok 2 1", read = "ok 2 0" },
  { fault = status(403, "APIGW.0302"),
    order = "forbidden/rejected 1 0", custom = "forbidden/rejected 1 0", read = "forbidden/nil 1 0" },
  { fault = status(401, "APIGW.0303"),
    order = "unauthorized/rejected 1 0", custom = "unauthorized/rejected 1 0", read = "unauthorized/nil 1 0" },
  { fault = status(413, "APIGW.0201"),
    order = "service/rejected 1 0", custom = "service/rejected 1 0", read = "service/nil 1 0" },
  { fault = status(408, "APIGW.0999"), order = "ok 2 1", custom = "service/unknown 1 0", read = "service/nil 1 0" },

  -- the service
  { fault = status(400, "BackupService.6130"), order = "ok 2 1", custom = "ok 2 1", read = "ok 2 0" },
  { fault = status(500, "BackupService.0002"), order = "ok 2 1", custom = "ok 2 1", read = "ok 2 0" },
  { fault = status(400, "BackupService.6118"), order = "ok 2 1", custom = "ok 2 1", read = "ok 2 0" },
  { fault = status(400, "BackupService.6129"),
    order = "quota/rejected 1 0", custom = "quota/rejected 1 0", read = "quota/nil 1 0" },
  { fault = status(500, "BackupService.1005"),
    order = "service/rejected 1 0", custom = "service/rejected 1 0", read = "service/nil 1 0" },
  { fault = status(400, "BackupService.1009"),
    order = "nothing_to_do/rejected 1 0", custom = "nothing_to_do/rejected 1 0", read = "nothing_to_do/nil 1 0" },
  { fault = status(404, "BackupService.6105"),
    order = "not_found/rejected 1 0", custom = "not_found/rejected 1 0", read = "not_found/nil 1 0" },
  { fault = status(500, "BackupService.9910"), order = "ok 2 1", custom = "service/unknown 1 0", read = "ok 2 0" },
  { fault = status(500, "BackupService.9910", { after = true }),
    order = "found 1 1", custom = "service/unknown 1 1", read = "ok 2 0" },
}
