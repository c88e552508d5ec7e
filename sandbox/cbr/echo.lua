-- luacheck: std ngx_lua+luajit
--- ANY …/echo/…: not a call of the service. The call reports to the sender of a signed request exactly what arrived.

local json = require "sandbox.json"
local responses = require "sandbox.gateway.responses"

--- `?bytes=N`: respond with exactly N bytes of JSON instead (at least 12). `?delay=S`: respond S seconds late.
return function(request, project)
  local arguments = request:arguments()
  local delay = arguments.delay and tonumber(arguments.delay[1])
  if delay and delay > 0 then
    ngx.sleep(delay)
  end
  local bytes = arguments.bytes and tonumber(arguments.bytes[1])
  if bytes then
    return { status = 200, body = '{"echo":"' .. ("x"):rep(bytes - 11) .. '"}' }
  end
  return responses.ok {
    method = request.method, uri = request.uri, headers = request:header_map(), body = request.body,
    region = project.region, project_id = project.id, connection = tonumber(ngx.var.connection) or json.null,
  }
end
