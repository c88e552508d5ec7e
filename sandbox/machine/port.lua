-- luacheck: std ngx_lua+luajit
--- The port of the metadata service and of the container credentials endpoint. Real cloud servers reach both at
-- link-local addresses.

local container = require "sandbox.machine.container"
local fixtures = require "sandbox.fixtures"
local metadata = require "sandbox.machine.metadata"
local phases = require "sandbox.gateway.phases"
local responses = require "sandbox.gateway.responses"

local PORT = "metadata"

-- For each path: {method, operation, handler(operation, request)}.
local ROUTES = {
  ["/meta-data/latest/api/token"] = { "PUT", "metadata_token", metadata.respond },
  ["/openstack/latest/securitykey"] = { "GET", "metadata_key", metadata.respond },
  ["/openstack/latest/meta_data.json"] = { "GET", "metadata_data", metadata.respond },
  [fixtures.container.path] = { "POST", "container_key", function(_, request) return container(request) end },
}

local machine = { content = phases.content }

local function admit(request, entry)
  local route = ROUTES[request.path]
  if not route then
    return responses.text(404, "404 Not Found")
  end
  if request.method ~= route[1] then
    return responses.text(405, "405 Method Not Allowed")
  end
  entry.operation = route[2]
  return nil, { operation = route[2], process = function() return route[3](route[2], request) end }
end

function machine.access() phases.access(admit, PORT) end
function machine.log() phases.log(PORT) end

return machine
