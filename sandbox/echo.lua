-- luacheck: std ngx_lua+luajit
--- Not the service's: …/echo/… tells a signed request's sender what arrived, byte for byte.

local answers = require "sandbox.responses"
local json = require "sandbox.json"

--- `?bytes=N` gives a JSON answer of exactly N bytes (12 at least), `?delay=S` answers S seconds late.
return function(request, project)
  local arguments = request:arguments()
  local delay = arguments.delay and tonumber(arguments.delay[1])
  if delay and delay > 0 then ngx.sleep(delay) end
  local bytes = arguments.bytes and tonumber(arguments.bytes[1])
  if bytes then
    return { status = 200, body = '{"echo":"' .. ("x"):rep(bytes - 11) .. '"}' }
  end
  return answers.ok {
    method = request.method, uri = request.uri, headers = request:header_map(), body = request.body,
    region = project.region, project_id = project.id, connection = tonumber(ngx.var.connection) or json.null,
  }
end
